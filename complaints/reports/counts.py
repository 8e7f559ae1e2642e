"""What the database counts for one period, before it becomes a report: tallies by table, row and column, and lists.

A count carries the complaints behind it, as indexes into the list of complaint numbers of its period.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from complaints.reports.model import Value

Number = int | Decimal | None


@dataclass(frozen=True, slots=True)
class Count:
    """A number, and the complaints behind it as indexes into `PeriodStatistics.cases`."""

    n: Number
    cases: Sequence[int] = ()


NOTHING = Count(0)


@dataclass(frozen=True, slots=True)
class TableCounts:
    """The counts of one table, by row and column."""

    cells: Mapping[tuple[str, str], Count] = field(default_factory=dict[tuple[str, str], Count])

    def at(self, row: str, column: str) -> Count:
        return self.cells.get((row, column), NOTHING)

    def rows(self) -> list[str]:
        """Return the keys of the rows that have counts, sorted."""
        return sorted({row for row, _ in self.cells})

    def total(self, column: str) -> Count:
        """Return a column's sum over all rows, with every complaint behind it once."""
        found = [count for (_, name), count in self.cells.items() if name == column]
        summed = sum((count.n or 0 for count in found), 0)
        return Count(summed, sorted({place for count in found for place in count.cases}))


@dataclass(frozen=True, slots=True)
class ListLine:
    """A line of a list of complaints: the complaint's number, and values by column."""

    number: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class PeriodStatistics:
    """Everything counted for one period. `cases` are the numbers of the complaints that it is about."""

    cases: Sequence[str]
    tallies: Mapping[str, TableCounts]
    lists: Mapping[str, Sequence[ListLine]] = field(default_factory=dict[str, Sequence[ListLine]])
    missing: Sequence[str] = ()

    def tally(self, table: str) -> TableCounts:
        return self.tallies.get(table) or TableCounts()


def tallies(rows: Iterable[Mapping[str, Any]]) -> dict[str, TableCounts]:
    """Return tallies by table, from the rows of a counting statement: `tab`, `row`, `col`, `n`, `cases`."""
    cells: dict[str, dict[tuple[str, str], Count]] = {}
    for row in rows:
        # An array, because a year's report has millions of indexes and a Python int takes nine times the memory.
        cases = array("i", sorted(place for place in row["cases"] or () if place is not None))
        cells.setdefault(row["tab"], {})[row["row"], row["col"]] = Count(row["n"], cases)
    return {table: TableCounts(found) for table, found in cells.items()}
