"""A report for looking at, with everything that a renderer could get wrong, made without any database."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from complaints.case.round import Subject
from complaints.clock.periods import Period, PeriodKind
from complaints.reports.build import build
from complaints.reports.counts import Count, ListLine, PeriodStatistics, TableCounts
from complaints.reports.kinds import SHAPES, around
from complaints.reports.model import Drafted, ReportKind, StoredReport
from complaints.reports.tables import PeriodCounts, ReportNames

NOVEMBER = Period.named("2026-11")
AT = datetime(2026, 12, 1, 1, tzinfo=UTC)
NAMES = ReportNames(
    {"li.na": "李娜"}, {"hf01": "华府一期"}, {"engineering": "工程部"}, {"hongji": "宏基 <建筑> & 工程"}
)
NASTY = '=1+1 <script>alert("x")</script> #set page(width: 1pt) $x$ \x07\u202e厨房 _x000D_'
_PERIODS = {
    PeriodKind.DAY: "2026-11-20",
    PeriodKind.WEEK: "2026-W47",
    PeriodKind.MONTH: "2026-11",
    PeriodKind.QUARTER: "2026-Q4",
    PeriodKind.YEAR: "2026",
}


def counted_of(numbers: int, period: Period, lists: bool = True) -> PeriodCounts:
    """Statistics with some of everything."""
    every = list(range(numbers))
    tallies = {
        "all": TableCounts(
            {("all", name): Count(numbers, every) for name in ("received", "closed", "open", "handled", "repeat")}
        ),
        "category": TableCounts(
            {("engineering", "received"): Count(numbers, every), ("property", "received"): Count(2, [0, 1])}
        ),
        "level": TableCounts({("1", "received"): Count(1, [0]), ("none", "received"): Count(2, [1, 2])}),
        "channel": TableCounts({("phone", "received"): Count(3, [0, 1, 2])}),
        "project": TableCounts({("hf01", "received"): Count(3, [0, 1, 2])}),
        "department": TableCounts({("none", "open"): Count(3, [0, 1, 2])}),
        "clauses": TableCounts(
            {
                ("CH-7.3.1", "late"): Count(6, [0, 1]),
                ("CH-7.3.1", "on_time"): Count(3, [2]),
                ("CH-7.3.1", "hours"): Count(Decimal("1.5")),
                ("RV-4.3", "on_time"): Count(3, [2]),
            }
        ),
        "offices": TableCounts({("engineering", "late"): Count(6, [0, 1]), ("engineering", "on_time"): Count(3, [2])}),
        "causes": TableCounts(
            {(f"said:{NASTY}", "late"): Count(4, [0]), ("role:cs_supervisor", "late"): Count(2, [1])}
        ),
        "revisits": TableCounts(
            {("handling", "satisfied"): Count(5, [0, 1]), ("handling", "unsatisfied"): Count(2, [2])}
        ),
        "dates": TableCounts({("first", "count"): Count(2, [0, 1])}),
        "retention": TableCounts(
            {("hongji", "deductions"): Count(1, [0]), ("hongji", "deducted"): Count(Decimal("860.5"), [0])}
        ),
        "repairs": TableCounts({("hongji", "begun"): Count(2, [0, 1]), ("team", "ended"): Count(1, [2])}),
        "corrective": TableCounts({("engineering", "begun"): Count(1, [0])}),
    }
    one = {
        "owner": "li.na",
        "waited_for": "liu.bo",
        "due": "2026-11-20T16:00:00+00:00",
        "late_by": "7.5",
        "state": "open",
        "cause": NASTY,
    }
    said = {
        "late_list": [ListLine("HF01-2026-000001", {"clause": "CH-7.3.1", **one})] * 40,
        "studies": [
            ListLine("HF01-2026-000001", {"title": "地下室渗水", "causes": NASTY, "author": "li.na"}),
            ListLine("HF01-2026-000002", {"title": None}),
        ],
        "check": [ListLine("HF01-2026-000003", {"why": "new late no-date", "level": "1", "matter": NASTY})],
        "register": [ListLine("HF01-2026-000003", {"customer": NASTY, "level": "2", "view": "satisfied"})],
        "grave": [ListLine("HF01-2026-000001", {"level": "1", "track": "crisis", "project": "hf01", "late": 2})],
    }
    now = PeriodStatistics(
        cases=[f"HF01-2026-{n:06d}" for n in every],
        tallies=tallies,
        lists=said if lists else {},
        missing=["HF01-2026-000002"],
    )
    earlier = PeriodStatistics(
        cases=["HF01-2025-000001"], tallies={"all": TableCounts({("all", "received"): Count(1, [0])})}
    )
    periods = around(period)
    course = TableCounts(
        {(one.name, name): Count(n + 3) for n, one in enumerate(periods) for name in ("received", "closed")}
    )
    return PeriodCounts(period=period, now=now, before=earlier, year_before=earlier, course=course, periods=periods)


def made(kind: ReportKind = ReportKind.COMPLAINT_REPORT, numbers: int = 12) -> Drafted:
    """A report of the kind's first period."""
    period = Period.named(_PERIODS[SHAPES[kind].periods[0]])
    if kind is ReportKind.REGISTER:
        period = NOVEMBER
    return build(kind, Subject(project="hf01"), AT, True, counted_of(numbers, period), NAMES, "Asia/Shanghai")


def issued(drafted: Drafted) -> StoredReport:
    """The same as it is once it was issued."""
    return StoredReport(
        **dict(drafted),
        id="complaint_report-2026-11-hf01",
        revision=2,
        digest_kept=drafted.digest,
        reason="类别登记有误",
        corrected_by="li.na",
        issued_at=AT,
        issued_by="li.na",
        remarks=f"请各部门关注。\n{NASTY}",
        named=("HF01-2026-000002",),
    )
