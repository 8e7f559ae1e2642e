"""Options and store access that the commands for draws and revisits share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starters.cli.ui.errors import Told
from starters.cli.ui.session import Session

if TYPE_CHECKING:
    from complaints.revisits.model import Draw
    from complaints.store.draws import DrawStore
    from complaints.store.revisits import Revisits


Id = Annotated[str, typer.Argument(help="option.revisits.id", metavar="DRAW")]


Project = Annotated[str | None, typer.Option(help="option.revisits.project")]


Year = Annotated[int | None, typer.Option(help="option.revisits.year", min=2000, max=2100)]


def save(file: Path, content: str) -> None:
    """Write a UTF-8 file. Raises `Told` if that fails."""
    try:
        file.write_text(content, encoding="utf-8")
    except OSError as problem:
        raise Told("no-file", file=file, problem=problem.strerror or "") from problem


async def found(book: DrawStore, id: str) -> Draw:
    made = await book.read(id)
    if made is None:
        raise Told("revisits.unknown", id=id)
    return made


def draws(here: Session) -> DrawStore:
    from complaints.store.draws import DrawStore

    return DrawStore(here.settings.need_database())


def revisits(here: Session) -> Revisits:
    from complaints.store.revisits import Revisits

    return Revisits(here.settings.need_database())
