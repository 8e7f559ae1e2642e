"""A round whose worker is killed at every step: nothing is lost, nothing happens twice, all is heard once.

With real records and real reports: what was drafted and issued before the worker died is found, not made again.
A report that is renewed is drafted of each morning once, whatever happens to the workers meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from temporalio.client import WorkflowQueryFailedError
from temporalio.service import RPCError

from complaints.case.journal import verify
from complaints.case.round import Subject
from complaints.clock.local_time import CHINA, end_of_day
from complaints.store.reports import ReportStore
from tests.crash.crash import PATIENCE, Mishaps
from tests.crash.test_crash import Place, place
from tests.rounds.stage import Round, Rounds, next_period

pytestmark = pytest.mark.long(60)
__all__ = ["place"]

HF01 = Subject(project="hf01")


async def arrives(round: Round, such: Any) -> None:
    """What the worker has yet to do is done, however often it dies."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(RPCError, WorkflowQueryFailedError):
                await round.look()
                if such(round.file):
                    return
            await asyncio.sleep(0.1)


def report(round: Round) -> dict[str, Any]:
    assert round.file.report is not None
    return {"report": round.file.report.id, "revision": round.file.report.revision}


@pytest.mark.clause("CH-7.4.4", "CH-7.4.5")
async def test_a_round_whose_worker_is_killed_at_every_step_issues_each_report_once(place: Place):
    round = await Rounds(place.world).begun("CH-7.4.4", HF01)
    await arrives(round, lambda file: file.report)
    place.disturb(Mishaps(place.workers))
    first = report(round)
    await round.does("CH-7.4.4", **first)
    await round.passes(days=12)  # the approval is late, and climbs
    await round.returns("CH-7.4.5", "CH-7.4.4", reason="请补充同比")
    await arrives(round, lambda file: file.report.revision == 2)
    await round.does("CH-7.4.4.corrected", **report(round))
    await round.approves("CH-7.4.5#2")
    await round.does("CH-7.4.5.review")
    place.disturb(None)
    await round.handle.result()
    await round.look()
    assert place.workers.killed >= 6
    assert round.duty("CH-7.4.5").late is False
    assert round.file.duties["CH-7.4.5"].late
    assert len({notice.id for notice in round.file.notices}) == len(round.file.notices)

    kept = await place.records.round(round.handle.id)
    assert kept == round.file
    verify(await place.records.journal(round.handle.id))
    reports = ReportStore(place.stack.drill_database_url)
    try:
        for revision in (1, 2):
            stored = await reports.read(first["report"], revision)
            assert stored.issued_by == round.file.duties["CH-7.4.4"].owner
    finally:
        await reports.close()
    round.ignores()


@pytest.mark.clause("CH-7.4.2")
async def test_a_round_whose_workers_are_killed_over_days_renews_its_report_each_morning_once(place: Place):
    period = next_period("CH-7.4.2")
    round = await Rounds(place.world).of("CH-7.4.2", HF01, period)
    await arrives(round, lambda file: file.report)
    place.disturb(Mishaps(place.workers))
    end = end_of_day(period.end, CHINA)
    for _ in range(period.end.day - 25):  # each of them a step at which somebody is killed
        await round.passes(days=1)
    await round.passes_until(end)
    assert round.file.counted_at == end
    said = report(round)
    await round.does("CH-7.4.2", **said)
    place.disturb(None)
    await round.does("CH-7.6.analysis")
    await round.handle.result()
    await round.look()
    assert place.workers.killed >= 3

    journal = await place.records.journal(round.handle.id)
    verify(journal)
    drafted = [line.data["counted_at"] for line in journal if line.kind == "report.drafted"]
    assert drafted == sorted(set(drafted)), "no moment twice"
    assert drafted[-1] == end.isoformat(), "and the last is the period's end"
    assert await place.records.round(round.handle.id) == round.file
    reports = ReportStore(place.stack.drill_database_url)
    try:
        stored = await reports.read(said["report"])
        assert (stored.revision, stored.report.at, stored.report.over) == (said["revision"], end, True)
        assert (stored.issued_by, stored.intact) == (round.file.duties["CH-7.4.2"].owner, True)
    finally:
        await reports.close()
    round.ignores()
