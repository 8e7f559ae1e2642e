"""A customer who was satisfied is so no longer: answered anew from above while it is handled, reopened after that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.complaint import Track
from complaints.case.file import DutyStatus
from complaints.clock import deadlines
from complaints.clock.limits import Workdays
from complaints.clock.local_time import CHINA
from tests.clauses.limits import opening
from tests.people import (
    CLERK,
    DEPUTY_GM,
    GENERAL_MANAGER,
    MANAGER,
    PROPERTY,
    SALES_MANAGER,
    SALES_SUPERVISOR,
    SALESPERSON,
    SUPERVISOR,
)
from tests.world import Case, World

pytestmark = pytest.mark.memory(anew=True)

ANSWER: dict[str, Any] = {
    "opinion": "三日内上门维修",
    "manner": "oral",
    "customers_view": "不接受，要求退房",
    "face_to_face": False,
    "satisfied": False,
}
EFFECT: dict[str, Any] = {
    "way": "telephone",
    "satisfaction": "unsatisfied",
    "suggestions": "未表示",
    "effect": "又渗水了",
}
REVISIT: dict[str, Any] = {
    "way": "telephone",
    "handling": "拖拉",
    "efficiency": "慢",
    "quality": "又渗水了",
    "attitude": "一般",
    "satisfaction": "unsatisfied",
    "suggestions": "未表示",
}


async def answered(world: World, **said: Any) -> Case:
    """Settled by a salesperson, and answered; a repair that is under way keeps the handling open."""
    case = await world.opens(received_by=SALESPERSON).graded(3)
    await case.opens_matter("repair", what="厨房墙面渗水")
    await case.does("CS-4.2.1a")
    await case.does("CH-7.2.1.settle")
    await case.does("CH-7.2.1")
    await case.does("CH-7.3.1", **said)
    return case.ignores()


def again(case: Case) -> list[str]:
    return [duty.id for duty in case.file.duties.values() if duty.rule.endswith(".again")]


# --- the ordinary track


@pytest.mark.clause("CH-7.3.1")
@pytest.mark.clause("CH-5b")
async def test_whoever_is_not_satisfied_with_the_answer_is_answered_by_the_level_above(world: World):
    case = await answered(world, satisfied=False, customers_view="不接受")
    anew = case.duty("CH-7.3.1.again")
    told = case.file.acts[-1]
    assert (anew.owner, anew.since, anew.deadline.why.anchor) == (SALES_SUPERVISOR, told.at, "dissatisfaction")
    assert anew.deadline.source == "house"
    limit: dict[str, Any] = {"calendar": world.references.calendar, "zone": CHINA, "reminders": ()}
    assert anew.deadline.due == deadlines.deadline(Workdays(n=1), "", told.at, **limit).due
    assert case.file.handled_at is None
    assert await case.refuses(case.does("CH-7.3.1.again", by=SALESPERSON)) is Refused.NOT_YOURS
    case.ignores()
    await case.does("CH-7.3.1.again", satisfied=True)
    receiver = case.file.complaint.received_by
    assert "CH-7.3.1.again handed" in case.heard(receiver)
    case.ignores()


@pytest.mark.clause("CH-7.3.1")
@pytest.mark.clause("CH-5b")
async def test_a_customer_who_was_satisfied_and_is_no_longer_goes_up_the_ladder(world: World):
    case = await answered(world, satisfied=True)
    assert again(case) == []
    await case.passes(hours=20)
    case.ignores()
    assert await case.refuses(case.revises("CH-7.3.1", by=CLERK, **ANSWER)) is Refused.NOT_YOURS
    await case.revises("CH-7.3.1", by=SALESPERSON, reason="客户来电说改变主意", **ANSWER)
    revised = case.file.acts[-1]
    anew = case.duty("CH-7.3.1.again")
    assert (anew.owner, anew.since) == (SALES_SUPERVISOR, revised.at)
    assert "CH-7.3.1 handed" in case.heard(SALES_SUPERVISOR), "the level above has what was answered"
    case.ignores()
    assert await case.refuses(case.revises("CH-7.3.1", by=SALESPERSON, **{**ANSWER, "satisfied": True})) is (
        Refused.ANSWER_STANDS
    ), "another answer is owed: what they say next stands there"
    for owner in (SALES_SUPERVISOR, SALES_MANAGER, DEPUTY_GM, GENERAL_MANAGER):
        duty = case.duty("CH-7.3.1.again")
        assert (duty.owner, duty.open) == (owner, True)
        await case.does("CH-7.3.1.again", satisfied=False)
    assert not case.duty("CH-7.3.1.again").open, "nobody is above the general manager"
    case.ignores()
    await case.to_the_end()
    assert case.file.outcome == "answered"
    case.ignores()


@pytest.mark.clause("CH-7.3.1")
async def test_the_handling_ends_with_the_last_answer(world: World):
    case = await world.opens(received_by=SALESPERSON).graded(3)
    for rule in ("CS-4.2.1a", "CH-7.2.1.settle", "CH-7.2.1"):
        await case.does(rule)
    await case.does("CH-7.3.1", satisfied=False)
    assert case.file.handled_at is None
    await case.passes(hours=1)
    await case.does("CH-7.3.1.again", satisfied=True)
    assert case.file.handled_at == case.file.acts[-1].at
    late = case.revises("CH-7.3.1.again@x", by=SALES_SUPERVISOR, **ANSWER)
    assert await case.refuses(late) is Refused.UNKNOWN_DUTY
    late = case.revises("CH-7.3.1.again", by=SALES_SUPERVISOR, **ANSWER)
    assert await case.refuses(late) is Refused.ANSWER_STANDS, "from now on the revisits ask"
    case.ignores()


@pytest.mark.clause("CH-7.3.1")
async def test_the_handling_waits_for_the_answer_that_is_owed_anew_when_the_repair_is_done(world: World):
    case = await answered(world, satisfied=True)
    await case.revises("CH-7.3.1", by=SALESPERSON, **ANSWER)
    await case.works_until("CS-4.3.5.finish")
    await case.does("CS-4.3.5.finish")
    assert [matter.finished is not None for matter in case.file.matters] == [True]
    assert case.file.handled_at is None
    await case.does("CH-7.3.1.again", satisfied=True)
    assert case.file.handled_at == case.file.acts[-1].at
    case.ignores()


@pytest.mark.clause("CH-7.3.1")
async def test_a_level_above_that_is_late_climbs(world: World):
    case = await answered(world, satisfied=False)
    due = case.duty("CH-7.3.1.again").deadline.due
    await case.passes_until(opening(due, world.references.calendar))
    anew = case.duty("CH-7.3.1.again")
    assert (anew.late, anew.open, anew.escalations[0].to) == (True, True, SALES_MANAGER)
    await case.does("CH-7.3.1.again", satisfied=True)
    assert case.duty("CH-7.3.1.again").status is DutyStatus.DONE
    case.ignores()


@pytest.mark.clause("CH-7.3.1")
async def test_a_customer_who_says_nothing_is_not_unsatisfied(world: World):
    case = await answered(world)
    assert "satisfied" not in case.file.acts[-1].form
    assert again(case) == []
    await case.to_the_end()
    case.ignores()


# --- the major track


async def major(world: World, **said: Any) -> Case:
    case = await world.opens(department="property", category="property", injured=True, our_fault=True)
    await case.does("CR-5.2.1a", level=2, major=True, reason="电梯伤人")
    await case.does("MC-5.2.3f", **said)
    return case.ignores()


@pytest.mark.clause("MC-5.2.3f")
@pytest.mark.clause("MC-4.2a")
async def test_a_resident_who_is_no_longer_satisfied_hears_from_the_leader_then_from_the_general_manager(world: World):
    case = await major(world, satisfied=True)
    assert again(case) == []
    given = {"answer": "医药费由公司承担", "manner": "oral", "customers_view": "要求书面道歉", "satisfied": False}
    await case.revises("MC-5.2.3f@property", by=PROPERTY, reason="住户来电", **given)
    anew = case.duty("MC-5.2.3f.again")
    assert (anew.owner, anew.since) == (case.duty("MC-4.1").owner, case.file.acts[-1].at)
    assert anew.deadline.due == anew.since + timedelta(hours=24)
    assert anew.deadline.source == "house"
    case.ignores()
    await case.does("MC-5.2.3f.again", satisfied=False)
    assert "MC-5.2.3f.again handed" in case.heard(PROPERTY), "the department hears what was answered"
    assert case.duty("MC-5.2.3f.again#2").owner == GENERAL_MANAGER
    await case.does("MC-5.2.3f.again#2", satisfied=False)
    assert again(case) == ["MC-5.2.3f.again", "MC-5.2.3f.again#2"]
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("MC-5.2.3f")
async def test_the_leaders_answer_that_is_late_climbs_and_may_be_changed(world: World):
    case = await major(world, satisfied=False)
    anew = case.duty("MC-5.2.3f.again")
    await case.passes_until(anew.deadline.due + timedelta(minutes=1))
    late = case.duty("MC-5.2.3f.again")
    above = world.references.directory.slice("hf01").superiors(late.owner, case.now)
    assert (late.breached_at, late.escalations[0].to) == (anew.deadline.due, above[0])
    case.ignores()
    await case.does("MC-5.2.3f.again", satisfied=True)
    given = {"answer": "另行致歉", "manner": "oral", "customers_view": "还是要书面道歉", "satisfied": False}
    await case.revises("MC-5.2.3f.again", by=SUPERVISOR, reason="住户来电", **given)
    assert case.duty("MC-5.2.3f.again#2").owner == GENERAL_MANAGER
    case.ignores()


# --- revisits


async def revisited(world: World) -> Case:
    case = await (await world.opens().graded(3)).until("RV-4.3")
    if any(duty.rule == "CH-7.2.1" for duty in case.file.open_duties):
        await case.does("CH-7.2.1")
    await case.does("RV-4.3")
    return case.ignores()


@pytest.mark.clause("RV-4.2")
@pytest.mark.clause("RV-4.3")
@pytest.mark.parametrize("archiving", [False, True])
async def test_a_customer_who_was_content_at_the_revisit_and_is_no_longer_reopens_it(world: World, archiving: bool):
    case = await revisited(world)
    if archiving:
        await case.does("CS-4.2.3")
        assert [duty.rule for duty in case.file.open_duties] == ["CH-8.1.archive"]
    await case.passes(hours=50)
    case.ignores()
    assert await case.refuses(case.revises("RV-4.3", by=SALESPERSON, **REVISIT)) is Refused.NOT_YOURS
    await case.revises("RV-4.3", by=SUPERVISOR, reason="客户来电：又漏了", **REVISIT)
    learned = case.file.acts[-1]
    assert (case.file.track, case.file.leg, case.file.track_since) == (Track.ORDINARY, 2, learned.at)
    assert case.file.handled_at is None
    [line] = await case.lines("case.reopened")
    assert (line.by, line.duty) == (SUPERVISOR, "RV-4.3")
    assert "又渗水了" in line.data["reason"]
    assert {duty.leg for duty in case.file.open_duties} == {2}
    assert case.duty("CS-4.2.1a").deadline.why.anchor == "reopening"
    late = case.revises("RV-4.3", by=SUPERVISOR, **{**REVISIT, "satisfaction": "satisfied"})
    assert await case.refuses(late) is Refused.ANSWER_STANDS
    await case.to_the_end()
    assert case.file.outcome == "answered"
    case.ignores()


@pytest.mark.clause("RV-4.2")
async def test_a_try_is_no_answer_and_an_answer_does_not_become_one(world: World):
    case = await (await world.opens().graded(3)).until("RV-4.3")
    await case.does("RV-4.3", reached=False)
    assert await case.refuses(case.revises("RV-4.3", by=SUPERVISOR, **REVISIT)) is Refused.ANSWER_STANDS
    await case.passes(days=1)
    await case.does("RV-4.2.again")
    back = case.revises(case.file.acts[-1].duty or "", by=SUPERVISOR, way="telephone", reached=False)
    assert await case.refuses(back) is Refused.ANSWER_STANDS
    case.ignores()


@pytest.mark.clause("CR-5.4.2a")
async def test_a_crisis_reopens_too(world: World):
    case = await (await world.opens(loss=600_000).graded(1)).until("CR-5.4.2a")
    await case.does("CR-5.4.2a")
    case.ignores()
    await case.revises("CR-5.4.2a", by=MANAGER, reason="客户在网上发帖", **REVISIT)
    assert (case.file.track, case.file.leg) == (Track.CRISIS, 2)
    case.ignores()


@pytest.mark.clause("CR-5.4.2b")
async def test_so_does_a_customer_of_a_crisis_at_the_second_revisit(world: World):
    case = await (await world.opens(loss=600_000).graded(1)).until("CR-5.4.2a")
    await case.does("CR-5.4.2a")
    await case.does("CR-5.4.2b")
    case.ignores()
    await case.revises("CR-5.4.2b", by=SUPERVISOR, reason="客户来电：又漏了", **REVISIT)
    assert (case.file.track, case.file.leg) == (Track.CRISIS, 2)
    case.ignores()


@pytest.mark.clause("CS-4.2.3")
@pytest.mark.parametrize("tries", [0, 1], ids=["at once", "when reached"])
async def test_and_at_the_revisit_on_the_effect(world: World, tries: int):
    case = await revisited(world)
    for _ in range(tries):
        await case.does("CS-4.2.3", reached=False)
        await case.passes(days=1)
    rule = "CS-4.2.3.again" if tries else "CS-4.2.3"
    await case.does(rule)
    case.ignores()
    done = case.duty(rule).id
    await case.revises(done, by=SUPERVISOR, reason="客户来电：又漏了", **EFFECT)
    assert (case.file.track, case.file.leg) == (Track.ORDINARY, 2)
    case.ignores()


@pytest.mark.clause("RV-4.2")
async def test_another_word_at_a_revisit_reopens_nothing(world: World):
    case = await revisited(world)
    await case.revises("RV-4.3", by=SUPERVISOR, **{**REVISIT, "satisfaction": "neutral"})
    assert case.file.leg == 1
    assert await case.lines("case.reopened") == []
    await case.to_the_end()
    case.ignores()
