"""What each kind of report contains: a selection for its reader."""

from __future__ import annotations

from complaints.base import Frozen
from complaints.clock.periods import Period, PeriodKind
from complaints.reports.errors import Hindrance, ReportRefused
from complaints.reports.model import ReportKind


class Shape(Frozen):
    """A kind of report: the rule that requires it, its kinds of periods, its tables in order, its charts."""

    rule: str
    periods: tuple[PeriodKind, ...]
    tables: tuple[str, ...]
    charts: tuple[str, ...] = ()

    @property
    def lists(self) -> tuple[str, ...]:
        """The tables whose rows are read one by one."""
        return tuple(table for table in self.tables if table in LISTS)


LISTS = (
    *("late_list", "repeats", "grave", "studies", "actions", "register", "check", "views", "case_views"),
    *("analyses", "information", "informed", "gathered", "sent_figures", "heads"),
)
"""The tables whose rows are read one by one: complaints, or what somebody filled in for a department or a project."""
_ANY = (PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR)

SHAPES: dict[ReportKind, Shape] = {
    ReportKind.DAILY_CHECK: Shape(
        rule="CH-7.4.1",
        periods=(PeriodKind.DAY,),
        tables=("key", "check", "late_list"),
    ),
    ReportKind.INFORMATION_SUMMARY: Shape(
        rule="CS-4.1.2",
        periods=(PeriodKind.WEEK, *_ANY),
        tables=("key", "information", "category", "channel", "project", "department", "grave", "repeats"),
        charts=("trend", "category"),
    ),
    ReportKind.COMPLAINT_REPORT: Shape(
        rule="CH-7.4.2",
        periods=_ANY,
        tables=(
            *("key", "category", "level", "channel", "project", "department", "trend"),
            *("clauses", "causes", "late_list", "dates", "revisits", "repeats", "retention", "repairs"),
            *("case_views", "corrective", "actions", "analyses", "grave", "studies"),
        ),
        charts=("trend", "category", "clauses", "revisits"),
    ),
    ReportKind.SERVICE_ASSESSMENT: Shape(
        rule="CS-4.1.3",
        periods=_ANY,
        tables=("key", "offices", "clauses", "rounds", "causes", "late_list", "dates", "revisits", "draws", "actions"),
        charts=("offices", "clauses", "revisits"),
    ),
    ReportKind.SERVICE_BULLETIN: Shape(
        rule="RV-6.1",
        periods=_ANY,
        tables=("key", "revisits", "draws", "heads", "sent_figures", "category", "project", "repeats", "actions"),
        charts=("trend", "revisits", "category"),
    ),
    ReportKind.FIGURES: Shape(rule="RV-6.2", periods=_ANY, tables=("key", "revisits", "draws", "category")),
    ReportKind.ANALYSIS: Shape(
        rule="RV-6.3",
        periods=_ANY,
        tables=("key", "category", "clauses", "causes", "revisits", "repeats", "corrective", "actions"),
        charts=("category", "clauses"),
    ),
    ReportKind.REPAIR_SUMMARY: Shape(
        rule="CS-4.3.7",
        periods=_ANY,
        tables=("key", "repairs", "retention", "corrective", "actions"),
        charts=("repairs",),
    ),
    ReportKind.QUARTERLY_REPORT: Shape(
        rule="CS-4.1.4",
        periods=(PeriodKind.QUARTER,),
        tables=(
            *("key", "trend", "category", "level", "project", "offices", "rounds", "revisits", "draws"),
            *("retention", "grave", "studies", "actions"),
        ),
        charts=("trend", "category", "offices"),
    ),
    ReportKind.ANNUAL_SUMMARY: Shape(
        rule="CH-7.4.4",
        periods=(PeriodKind.YEAR,),
        tables=(
            *("key", "trend", "category", "level", "channel", "project", "department", "clauses", "causes", "dates"),
            *("rounds", "revisits", "draws", "retention", "repairs", "corrective", "studies", "actions"),
        ),
        charts=("trend", "category", "clauses", "revisits", "repairs"),
    ),
    ReportKind.SURVEY_REPORT: Shape(
        rule="RV-5.1",
        periods=(PeriodKind.YEAR,),
        tables=("survey", "answers", "key", "revisits", "draws", "category"),
        charts=("revisits",),
    ),
    ReportKind.CUSTOMER_VIEWS: Shape(rule="CH-7.5.3", periods=_ANY, tables=("key", "views", "category")),
    ReportKind.REVISIT_REPORT: Shape(
        rule="CS-4.5.4",
        periods=(PeriodKind.YEAR,),
        tables=("gathered", "informed", "key", "revisits", "draws", "heads"),
        charts=("revisits",),
    ),
    ReportKind.REGISTER: Shape(rule="CH-7.5.4", periods=tuple(PeriodKind), tables=("key", "register")),
}

LONGEST = {"late_list": 30, "repeats": 50, "grave": 60, "actions": 60, "causes": 12}
"""Maximum rows of a list in a report; the figures lead to all of them."""


def shape_of(kind: ReportKind, period: Period) -> Shape:
    """Return the shape of a kind. Raises `ReportRefused(WRONG_PERIOD)` if the kind has no report for the period."""
    shape = SHAPES[kind]
    if period.kind not in shape.periods:
        wanted = " ".join(one.value for one in shape.periods)
        raise ReportRefused(Hindrance.WRONG_PERIOD, kind=kind.value, period=period.name, wanted=wanted)
    return shape


def around(period: Period) -> tuple[Period, ...]:
    """Return the periods of a report's trend: those up to its own, or for a year its own months."""
    if period.kind is PeriodKind.YEAR:
        month = Period.of(PeriodKind.MONTH, period.start)
        months = [month]
        while months[-1].end < period.end:
            months.append(months[-1].after)
        return tuple(months)
    wanted = {PeriodKind.DAY: 14, PeriodKind.WEEK: 13, PeriodKind.MONTH: 13, PeriodKind.QUARTER: 5}[period.kind]
    found = [period]
    while len(found) < wanted:
        found.append(found[-1].before)
    return tuple(reversed(found))
