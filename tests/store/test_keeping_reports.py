"""Reports at the end of their time: two years from the issue, the register with the cases in it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from complaints.retention.holds import HoldScope
from complaints.store.database import FAULTS
from complaints.store.records import PostgresRecords
from complaints.store.retention import RetentionStore
from tests.store.casefiles import MORNING, Story
from tests.store.destruction import CLOSED, LATER, NAME, NEXT_YEAR, PHONE, carried_out, closed, left_of
from tests.store.postgres import rows

REPORT = """
INSERT INTO reports (id, revision, kind, period, period_start, period_end, project, at, digest, missing, content, cases,
                     issued_at, issued_by)
VALUES ($1, $2::integer, $3, '2026-11', '2026-11-01', '2026-11-30', 'hf01', $4, 'd' || $2::integer, '{}', $6, $5,
        $4::timestamptz, 'li.na')
"""


async def issued(url: str, id: str, kind: str, at: datetime, revision: int = 1, cases: tuple[str, ...] = ()) -> None:
    await rows(url, REPORT, id, revision, kind, at, list(cases), f'{{"customer": "{NAME}"}}')


@pytest.mark.clause("CH-8.2")
async def test_a_report_goes_two_years_after_its_last_revision_with_all_of_them(
    records: PostgresRecords, keeping: RetentionStore, url: str
):
    first, second = datetime(2026, 12, 1, 2, tzinfo=UTC), datetime(2027, 1, 5, 2, tzinfo=UTC)
    await issued(url, "r", "complaint_report", first)
    await issued(url, "r", "complaint_report", second, revision=2)
    assert (await keeping.due(datetime(2029, 1, 5, 15, 59, tzinfo=UTC))).counts == {}
    day_after = datetime(2029, 1, 5, 16, 0, tzinfo=UTC)  # midnight in China
    found = await keeping.due(day_after)
    assert [(one.rule, one.key, one.since, one.seal) for one in found.going] == [
        ("CH-8.2", "r", date(2027, 1, 5), "d2")
    ]
    proposal = await keeping.propose("2029-01", day_after)
    await keeping.approve(proposal.id, proposal.digest, "zhao.min", day_after)
    with pytest.raises(FAULTS, match="stays as it is"):
        await rows(url, "DELETE FROM reports")
    await keeping.destroy(proposal.id)
    assert await left_of(url, NAME) == []
    assert (await keeping.certify(proposal.id, day_after)).counts == {"report": 1}


@pytest.mark.clause("CH-8.2")
async def test_a_hold_on_a_case_holds_the_reports_about_it(records: PostgresRecords, keeping: RetentionStore, url: str):
    await closed(records, "a")
    await issued(url, "r", "complaint_report", MORNING, cases=("HF01-2026-000001",))
    await keeping.set_hold(HoldScope.CASE, "a", "案号17", "li.na", CLOSED)
    found = await keeping.due(NEXT_YEAR + timedelta(days=365))
    assert (found.counts, [one.kind.value for one in found.spared]) == ({}, ["case", "report"])


@pytest.mark.clause("CH-8.1")
async def test_a_register_goes_with_the_last_case_in_it(records: PostgresRecords, keeping: RetentionStore, url: str):
    await closed(records, "a")
    await closed(records, "b", at=CLOSED + timedelta(days=60))
    await issued(url, "f3", "register", MORNING, cases=("HF01-2026-000001", "HF01-2026-000002"))
    await carried_out(keeping)
    assert len(await left_of(url, NAME)) > 6
    proposal = await keeping.propose("2028-02", NEXT_YEAR + timedelta(days=60))
    assert proposal.counts == {"case": 1, "register": 1}
    await keeping.approve(proposal.id, proposal.digest, "zhao.min", LATER)
    await keeping.destroy(proposal.id)
    assert await left_of(url, NAME, PHONE) == []


async def test_a_register_stays_while_a_case_in_it_is_open(records: PostgresRecords, keeping: RetentionStore, url: str):
    await closed(records, "a")
    await records.write(Story("b").registered())
    await issued(url, "f3", "register", MORNING, cases=("HF01-2026-000001", "HF01-2026-000002"))
    assert (await keeping.due(NEXT_YEAR + timedelta(days=3650))).counts == {"case": 1}
