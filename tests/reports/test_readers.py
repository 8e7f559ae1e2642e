"""What the readers of a report find in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from complaints.case.round import Subject
from complaints.clock.local_time import CHINA, end_of_day, local
from complaints.clock.periods import Period
from complaints.reports.model import Drafted
from complaints.store.reports import ReportStore
from tests.reports.generated import cases, keep

AT = datetime(2027, 1, 3, tzinfo=UTC)


async def preview(url: str, kind: str, period: str) -> Drafted:
    reports = ReportStore(url)
    drafted = await reports.preview(kind, Period.named(period), Subject(), AT)
    await reports.close()
    return drafted


@pytest.mark.clause("CH-7.4.1")
async def test_the_daily_check_shows_every_record_of_the_day_and_whatever_is_late(url: str):
    chance = cases(31, 120)
    await keep(url, chance)
    days = sorted(local(one["received_at"], CHINA).date() for one in chance.complaints)
    day = days[len(days) // 2]
    drafted = await preview(url, "daily_check", day.isoformat())
    table = drafted.report.table("check")
    assert table is not None
    why = {row.name: str(row.values[0]).split() for row in table.rows}
    end = end_of_day(day, CHINA)
    begin = end - timedelta(days=1)
    received = {one["number"] for one in chance.complaints if begin <= one["received_at"] < end}
    assert received
    assert {number for number, words in why.items() if "new" in words} == received
    numbers = {one["key"]: one["number"] for one in chance.complaints}
    alive = {
        one["key"]
        for one in chance.complaints
        if one["received_at"] < end and (one["closed_at"] is None or one["closed_at"] >= begin)
    }
    late = {
        numbers[one["key"]]
        for one in chance.duties
        if one["key"] in alive
        and one["since"] < end
        and one["due"] < end
        and not (one["closed_at"] and one["closed_at"] < end)
    }
    assert late
    assert {number for number, words in why.items() if "late" in words} == late


@pytest.mark.clause("CS-4.1.2")
@pytest.mark.clause("CS-4.3.7")
@pytest.mark.clause("RV-6.3")
async def test_each_reader_gets_the_tables_that_are_theirs(url: str):
    await keep(url, cases(32, 150))
    for kind, period, wanted in (
        ("information_summary", "2026-W48", {"category", "channel", "project", "department"}),
        ("repair_summary", "2026-11", {"repairs", "retention", "corrective", "actions"}),
        ("analysis", "2026-11", {"category", "clauses", "causes", "revisits", "corrective", "actions"}),
    ):
        drafted = await preview(url, kind, period)
        found = {table.key for table in drafted.report.tables}
        assert wanted <= found, kind
        assert all(any(figure.startswith(f"{key}.") for figure in drafted.behind) for key in wanted - {"actions"})
