"""Edition 2026.1, CR-5.2.2b to CR-5.3.1: departments, opinions, statement, plan, the customer's answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from complaints.base.errors import Refused
from complaints.case.file import DutyStatus
from tests.people import ENGINEERING, GENERAL_MANAGER, PROPERTY, SALES, SUPERVISOR
from tests.world import Case, World

pytestmark = pytest.mark.edition("2026.1")

BOTH = {"departments": ["engineering", "property"], "request": "请指派工程与物业人员"}


async def discussing(world: World) -> Case:
    """A crisis for which engineering and property are responsible, engineering first."""
    case = await (await world.opens(loss=600_000).graded(1)).until("CR-5.2.2b")
    await case.does("CR-5.2.2b", **BOTH)
    return case


@pytest.mark.clause("CR-5.2.2b")
async def test_the_marketing_leader_names_departments_that_exist_each_once(world: World):
    case = await (await world.opens(loss=600_000).graded(1)).until("CR-5.2.2b")
    for wrong in ([], ["garden"], ["engineering", "engineering"]):
        act = case.does("CR-5.2.2b", departments=wrong)
        assert await case.refuses(act) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("CR-5.2.2b", by=SALES)) is Refused.NOT_YOURS
    receipt = await case.does("CR-5.2.2b", **BOTH)
    assert set(receipt.opened) == {
        "CR-5.2.2c",
        "CR-5.2.2d@engineering",
        "CR-5.2.2d@property",
        "CR-5.2.2e@engineering",
        "CR-5.2.3",
    }


@pytest.mark.clause("CR-5.2.2c")
async def test_the_general_manager_assigns_people_who_exist_and_the_discussion_does_not_wait_for_it(world: World):
    case = await discussing(world)
    assignment = case.duty("CR-5.2.2c")
    assert (assignment.owner, assignment.since) == (GENERAL_MANAGER, case.file.acts[-1].at)
    assert await case.refuses(case.does("CR-5.2.2c", people=["nobody.known"])) is Refused.UNKNOWN_PERSON
    assert await case.refuses(case.does("CR-5.2.2c", people=[])) is Refused.FORM_INCOMPLETE
    await case.does("CR-5.2.3")
    await case.does("CR-5.2.2e")
    assert case.duty("CR-5.2.2c").open
    await case.does("CR-5.2.2c", people=[ENGINEERING, PROPERTY])
    assert case.file.acts[-1].form == {"people": [ENGINEERING, PROPERTY]}
    case.ignores()


@pytest.mark.clause("CR-5.2.2d")
async def test_every_department_owes_its_own_opinion_within_the_24_hours_of_the_plan(world: World):
    case = await discussing(world)
    judged = next(act.at for act in case.file.acts if act.rule == "CR-5.2.2a")
    for department, head in (("engineering", ENGINEERING), ("property", PROPERTY)):
        opinion = case.duty(f"CR-5.2.2d@{department}")
        assert (opinion.owner, opinion.deadline.due) == (head, judged + timedelta(hours=24))
    assert await case.refuses(case.does("CR-5.2.2d@property", by=ENGINEERING)) is Refused.NOT_YOURS
    await case.does("CR-5.2.2d@property", opinion="同意更换", agrees=True)
    assert case.duty("CR-5.2.2d@engineering").open


@pytest.mark.clause("CR-5.2.2d")
async def test_an_opinion_that_was_not_given_is_named_in_the_plan_and_no_longer_owed(world: World):
    case = await discussing(world)
    await case.does("CR-5.2.2d@engineering")
    await case.does("CR-5.2.3")
    await case.does("CR-5.2.2e")
    assert case.file.plans[0].missing == ("property",)
    opinion = case.duty("CR-5.2.2d@property")
    assert (opinion.status, opinion.superseded_by) == (DutyStatus.SUPERSEDED, "CR-5.2.2e@engineering")
    assert case.heard(PROPERTY) == ["CR-5.2.2d@property closed"]
    assert await case.refuses(case.does("CR-5.2.2d@property")) is Refused.SUPERSEDED


@pytest.mark.clause("CR-5.2.2d")
async def test_a_plan_with_every_opinion_names_none_as_missing(world: World):
    case = await discussing(world)
    for rule in ("CR-5.2.2d@engineering", "CR-5.2.2d@property", "CR-5.2.3", "CR-5.2.2e"):
        await case.does(rule)
    assert case.file.plans[0].missing == ()


@pytest.mark.clause("CR-5.2.3")
async def test_a_plan_without_marketings_statement_is_refused(world: World):
    case = await discussing(world)
    assert case.duty("CR-5.2.3").owner == SUPERVISOR
    assert await case.refuses(case.does("CR-5.2.2e")) is Refused.NOT_READY
    await case.does("CR-5.2.3", wants="一个月内修好，并书面道歉")
    await case.does("CR-5.2.2e")
    case.ignores()


@pytest.mark.clause("CR-5.2.2e")
async def test_the_first_department_brings_the_plan_with_a_date_that_lies_ahead(world: World):
    case = await discussing(world)
    await case.does("CR-5.2.3")
    plan = case.duty("CR-5.2.2e")
    assert (plan.id, plan.owner, plan.revision) == ("CR-5.2.2e@engineering", ENGINEERING, 1)
    yesterday = (case.now - timedelta(days=1)).isoformat()
    assert await case.refuses(case.does("CR-5.2.2e", complete_by=yesterday)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("CR-5.2.2e", complete_by="2026-11-30T09:00")) is Refused.FORM_INCOMPLETE
    await case.does("CR-5.2.2e", measures="整体更换防水层")
    kept = case.file.plans[0]
    assert (kept.revision, kept.text, kept.by) == (1, "整体更换防水层", ENGINEERING)
    case.ignores()


@pytest.mark.clause("CR-5.2.2f")
@pytest.mark.clause("CR-5.3.1")
async def test_the_plan_goes_to_the_group_and_to_the_customer_at_the_same_time(world: World):
    case = await discussing(world)
    await case.until("CR-5.3.1")
    planned = case.file.plans[0].at
    report, contact = case.duty("CR-5.2.2f"), case.duty("CR-5.3.1")
    assert (report.owner, report.deadline.due) == (ENGINEERING, planned + timedelta(hours=2))
    assert (contact.owner, contact.deadline.due) == (SUPERVISOR, planned + timedelta(hours=12))
    case.ignores()


@pytest.mark.clause("CR-5.2.2f")
@pytest.mark.clause("CR-5.3.2a")
@pytest.mark.parametrize("order", [("CR-5.2.2f", "CR-5.3.1"), ("CR-5.3.1", "CR-5.2.2f")])
async def test_nobody_has_a_plan_to_approve_before_it_was_submitted_and_agreed(world: World, order: tuple[str, str]):
    """The first approver's four hours start at the later of the two: earlier there is nothing to approve."""
    case = await discussing(world)
    await case.until("CR-5.3.1")
    await case.does(order[0])
    await case.passes(hours=11)
    await case.does(order[1])
    approval = case.duty("CR-5.3.2a.1")
    assert approval.since == case.file.acts[-1].at
    assert approval.deadline.due == approval.since + timedelta(hours=4)
    assert approval.deadline.why.anchor == ("contact" if order[1] == "CR-5.3.1" else "submission")
    case.ignores()


@pytest.mark.clause("CR-5.3.1")
async def test_a_customer_who_does_not_agree_sends_the_plan_back_as_a_new_revision(world: World):
    case = await discussing(world)
    await case.until("CR-5.3.1")
    await case.does("CR-5.2.2f")
    await case.does("CR-5.3.1", agreed=False, outcome="客户要求更换全部墙体")
    refused = case.file.acts[-1].at
    assert case.file.revision == 2
    plan = case.duty("CR-5.2.2e")
    assert (plan.revision, plan.deadline.due) == (2, refused + timedelta(hours=24))
    assert plan.deadline.why.anchor == "no_agreement"
    assert {duty.id for duty in case.file.open_duties if duty.revision == 2} == {
        "CR-5.2.2d@engineering#2",
        "CR-5.2.2d@property#2",
        "CR-5.2.2e@engineering#2",
        "CR-5.2.3#2",
    }
    assert await case.refuses(case.does("CR-5.2.2e")) is Refused.NOT_READY, "marketing says anew what is wanted"
    await case.until("CR-5.3.2a.1")
    assert case.duty("CR-5.3.2a.1").revision == 2
    assert [kept.revision for kept in case.file.plans] == [1, 2]
    case.ignores()


@pytest.mark.clause("CR-5.2.2e")
async def test_the_24_hours_run_from_the_judgement_however_long_the_naming_of_the_departments_takes(world: World):
    case = await (await world.opens(loss=600_000).graded(1)).until("CR-5.2.2b")
    judged = next(act.at for act in case.file.acts if act.rule == "CR-5.2.2a")
    await case.passes(hours=5)
    await case.does("CR-5.2.2b")
    assert case.duty("CR-5.2.2e").deadline.due == judged + timedelta(hours=24)
    case.ignores()
