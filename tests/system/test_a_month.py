"""A month of a small company on the real server: some 170 complaints, all rounds, staff that changes, an outage."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bench.year import played
from bench.yearly import checks

COMPLAINTS = 170
RESIDENTS = 600


@pytest.mark.long
@pytest.mark.clause("RV-5.3d")
async def test_a_month_passes_and_nothing_is_early_twice_or_forgotten():
    """February: Spring Festival lies in it or just before, and its end is the shortest."""
    first = date(datetime.now(UTC).year + 1, 2, 1)
    outage = (first.replace(day=20), 4)
    async with played(first, 1, COMPLAINTS, RESIDENTS, outage=outage, quiet=True) as month:
        company, happened = month.company, month.happened
        findings = await checks.all_of(company, happened, month.database, month.until)

    assert [(finding.words, finding.wrong[:5]) for finding in findings if not finding.holds] == []
    assert len(company.cases) == COMPLAINTS
    assert company.place.acts > 5 * COMPLAINTS
    assert len(happened.directories) == len(set(happened.directories)) == 2, "an absence, and somebody who left"
    assert happened.handed_over > 0
    assert happened.slept > happened.away // 3, "time passed for those who were open while nobody worked"
    assert any(life.file and life.file.report and life.file.report.issued_at for life in company.rounds.values())
