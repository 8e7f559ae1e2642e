"""From the bytes of a file to lines of cells: CSV as the intake reads it, or a workbook. Every cell becomes text.

What the cells mean is not known here. Lines are numbered as the spreadsheet shows them, from 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from complaints.importing.problems import Problem, Unreadable
from complaints.intake.reading import decoded, records

LIMIT = 50_000_000
"""The largest file, in bytes."""

EPOCH = date(1899, 12, 30)
"""Day 0 of the dates that spreadsheets keep as numbers (a workbook may begin in 1904 instead)."""

Cells = list[str]


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a line, or what is wrong with the line as a whole."""

    line: int
    cells: Cells
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet: its name ("" for CSV), its lines, and the day from which its workbook counts."""

    name: str
    rows: tuple[Row, ...]
    epoch: date = EPOCH


def grids(data: bytes) -> list[Grid]:
    """The sheets of a file, whatever its name says it is. Raises `Unreadable`."""
    if len(data) > LIMIT:
        raise Unreadable("too-large", limit=f"{LIMIT // 1_000_000} MB")
    if not data.strip():
        raise Unreadable("empty")
    if data.startswith(b"PK\x03\x04"):
        from complaints.importing.workbooks import sheets

        return sheets(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("old-workbook")
    text = decoded(data)
    if text is None or "\x00" in text:
        raise Unreadable("encoding")
    if not text.strip():
        raise Unreadable("empty")
    return [Grid("", tuple(_csv(text)))]


def _csv(text: str) -> Iterator[Row]:
    lines = text.splitlines(keepends=True)
    first = next(at for at, line in enumerate(lines) if line.strip())
    beginning = "".join(lines[first : first + 10])
    for line, cells in records(lines, first, max(",;\t", key=beginning.count)):
        if cells is None:
            yield Row(line, [], Problem(line, "quotes"))
        elif any(cell.strip() for cell in cells):
            yield Row(line, [cell.strip() for cell in cells])
