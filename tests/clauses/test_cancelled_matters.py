"""A repair or a corrective action that was opened by mistake is cancelled, and holds up nothing any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.file import ActKind, DutyStatus
from tests.people import CHIEF_ENGINEER, CLERK, ENGINEERING, MANAGER, PROJECT_MANAGER, PROPERTY, SALES, SUPERVISOR
from tests.world import Case, World

OURS: dict[str, Any] = {"done_by": "team", "paid_by": "company", "contractor": None, "because": None}
THEIRS: dict[str, Any] = {"done_by": "contractor", "paid_by": "contractor", "contractor": "hongji", "because": None}


async def a_matter(world: World, kind: str = "repair", until: str = "", **forms: dict[str, Any]) -> Case:
    case = await world.opens(loss=20_000).graded(3)
    await case.opens_matter(kind, by=PROPERTY)
    if until:
        await case.works_until(until, **forms)
    return case.ignores()


def of_matters(case: Case) -> list[str]:
    return [duty.id for duty in case.file.open_duties if duty.matter]


@pytest.mark.clause("CS-4.3.3")
@pytest.mark.parametrize("person", [SUPERVISOR, PROPERTY, PROJECT_MANAGER, CHIEF_ENGINEER])
async def test_whoever_may_open_a_matter_may_cancel_it_with_a_reason(world: World, person: str):
    case = await a_matter(world)
    await case.cancels_matter("R1", by=person, reason="与 R0 重复")
    [repair] = case.file.matters
    assert (repair.outcome, repair.ended_at) == ("cancelled", case.file.acts[-1].at)
    assert (repair.cancelled, case.file.acts[-1].reason) == (case.file.acts[-1].seq, "与 R0 重复")
    order = case.duty("CS-4.3.3")
    assert (order.status, order.superseded_by) == (DutyStatus.SUPERSEDED, "R1 cancelled")
    assert of_matters(case) == []
    assert case.heard(PROPERTY) == ([] if person == PROPERTY else ["R1/CS-4.3.3 copy"]) + ["R1/CS-4.3.3 closed"]
    assert case.heard(SUPERVISOR) == ([] if person == SUPERVISOR else ["R1/CS-4.3.3 copy"])
    await case.goes_on_afresh()
    assert (of_matters(case), len(case.file.matters)) == ([], 1)


@pytest.mark.clause("CS-4.3.3")
async def test_cancelling_is_refused_without_a_reason_a_matter_and_a_part_in_the_case(world: World):
    case = await a_matter(world)
    assert await case.refuses(case.cancels_matter("R1", by=SALES)) is Refused.NOT_YOURS
    assert await case.refuses(case.cancels_matter("R1", reason="")) is Refused.REASON_NEEDED
    assert await case.refuses(case.cancels_matter("R2")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.cancels_matter("厨房")) is Refused.FORM_INCOMPLETE
    opened = case.file.matters[0].since
    assert await case.refuses(case.cancels_matter("R1", at=opened - timedelta(seconds=1))) is Refused.WRONG_TIME
    await case.cancels_matter("R1")
    assert await case.refuses(case.cancels_matter("R1")) is Refused.MATTER_OVER
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_a_cancelled_repair_holds_up_neither_the_handling_nor_the_archive(world: World):
    case = await a_matter(world, until="CS-4.3.3.start", CS_4_3_3=OURS)
    await case.cancels_matter("R1")
    await case.to_the_end()
    assert (case.file.closed, case.file.outcome) == (True, "answered")
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
@pytest.mark.parametrize("order", [OURS, THEIRS], ids=["team", "contractor"])
async def test_a_firm_that_was_ordered_is_told_that_it_is_called_off(world: World, order: dict[str, Any]):
    case = await a_matter(world, until="CS-4.3.3.start", CS_4_3_3=order)
    await case.cancels_matter("R1")
    if order is OURS:
        assert of_matters(case) == []
        case.ignores()
        return
    [telling] = of_matters(case)
    duty = case.duty(telling)
    assert (duty.rule, duty.owner, duty.since) == ("MATTER.cancel.contractor", PROPERTY, case.file.acts[-1].at)
    await case.goes_on_afresh()
    assert await case.refuses(case.does(telling, told_to="")) is Refused.FORM_INCOMPLETE
    await case.does(telling)
    assert of_matters(case) == []
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_work_that_has_begun_goes_on_until_the_supervisor_confirms(world: World):
    case = await a_matter(world, until="CS-4.3.3.finish", CS_4_3_3=OURS)
    before = of_matters(case)
    receipt = await case.cancels_matter("R1", by=PROPERTY, reason="误立")
    [confirming] = receipt.opened
    asked = case.file.acts[-1]
    duty = case.duty(confirming)
    assert (duty.owner, duty.since, duty.about, duty.matter) == (SUPERVISOR, asked.at, f"act-{asked.seq}", "R1")
    assert case.file.matters[0].open
    assert of_matters(case) == [*before, confirming]
    await case.goes_on_afresh()
    case.ignores()
    await case.returns(confirming, "CS-4.3.3", reason="客户仍要求维修")
    assert (of_matters(case), case.file.matters[0].open) == (before, True)
    again = (await case.cancels_matter("R1", by=PROPERTY)).opened[0]
    await case.goes_on_afresh()
    await case.approves(again)
    assert (of_matters(case), case.file.matters[0].outcome) == ([], "cancelled")
    assert case.file.matters[0].cancelled == case.file.acts[-1].seq
    assert "R1/CS-4.3.3 copy" in case.heard(PROPERTY), "who asked for it hears that it was confirmed"
    case.ignores()
    await case.goes_on_afresh()
    await case.to_the_end()
    assert case.file.closed
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_nobody_confirms_what_they_asked_for_themselves(world: World):
    case = await a_matter(world, until="CS-4.3.3.finish", CS_4_3_3=OURS)
    [confirming] = (await case.cancels_matter("R1", by=SUPERVISOR)).opened
    assert case.duty(confirming).owner == MANAGER
    assert await case.refuses(case.delegates(confirming, SUPERVISOR, by=MANAGER)) is Refused.FOUR_EYES
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_a_second_request_is_refused_until_the_first_is_decided_or_taken_back(world: World):
    case = await a_matter(world, until="CS-4.3.3.finish", CS_4_3_3=OURS)
    [first] = (await case.cancels_matter("R1", by=PROPERTY)).opened
    assert await case.refuses(case.cancels_matter("R1", by=PROPERTY, reason="补充说明")) is Refused.UNDECIDED
    assert case.duty(first).open
    await case.withdraws(first, by=PROPERTY)
    assert case.heard(SUPERVISOR)[-1] == f"{first} closed"
    assert case.file.matters[0].open
    case.heard(PROPERTY)
    [second] = (await case.cancels_matter("R1", by=PROPERTY, reason="补充说明")).opened
    await case.returns(second, "CS-4.3.3", reason="须完工")
    assert case.heard(PROPERTY) == [f"{second} handed"], "whoever asked hears of it (decision 13)"
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_work_that_is_done_meanwhile_cannot_be_cancelled_any_more(world: World):
    case = await a_matter(world, until="CS-4.3.3.finish", CS_4_3_3=OURS)
    [confirming] = (await case.cancels_matter("R1", by=PROPERTY)).opened
    await case.does("CS-4.3.3.finish")
    duty = case.duty(confirming)
    assert (duty.status, duty.superseded_by) == (DutyStatus.SUPERSEDED, "R1/CS-4.3.3.finish")
    assert await case.refuses(case.cancels_matter("R1")) is Refused.MATTER_OVER
    await case.goes_on_afresh()
    assert case.file.matters[0].open
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_work_that_was_given_up_still_needs_the_confirmation(world: World):
    case = await a_matter(world, until="CS-4.3.3.finish", CS_4_3_3=OURS)
    await case.does("CS-4.3.3.finish", finished=False, done="撤场")
    assert "MATTER.cancel.approval" in (await case.cancels_matter("R1", by=PROPERTY)).opened[0]
    case.ignores()


@pytest.mark.clause("CH-7.6")
async def test_a_corrective_action_is_cancelled_at_once_before_its_plan_and_confirmed_after_it(world: World):
    case = await a_matter(world, "corrective")
    await case.cancels_matter("C1", by=CHIEF_ENGINEER)
    assert (case.file.matters[0].outcome, of_matters(case)) == ("cancelled", [])
    await case.opens_matter("corrective", by=PROPERTY)
    await case.works_until("CH-7.6.action")
    [confirming] = (await case.cancels_matter("C2", by=CHIEF_ENGINEER)).opened
    assert case.duty("CH-7.6.action").open
    case.ignores()
    await case.approves(confirming)
    assert (case.file.matters[1].outcome, of_matters(case)) == ("cancelled", [])
    assert case.heard(ENGINEERING) == ["C2/CH-7.6.action closed"], "its owner hears of it"
    case.ignores()


@pytest.mark.clause("MC-5.2.3b")
async def test_an_action_that_the_complaint_requires_is_cancelled_only_once_the_complaint_does_not(world: World):
    case = await world.opens(loss=20_000).graded(3)
    await case.regrades(2, major=True)
    assert await case.refuses(case.cancels_matter("C1")) is Refused.MATTER_REQUIRED
    await case.asks(SUPERVISOR, ActKind.REGRADE, form={"level": 3, "major": False, "reason": "并非物业服务"})
    await case.approves("REGRADE.approval")
    await case.cancels_matter("C1", reason="定级有误")
    assert case.file.matters[0].outcome == "cancelled"
    await case.regrades(2, major=True)
    assert [(matter.id, matter.cause, matter.open) for matter in case.file.matters] == [
        ("C1", "MC-5.2.3b", False),
        ("C2", "MC-5.2.3b~4", True),
    ]
    assert case.duty("C2/CH-7.6").owner == PROPERTY, "the head of the property centre"
    await case.goes_on_afresh()
    assert len(case.file.matters) == 2
    case.ignores()


@pytest.mark.clause("MC-5.2.3b")
async def test_so_is_an_action_that_an_important_complaint_requires(world: World):
    case = await world.opens(loss=20_000, category="property").graded(2)
    assert [(matter.id, matter.cause) for matter in case.file.matters] == [("C1", "MC-5.2.3b")]
    assert await case.refuses(case.cancels_matter("C1")) is Refused.MATTER_REQUIRED
    await case.regrades(1)
    await case.cancels_matter("C1", reason="转入危机流程，由方案处理")
    await case.goes_on_afresh()
    await case.regrades(2)
    await case.approves("REGRADE.approval")
    await case.goes_on_afresh()
    assert [(matter.id, matter.open) for matter in case.file.matters] == [("C1", False), ("C2", True)]
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_countersignatures_of_its_duties_go_with_it(world: World):
    case = await a_matter(world, until="CS-4.3.3.finish", CS_4_3_3=OURS)
    [confirming] = (await case.cancels_matter("R1", by=PROPERTY)).opened
    await case.asks_countersignature(confirming, CLERK)
    await case.does("CS-4.3.3.finish")
    assert not any(duty.rule == "COUNTERSIGN" for duty in case.file.open_duties)
    case.ignores()


@pytest.mark.edition("2026.1")
async def test_a_case_of_an_older_edition_knows_no_cancelling(world: World):
    case = await world.opens(loss=20_000).graded(3)
    await case.opens_matter()
    assert await case.refuses(case.cancels_matter("R1")) is Refused.WRONG_ACT
