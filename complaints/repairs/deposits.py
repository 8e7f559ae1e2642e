"""Reads deposits of retention money from a list (CSV or XLSX): contractor, project, amount, date, voucher.

Each mistake is reported with its line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from pydantic import ValidationError

from complaints.clock.bounds import NEWEST, OLDEST
from complaints.people.model import Directory
from complaints.repairs.retention_money import Deposit
from complaints.spreadsheets.cells import Day, Spoilt, plain_number
from complaints.spreadsheets.days import DayOrder, Unclear, order_of, when
from complaints.spreadsheets.files import grids
from complaints.spreadsheets.grids import GridRow, ReadFault, Unreadable
from complaints.spreadsheets.headings import best_head, plain_heading
from complaints.texts import say

HEADINGS: Mapping[str, str] = {
    "施工单位": "contractor",
    "项目": "project",
    "金额": "amount",
    "日期": "date",
    "凭证号": "voucher",
}
COLUMNS = tuple(HEADINGS.values())
SAMPLE = ",".join(COLUMNS)
_CALLED = {**{name: name for name in COLUMNS}, **HEADINGS}


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake to correct: its line, counted from 1, and the code of its text `retention.problem.<code>`.

    `key` replaces that text for what could not be read at all; it is a text of the list reader.
    """

    line: int
    code: str
    params: dict[str, str] = field(default_factory=dict[str, str])
    key: str | None = None

    def words(self, lang: str = "zh") -> str:
        """The sentence in `lang` ("zh" or "en")."""
        return say(self.key or f"retention.problem.{self.code}", lang, **self.params)


@dataclass(frozen=True, slots=True)
class Line:
    """A deposit and its line in the file."""

    line: int
    deposit: Deposit


def read(data: bytes, directory: Directory) -> tuple[list[Line], list[Problem]]:
    """Return the deposits of a file, and every problem found in it."""
    try:
        sheets = grids(data)
    except Unreadable as unreadable:
        if unreadable.fault.code == "empty":
            return [], [_no_heading(1, [])]
        return [], [_unreadable(1, unreadable.fault)]
    heads = [(grid, best_head(grid, _knows)) for grid in sheets]
    grid, head = max(heads, key=lambda one: sum(map(_knows, one[1].names)))
    columns = [_CALLED.get(plain_heading(name), name) for name in head.names]
    if sorted(columns) != sorted(COLUMNS):
        return [], [_no_heading(head.line, columns)]
    lines: list[Line] = []
    problems: list[Problem] = []
    below = grid.rows[head.below :]
    day = columns.index("date")
    order = order_of(row.cells[day] for row in below if day < len(row.cells) and row.cells[day])
    for row in below:
        if row.fault is not None:
            problems.append(_unreadable(row.line, row.fault))
            continue
        cells = _cells(row, len(columns), is_workbook=bool(grid.name))
        if len(cells) != len(columns):
            problems.append(Problem(row.line, "columns", {"count": str(len(cells)), "wanted": SAMPLE}))
            continue
        fields = dict(zip(columns, cells, strict=True))
        found = _day(fields["date"], grid.epoch, order)
        wrong = [_unreadable(row.line, ReadFault(one.code, {"value": one})) for one in cells if isinstance(one, Spoilt)]
        wrong = wrong or list(_problems(row.line, fields, found, directory))
        problems += wrong
        if not wrong and found is not None:
            lines.append(Line(row.line, _deposit(fields, found)))
    return lines, problems


def _cells(row: GridRow, width: int, *, is_workbook: bool) -> list[str]:
    """The cells of a line without empty ones behind the last column; padded for a workbook, which omits empty cells."""
    cells = row.cells[:width] if not any(row.cells[width:]) else row.cells
    return cells + [""] * (width - len(cells)) if is_workbook else cells


def _knows(heading: str) -> bool:
    return plain_heading(heading) in _CALLED


def _no_heading(line: int, found: list[str]) -> Problem:
    return Problem(line, "heading", {"found": ",".join(found) or "—", "wanted": SAMPLE})


def _unreadable(line: int, fault: ReadFault) -> Problem:
    return Problem(line, "unreadable", fault.params, f"importing.problem.{fault.code}")


def _problems(line: int, fields: Mapping[str, str], day: date | None, directory: Directory) -> Iterator[Problem]:
    contractor = next((one for one in directory.contractors if one.key == fields["contractor"]), None)
    if contractor is None:
        yield Problem(line, "contractor", {"value": fields["contractor"]})
    projects = {project.code for project in directory.projects}
    if fields["project"] not in projects or (contractor is not None and not contractor.built(fields["project"])):
        yield Problem(line, "project", {"value": fields["project"]})
    if _amount(fields["amount"]) is None:
        yield Problem(line, "amount", {"value": fields["amount"]})
    if day is None:
        yield Problem(line, "date", {"value": fields["date"]})
    if isinstance(fields["voucher"], Day):
        yield _unreadable(line, ReadFault("day-for-text", {"value": fields["voucher"]}))
    elif not 1 <= len(fields["voucher"]) <= 100:
        yield Problem(line, "voucher", {"value": fields["voucher"]})


def _deposit(fields: Mapping[str, str], day: date) -> Deposit:
    amount = _amount(fields["amount"])
    assert amount is not None
    return Deposit(
        contractor=fields["contractor"], project=fields["project"], amount=amount, day=day, voucher=fields["voucher"]
    )


def _amount(value: str) -> Decimal | None:
    """Parse a sum above zero with at most two decimal places, else None; spreadsheets write thousands with commas."""
    try:
        amount = Decimal(plain_number(value))
        Deposit(contractor="x", project="x", amount=amount, day=date(2000, 1, 1), voucher="x")
    except (InvalidOperation, ValidationError):
        return None
    return amount


def _day(value: str, epoch: date, order: DayOrder | None) -> date | None:
    """Parse a day as people and spreadsheets write it; None if it is unclear or out of bounds."""
    try:
        day = when(value, epoch, order).day
    except Unclear:
        return None
    return day if OLDEST <= day.year <= NEWEST else None
