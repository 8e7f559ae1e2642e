"""Turns bytes into rows of named fields: format, line, column. The meaning of the fields is not known here.

Files come from spreadsheets and from programs, so much is tolerated (UTF-8 with or without a byte order mark, GB18030,
UTF-16 with one; CSV with commas, semicolons or tabs, workbooks; Chinese headings, below titles and on several lines)
and nothing is guessed: a row that cannot be read is refused with its line, and reading resumes at the next place where
a row can begin.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NoReturn, cast

from complaints.base.canonical import plain_text
from complaints.case.complaint import Complaint, Facts
from complaints.intake.checking import Rejected
from complaints.intake.headings import FIELDS
from complaints.spreadsheets.cells import Day, Spoilt, without_fraction
from complaints.spreadsheets.days import DayOrder, Unclear, order_of, when
from complaints.spreadsheets.files import decoded, grids, is_workbook, table
from complaints.spreadsheets.grids import Grid, ReadFault, Unreadable
from complaints.spreadsheets.grids import GridRow as GridRow
from complaints.spreadsheets.headings import best_head, plain_heading

LIMIT = 10_000_000
"""Maximum size of a file, in bytes (in characters, when text is passed)."""

PATIENCE = 100
"""Unreadable rows after which reading stops: the file is plainly something else, and more reading would only take
time."""

_EXACT = 15
"""Number of digits that every program keeps of a number."""
_OF_A_PROGRAM = re.compile(r"\d{4}-\d{2}-\d{2}T")
_BLANK = re.compile(r"[\s,]*")
_NEXT_OBJECT = re.compile(r"\n\s*(?=\{)")


@dataclass(frozen=True, slots=True)
class ComplaintRow:
    """The named fields of one complaint and the line on which it begins, or why that line cannot be read.

    `faults` are cells whose content is lost; `fields` lack them. A table's lines are numbered as in the spreadsheet.
    """

    line: int
    fields: dict[str, Any] = field(default_factory=dict[str, Any])
    rejected: Rejected | None = None
    faults: tuple[Rejected, ...] = ()
    table: bool = False

    @property
    def wrong(self) -> tuple[Rejected, ...]:
        """Everything in the row that cannot be read."""
        return self.faults if self.rejected is None else (self.rejected,)


@dataclass(frozen=True)
class Columns:
    """The headings of a kind of table, the fields that hold days, and the texts that must not be days.

    Unknown headings stand for themselves.
    """

    called: Mapping[str, str]
    texts: frozenset[str] = frozenset()
    days: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "called", {plain_heading(one): name for one, name in self.called.items()})

    def knows(self, heading: str) -> bool:
        return plain_heading(heading) in self.called

    def field(self, heading: str) -> str:
        return self.called.get(plain_heading(heading), heading.strip().lower())


_TEXTS = frozenset({"external_id", "customer", "contact", "building"})
_NUMBERED = ("external_id", "contact", "building")
"""Text fields that programs send as numbers."""
COMPLAINTS = Columns(
    {**{name: name for name in (*Complaint.model_fields, *Facts.model_fields) if name != "facts"}, **FIELDS},
    texts=_TEXTS,
    days=frozenset({"received_at", "promised"}),
)
_KEYS = {
    "empty": "intake.empty",
    "encoding": "intake.encoding",
    "quotes": "intake.broken-csv",
    "too-many-broken": "intake.too-many-broken",
}
"""Texts of the intake's own, for faults that JSON can have as well."""


class _Unreadable(ValueError):
    """Raised for JSON that we do not accept: a key twice in one object, NaN, or a number without end."""

    def __init__(self, key: str, **params: str) -> None:
        self.key = key
        self.params = params
        super().__init__(key)


def rows(data: bytes | str, columns: Columns = COMPLAINTS) -> Iterator[ComplaintRow]:
    """Yield the rows of a file, readable or not, in file order."""
    if len(data) > LIMIT:
        yield _refused(None, "intake.too-large", limit=f"{LIMIT // 1_000_000} MB")
        return
    try:
        found = _rows(data, columns)
    except Unreadable as unreadable:
        yield _faulty(None, unreadable.fault)
        return
    unreadable_rows = 0
    for row in found:
        yield row
        unreadable_rows += row.rejected is not None
        if unreadable_rows == PATIENCE:
            yield _refused(row.line, "intake.too-many-broken", count=str(PATIENCE))
            return


def _rows(data: bytes | str, columns: Columns) -> Iterator[ComplaintRow]:
    """Return the rows. Raises `Unreadable` before the first row, if at all."""
    if isinstance(data, bytes) and is_workbook(data):
        return _columns(grids(data), columns)
    text = decoded(data) if isinstance(data, bytes) else data.removeprefix("\ufeff")
    if text is None:
        raise Unreadable("encoding")
    if not text.strip():
        raise Unreadable("empty")
    return _objects(text) if text.lstrip()[0] in "{[" else _columns([table(text)], columns)


def _faulty(line: int | None, fault: ReadFault) -> ComplaintRow:
    return ComplaintRow(line=line or 0, rejected=_rejected(line, fault))


def _rejected(line: int | None, fault: ReadFault, name: str | None = None) -> Rejected:
    key = _KEYS.get(fault.code, f"importing.problem.{fault.code}")
    return Rejected(line=line, field=name, key=key, params=fault.params)


def _refused(line: int | None, key: str, **params: str) -> ComplaintRow:
    return ComplaintRow(line=line or 0, rejected=Rejected(line=line, key=key, params=params))


def _objects(text: str) -> Iterator[ComplaintRow]:
    """Parse JSON: one object, a list of objects, or one object after another (JSON lines)."""
    decoder = json.JSONDecoder(
        object_pairs_hook=_once_each, parse_float=_number, parse_int=_number, parse_constant=_not_a_number
    )
    listed = text.lstrip()[0] == "["
    position = text.index("[") + 1 if listed else 0
    line, counted = 1, 0
    while (position := cast(re.Match[str], _BLANK.match(text, position)).end()) < len(text):
        line, counted = line + text.count("\n", counted, position), position
        if listed and text[position] == "]":
            listed, position = False, position + 1
            continue
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as fault:
            yield _broken(text, fault, line, position)
            following = _NEXT_OBJECT.search(text, position)
            if following is None:
                return
            position = following.end()
            continue
        if isinstance(value, dict):
            yield _object(line, cast(dict[str, Any], value))
        else:
            yield _refused(line, "intake.not-an-object")
    if listed:
        yield _refused(text.count("\n") + 1, "intake.list-not-closed")


def _object(line: int, fields: dict[str, Any]) -> ComplaintRow:
    """Convert a JSON object. Numeric telephone, home and complaint numbers become texts where no digit can be lost."""
    faults: list[Rejected] = []
    for name in _NUMBERED:
        value = fields.get(name)
        if not isinstance(value, Decimal):
            continue
        if value.as_tuple().exponent == 0 and len(str(abs(value))) <= _EXACT:
            fields[name] = str(value)
        else:
            del fields[name]
            key = "importing.problem.number-for-text"
            faults.append(Rejected(line=line, field=name, key=key, params={"value": str(value)[:40]}))
    return ComplaintRow(line=line, fields=fields, faults=tuple(faults))


def _broken(text: str, fault: Exception, line: int, position: int) -> ComplaintRow:
    """Report why the entry that begins at `position`, on `line`, cannot be read."""
    match fault:
        case json.JSONDecodeError():
            return _refused(line + text.count("\n", position, fault.pos), "intake.broken-json", began=str(line))
        case _Unreadable():
            return _refused(line, fault.key, **fault.params)
        case _:
            return _refused(line, "intake.broken-json", began=str(line))


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Unreadable(
            "intake.field-twice", name=plain_text(next(name for name in names if names.count(name) > 1))[:40]
        )
    return fields


def _number(digits: str) -> Decimal:
    if len(digits) > 40:
        raise _Unreadable("intake.number-too-long")
    return Decimal(digits)


def _not_a_number(name: str) -> NoReturn:
    raise _Unreadable("intake.not-a-number", name=name)


def _columns(sheets: list[Grid], columns: Columns) -> Iterator[ComplaintRow]:
    """Yield the rows of a table with headings: of the only sheet, or of the one whose headings are known."""
    found = [(grid, best_head(grid, columns.knows)) for grid in sheets if not grid.hidden or len(sheets) == 1]
    if len(found) > 1:
        alike = [(grid, head) for grid, head in found if sum(map(columns.knows, head.names)) > 1]
        if len(alike) > 1:
            yield _refused(None, "importing.problem.several-sheets", sheets="、".join(grid.name for grid, _ in alike))
            return
        found = alike or found
    if not found:
        yield _refused(None, "importing.problem.only-hidden", sheets="、".join(grid.name for grid in sheets))
        return
    grid, head = found[0]
    headed = [columns.field(one) if one else head.name(place) for place, one in enumerate(head.names)]
    twice = sorted({name for name in headed if headed.count(name) > 1})
    if twice:
        yield _refused(head.line, "intake.field-twice", name=twice[0])
        return
    below = grid.rows[head.below :]
    orders = {name: _order(below, place) for place, name in enumerate(headed) if name in columns.days}
    for row in below:
        if row.fault is not None:
            yield _faulty(row.line, row.fault)
        elif any(row.cells[len(headed) :]):
            yield _refused(row.line, "intake.too-many-cells", cells=str(len(row.cells)), columns=str(len(headed)))
        else:
            fields: dict[str, Any] = {}
            faults: list[Rejected] = []
            for name, cell in zip(headed, row.cells, strict=False):
                if cell:
                    said = _said(cell, name, columns, grid.epoch, orders.get(name))
                    if isinstance(said, ReadFault):
                        faults.append(_rejected(row.line, said, name))
                    else:
                        fields[name] = said
            yield ComplaintRow(line=row.line, fields=fields, table=True, faults=tuple(faults))


def _order(rows: tuple[GridRow, ...], place: int) -> DayOrder | None:
    return order_of(row.cells[place] for row in rows if place < len(row.cells) and row.cells[place])


def _said(cell: str, name: str, columns: Columns, epoch: date, order: DayOrder | None) -> str | ReadFault:
    """Convert a cell to its field's value; days and times become ISO 8601, where they can be understood.

    A time in a program's format (2026-01-05T09:30) is kept, and is refused later if it lacks a zone. A time in a
    person's format gets a blank for the T: it is in the estate's time zone.
    """
    if isinstance(cell, Spoilt):
        return ReadFault(cell.code, {"value": cell[:40]})
    if isinstance(cell, Day) and name in columns.texts:
        return ReadFault("day-for-text", {"value": cell[:40]})
    if name in columns.texts:
        return without_fraction(cell)
    if name not in columns.days or _OF_A_PROGRAM.match(cell):
        return cell
    try:
        found = when(cell, epoch, order)
    except Unclear as unclear:
        return cell if unclear.code == "date" else ReadFault(unclear.code, {"value": cell[:40]})
    if found.zoned is not None:
        return found.zoned.isoformat()
    return found.day.isoformat() if found.at is None else datetime.combine(found.day, found.at).isoformat(" ")
