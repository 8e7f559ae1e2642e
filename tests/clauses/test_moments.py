"""What comes at one moment: another top of the ladder, a second act at the end, what an outage pushes together.

In memory only: on a server nobody can say what comes together.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from complaints.acts.policy import ActPolicy
from complaints.base.errors import Refusal, Refused
from complaints.case.file import ActKind, ActRequest
from tests.memory import MemoryCase, at_work
from tests.people import CLERK, ENGINEERING, LEADER, MANAGER, PRESIDENT, SUPERVISOR
from tests.world import World

pytestmark = pytest.mark.memory


async def test_a_breach_goes_on_climbing_when_whoever_is_at_the_top_is_complained_about(world: World):
    case = await world.opens(loss=600_000).graded(1)
    await case.passes(minutes=35)
    assert [step.to for step in case.duty("CR-5.2.1b").escalations][:2] == [MANAGER, LEADER]
    await case.amends(also_about=(PRESIDENT,))
    await case.passes(hours=30)
    duty = case.duty("CR-5.2.1b")
    assert PRESIDENT not in [step.to for step in duty.escalations]
    assert duty.climbed > 3, "whoever is at the top now is told again every day"
    case.ignores()


def newest(world: World) -> MemoryCase:
    return at_work(world.duly, world.cases[-1].handle.id)


async def test_nothing_is_accepted_any_more_once_the_last_act_is_done(world: World):
    """Two clerks at once: the second finds the case closed, whatever the server has brought together with the first."""
    case = await world.opens().graded(3)
    await case.is_withdrawn()
    await case.does("RV-4.3")
    engine, archive = newest(world).engine, case.duty("WITHDRAWN.archive")
    last = ActRequest(by=archive.owner, kind=ActKind.DISCHARGE, duty=archive.id, form={"place": "三号柜"})
    engine.act(last, case.now)
    regrade = ActRequest(by=SUPERVISOR, kind=ActKind.REGRADE, form={"level": 1, "reason": "扩大"}, reason="扩大")
    engine.act_later(regrade, case.now)
    assert engine.file.closed
    assert engine.case.lines[-1].kind == "act.refused"
    assert engine.case.lines[-1].data["refused"] == Refused.CASE_CLOSED
    await case.look()
    case.ignores()


async def test_an_act_that_was_checked_is_checked_again_when_somebody_else_was_faster(world: World):
    case = await world.opens(loss=600_000).graded(1)
    report, engine = case.duty("CR-5.2.1b"), newest(world).engine
    form = case.filled(report, {})
    slow = ActRequest(by=report.owner, kind=ActKind.DISCHARGE, duty=report.id, form=form, act_id="slow")
    now = case.now
    engine.check(slow, now)
    engine.act_later(slow.but(act_id="fast"), now)
    with pytest.raises(Refusal) as refused:
        engine.act(slow, now)
    assert refused.value.code is Refused.NOT_OPEN
    assert [act.attempt.id for act in engine.file.acts if act.attempt and act.duty == report.id] == ["fast"]
    await case.look()
    case.ignores()


async def test_an_act_that_was_checked_is_not_checked_once_more_to_be_done(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    case = await world.opens(loss=600_000).graded(1)
    report, engine = case.duty("CR-5.2.1b"), newest(world).engine
    form = case.filled(report, {})
    asked = ActRequest(by=report.owner, kind=ActKind.DISCHARGE, duty=report.id, form=form, act_id="x")
    now, allow, checked = case.now, ActPolicy.allow, list[str]()
    monkeypatch.setattr(
        ActPolicy, "allow", lambda desk, request: (checked.append(request.act_id), allow(desk, request))[1]
    )
    engine.check(asked, now)
    engine.act(asked.but(), now)
    assert checked == ["x"]
    await case.look()
    case.ignores()


async def test_a_countersignature_asked_for_before_its_run_has_begun_is_owed_once(world: World):
    case = await world.opens(loss=600_000).graded(1)
    await case.does("CR-5.2.1b")
    review = case.duty("CR-5.2.1c.review")
    one = newest(world)
    first = ActRequest(by=review.owner, kind=ActKind.COUNTERSIGN, duty=review.id, to=CLERK, reason="请会签")
    await world.duly.act(case.handle.id, first)
    carried = one.engine.carried
    again = type(one.engine).carried_on(carried, one.engine.case.edition, case.now)
    again.act(first.but(to=ENGINEERING), case.now)
    again.start(case.now)
    asked = [duty for duty in again.file.duties.values() if duty.rule == "COUNTERSIGN"]
    assert [duty.owner for duty in asked] == [CLERK, ENGINEERING]
    await case.look()
    case.ignores()


@pytest.mark.clause("MC-3c")
async def test_a_breach_that_lies_before_the_end_of_the_month_is_recorded_though_both_come_at_once(world: World):
    """An outage over both: the track changes, and what was late before that was late."""
    case = await world.opens(promised=None, confirmed=True, category="property").graded(3)
    await case.does("CS-4.2.1a")
    answer = case.duty("CH-7.3.1")
    one = newest(world)
    one.ahead += timedelta(days=70)
    one.engine.tick(one.now)
    await case.look()
    ended = case.file.duties[answer.id]
    assert case.file.major
    assert not ended.open
    assert ended.breached_at == answer.deadline.due
    case.ignores()
