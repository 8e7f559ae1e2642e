"""Mistakes in lists and forms that somebody brings: they are shown with their lines, and the command ends."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from complaints.base import Frozen
from starters.cli.ui.errors import REFUSED
from starters.cli.ui.session import Session
from starters.cli.ui.wrapped_text import Prose

if TYPE_CHECKING:
    from starters.client.http.problems import GatewayProblem


class Mistake(Frozen):
    """A mistake in words, and its line; None if it is about the whole."""

    line: int | None
    say: str


def mistakes_of(problem: GatewayProblem) -> list[Mistake]:
    """The mistakes that the gateway names. Raises the problem again if it is another one."""
    if not problem.problems:
        raise problem
    return [Mistake(line=one.line or None, say=one.detail) for one in problem.problems]


def stop_at(here: Session, file: Path | None, mistakes: Sequence[Mistake]) -> None:
    """Show all mistakes and end the command; does nothing if there are none."""
    if not mistakes:
        return
    here.data({"problems": [{"line": one.line, "say": one.say} for one in mistakes]})
    for one in mistakes:
        where = f"{file.name}:{one.line}  " if file and one.line else ""
        here.show(Prose(f"{where}{one.say}"))
    if file:
        here.note(here.say("problems", count=len(mistakes)))
    raise typer.Exit(REFUSED)
