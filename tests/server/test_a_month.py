"""A month of a small company on the real server: some 45 complaints, all rounds, staff that changes, an outage."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bench.year import checks
from bench.year.__main__ import played
from bench.year.company import Company

COMPLAINTS = 45
RESIDENTS = 200
AFTER = 13  # months in which nothing comes in and records are destroyed: those of the month itself at last


def closings(company: Company) -> list[datetime]:
    return [life.file.closed_at for life in company.cases if life.file is not None and life.file.closed_at is not None]


@pytest.mark.long(100)
@pytest.mark.clause("RV-5.3d")
@pytest.mark.clause("CH-8.1")
@pytest.mark.usefixtures("servers")
async def test_a_month_passes_and_nothing_is_early_twice_or_forgotten():
    """February: Spring Festival lies in it or just before, and its end is the shortest."""
    first = date(datetime.now(UTC).year + 1, 2, 1)
    outage = (first.replace(day=20), 4)
    async with played(first, 1, COMPLAINTS, RESIDENTS, AFTER, outage, quiet=True) as month:
        company, happened = month.company, month.happened
        findings = await checks.all_of(company, happened, month.database, month.until)

    assert [(finding.words, finding.wrong[:5]) for finding in findings if not finding.holds] == []
    assert len(company.cases) == COMPLAINTS
    assert company.place.acts > 5 * COMPLAINTS
    assert len(happened.directories) == len(set(happened.directories)) == 2, "an absence, and somebody who left"
    assert happened.handed_over > 0
    assert happened.slept > happened.away // 3, "time passed for those who were open while nobody worked"
    assert any(at < month.until - timedelta(days=366) for at in closings(company)), "some were closed for a year"
    assert any(life.file and life.file.report and life.file.report.issued_at for life in company.rounds.values())
