"""Outputs printed forms on the screen or to a file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starters.cli.ui.desk import given
from starters.cli.ui.directory_names import Book
from starters.cli.ui.errors import Told
from starters.cli.ui.session import Session
from starters.cli.ui.wrapped_text import Prose

if TYPE_CHECKING:
    from complaints.printing.layout import Sheet
    from complaints.printing.sheets.material import SheetWords


def sheet_words(here: Session, book: Book) -> SheetWords:
    from complaints.printing.sheets.material import SheetWords
    from complaints.printing.sheets.names import SheetNames

    return SheetWords(names=SheetNames.of(book.directory), lang=here.lang, printed_at=here.now)


def check_kind(out: Path | None) -> None:
    """Raise `Told` if files of this suffix cannot be written, before any server or database is called."""
    from complaints.printing import SUFFIXES

    if out is not None and out.suffix.lower() not in SUFFIXES:
        raise Told("print.kind", file=out, kinds=", ".join(SUFFIXES))


async def paper(here: Session, path: str, out: Path | None, **filters: Any) -> bytes | None:
    """The file that the gateway prints, which it logs as a print; None where this program prints it itself."""
    if out is None or not here.through_gateway:
        return None
    asked = given({"format": out.suffix.lower().removeprefix("."), **filters})
    return (await (await here.desk()).ask("GET", path, params=asked)).content


def give(here: Session, sheets: Sequence[Sheet], out: Path | None, paper: bytes | None = None) -> None:
    """Write the sheets to the file `out`, or show them on the screen; `paper` are the sheets where they were printed.

    Raises `Told` if the file cannot be written.
    """
    from complaints.printing import font_folders, printed

    if out is None:
        here.data(sheets)
        here.show(Prose(printed(sheets, ".txt").decode("utf-8").rstrip("\n")))
        return
    if paper is None:
        paper = printed(sheets, out.suffix.lower(), font_folders(os.environ))
    try:
        out.write_bytes(paper)
    except OSError as problem:
        raise Told("print.not-written", file=out, problem=problem.strerror or "") from problem
    here.data({"file": str(out), "form": sheets[0].form, "sheets": len(sheets)})
    here.show(here.say("print.written", file=out, title=sheets[0].title, count=len(sheets)))
