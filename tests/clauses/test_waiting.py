"""等待客户: a clock stands still where the edition allows it, never in a crisis; meanwhile nothing is late."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from complaints.base.errors import Refused
from complaints.case.file import ActKind, ActReceipt
from complaints.clock.explanations import explain
from tests.people import CLERK, SUPERVISOR
from tests.world import Case, World

SETTLE = "CH-7.2.1.settle"  # one working day
REASON = "客户出差，周五才能看现场"


async def settling(world: World) -> Case:
    return await (await world.opens().graded(3)).until(SETTLE)


async def waits(case: Case, until: datetime, **request: Any) -> ActReceipt:
    form = {"until": until.isoformat()}
    return await case.asks(CLERK, ActKind.PAUSE, SETTLE, form=form, **{"reason": REASON, **request})


async def test_while_the_customer_is_waited_for_nobody_is_reminded_and_nothing_is_late(world: World):
    case = await settling(world)
    before = case.duty(SETTLE)
    until = before.deadline.due + timedelta(days=6)
    await waits(case, until)
    paused = case.duty(SETTLE)
    assert paused.deadline.due > until
    assert paused.waits(case.now)
    line = (await case.lines("duty.paused"))[-1]
    assert (line.by, line.data["reason"], line.data["old_due"]) == (CLERK, REASON, before.deadline.due.isoformat())
    assert "等待客户" in "".join(explain(paused.deadline.why))
    heard = case.said(SETTLE)
    await case.passes_until(until)
    assert case.said(SETTLE) == heard, "the pause is over, and nothing was said in it"
    await case.passes_until(paused.deadline.due + timedelta(minutes=1))
    assert case.duty(SETTLE).breached_at == paused.deadline.due
    case.ignores()


async def test_a_customer_who_answers_earlier_lets_the_clock_go_on(world: World):
    case = await settling(world)
    first = case.duty(SETTLE).deadline.due
    await waits(case, first + timedelta(days=20))
    await case.passes(hours=2)
    longest = case.duty(SETTLE).deadline.due
    await case.asks(CLERK, ActKind.RESUME, SETTLE)
    resumed = case.duty(SETTLE)
    assert first <= resumed.deadline.due < longest
    assert not resumed.waits(case.now)
    assert await case.refuses(case.asks(CLERK, ActKind.RESUME, SETTLE)) is Refused.WRONG_ACT
    await case.does(SETTLE)
    case.ignores()


async def test_a_pause_survives_going_on_afresh(world: World):
    case = await settling(world)
    await waits(case, case.now + timedelta(days=9))
    due = case.duty(SETTLE).deadline.due
    await case.goes_on_afresh()
    await case.passes_until(due - timedelta(minutes=1))
    assert not case.duty(SETTLE).late
    await case.passes(minutes=2)
    assert case.duty(SETTLE).breached_at == due
    case.ignores()


async def test_what_cannot_wait_and_who_cannot_ask(world: World):
    case = await settling(world)
    until = case.now + timedelta(days=3)
    other = case.asks(SUPERVISOR, ActKind.PAUSE, SETTLE, form={"until": until.isoformat()}, reason=REASON)
    assert await case.refuses(other) is Refused.NOT_YOURS
    assert await case.refuses(waits(case, until, reason="")) is Refused.REASON_NEEDED
    assert await case.refuses(waits(case, case.now - timedelta(hours=1))) is Refused.FORM_INCOMPLETE
    assert await case.refuses(waits(case, case.now + timedelta(days=31))) is Refused.FORM_INCOMPLETE
    await waits(case, until)
    assert await case.refuses(waits(case, until + timedelta(days=1))) is Refused.WRONG_ACT
    case.ignores()


async def test_thirty_days_in_all(world: World):
    case = await settling(world)
    await waits(case, case.now + timedelta(days=25))
    await case.passes(days=25, minutes=1)
    assert await case.refuses(waits(case, case.now + timedelta(days=6))) is Refused.FORM_INCOMPLETE
    await waits(case, case.now + timedelta(days=4))
    case.ignores()


async def test_what_is_late_cannot_wait_any_more(world: World):
    case = await settling(world)
    await case.passes_until(case.duty(SETTLE).deadline.due + timedelta(minutes=1))
    assert await case.refuses(waits(case, case.now + timedelta(minutes=30))) is Refused.WRONG_TIME
    case.ignores()


async def test_a_crisis_never_waits(world: World):
    case = await world.opens(loss=600_000).graded(1)
    form = {"until": (case.now + timedelta(hours=1)).isoformat()}
    wait = case.asks(SUPERVISOR, ActKind.PAUSE, "CR-5.2.1b", form=form, reason=REASON)
    assert await case.refuses(wait) is Refused.NOT_PAUSABLE
    case.ignores()
