"""A report as a value: tables of figures, sentences about them, and the complaints behind every figure.

A report is independent of language: rows and columns have keys, which the catalogue puts into words when the report is
read. Names (of people, projects, contractors) are those of the day on which it was drafted, because an issued report
must read the same for ever.
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
"""The columns that compare a period with the previous one and with the same period of the year before."""

OF_RECORDS = tuple(f"key.{name}.{NOW}" for name in ("received", "handled", "closed"))
"""The figures whose complaints' records go along with a complaint report: what the period took in, handled, closed."""

SEPARATOR = "\x1f"
"""Separates the Chinese from the English of a name that has both."""

Value = int | str | None
"""A whole number, or text: a decimal, an ISO 8601 moment, words. None if there is no value."""
Behind = Mapping[str, Sequence[int]]
"""Key of a figure → indexes of its complaints in the report's list of numbers."""


class ReportKind(StrEnum):
    """Every report that the procedures require."""

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
    CUSTOMER_VIEWS = "customer_views"  # CH-7.5.3
    REVISIT_REPORT = "revisit_report"  # CS-4.5.4 回访调查报告


class Unit(StrEnum):
    """How a value of a column is written."""

    COUNT = "count"
    SHARE = "share"  # between 0 and 1, as text
    DAYS = "days"  # as text, with one decimal place
    HOURS = "hours"
    YUAN = "yuan"
    TEXT = "text"
    WORD = "word"  # a key of the catalogue: `report.word.<column>.<value>`
    WORDS = "words"  # several such keys, separated by spaces
    MOMENT = "moment"
    DAY = "day"
    NUMBERS = "numbers"  # of complaints, separated by spaces


class ReportColumn(Frozen):
    key: str
    unit: Unit = Unit.COUNT


class ReportRow(Frozen):
    """A row. `name` is set if no text of the catalogue names the row, `unit` if the row has a unit of its own."""

    key: str
    name: str | None = None
    values: tuple[Value, ...]
    unit: Unit | None = None


class ReportTable(Frozen):
    """A table of figures, or a list of complaints (`listing`), whose rows are named by complaint number."""

    key: str
    columns: tuple[ReportColumn, ...]
    rows: tuple[ReportRow, ...] = ()
    words: str = ""  # group of the catalogue that names the rows: `report.row.<words>.<key>`
    listing: bool = False
    left_out: int = 0  # rows beyond the maximum that the report shows

    def figure(self, row: ReportRow, column: ReportColumn) -> str:
        """Return the key by which a figure leads to the complaints behind it."""
        return f"{self.key}.{row.key}.{column.key}"

    def row(self, key: str) -> ReportRow | None:
        return next((row for row in self.rows if row.key == key), None)

    def value(self, row: str, column: str) -> Value:
        """Return the value in this row and column; None if there is no such row. Raises `ValueError` for the column."""
        place = [one.key for one in self.columns].index(column)
        found = self.row(row)
        return found.values[place] if found else None


class ReportSentence(Frozen):
    """A sentence: its key (text `report.says.<key>`) and its parameters."""

    key: str
    params: dict[str, str | int] = {}


class ReportHeading(Frozen):
    """The heading of a report: names of its project, department and person, and its time zone (IANA name)."""

    project: str | None = None
    department: str | None = None
    person: str | None = None
    zone: str = "Asia/Shanghai"


class ReportContent(Frozen):
    """A report as it was drafted."""

    kind: ReportKind
    period: Period
    subject: Subject
    heading: ReportHeading
    at: AwareDatetime  # nothing later was counted
    over: bool  # whether the period had ended by then
    says: tuple[ReportSentence, ...] = ()
    tables: tuple[ReportTable, ...] = ()
    missing: tuple[str, ...] = ()  # numbers of the cases without their study (CR-5.4.3)

    def table(self, key: str) -> ReportTable | None:
        return next((table for table in self.tables if table.key == key), None)


class Drafted(Frozen):
    """A report with the complaints behind its figures: `cases` are their numbers, `behind` indexes into it."""

    report: ReportContent
    cases: tuple[str, ...] = ()
    behind: dict[str, tuple[int, ...]] = {}

    def numbers(self, figure: str) -> tuple[str, ...]:
        """Return the numbers of the complaints behind a figure; empty if it has none."""
        return tuple(self.cases[place] for place in self.behind.get(figure, ()))

    @property
    def records(self) -> tuple[str, ...]:
        """The numbers of the complaints whose records (F1) go along with a complaint report, sorted (CH-7.4.2)."""
        return tuple(sorted({number for figure in OF_RECORDS for number in self.numbers(figure)}))

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over the whole content: two reports with the same digest are the same."""
        return digest_of(self.report, self.cases, self.behind)


class StoredReport(Drafted):
    """A report as the store keeps it: a draft, or issued and never changed again."""

    id: str
    revision: int
    digest_kept: str
    reason: str = ""  # of a correction
    corrected_by: str | None = None
    issued_at: AwareDatetime | None = None
    issued_by: str | None = None
    remarks: str = ""
    named: tuple[str, ...] = ()  # missing studies that its owner named

    @property
    def issued(self) -> bool:
        return self.issued_at is not None

    @property
    def intact(self) -> bool:
        """Whether the content is unchanged since the report was drafted."""
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
    """The receipt for issuing a report."""

    id: str
    revision: int
    digest: str
    at: AwareDatetime
    by: str
    named: tuple[str, ...] = ()


def report_id(kind: ReportKind, period: Period, subject: Subject) -> str:
    """Return the report's id: one for each kind, period and subject, however often it is drafted."""
    return f"{kind.value}-{period.name}-{subject.key}"


def digest_of(report: ReportContent, cases: Sequence[str], behind: Behind) -> str:
    """Return the SHA-256 (hex) over a report, the numbers of its complaints, and what is behind its figures."""
    seal = hashlib.sha256(_canonical(plain(report)))
    seal.update(_canonical(list(cases)))
    for key in sorted(behind):
        seal.update(_canonical([key, *behind[key]]))
    return seal.hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
