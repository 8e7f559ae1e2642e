"""What a rule wants in a report stands in it, once it is counted; the counting is tested with a database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from complaints.case.round import Subject
from complaints.reports.build import build
from complaints.reports.counts import Count, ListLine, PeriodStatistics, TableCounts
from complaints.reports.kinds import SHAPES
from complaints.reports.model import ReportKind
from tests.reports.made import _PERIODS, AT, NAMES, Period, counted_of

NUMBER = "HF01-2026-000001"
HAVE = (
    ("CR-5.4.3", ReportKind.COMPLAINT_REPORT, "studies"),
    ("CH-7.5.3", ReportKind.COMPLAINT_REPORT, "case_views"),
    ("CH-7.5.3", ReportKind.CUSTOMER_VIEWS, "views"),
    ("CH-7.5.4", ReportKind.REGISTER, "register"),
    ("CH-7.6", ReportKind.COMPLAINT_REPORT, "analyses"),
    ("CS-4.1.1", ReportKind.INFORMATION_SUMMARY, "information"),
    ("CS-4.2.1a", ReportKind.INFORMATION_SUMMARY, "information"),
    ("CS-4.3.7", ReportKind.REPAIR_SUMMARY, "repairs"),
    ("CS-4.5.3", ReportKind.REVISIT_REPORT, "gathered"),
    ("CS-4.5.4", ReportKind.REVISIT_REPORT, "informed"),
    ("RV-2", ReportKind.SERVICE_BULLETIN, "heads"),
    ("RV-6.1", ReportKind.SERVICE_BULLETIN, "draws"),
    ("RV-6.1", ReportKind.SERVICE_BULLETIN, "revisits"),
    ("RV-6.2", ReportKind.SERVICE_BULLETIN, "sent_figures"),
)


def rows() -> list[object]:
    return [
        pytest.param(kind, table, id=f"{rule} {table}", marks=pytest.mark.clause(rule)) for rule, kind, table in HAVE
    ]


@pytest.mark.parametrize(("kind", "table"), rows())
def test_what_the_rule_wants_in_the_report_is_there(kind: ReportKind, table: str) -> None:
    period = Period.named(_PERIODS[SHAPES[kind].periods[0]])
    some, none = counted_of(3, period), PeriodStatistics(cases=[], tallies={})
    tallies = {**some.now.tallies, "draws": TableCounts({("RV-5.3a", "asked"): Count(3, [0])})}
    lists = {} if table in tallies else {table: [ListLine(NUMBER, {})]}
    counted = replace(some, now=replace(some.now, tallies=tallies, lists=lists), before=none, year_before=none)
    report = build(kind, Subject(project="hf01"), AT, True, counted, NAMES, "Asia/Shanghai").report
    found = next((one for one in report.tables if one.key == table), None)
    assert found is not None
    assert found.rows
