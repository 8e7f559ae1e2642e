"""联系不上: a talk is given up after tries on three different days, if the superior agrees (RV-4.2, decision 20)."""

from __future__ import annotations

from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.file import DutyStatus
from tests.clauses.limits import Clock, opening, tomorrow
from tests.people import CLERK, SALES_MANAGER, SALES_SUPERVISOR, SALESPERSON, SUPERVISOR
from tests.world import Case, World

pytestmark = pytest.mark.memory(anew=True)

APPROVAL = "RV-4.2.unreached"


async def to_be_answered(world: World, **told: Any) -> Case:
    case = await world.opens(received_by=SALESPERSON, **told).graded(3)
    for rule in ("CS-4.2.1a", "CH-7.2.1.settle", "CH-7.2.1"):
        await case.does(rule)
    return case.ignores()


async def tried(case: Case, rule: str, *, days: int = 3) -> Case:
    for nth in range(days):
        if nth:
            await case.passes_until(tomorrow(case.now, 10))
        await case.tries(rule)
    return case.ignores()


@pytest.mark.clause("RV-4.2")
@pytest.mark.clause("CH-7.3.1")
async def test_after_three_days_the_superior_gives_the_answer_up_and_the_revisit_is_still_owed(world: World):
    case = await tried(await to_be_answered(world), "CH-7.3.1")
    before = case.duty("CH-7.3.1")
    await case.is_unreached("CH-7.3.1")
    approval = case.duty(APPROVAL)
    assert (approval.owner, approval.deadline.why.limit) == (SALES_SUPERVISOR, "1 workdays")
    asked, calendar = case.file.acts[-1].at, world.references.calendar
    assert approval.deadline.due == Clock("1 workdays", calendar).due(asked, None)
    assert approval.deadline.source == "house"
    assert case.duty("CH-7.3.1").open, "until that is approved it is owed"
    assert case.duty("CH-7.3.1").deadline == before.deadline
    assert case.file.handled_at is None
    assert await case.refuses(case.is_unreached("CH-7.3.1")) is Refused.UNDECIDED
    assert await case.refuses(case.approves(APPROVAL, by=SALESPERSON)) is Refused.NOT_YOURS
    await case.approves(APPROVAL)
    decided = case.file.acts[-1].at
    given_up = case.duty("CH-7.3.1")
    assert (given_up.status, given_up.superseded_by) == (DutyStatus.SUPERSEDED, approval.id)
    assert case.file.handled_at == decided
    assert case.duty("RV-4.3").since == decided, "nobody counts as satisfied: the customer is revisited as ever"
    case.ignores()
    await case.to_the_end()
    assert case.file.outcome == "unreached", "the customer was not answered"
    case.ignores()


@pytest.mark.clause("RV-4.2")
async def test_tries_on_one_day_count_once(world: World):
    case = await to_be_answered(world)
    assert await case.refuses(case.is_unreached("CH-7.3.1")) is Refused.TRIED_TOO_LITTLE
    for _ in range(3):
        await case.tries("CH-7.3.1")
    assert await case.refuses(case.is_unreached("CH-7.3.1")) is Refused.TRIED_TOO_LITTLE
    await case.passes_until(tomorrow(case.now, 10))
    await tried(case, "CH-7.3.1", days=2)
    assert await case.refuses(case.is_unreached("CH-7.3.1", by=CLERK)) is Refused.NOT_YOURS
    await case.is_unreached("CH-7.3.1")
    case.ignores()


@pytest.mark.clause("RV-4.2")
async def test_returned_it_is_owed_and_may_be_put_forward_again(world: World):
    case = await tried(await to_be_answered(world), "CH-7.3.1")
    await case.is_unreached("CH-7.3.1")
    await case.returns(APPROVAL, to="CH-7.3.1", reason="请上门再试一次")
    assert case.duty("CH-7.3.1").open
    assert case.heard(SALESPERSON), "whoever asked hears of it"
    await case.is_unreached("CH-7.3.1")
    await case.does("CH-7.3.1")
    assert [duty.status for duty in case.file.duties.values() if duty.rule == APPROVAL] == [
        DutyStatus.DONE,
        DutyStatus.SUPERSEDED,
    ], "a customer who is reached after all needs no approval"
    await case.to_the_end()
    assert case.file.outcome == "answered"
    case.ignores()


@pytest.mark.clause("RV-4.2")
async def test_a_late_answer_stays_late_and_its_breach_on_record(world: World):
    case = await tried(await to_be_answered(world), "CH-7.3.1", days=5)
    breached = case.duty("CH-7.3.1").breached_at
    assert breached is not None
    await case.is_unreached("CH-7.3.1")
    await case.approves(APPROVAL)
    assert case.duty("CH-7.3.1").breached_at == breached
    case.ignores()


@pytest.mark.clause("RV-4.2")
async def test_whoever_does_not_decide_is_late_and_their_superior_hears(world: World):
    case = await tried(await to_be_answered(world), "CH-7.3.1")
    await case.is_unreached("CH-7.3.1")
    due = case.duty(APPROVAL).deadline.due
    await case.passes_until(opening(due, world.references.calendar))
    assert (case.duty(APPROVAL).breached_at, case.duty(APPROVAL).escalations[0].to) == (due, SALES_MANAGER)
    case.ignores()


@pytest.mark.clause("CR-5.3.1")
async def test_a_talk_of_a_crisis_has_to_be_held(world: World):
    case = await (await world.opens(loss=600_000).graded(1)).until("CR-5.3.1")
    await tried(case, "CR-5.3.1", days=4)
    assert await case.refuses(case.is_unreached("CR-5.3.1")) is Refused.WRONG_ACT
    assert case.duty("CR-5.3.1").open
    case.ignores()


@pytest.mark.clause("CH-7.1.1")
async def test_a_feedback_date_that_nobody_could_be_told_is_given_up(world: World):
    case = await tried(await to_be_answered(world, promised=None), "CH-7.1.1")
    await case.is_unreached("CH-7.1.1")
    await case.approves(APPROVAL)
    assert case.duty("CH-7.1.1").status is DutyStatus.SUPERSEDED
    assert case.duty("CH-7.3.1").open, "the answer is owed all the same"
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("CH-7.3.1")
async def test_the_level_above_may_not_reach_them_either(world: World):
    case = await to_be_answered(world)
    await case.does("CH-7.3.1", satisfied=False)
    await tried(case, "CH-7.3.1.again")
    await case.is_unreached("CH-7.3.1.again")
    assert case.file.handled_at is None
    await case.approves(APPROVAL)
    assert case.file.handled_at == case.file.acts[-1].at
    await case.to_the_end()
    assert case.file.outcome == "unreached"
    case.ignores()


@pytest.mark.clause("MC-5.2.3f")
async def test_a_resident_who_was_not_reached_with_the_answer_is_revisited(world: World):
    case = await world.opens(department="property", category="property", injured=True, our_fault=True)
    await case.does("CR-5.2.1a", level=2, major=True, reason="电梯伤人")
    await tried(case, "MC-5.2.3f")
    await case.is_unreached("MC-5.2.3f")
    await case.approves(APPROVAL)
    assert case.duty("MC-5.2.3f").status is DutyStatus.SUPERSEDED
    await case.to_the_end()
    assert [duty.status for duty in case.file.duties.values() if duty.rule == "RV-4.3"] == [DutyStatus.DONE]
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_a_customer_who_asked_something_and_is_not_reached_is_revisited(world: World):
    case = await world.opens(category="service")
    await case.turns_into_an_enquiry()
    await tried(case, "ENQUIRY.answer")
    await case.is_unreached("ENQUIRY.answer")
    assert case.duty(APPROVAL).owner == SUPERVISOR
    await case.approves(APPROVAL)
    assert case.duty("RV-4.3").deadline.why.anchor == "no_reach"
    await case.to_the_end()
    assert case.file.outcome == "unreached"
    case.ignores()
