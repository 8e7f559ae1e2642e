"""Every duty of intake, crisis and court."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.clauses.rows import Row
from tests.clauses.table import CRISIS, INTAKE, LEGAL_TRACK, ORDINARY_INTAKE, OTHER_DATES
from tests.clauses.walk import others_are_done, rows, walk
from tests.world import Case, World


@pytest.mark.parametrize("row", rows(ordinary=ORDINARY_INTAKE, crisis=(*INTAKE, *CRISIS), legal=LEGAL_TRACK))
async def test_a_duty_nobody_does_is_reminded_late_and_climbs_until_somebody_answers(world: World, row: Row):
    await walk(world, row)


async def another_date(world: World, row: Row) -> tuple[Case, datetime]:
    """The way to the approval of another date, which the department asks for that carries the plan out."""
    case = await (await world.opens(**row.opens)).until("CR-5.3.2c")
    await case.asks_date("CR-5.3.2c", case.duty("CR-5.3.2c").deadline.due + timedelta(days=40))
    happened = case.file.acts[-1].at
    await others_are_done(case, case.duty(row.rule), replace(row, leave=("CR-5.3.2c",)))
    return case, happened


@pytest.mark.parametrize("row", rows(date=OTHER_DATES))
async def test_so_is_the_approval_of_another_date(world: World, row: Row):
    await walk(world, row, another_date)


async def test_whoever_acts_at_the_last_moment_hears_nothing_but_reminders(world: World):
    """A whole crisis in which everything is done twenty seconds before it is due."""
    case = await world.opens(loss=600_000)
    while case.file.open_duties:
        ready = [duty for duty in case.file.open_duties if not case.file.awaited_by(duty)]
        duty = min(ready, key=lambda duty: (duty.deadline.due, duty.rule == "CR-5.2.2e"))
        if (left := duty.deadline.due - timedelta(seconds=20) - case.now) > timedelta():
            await case.passes(seconds=left.total_seconds())
        await case.finishes(duty.id)
    await case.handle.result()
    await case.look()
    heard = {(notice.kind.value, notice.kind.value == "closed" and notice.rule) for notice in case.file.notices}
    tracking = ("closed", "CR-5.3.2c.track")  # which ends with the work
    assert heard == {("told", False), ("reminder", False), ("handed", False), tracking}
    assert [duty.id for duty in case.file.duties.values() if duty.late] == []
    assert case.file.closed
    case.ignores()
