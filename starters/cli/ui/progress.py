"""How far a command over many things has got."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starters.cli.ui.session import Session


class progress:  # read as a statement: `with progress(…) as done`
    """A bar on a terminal when there are several; nothing otherwise. `said` is the text beside it."""

    def __init__(self, here: Session, total: int, said: str) -> None:
        self._bar: Any = None
        if total > 1 and here.err.is_terminal and not here.json:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            words = TextColumn(here.say(said))
            self._bar = Progress(words, BarColumn(), MofNCompleteColumn(), console=here.err, transient=True)
            self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> Callable[..., None]:
        """What is called after each thing, or with the number of things that were done together."""
        if self._bar is None:
            return lambda many=1: None
        self._bar.start()
        return lambda many=1: self._bar.advance(self._task, many)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
