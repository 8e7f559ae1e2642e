"""A report as a value: tables of figures, sentences about them, and the complaints behind every figure.

A report says nothing in any language: rows and columns have keys, which the catalogue puts into words when somebody
reads it. Names (of people, projects, contractors) are those of the day on which it was drafted, because a report that
was issued must read the same for ever.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.base.canonical import plain
from complaints.case.round import Subject
from complaints.clock.periods import Period

NOW, BEFORE, YEAR_BEFORE = "now", "before", "year_before"
COMPARED = (NOW, BEFORE, YEAR_BEFORE)
"""The columns that compare a period with the one before and with the same one of the year before."""

SEPARATOR = "\x1f"
"""Between the Chinese and the English of a name that has both."""

Value = int | str | None
"""A whole number, or text: a decimal, an ISO moment, words. None where there is nothing to say."""
Behind = Mapping[str, Sequence[int]]
"""By key of a figure: the places of its complaints in the report's list of numbers."""


class ReportKind(StrEnum):
    """Every report the procedures ask for."""

    DAILY_CHECK = "daily_check"  # CH-7.4.1
    COMPLAINT_REPORT = "complaint_report"  # CH-7.4.2 客户投诉报告
    ANNUAL_SUMMARY = "annual_summary"  # CH-7.4.4 客户投诉总结
    INFORMATION_SUMMARY = "information_summary"  # CS-4.1.1, CS-4.1.2
    SERVICE_ASSESSMENT = "service_assessment"  # CS-4.1.3
    QUARTERLY_REPORT = "quarterly_report"  # CS-4.1.4
    REPAIR_SUMMARY = "repair_summary"  # CS-4.3.7
    SERVICE_BULLETIN = "service_bulletin"  # RV-6.1 服务简报
    FIGURES = "figures"  # RV-6.2
    ANALYSIS = "analysis"  # RV-6.3
    SURVEY_REPORT = "survey_report"  # RV-5.1 客户意见调查报告
    REGISTER = "register"  # CH-7.5.4 客户投诉记录清单


class Unit(StrEnum):
    """How a value of a column is written."""

    COUNT = "count"
    SHARE = "share"  # between 0 and 1, as text
    DAYS = "days"  # as text, with one place
    HOURS = "hours"
    YUAN = "yuan"
    TEXT = "text"
    WORD = "word"  # a key of the catalogue: `report.word.<value>`
    WORDS = "words"  # several of them, with spaces between
    MOMENT = "moment"
    DAY = "day"
    NUMBERS = "numbers"  # of complaints, with spaces between


class ReportColumn(Frozen):
    key: str
    unit: Unit = Unit.COUNT


class ReportRow(Frozen):
    """A row: `name` says it where no text of the catalogue does; `unit` where it has one of its own."""

    key: str
    name: str | None = None
    values: tuple[Value, ...]
    unit: Unit | None = None


class ReportTable(Frozen):
    """A table of figures, or a list of complaints (`listing`), whose rows are known by number."""

    key: str
    columns: tuple[ReportColumn, ...]
    rows: tuple[ReportRow, ...] = ()
    words: str = ""  # group of the catalogue that names the rows: `report.row.<words>.<key>`
    listing: bool = False
    left_out: int = 0  # rows beyond those that a reader wants to see

    def figure(self, row: ReportRow, column: ReportColumn) -> str:
        """The key by which a figure leads to the complaints behind it."""
        return f"{self.key}.{row.key}.{column.key}"

    def row(self, key: str) -> ReportRow | None:
        return next((row for row in self.rows if row.key == key), None)

    def value(self, row: str, column: str) -> Value:
        """The value at this place, None where there is no such row."""
        place = [one.key for one in self.columns].index(column)
        found = self.row(row)
        return found.values[place] if found else None


class ReportSentence(Frozen):
    """A sentence by its key, `report.says.<key>`, and what is filled in."""

    key: str
    params: dict[str, str | int] = {}


class ReportHeading(Frozen):
    """What stands above a report: whose it is, and by whose clock."""

    project: str | None = None
    department: str | None = None
    person: str | None = None
    zone: str = "Asia/Shanghai"


class Report(Frozen):
    """A report as it was drafted."""

    kind: ReportKind
    period: Period
    subject: Subject
    heading: ReportHeading
    at: AwareDatetime  # what was known when: nothing later counts
    over: bool  # whether the period was over by then
    says: tuple[ReportSentence, ...] = ()
    tables: tuple[ReportTable, ...] = ()
    missing: tuple[str, ...] = ()  # numbers of the cases whose study is not written (CR-5.4.3)

    def table(self, key: str) -> ReportTable | None:
        return next((table for table in self.tables if table.key == key), None)


class Drafted(Frozen):
    """A report with the complaints behind its figures: `cases` are their numbers, `behind` places in them."""

    report: Report
    cases: tuple[str, ...] = ()
    behind: dict[str, tuple[int, ...]] = {}

    def numbers(self, figure: str) -> tuple[str, ...]:
        """The numbers of the complaints behind a figure; none for one that has none."""
        return tuple(self.cases[place] for place in self.behind.get(figure, ()))

    @property
    def digest(self) -> str:
        """SHA-256 over everything it says, in hex: two reports with one digest are the same."""
        return digest_of(self.report, self.cases, self.behind)


class StoredReport(Drafted):
    """A report as the records keep it: a draft, or issued and never changed again."""

    id: str
    revision: int
    digest_kept: str
    reason: str = ""  # of a correction
    corrected_by: str | None = None
    issued_at: AwareDatetime | None = None
    issued_by: str | None = None
    remarks: str = ""
    named: tuple[str, ...] = ()  # what its owner named as missing

    @property
    def issued(self) -> bool:
        return self.issued_at is not None

    @property
    def intact(self) -> bool:
        """Whether it is still what it was when it was drafted."""
        return self.digest == self.digest_kept


class ReportLine(Frozen):
    """A report as a line of a list."""

    id: str
    revision: int
    kind: ReportKind
    period: str
    subject: Subject
    at: AwareDatetime
    digest: str
    missing: tuple[str, ...] = ()
    issued_at: AwareDatetime | None = None
    issued_by: str | None = None


class Issued(Frozen):
    """What whoever issued a report gets back."""

    id: str
    revision: int
    digest: str
    at: AwareDatetime
    by: str
    named: tuple[str, ...] = ()


def report_id(kind: ReportKind, period: Period, subject: Subject) -> str:
    """The report of a kind, a period and a subject is one, however often it is drafted."""
    return f"{kind.value}-{period.name}-{subject.key}"


def digest_of(report: Report, cases: Sequence[str], behind: Behind) -> str:
    """See `Drafted.digest`."""
    seal = hashlib.sha256(_canonical(plain(report)))
    seal.update(_canonical(list(cases)))
    for key in sorted(behind):
        seal.update(_canonical([key, *behind[key]]))
    return seal.hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
