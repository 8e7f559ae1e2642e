"""Deposits of retention money from a CSV file: contractor, project, amount, date, voucher; each mistake by its line."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from pydantic import ValidationError

from complaints.bounds import NEWEST, OLDEST
from complaints.directory import Directory
from complaints.retention import Deposit
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


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right: its line, counted from 1, and a key of the texts (`retention.problem.<code>`)."""

    line: int
    code: str
    params: dict[str, str] = field(default_factory=dict[str, str])

    def words(self, lang: str = "zh") -> str:
        """The sentence in `lang` ("zh" or "en")."""
        return say(f"retention.problem.{self.code}", lang, **self.params)


@dataclass(frozen=True, slots=True)
class Line:
    """A deposit and where it stands in the file."""

    line: int
    deposit: Deposit


def read(text: str, directory: Directory) -> tuple[list[Line], list[Problem]]:
    """The deposits of a file, and everything that is wrong with it."""
    rows = csv.reader(text.splitlines(keepends=True))
    heading = next(rows, None)
    columns = [HEADINGS.get(name.strip(), name.strip().casefold()) for name in heading or ()]
    if sorted(columns) != sorted(COLUMNS):
        return [], [Problem(1, "heading", {"found": ",".join(columns) or "—", "wanted": SAMPLE})]
    lines: list[Line] = []
    problems: list[Problem] = []
    try:
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(columns):
                problems.append(Problem(rows.line_num, "columns", {"count": str(len(row)), "wanted": SAMPLE}))
                continue
            fields = dict(zip(columns, (cell.strip() for cell in row), strict=True))
            wrong = list(_problems(rows.line_num, fields, directory))
            problems += wrong
            if not wrong:
                lines.append(Line(rows.line_num, _deposit(fields)))
    except csv.Error as broken:
        problems.append(Problem(rows.line_num, "unreadable", {"problem": str(broken)}))
    return lines, problems


def _problems(line: int, fields: Mapping[str, str], directory: Directory) -> Iterator[Problem]:
    contractor = next((one for one in directory.contractors if one.key == fields["contractor"]), None)
    if contractor is None:
        yield Problem(line, "contractor", {"value": fields["contractor"]})
    projects = {project.code for project in directory.projects}
    if fields["project"] not in projects or (contractor is not None and not contractor.built(fields["project"])):
        yield Problem(line, "project", {"value": fields["project"]})
    if _amount(fields["amount"]) is None:
        yield Problem(line, "amount", {"value": fields["amount"]})
    if _day(fields["date"]) is None:
        yield Problem(line, "date", {"value": fields["date"]})
    if not 1 <= len(fields["voucher"]) <= 100:
        yield Problem(line, "voucher", {"value": fields["voucher"]})


def _deposit(fields: Mapping[str, str]) -> Deposit:
    amount, day = _amount(fields["amount"]), _day(fields["date"])
    assert amount is not None
    assert day is not None
    return Deposit(
        contractor=fields["contractor"], project=fields["project"], amount=amount, day=day, voucher=fields["voucher"]
    )


def _amount(value: str) -> Decimal | None:
    """A sum above zero with at most two places; spreadsheets write thousands with commas."""
    try:
        amount = Decimal(value.replace(",", ""))
        Deposit(contractor="x", project="x", amount=amount, day=date(2000, 1, 1), voucher="x")
    except (InvalidOperation, ValidationError):
        return None
    return amount


def _day(value: str) -> date | None:
    """A day written 2026-01-05."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if OLDEST <= day.year <= NEWEST else None
