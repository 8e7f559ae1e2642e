"""Turns a sheet into values: finds the headings, maps columns to fields, and reads or rejects each line."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from complaints.importing.problems import Bad, LeftEmpty, ListProblem
from complaints.importing.values import DAYS, Reader, Surroundings
from complaints.spreadsheets.cells import Spoilt
from complaints.spreadsheets.days import order_of
from complaints.spreadsheets.files import grids
from complaints.spreadsheets.grids import Grid, Unreadable
from complaints.spreadsheets.headings import HEAD, HeadingRow, best_head, head_at, plain_heading

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column: `name` is its field and one of its headings, `also` are its other headings.

    `instead` are headings that are used if the list has none of the others.
    """

    name: str
    read: Reader
    also: tuple[str, ...] = ()
    needed: bool = False
    instead: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListKind(Generic[T]):
    """A kind of list: its columns, how a line becomes a value, and the key that two lines about one thing share."""

    name: str
    columns: tuple[ListColumn, ...]
    build: Callable[[dict[str, Any], Surroundings], T]
    key: Callable[[T], Hashable]
    one_of: tuple[tuple[str, ...], ...] = ()  # of each group, at least one column is required
    said: Callable[[T], Any] = lambda value: value  # what a line says, the same however it is written

    @cached_property
    def called(self) -> Mapping[str, str]:
        """Heading → field."""
        return {plain_heading(one): column.name for column in self.columns for one in (column.name, *column.also)}

    def knows(self, heading: str) -> bool:
        """Whether this is the heading of one of the columns."""
        plain = plain_heading(heading)
        return plain in self.called or plain in self._instead

    @cached_property
    def _instead(self) -> frozenset[str]:
        return frozenset(plain_heading(one) for column in self.columns for one in column.instead)


@dataclass(frozen=True, slots=True)
class ListEntry(Generic[T]):
    """A value and the line on which it stands."""

    line: int
    value: T


@dataclass(frozen=True, slots=True)
class ReadList(Generic[T]):
    """The content of a list. `unused` are unknown headings, `sheet` is the sheet's name, `columns` the list's fields.

    `left_empty` are cells without which their lines were accepted, `hidden` counts lines that the spreadsheet hides.
    """

    entries: tuple[ListEntry[T], ...]
    problems: tuple[ListProblem, ...]
    repeated: int = 0  # lines that repeat an earlier line
    columns: frozenset[str] = frozenset()
    unused: tuple[str, ...] = ()
    sheet: str = ""
    left_empty: tuple[ListProblem, ...] = ()
    hidden: int = 0


def read(kind: ListKind[T], data: bytes, around: Surroundings, sheet: str | None = None) -> ReadList[T]:
    """Read the list in a file: CSV or XLSX, by content. `sheet` names a workbook's sheet, if several would do.

    Raises nothing for bad content: it is in `ReadList.problems`, in the order of the lines.
    """
    try:
        grid, head, places = _found(kind, grids(data), around, sheet)
    except Unreadable as unreadable:
        return ReadList((), (ListProblem(0, unreadable.fault.code, unreadable.fault.params),))
    below = grid.rows[head.below :]
    cells = _Cells(kind, head, places, replace(around, epoch=grid.epoch, columns=frozenset(places)))
    cells.learn(row.cells for row in below)
    entries: list[ListEntry[T]] = []
    problems: list[ListProblem] = []
    left_empty: list[ListProblem] = []
    filled: set[int] = set()  # the columns that are not empty
    first: dict[Hashable, ListEntry[T]] = {}
    repeated = 0
    for row in below:
        if row.fault:
            problems.append(ListProblem(row.line, row.fault.code, row.fault.params))
            continue
        if any(row.cells[len(head.names) :]):
            problems.append(ListProblem(row.line, "too-many-cells", {"columns": str(len(head.names))}))
            continue
        filled.update(place for place, cell in enumerate(row.cells) if cell)
        value, wrong, emptied = cells.value(row.line, row.cells)
        problems += wrong
        if value is None:
            continue
        left_empty += emptied
        entry, key = ListEntry(row.line, value), kind.key(value)
        before = first.setdefault(key, entry)
        if before is entry:
            entries.append(entry)
        elif kind.said(before.value) == kind.said(value):
            repeated += 1
        else:
            problems.append(ListProblem(row.line, "twice", {"line": str(before.line)}))
    if not entries and not problems:
        problems.append(ListProblem(0, "no-lines"))
    places_used = set(places.values())
    unused = tuple(
        head.name(place)
        for place, heading in enumerate(head.names)
        if place not in places_used and (heading or place in filled)
    )
    return ReadList(
        tuple(entries),
        tuple(problems),
        repeated,
        frozenset(places),
        unused,
        grid.name,
        tuple(left_empty),
        grid.hidden_lines,
    )


def _found(
    kind: ListKind[Any], sheets: list[Grid], around: Surroundings, wanted: str | None
) -> tuple[Grid, HeadingRow, dict[str, int]]:
    """Find the sheet, its headings, and the column of each field. A hidden sheet is used only if it is named.

    Raises `Unreadable`.
    """
    names = "、".join(grid.name for grid in sheets)
    if wanted is not None:
        sheets = [grid for grid in sheets if grid.name == wanted]
        if not sheets:
            raise Unreadable("no-such-sheet", sheet=wanted, sheets=names)
    else:
        sheets = [grid for grid in sheets if not grid.hidden]
        if not sheets:
            raise Unreadable("only-hidden", sheets=names)
    fits = [(grid, *found) for grid in sheets if (found := _headings(kind, grid, around)) is not None]
    if len(fits) > 1:
        raise Unreadable("which-sheet", sheets="、".join(grid.name for grid, *_ in fits))
    if not fits:
        raise _unlike(kind, sheets, around)
    return fits[0]


def _headings(kind: ListKind[Any], grid: Grid, around: Surroundings) -> tuple[HeadingRow, dict[str, int]] | None:
    """The first headings that have all required columns, or None."""
    for at in range(min(len(grid.rows), HEAD)):
        head = head_at(grid, at, kind.knows)
        places = _places(kind, head.names)
        if not _lacking(kind, places, around):
            _once_each(kind, head.names, places)
            return head, places
    return None


def _places(kind: ListKind[Any], names: list[str]) -> dict[str, int]:
    """Map each field to the first column with one of its headings, else with a heading of `instead`."""
    places: dict[str, int] = {}
    called = kind.called
    for place, name in enumerate(names):
        field = called.get(plain_heading(name))
        if field is not None:
            places.setdefault(field, place)
    headings = [plain_heading(name) for name in names]
    for column in kind.columns:
        for instead in column.instead:
            if column.name not in places and (heading := plain_heading(instead)) in headings:
                places[column.name] = headings.index(heading)
    return places


def _once_each(kind: ListKind[Any], names: list[str], places: Mapping[str, int]) -> None:
    """Raise `Unreadable` if two columns mean the same field: which of them counts is unknown."""
    called = kind.called
    for place, name in enumerate(names):
        field = called.get(plain_heading(name))
        if field is not None and places[field] != place:
            raise Unreadable("heading-twice", heading=name, other=names[places[field]])


def _lacking(kind: ListKind[Any], places: Mapping[str, int], around: Surroundings) -> list[str]:
    """The required columns that a line of headings lacks, as people call them."""
    by_name = {column.name: column for column in kind.columns}
    given = {"project"} if around.project else set[str]()
    lacks = [_called(column) for column in kind.columns if column.needed and column.name not in {*places, *given}]
    for group in kind.one_of:
        if not any(name in places for name in group):
            lacks.append(" / ".join(_called(by_name[name]) for name in group))
    return lacks


def _called(column: ListColumn) -> str:
    return f"{column.also[0]} ({column.name})" if column.also else column.name


def _unlike(kind: ListKind[Any], sheets: list[Grid], around: Surroundings) -> Unreadable:
    """Explain why no sheet is such a list: what the best headings lack."""
    heads = [(grid, best_head(grid, kind.knows)) for grid in sheets]
    grid, head = max(heads, key=lambda one: len(_places(kind, one[1].names)))
    places = _places(kind, head.names)
    lacking = "、".join(_lacking(kind, places, around))
    where = {"sheet": grid.name} if grid.name else {}
    if not places:
        found = "、".join(name for name in head.names if name)[:80]
        return Unreadable("other-sheet" if where else "no-headings", found=found or "—", wanted=lacking, **where)
    return Unreadable("headings-lack", line=str(head.line), lacking=lacking)


class _Cells(Generic[T]):
    """Reader of the lines of one list, with its columns, their places and headings."""

    def __init__(self, kind: ListKind[T], head: HeadingRow, places: Mapping[str, int], around: Surroundings) -> None:
        self.kind = kind
        self.head = head
        self.places = places
        self.around = around
        self.around_of: dict[str, Surroundings] = {}

    def learn(self, lines: Iterable[list[str]]) -> None:
        """Find out for each column of days whether the day or the month stands first."""
        days = {
            one.name: self.places[one.name] for one in self.kind.columns if one.read in DAYS if one.name in self.places
        }
        if not days:
            return
        texts: dict[str, list[str]] = {name: [] for name in days}
        for cells in lines:
            for name, place in days.items():
                if place < len(cells) and cells[place]:
                    texts[name].append(cells[place])
        for name, column in texts.items():
            if (order := order_of(column)) is not None:
                self.around_of[name] = replace(self.around, order=order)

    def value(self, line: int, cells: list[str]) -> tuple[T | None, list[ListProblem], list[ListProblem]]:
        """Convert a line to a value, or None and its problems; also return the cells that were left out."""
        fields: dict[str, Any] = {}
        problems: list[ListProblem] = []
        left_empty: list[ListProblem] = []
        for column in self.kind.columns:
            place = self.places.get(column.name)
            cell = cells[place] if place is not None and place < len(cells) else ""
            heading = self.head.name(place) if place is not None else ""
            if isinstance(cell, Spoilt):
                problems.append(ListProblem(line, cell.code, {"value": cell[:40]}, heading))
            elif cell:
                try:
                    fields[column.name] = column.read(cell, self.around_of.get(column.name, self.around))
                except LeftEmpty as nothing:
                    left_empty.append(ListProblem(line, nothing.code, nothing.params, heading))
                except Bad as bad:
                    problems.append(ListProblem(line, bad.code, bad.params, heading))
            elif column.name == "project" and self.around.project:
                fields["project"] = self.around.project
            elif column.needed:
                problems.append(ListProblem(line, "missing", {}, heading))
        if problems:
            return None, problems, []
        try:
            return self.kind.build(fields, self.around), [], left_empty
        except Bad as bad:
            return None, [ListProblem(line, bad.code, bad.params)], []
        except ValidationError as invalid:
            return None, list(self._refused(line, invalid)), []

    def _refused(self, line: int, invalid: ValidationError) -> Iterator[ListProblem]:
        """Report what the model refuses although every reader accepted it."""
        for error in invalid.errors(include_url=False):
            name = next((str(part) for part in error["loc"]), "")
            heading = self.head.name(self.places[name]) if name in self.places else name
            yield ListProblem(line, "not-accepted", {"value": str(error["input"])[:40]}, heading)
