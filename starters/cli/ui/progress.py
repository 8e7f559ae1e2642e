"""Progress of a command over many items."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from starters.cli.ui.session import Session


class progress:  # lower case: reads as a statement, `with progress(…) as done`
    """A bar on a terminal if there are several items, otherwise nothing. `said` is the key of the text beside it."""

    def __init__(self, here: Session, total: int, said: str) -> None:
        self._bar: Any = None
        if total > 1 and here.err.is_terminal and not here.json:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            words = TextColumn(here.say(said))
            self._bar = Progress(words, BarColumn(), MofNCompleteColumn(), console=here.err, transient=True)
            self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> Callable[..., None]:
        """Return the function to call after each item, or with the number of items that were done together."""
        if self._bar is None:
            return _nothing
        self._bar.start()
        return partial(self._bar.advance, self._task)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()


def _nothing(_: int = 1) -> None:
    """Progress of a command whose output no person watches."""
