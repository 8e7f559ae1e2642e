"""CR-5.2.1c, CR-5.3.2a: approvals in order, returned to any earlier step, withdrawn, delegated, countersigned."""

from __future__ import annotations

from datetime import timedelta

import pytest

from complaints.base.errors import Refused
from complaints.case.file import ActKind, DutyStatus
from tests.people import (
    ADMIN,
    CLERK,
    ENGINEERING,
    ENGINEERING_LEADER,
    GENERAL_MANAGER,
    GROUP_LEADER,
    GROUP_MARKETING,
    LEADER,
    LEGAL,
    MANAGER,
    PRESIDENT,
    SUPERVISOR,
)
from tests.world import Case, World

CHAIN = ("CR-5.3.2a.1", "CR-5.3.2a.2", "CR-5.3.2a.3", "CR-5.3.2a.4", "CR-5.3.2a.5")
PLAN = "CR-5.2.2e"


async def submitted(world: World, step: str = CHAIN[0]) -> Case:
    """A crisis whose plan has come up to this step."""
    return (await (await world.opens(loss=600_000).graded(1)).until(step)).ignores()


@pytest.mark.clause("CR-5.2.1c")
async def test_the_manager_reviews_then_the_leader_approves_then_it_is_filed(world: World):
    case = await submitted(world, "CR-5.2.1c.review")
    assert case.duty("CR-5.2.1c.review").owner == MANAGER
    assert await case.refuses(case.approves("CR-5.2.1c.review", by=LEADER)) is Refused.NOT_YOURS
    await case.approves("CR-5.2.1c.review", by=MANAGER)
    await case.approves("CR-5.2.1c.approval", by=LEADER)
    filing = case.duty("CR-5.2.1c.filing")
    assert (filing.owner, filing.since) == (SUPERVISOR, case.file.acts[-1].at)
    assert case.duty("CR-5.2.2a").open, "the judgement does not wait for the filing"


@pytest.mark.clause("CR-5.2.1c")
@pytest.mark.parametrize(
    ("to", "next_step"), [("CR-5.2.1b", "CR-5.2.1b#2"), ("CR-5.2.1c.review", "CR-5.2.1c.review#2")]
)
async def test_the_leader_returns_the_report_to_the_manager_or_to_the_supervisor(world: World, to: str, next_step: str):
    case = await submitted(world, "CR-5.2.1c.approval")
    assert case.duty("CR-5.2.1c.approval").returns_to == ("CR-5.2.1b", "CR-5.2.1c.review")
    assert await case.refuses(case.returns("CR-5.2.1c.approval", to, reason="")) is Refused.REASON_NEEDED
    await case.returns("CR-5.2.1c.approval", to, reason="缺少客户诉求")
    assert [duty.id for duty in case.file.open_duties] == [next_step]
    assert case.file.acts[-1].reason == "缺少客户诉求"
    again = case.duty(next_step)
    assert again.deadline.why.anchor == "return"
    assert again.since == case.file.acts[-1].at
    await case.until("CR-5.2.2a")


@pytest.mark.clause("CR-5.3.2a")
async def test_five_people_approve_in_order_and_the_presidents_approval_is_final(world: World):
    case = await submitted(world)
    people = (ENGINEERING_LEADER, LEADER, GROUP_MARKETING, GROUP_LEADER, PRESIDENT)
    for n, (step, person) in enumerate(zip(CHAIN, people, strict=True)):
        assert [duty.rule for duty in case.file.open_duties if duty.rule in CHAIN] == [step]
        assert case.duty(step).owner == person
        for later in people[n + 1 :]:
            assert await case.refuses(case.approves(step, by=later)) is Refused.NOT_YOURS
        await case.approves(step, by=person)
    assert [duty.owner for duty in case.file.open_duties if duty.rule == "CR-5.3.2b"] == [ADMIN]
    for person in (ENGINEERING, SUPERVISOR, ADMIN):
        assert case.heard(person) == ["CR-5.3.2a.5 handed"]
    await case.does("CR-5.3.2b")
    assert case.duty("CR-5.3.2c").revision == 1


EARLIER = [(at, to) for n, at in enumerate(CHAIN) for to in ("CR-5.2.2b", PLAN, *CHAIN[:n])]


@pytest.mark.clause("CR-5.3.2a")
@pytest.mark.parametrize(("step", "to"), EARLIER)
async def test_an_approver_returns_it_to_every_earlier_step(world: World, step: str, to: str):
    case = await submitted(world, step)
    await case.returns(step, to, reason="措施不具体")
    returned = case.file.acts[-1].at
    again = case.duty(to)
    assert again.open
    assert again.since == returned
    assert again.deadline.why.anchor == "return"
    assert case.file.revision == (2 if to == PLAN else 1)
    assert again.revision == (None if to == "CR-5.2.2b" else case.file.revision)
    assert [duty.rule for duty in case.file.open_duties if duty.rule in CHAIN] == ([to] if to in CHAIN else [])
    assert await case.refuses(case.approves(f"{step}@engineering" if step == CHAIN[0] else step)) is Refused.NOT_OPEN


@pytest.mark.clause("CR-5.3.2a")
async def test_nobody_returns_it_to_a_later_step_or_to_their_own(world: World):
    case = await submitted(world, CHAIN[2])
    for wrong in (CHAIN[2], CHAIN[3], "CR-5.2.1b", "nowhere"):
        assert await case.refuses(case.returns(CHAIN[2], wrong)) is Refused.NO_SUCH_STEP
    no_step = case.asks(GROUP_MARKETING, ActKind.RETURN, CHAIN[2], revision=1, reason="不同意")
    assert await case.refuses(no_step) is Refused.NO_SUCH_STEP


@pytest.mark.clause("CR-5.3.2a")
async def test_returned_by_the_president_to_the_plan_the_whole_chain_is_walked_again(world: World):
    case = await submitted(world, CHAIN[4])
    await case.returns(CHAIN[4], PLAN)
    await case.until("CR-5.3.2c.start")
    approvals = [act for act in case.file.acts if act.rule in CHAIN and act.kind is ActKind.APPROVE]
    assert [(act.rule, act.revision) for act in approvals] == [
        *((step, 1) for step in CHAIN[:4]),
        *((step, 2) for step in CHAIN),
    ]
    assert [kept.revision for kept in case.file.plans] == [1, 2]


@pytest.mark.clause("CR-5.3.2a")
async def test_an_approval_names_the_revision_it_is_for_and_one_for_an_older_revision_is_refused(world: World):
    case = await submitted(world, CHAIN[1])
    await case.returns(CHAIN[1], PLAN)
    await case.until(CHAIN[1])
    assert case.duty(CHAIN[1]).revision == 2
    assert await case.refuses(case.approves(CHAIN[1], revision=1)) is Refused.STALE_REVISION
    assert await case.refuses(case.approves(CHAIN[1], revision=3)) is Refused.STALE_REVISION
    unnamed = case.asks(LEADER, ActKind.APPROVE, case.duty(CHAIN[1]).id)
    assert await case.refuses(unnamed) is Refused.STALE_REVISION
    old = case.asks(LEADER, ActKind.APPROVE, CHAIN[1], revision=1)
    assert await case.refuses(old) is Refused.NOT_OPEN
    await case.approves(CHAIN[1], revision=2)


# --- several departments


TWO = {"departments": ["engineering", "property"]}
FIRST, OTHER = f"{CHAIN[0]}@engineering", f"{CHAIN[0]}@property"


async def of_two_departments(world: World, step: str = CHAIN[0]) -> Case:
    case = await world.opens(loss=600_000).graded(1)
    return (await case.until(step, CR_5_2_2b=TWO)).ignores()


@pytest.mark.clause("CR-5.3.2a")
async def test_the_leaders_of_all_responsible_departments_review_side_by_side(world: World):
    """One person leads both: nobody signs one step twice, so the other review goes one up."""
    case = await of_two_departments(world)
    assert (case.duty(FIRST).owner, case.duty(OTHER).owner) == (ENGINEERING_LEADER, GENERAL_MANAGER)
    assert case.duty(FIRST).since == case.duty(OTHER).since
    await case.approves(OTHER)
    assert CHAIN[1] not in {duty.rule for duty in case.file.open_duties}
    await case.passes(hours=1)
    await case.approves(FIRST)
    assert case.duty(CHAIN[1]).since == case.file.acts[-1].at, "the next step begins when the last of them has signed"
    await case.returns(CHAIN[1], CHAIN[0])
    assert {duty.id for duty in case.file.open_duties if duty.rule == CHAIN[0]} == {f"{FIRST}#2", f"{OTHER}#2"}
    case.ignores()


@pytest.mark.clause("CR-5.3.2a")
@pytest.mark.parametrize("to", ["CR-5.2.2b", PLAN])
async def test_what_one_leader_returns_no_other_leader_approves(world: World, to: str):
    case = await of_two_departments(world)
    await case.returns(OTHER, to)
    assert case.file.duties[FIRST].superseded_by == OTHER
    assert case.heard(ENGINEERING_LEADER) == [f"{FIRST} closed"]
    assert case.duty(to).open
    case.ignores()


@pytest.mark.clause("CR-5.3.2a")
@pytest.mark.clause("CR-5.2.2b")
async def test_returned_to_the_naming_the_plan_is_made_with_other_departments(world: World):
    case = await of_two_departments(world, CHAIN[4])
    await case.returns(CHAIN[4], "CR-5.2.2b", reason="应由物业公司负责")
    returned = case.file.acts[-1].at
    naming = case.duty("CR-5.2.2b")
    assert (naming.id, naming.owner, naming.since) == ("CR-5.2.2b#2", LEADER, returned)
    await case.does("CR-5.2.2b#2", departments=["property"], concerned=["engineering"])
    plan = case.duty("CR-5.2.2e@property")
    assert (plan.revision, plan.since, plan.deadline.why.anchor) == (2, returned, "return")
    assert "CR-5.2.2c#2" not in case.file.duties, "the people assigned hold on"
    case.ignores()
    await case.until("CR-5.3.2c")
    assert [duty.department for duty in case.file.open_duties if duty.rule == "CR-5.3.2c"] == ["property"]
    case.ignores()


# --- withdrawal


@pytest.mark.clause("CR-5.3.2a")
@pytest.mark.parametrize("step", [CHAIN[0], CHAIN[4]])
async def test_whoever_submitted_the_plan_may_withdraw_it_at_any_step_and_a_new_revision_begins(
    world: World, step: str
):
    case = await submitted(world, step)
    approver = case.duty(step).owner
    assert await case.refuses(case.withdraws(step, by=approver)) is Refused.NOT_YOURS
    no_reason = case.asks(ENGINEERING, ActKind.WITHDRAW, case.duty(step).id)
    assert await case.refuses(no_reason) is Refused.REASON_NEEDED
    await case.withdraws(step, by=ENGINEERING)
    withdrawn = next(duty for duty in case.file.duties.values() if duty.rule == step)
    assert (withdrawn.status, withdrawn.superseded_by) == (DutyStatus.SUPERSEDED, "withdrawn")
    assert case.heard(approver) == [f"{withdrawn.id} closed"]
    assert (case.duty(PLAN).revision, case.file.revision) == (2, 2)
    assert case.duty(PLAN).since == case.file.acts[-1].at
    await case.until(CHAIN[0])
    assert case.duty(CHAIN[0]).revision == 2


@pytest.mark.clause("CR-5.3.2a")
async def test_what_nobody_submitted_cannot_be_withdrawn(world: World):
    case = await submitted(world, "CR-5.2.1c.review")
    assert await case.refuses(case.withdraws("CR-5.2.1c.review", by=SUPERVISOR)) is Refused.NOT_YOURS


# --- delegation


@pytest.mark.clause("CR-5.3.2a")
async def test_a_delegated_approval_is_the_other_persons_and_its_clock_goes_on(world: World):
    case = await submitted(world, CHAIN[1])
    before = case.duty(CHAIN[1])
    await case.passes(hours=1)
    assert await case.refuses(case.delegates(CHAIN[1], CLERK, by=MANAGER)) is Refused.NOT_YOURS
    assert await case.refuses(case.delegates(CHAIN[1], "nobody.known")) is Refused.UNKNOWN_PERSON
    assert await case.refuses(case.delegates(CHAIN[1], LEADER)) is Refused.WRONG_ACT
    assert await case.refuses(case.delegates(CHAIN[1], MANAGER, reason="")) is Refused.REASON_NEEDED
    await case.delegates(CHAIN[1], MANAGER, by=LEADER)
    after = case.duty(CHAIN[1])
    assert (after.owner, after.because, after.in_place_of) == (MANAGER, "delegated", LEADER)
    assert after.deadline == before.deadline
    assert CHAIN[1] in case.told(MANAGER)
    assert await case.refuses(case.approves(CHAIN[1], by=LEADER)) is Refused.NOT_YOURS
    await case.passes(hours=3, minutes=1)
    assert case.heard(MANAGER) == [f"{CHAIN[1]} reminder"] * 2 + [f"{CHAIN[1]} late"]
    assert case.heard(LEADER) == [f"{CHAIN[1]} escalation"], "it climbs to the new owner's superior"
    assert case.heard(ADMIN) == [f"{CHAIN[1]} copy"]
    await case.approves(CHAIN[1], by=MANAGER)
    assert case.duty(CHAIN[2]).open
    case.ignores()


@pytest.mark.clause("CR-5.2.1b")
async def test_a_superior_who_heard_of_a_breach_may_hand_the_duty_to_somebody_else(world: World):
    case = await world.opens(loss=600_000).graded(1)
    assert await case.refuses(case.delegates("CR-5.2.1b", CLERK, by=MANAGER)) is Refused.NOT_YOURS
    await case.passes(minutes=11)
    await case.delegates("CR-5.2.1b", CLERK, by=MANAGER)
    await case.does("CR-5.2.1b", by=CLERK)
    assert case.duty("CR-5.2.1b").late
    assert case.duty("CR-5.2.1c.review").open
    case.ignores()


# --- countersignature


@pytest.mark.clause("CR-5.3.2a")
async def test_an_approval_waits_for_the_countersignature_asked_for(world: World):
    case = await submitted(world, CHAIN[1])
    await case.asks_countersignature(CHAIN[1], of=LEGAL)
    asked = case.file.acts[-1].at
    signing = case.duty("COUNTERSIGN")
    assert (signing.owner, signing.about, signing.revision) == (LEGAL, CHAIN[1], 1)
    assert signing.deadline.due == asked + timedelta(hours=4)
    assert await case.refuses(case.approves(CHAIN[1])) is Refused.NOT_READY
    assert await case.refuses(case.does("COUNTERSIGN", by=LEADER)) is Refused.NOT_YOURS
    assert await case.refuses(case.does("COUNTERSIGN", opinion="")) is Refused.FORM_INCOMPLETE
    await case.does("COUNTERSIGN", opinion="赔偿条款合法", agrees=True)
    assert case.file.acts[-1].form == {"opinion": "赔偿条款合法", "agrees": True}
    await case.approves(CHAIN[1])
    assert case.duty(CHAIN[2]).open


@pytest.mark.clause("CR-5.3.2a")
async def test_several_people_countersign_and_each_is_waited_for(world: World):
    case = await submitted(world, CHAIN[2])
    await case.asks_countersignature(CHAIN[2], of=LEGAL)
    await case.asks_countersignature(CHAIN[2], of=ADMIN)
    first, second = (duty for duty in case.file.open_duties if duty.rule == "COUNTERSIGN")
    assert (first.owner, second.owner) == (LEGAL, ADMIN)
    await case.does(second.id)
    assert await case.refuses(case.approves(CHAIN[2])) is Refused.NOT_READY
    await case.does(first.id)
    await case.approves(CHAIN[2])


@pytest.mark.clause("CR-5.3.2a")
async def test_an_approval_that_is_returned_asks_nobody_for_a_signature_any_more(world: World):
    case = await submitted(world, CHAIN[1])
    await case.asks_countersignature(CHAIN[1], of=LEGAL)
    await case.returns(CHAIN[1], PLAN)
    signing = case.duty("COUNTERSIGN")
    assert (signing.status, signing.superseded_by) == (DutyStatus.SUPERSEDED, CHAIN[1])
    assert case.heard(LEGAL) == [f"{signing.id} closed"]
    assert await case.refuses(case.does("COUNTERSIGN")) is Refused.SUPERSEDED


@pytest.mark.clause("CR-5.3.2a")
async def test_a_countersignature_is_asked_only_for_approvals_and_only_of_somebody_else(world: World):
    case = await submitted(world, CHAIN[1])
    assert await case.refuses(case.asks_countersignature(CHAIN[1], of=LEADER)) is Refused.WRONG_ACT
    assert await case.refuses(case.asks_countersignature(CHAIN[1], of="nobody.known")) is Refused.UNKNOWN_PERSON
    assert await case.refuses(case.asks_countersignature(CHAIN[1], of=LEGAL, by=MANAGER)) is Refused.NOT_YOURS
    judging = await submitted(world, "CR-5.2.2a")
    assert await judging.refuses(judging.asks_countersignature("CR-5.2.2a", of=LEGAL)) is Refused.WRONG_ACT


@pytest.mark.clause("CR-5.3.2a")
async def test_a_late_countersignature_climbs_like_any_other_duty(world: World):
    case = await submitted(world, CHAIN[1])
    await case.asks_countersignature(CHAIN[1], of=LEGAL)
    signing = case.duty("COUNTERSIGN").id
    await case.passes(hours=4, minutes=1)
    assert f"{signing} late" in case.heard(LEGAL)
    assert f"{signing} escalation" in case.heard("zhao.lei")
    case.ignores()
