"""The journal of a case or a round on a terminal: a line for each event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rich.table import Table

from complaints.case.journal import words
from starters.cli.ui.directory_names import Book
from starters.cli.ui.session import Session
from starters.cli.ui.times import stamp
from starters.cli.ui.wrapped_text import Prose

if TYPE_CHECKING:
    from complaints.case.file import File, JournalLine


def journal_table(here: Session, book: Book, file: File, lines: Iterable[JournalLine]) -> Table:
    """Each line with its number, moment, what happened, the duty and who did it."""
    zone = book.zone(file.place)
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True, style="quiet", justify="right")
    grid.add_column(no_wrap=True, style="quiet")
    grid.add_column()
    for line in lines:
        said = Prose(words(line.kind, here.lang))
        said.append(f"  {line.kind}", style="quiet")
        climb: dict[str, Any] = line.data.get("climb") or {}
        to = line.data.get("to") or climb.get("to")
        about = [one for one in (line.duty, book.person(line.by) if line.by else None) if one]
        if isinstance(to, str):
            about.append(f"→ {book.person(to)}")
        about += _changed(here, book, file, line)
        if about:
            said.append(f"  {' · '.join(about)}", style="")
        grid.add_row(str(line.seq), stamp(line.at, zone), said)
    return grid


def _changed(here: Session, book: Book, file: File, line: JournalLine) -> list[str]:
    """Each field that the line has corrected: what it said, and what it says (decision 18)."""
    from complaints.case.events.case import IntakeCorrected
    from complaints.intake.forms import Correction
    from complaints.printing.filled_forms import Filled

    if line.kind != IntakeCorrected.kind:
        return []
    zone = book.zone(file.place)
    fields = Filled(book, here.lang, lambda at: stamp(at, zone)).form(Correction, line.data["form"])
    return [f"{label} {words}" for label, words in fields]
