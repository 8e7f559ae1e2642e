"""Finds the headings of a list: below its titles, on one line or on several with merged cells."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from complaints.spreadsheets.grids import Area, Grid, GridRow, column_letters

HEAD = 10
"""Number of lines from the top in which headings are looked for: lists begin with titles and dates."""
_DEEPEST = 3
"""Maximum number of heading lines."""

_EXTRA = re.compile(r"[\s*:]|\(.*?\)")

Knows = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class HeadingRow:
    """The headings by column ("" for none), their first line, and the index of the first row below them."""

    names: list[str]
    line: int
    below: int

    def name(self, place: int) -> str:
        """A column's heading; if it has none, the spreadsheet program's name for the column."""
        return (self.names[place] if place < len(self.names) else "") or f"列 {column_letters(place)}"


def plain_heading(heading: str) -> str:
    """Normalise a heading for comparison: without spaces, stars, colons and remarks in brackets."""
    return _EXTRA.sub("", unicodedata.normalize("NFKC", heading)).casefold()


def head_at(grid: Grid, at: int, knows: Knows) -> HeadingRow:
    """The headings, if they begin in this row. `knows` tells whether a text is the heading of a field."""
    first = grid.rows[at]
    depth = 1
    if sum(map(bool, first.cells)) > 1:  # a single cell is a title
        wide = [one for one in grid.merged if one.top == first.line and one.left < one.right]
        for nth, row in enumerate(grid.rows[at + 1 : at + _DEEPEST], 2):
            if not _goes_on(row, first, wide, knows):
                break
            if any(knows(text) or knows(_above(first.cells, place) + text) for place, text in enumerate(row.cells)):
                depth = nth
    rows = list(grid.rows[at : at + depth])
    names = _names(rows, grid, knows) if len(rows) > 1 else list(map(str, first.cells))
    return HeadingRow(names, first.line, at + len(rows))


def best_head(grid: Grid, knows: Knows) -> HeadingRow:
    """The headings with the most known names; if hardly any is known, those of the first line with two cells.

    A single known word does not make a line of headings: it may be a customer's word.
    """
    heads = [head_at(grid, at, knows) for at in range(min(len(grid.rows), HEAD))]
    wide = (head for head, row in zip(heads, grid.rows, strict=False) if sum(map(bool, row.cells)) > 1)
    usual = next(wide, heads[0])
    counts = [sum(map(knows, set(head.names))) for head in heads]
    best = max(range(len(heads)), key=counts.__getitem__)
    return heads[best] if counts[best] >= 2 else usual


def _goes_on(row: GridRow, first: GridRow, wide: list[Area], knows: Knows) -> bool:
    """Whether a row may continue the headings of the first row.

    It may not if a cell is no known heading and stands under a heading of its own column that is not a wide merged one.
    """
    for place, text in enumerate(row.cells):
        has_own = place < len(first.cells) and bool(first.cells[place])
        under_wide = any(one.left <= place <= one.right for one in wide)
        if text and has_own and not under_wide and not knows(text) and not knows(first.cells[place] + text):
            return False
    return True


def _names(rows: list[GridRow], grid: Grid, knows: Knows) -> list[str]:
    """One heading per column out of several lines: the joined parts if that is known, or the known part of them."""
    names: list[str] = []
    for place in range(max(len(row.cells) for row in rows)):
        parts: list[str] = []
        for row in rows:
            text = row.cells[place] if place < len(row.cells) else ""
            if text and text not in parts:
                parts.append(text)
        own_top = place < len(rows[0].cells) and bool(rows[0].cells[place])
        is_wide = any(
            one.left <= place <= one.right and one.left < one.right and one.top == rows[0].line for one in grid.merged
        )
        if parts and not own_top:
            parts = [_above(rows[0].cells, place), *parts]
        names.append(_name([part for part in parts if part], knows, has_upper=own_top and not is_wide))
    return names


def _name(parts: list[str], knows: Knows, *, has_upper: bool) -> str:
    if len(parts) < 2:
        return parts[0] if parts else ""
    candidates = ["".join(parts), parts[-1], *(parts[:1] if has_upper else ())]
    return next((one for one in candidates if knows(one)), "".join(parts))


def _above(cells: list[str], place: int) -> str:
    """The heading above a column: its own, or the nearest one to the left, which spans it."""
    return next((one for one in reversed(cells[: place + 1]) if one), "")
