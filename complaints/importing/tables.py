"""From a sheet to named fields: where its headings are, which column is which, and each line read or refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from complaints.importing.grids import Cells, Grid, grids
from complaints.importing.problems import Bad, Problem, Unreadable
from complaints.importing.values import Reader, Surroundings

T = TypeVar("T")

HEAD = 10
"""In how many lines from the top the headings are looked for: lists begin with titles and dates."""
_EXTRA = re.compile(r"[\s*＊:：]|[(（].*?[)）]")


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its field's name, which is a heading too, and what else it may be called."""

    name: str
    read: Reader
    also: tuple[str, ...] = ()
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """A kind of list: its columns, how a line becomes a value, and by what two lines are about the same."""

    name: str
    columns: tuple[Column, ...]
    build: Callable[[dict[str, Any], Surroundings], T]
    key: Callable[[T], Hashable]
    one_of: tuple[tuple[str, ...], ...] = ()  # of each group, one column at least
    said: Callable[[T], Any] = lambda value: value  # what a line says, however it is written


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """A value and the line it stands on."""

    line: int
    value: T


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """What a list holds. `unused` are headings nobody knows, `sheet` is where it was found, `columns` its fields."""

    entries: tuple[Entry[T], ...]
    problems: tuple[Problem, ...]
    repeated: int = 0  # lines that say again what a line before them says
    columns: frozenset[str] = frozenset()
    unused: tuple[str, ...] = ()
    sheet: str = ""


def read(kind: Kind[T], data: bytes, around: Surroundings, sheet: str | None = None) -> Listing[T]:
    """The list in a file: CSV or XLSX, by its content. `sheet` is the name of a workbook's sheet, if several would do.

    Raises nothing for bad content: it is in `Listing.problems`, in the order of the lines.
    """
    try:
        grid, at, places = _found(kind, grids(data), around, sheet)
    except Unreadable as fault:
        return Listing((), (fault.problem,))
    headings = grid.rows[at].cells
    named = {place: heading for place, heading in enumerate(headings) if heading}
    around = replace(around, epoch=grid.epoch, columns=frozenset(places))
    entries: list[Entry[T]] = []
    problems: list[Problem] = []
    first: dict[Hashable, Entry[T]] = {}
    repeated = 0
    for row in grid.rows[at + 1 :]:
        if row.problem:
            problems.append(row.problem)
            continue
        if any(cell for cell in row.cells[len(headings) :]):
            problems.append(Problem(row.line, "too-many-cells", {"columns": str(len(headings))}))
            continue
        value, wrong = _value(kind, row.line, row.cells, places, named, around)
        problems += wrong
        if value is None:
            continue
        entry, key = Entry(row.line, value), kind.key(value)
        before = first.setdefault(key, entry)
        if before is entry:
            entries.append(entry)
        elif kind.said(before.value) == kind.said(value):
            repeated += 1
        else:
            problems.append(Problem(row.line, "twice", {"line": str(before.line)}))
    if not entries and not problems:
        problems.append(Problem(0, "no-lines"))
    unused = tuple(heading for place, heading in named.items() if place not in places.values())
    return Listing(tuple(entries), tuple(problems), repeated, frozenset(places), unused, grid.name)


def plain_heading(heading: str) -> str:
    """A heading without spaces, stars and remarks in brackets."""
    return _EXTRA.sub("", heading).casefold()


def _found(
    kind: Kind[Any], sheets: list[Grid], around: Surroundings, wanted: str | None
) -> tuple[Grid, int, dict[str, int]]:
    """The sheet, the place of its heading line, and the column of each field. Raises `Unreadable`."""
    names = "、".join(grid.name for grid in sheets)
    if wanted is not None:
        sheets = [grid for grid in sheets if grid.name == wanted]
        if not sheets:
            raise Unreadable("no-such-sheet", sheet=wanted, sheets=names)
    fits = [(grid, *found) for grid in sheets if (found := _headings(kind, grid, around)) is not None]
    if len(fits) > 1:
        raise Unreadable("which-sheet", sheets="、".join(grid.name for grid, *_ in fits))
    if not fits:
        raise _unlike(kind, sheets, around)
    return fits[0]


def _headings(kind: Kind[Any], grid: Grid, around: Surroundings) -> tuple[int, dict[str, int]] | None:
    """The first line that has all the columns which are needed."""
    for at, row in enumerate(grid.rows[:HEAD]):
        places = _places(kind, row.cells)
        if not _lacking(kind, places, around):
            _once_each(kind, row.cells, places)
            return at, places
    return None


def _places(kind: Kind[Any], cells: Cells) -> dict[str, int]:
    """Field → the first column that is called so."""
    places: dict[str, int] = {}
    for place, name in enumerate(_names(kind, cells)):
        if name is not None:
            places.setdefault(name, place)
    return places


def _once_each(kind: Kind[Any], cells: Cells, places: Mapping[str, int]) -> None:
    """Raises `Unreadable` where two columns are called the same: nobody can say which of them counts."""
    for place, name in enumerate(_names(kind, cells)):
        if name is not None and places[name] != place:
            raise Unreadable("heading-twice", heading=cells[place], other=cells[places[name]])


def _names(kind: Kind[Any], cells: Cells) -> list[str | None]:
    """The field that each heading means, if any."""
    called = {plain_heading(one): column.name for column in kind.columns for one in (column.name, *column.also)}
    return [called.get(plain_heading(cell)) for cell in cells]


def _lacking(kind: Kind[Any], places: Mapping[str, int], around: Surroundings) -> list[str]:
    """What a line of headings lacks, as people call it."""
    by_name = {column.name: column for column in kind.columns}
    given = {"project"} if around.project else set[str]()
    lacks = [_called(column) for column in kind.columns if column.needed and column.name not in {*places, *given}]
    for group in kind.one_of:
        if not any(name in places for name in group):
            lacks.append(" / ".join(_called(by_name[name]) for name in group))
    return lacks


def _called(column: Column) -> str:
    return f"{column.also[0]} ({column.name})" if column.also else column.name


def _unlike(kind: Kind[Any], sheets: list[Grid], around: Surroundings) -> Unreadable:
    """Why no sheet is such a list: what the most similar line lacks."""
    lines = [(grid, row) for grid in sheets for row in grid.rows[:HEAD]]
    grid, row = max(lines, key=lambda one: len(_places(kind, one[1].cells)))
    places = _places(kind, row.cells)
    lacking = "、".join(_lacking(kind, places, around))
    where = {"sheet": grid.name} if grid.name else {}
    if not places:
        found = "、".join(cell for cell in sheets[0].rows[0].cells if cell)[:80] if sheets[0].rows else ""
        return Unreadable("other-sheet" if where else "no-headings", found=found or "—", wanted=lacking, **where)
    return Unreadable("headings-lack", line=str(row.line), lacking=lacking)


def _value(
    kind: Kind[T],
    line: int,
    cells: Cells,
    places: Mapping[str, int],
    named: Mapping[int, str],
    around: Surroundings,
) -> tuple[T | None, list[Problem]]:
    fields: dict[str, Any] = {}
    problems: list[Problem] = []
    for column in kind.columns:
        place = places.get(column.name)
        cell = cells[place] if place is not None and place < len(cells) else ""
        heading = named.get(place, "") if place is not None else ""
        if cell:
            try:
                fields[column.name] = column.read(cell, around)
            except Bad as bad:
                problems.append(Problem(line, bad.code, bad.params, heading))
        elif column.name == "project" and around.project:
            fields["project"] = around.project
        elif column.needed:
            problems.append(Problem(line, "missing", {}, heading))
    if problems:
        return None, problems
    try:
        return kind.build(fields, around), []
    except Bad as bad:
        return None, [Problem(line, bad.code, bad.params)]
    except ValidationError as invalid:
        return None, list(_refused(line, invalid, places, named))


def _refused(
    line: int, invalid: ValidationError, places: Mapping[str, int], named: Mapping[int, str]
) -> Iterator[Problem]:
    """What the model refuses that no reader has seen."""
    for error in invalid.errors(include_url=False):
        name = next((str(part) for part in error["loc"]), "")
        heading = named.get(places.get(name, -1), name)
        yield Problem(line, "not-accepted", {"value": str(error["input"])[:40]}, heading)
