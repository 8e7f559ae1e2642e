"""A sheet as rows of cells, numbered as the spreadsheet program numbers them, from 1."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

EPOCH = date(1899, 12, 30)
"""Day 0 of the dates that spreadsheets keep as numbers (a workbook may count from 1904 instead)."""


@dataclass(frozen=True, slots=True)
class ReadFault:
    """Why a file or a line cannot be read: a text `importing.problem.<code>`."""

    code: str
    params: dict[str, str] = field(default_factory=dict[str, str])


class Unreadable(Exception):
    """Raised for a file that cannot be read at all."""

    def __init__(self, code: str, /, **params: str) -> None:
        self.fault = ReadFault(code, params)
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Area:
    """A merged area: lines from 1, columns from 0, ends included."""

    name: str
    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class GridRow:
    """The cells of a line, and the fault of the line as a whole. The line of the headings may be merged."""

    line: int
    cells: list[str]
    fault: ReadFault | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet: its name ("" for CSV), its lines that are not empty, and the epoch of its workbook."""

    name: str
    rows: tuple[GridRow, ...]
    epoch: date = EPOCH
    merged: tuple[Area, ...] = ()
    hidden: bool = False  # the sheet
    hidden_lines: int = 0


def column_letters(place: int) -> str:
    """The name of a column by its index from 0: A, B … Z, AA …"""
    letters, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_place(letters: str) -> int:
    """The index of a column, from 0, by its name."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1
