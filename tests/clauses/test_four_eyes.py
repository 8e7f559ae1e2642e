"""Decision 12: nobody reviews, approves, excuses, audits or deducts what they did themselves, or signs twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from complaints.base.errors import Refusal, Refused
from complaints.case import stand_ins
from complaints.case.file import ActKind
from complaints.case.stand_ins import StandIn
from complaints.people.model import Absence
from complaints.people.resolution import ALONE
from starters.client.sentences import sentence
from tests.people import (
    ADMIN,
    AUDIT,
    CLERK,
    ENGINEERING,
    ENGINEERING_LEADER,
    FINANCE,
    GENERAL_MANAGER,
    GROUP_LEADER,
    LEADER,
    MANAGER,
    PRESIDENT,
    SUPERVISOR,
)
from tests.toys import Toys
from tests.world import Case, World
from workflows.duty_engine import DutyEngine

NOT_REACHED: dict[str, Any] = {"reached": False, "satisfaction": None}
WORK: Any = "TOY.work"
STEPS: Any = ("TOY.step.1", "TOY.step.2", "TOY.step.3")


def away(world: World, *people: str, deputy: str | None = None) -> None:
    """These people are absent from now on; their deputy is the usual one unless named."""
    start = datetime.now(UTC) - timedelta(days=1)
    gone = [Absence(person=one, start=start, until=start + timedelta(days=60), deputy=deputy) for one in people]
    directory = world.references.directory
    world.references.directory = directory.but(absences=(*directory.absences, *gone))


async def crisis(world: World, until: str) -> Case:
    return (await (await world.opens(loss=600_000).graded(1)).until(until)).ignores()


# --- the absent, and who stands in for them


async def test_every_act_of_a_deputy_says_for_whom(world: World):
    """Also one that closes no duty, and of a deputy for a period that the absent person has set."""
    start = datetime.now(UTC) - timedelta(days=1)
    leave = Absence(person=MANAGER, start=start, until=start + timedelta(days=60), deputy=LEADER, cascades=False)
    case = await crisis(world, "CR-5.2.1c.review")
    directory = world.references.directory
    world.references.directory = directory.but(absences=(leave,))
    await case.hears_of_a_new_directory()
    case.ignores()
    await case.asks_countersignature("CR-5.2.1c.review", FINANCE, by=LEADER)
    await case.does("COUNTERSIGN")
    await case.approves("CR-5.2.1c.review", by=LEADER)
    by_deputy = [act for act in case.file.acts if act.by == LEADER]
    assert [(act.kind, act.on_behalf) for act in by_deputy] == [
        (ActKind.COUNTERSIGN, MANAGER),
        (ActKind.APPROVE, MANAGER),
    ]
    assert all(stand_ins.of_act(case.file, act) == StandIn(how="deputy", other=MANAGER) for act in by_deputy)
    assert {act.on_behalf for act in case.file.acts if act.by != LEADER} == {None}
    case.ignores()


async def test_an_act_of_ones_own_is_for_nobody_and_one_on_the_case_for_whoever_took_it(world: World):
    start = datetime.now(UTC) - timedelta(days=1)
    clerks = Absence(person=CLERK, start=start, until=start + timedelta(days=60), deputy=FINANCE)
    managers = Absence(person=MANAGER, start=start, until=start + timedelta(days=60), deputy=LEADER)
    case = await crisis(world, "CR-5.2.1c.review")
    directory = world.references.directory
    world.references.directory = directory.but(absences=(clerks, managers))
    await case.hears_of_a_new_directory()
    case.ignores()
    await case.asks(LEADER, ActKind.URGE, "CR-5.2.1c.review", reason="请尽快")
    assert case.file.acts[-1].on_behalf is None, "a deputy who urges does not do it for the owner"
    await case.asks_countersignature("CR-5.2.1c.review", ENGINEERING, by=LEADER)
    await case.asks(LEADER, ActKind.RECALL, case.duty("COUNTERSIGN").id, reason="不用了")
    assert case.file.acts[-1].on_behalf == MANAGER, "the owner had asked"
    await case.asks(FINANCE, ActKind.AMEND, form={"building": "4 栋"}, reason="记错了")
    assert case.file.acts[-1].on_behalf == CLERK
    await case.asks(SUPERVISOR, ActKind.AMEND, form={"building": "5 栋"}, reason="记错了")
    assert case.file.acts[-1].on_behalf is None
    supervisors = Absence(person=SUPERVISOR, start=start, until=start + timedelta(days=60), deputy=ADMIN)
    world.references.directory = directory.but(absences=(clerks, managers, supervisors))
    await case.hears_of_a_new_directory()
    case.ignores()
    await case.regrades(2, by=ADMIN)
    assert (case.file.acts[-1].kind, case.file.acts[-1].on_behalf) == (ActKind.REGRADE, SUPERVISOR)
    case.ignores()


@pytest.mark.clause("CR-5.2.1c")
async def test_the_supervisor_does_not_review_her_own_report_as_the_managers_deputy(world: World):
    away(world, MANAGER)
    case = await crisis(world, "CR-5.2.1c.review")
    review = case.duty("CR-5.2.1c.review")
    assert case.duty("CR-5.2.1b").closed_by == SUPERVISOR
    assert (review.owner, review.because, review.in_place_of) == (LEADER, "superior", MANAGER)
    await case.approves("CR-5.2.1c.review")
    approval = case.duty("CR-5.2.1c.approval")
    assert (approval.owner, approval.in_place_of) == (GENERAL_MANAGER, LEADER), "he has signed the step before"
    await case.approves("CR-5.2.1c.approval")
    assert case.duty("CR-5.2.2a").owner == LEADER


@pytest.mark.clause("CR-5.2.1c")
async def test_a_deputy_who_may_not_stand_in_is_refused_and_the_next_one_up_may(world: World):
    case = await crisis(world, "CR-5.2.1c.review")
    away(world, MANAGER)
    await case.hears_of_a_new_directory()
    with pytest.raises(Refusal) as refused:
        await case.approves("CR-5.2.1c.review", by=SUPERVISOR)
    assert refused.value.code is Refused.FOUR_EYES
    assert "李娜" in sentence(refused.value)
    assert "请由陈静办理" in sentence(refused.value)
    assert await case.refuses(case.approves("CR-5.2.1c.review", by=GENERAL_MANAGER)) is Refused.NOT_YOURS
    await case.approves("CR-5.2.1c.review", by=LEADER)
    assert case.file.acts[-1].by == LEADER
    assert case.duty("CR-5.2.1c.approval").owner == GENERAL_MANAGER


@pytest.mark.clause("CR-5.3.2a")
async def test_the_head_who_wrote_the_plan_does_not_approve_it_as_the_leaders_deputy(world: World):
    away(world, ENGINEERING_LEADER)
    case = await crisis(world, "CR-5.3.2a.1")
    assert case.duty("CR-5.2.2e").closed_by == ENGINEERING
    first = case.duty("CR-5.3.2a.1")
    assert (first.owner, first.in_place_of) == (GENERAL_MANAGER, ENGINEERING_LEADER)


@pytest.mark.clause("CR-5.3.2a")
async def test_the_last_step_is_not_delegated_to_whoever_wrote_the_plan_or_signed_before(world: World):
    case = await crisis(world, "CR-5.3.2a.5")
    signed = [case.duty(f"CR-5.3.2a.{n}").closed_by for n in range(1, 5)]
    assert len({*signed, PRESIDENT}) == 5
    for person in (ENGINEERING, *signed):
        assert await case.refuses(case.delegates("CR-5.3.2a.5", str(person))) is Refused.FOUR_EYES
        assert await case.refuses(case.asks_countersignature("CR-5.3.2a.5", of=str(person))) is Refused.FOUR_EYES
    await case.delegates("CR-5.3.2a.5", GENERAL_MANAGER)
    await case.approves("CR-5.3.2a.5")
    assert case.duty("CR-5.3.2a.5").closed_by == GENERAL_MANAGER
    case.ignores()


@pytest.mark.clause("RV-4.2")
async def test_whoever_tried_does_not_excuse_themselves(world: World):
    case = await world.opens(loss=20_000).graded(3)
    await case.until("RV-4.3")
    for rule in ("RV-4.3", "RV-4.2.again", "RV-4.2.again"):
        await case.does(rule, **NOT_REACHED)
        await case.passes(days=1)
    excuse = case.duty("RV-4.2.unreachable")
    tried = {act.by for act in case.file.acts if act.rule in ("RV-4.3", "RV-4.2.again")}
    assert excuse.owner not in tried
    for person in tried:
        assert await case.refuses(case.delegates(excuse.id, person)) is Refused.FOUR_EYES
        assert await case.refuses(case.hands_over(excuse.owner, person, by=ADMIN)) is Refused.FOUR_EYES
    await case.approves(excuse.id)
    case.ignores()


@pytest.mark.clause("RV-4.2")
async def test_an_excuse_passes_the_clerk_who_tried_also_when_the_supervisor_is_away(world: World):
    away(world, SUPERVISOR, deputy=CLERK)
    case = await world.opens(loss=20_000).graded(3, by=CLERK)
    await case.until("RV-4.3")
    for rule in ("RV-4.3", "RV-4.2.again", "RV-4.2.again"):
        await case.does(rule, **NOT_REACHED)
        await case.passes(days=1)
    excuse = case.duty("RV-4.2.unreachable")
    assert CLERK in {act.by for act in case.file.acts if act.rule in ("RV-4.3", "RV-4.2.again")}
    assert (excuse.owner, excuse.in_place_of) == (MANAGER, SUPERVISOR)
    case.ignores()


@pytest.mark.clause("CS-4.3.4b")
async def test_finance_which_audited_as_the_auditors_deputy_does_not_deduct(world: World):
    away(world, AUDIT)
    case = await world.opens(loss=20_000).graded(3)
    await case.opens_matter("repair")
    await case.works_until("CS-4.3.4a")
    assert case.duty("CS-4.3.4a").owner == FINANCE
    await case.works_until("CS-4.3.4b")
    deduction = case.duty("CS-4.3.4b")
    assert (deduction.owner, deduction.because, deduction.in_place_of) == (GENERAL_MANAGER, "four-eyes", FINANCE)
    case.ignores()


@pytest.mark.clause("CR-5.3.2a")
async def test_nobody_countersigns_the_step_that_they_sign(world: World):
    case = await crisis(world, "CR-5.3.2a.2")
    step = case.duty("CR-5.3.2a.2")
    await case.asks_countersignature(step.id, of=MANAGER)
    assert await case.refuses(case.delegates(step.id, MANAGER)) is Refused.FOUR_EYES
    assert await case.refuses(case.delegates("COUNTERSIGN", LEADER)) is Refused.FOUR_EYES
    await case.does("COUNTERSIGN")
    assert case.file.acts[-1].by == MANAGER
    assert await case.refuses(case.delegates(step.id, MANAGER)) is Refused.FOUR_EYES
    await case.asks_countersignature(step.id, of=MANAGER)
    await case.does("COUNTERSIGN")
    await case.approves(step.id)
    assert case.duty(step.id).closed_by == LEADER
    case.ignores()


# --- the work changes hands while somebody decides about it


async def asked_for_a_date(world: World) -> Case:
    """A part of the plan, whose department has asked for another date; its leader has to decide."""
    case = await crisis(world, "CR-5.3.2c")
    part = case.duty("CR-5.3.2c")
    await case.asks_date(part.id, part.deadline.due + timedelta(days=2))
    assert case.duty("CR-5.3.2c.date").owner == ENGINEERING_LEADER
    return case


@pytest.mark.clause("CR-5.3.2c")
async def test_whoever_gets_the_part_does_not_decide_about_its_date(world: World):
    case = await asked_for_a_date(world)
    await case.delegates("CR-5.3.2c", ENGINEERING_LEADER)
    decides = case.duty("CR-5.3.2c.date")
    assert (decides.owner, decides.because, decides.in_place_of) == (GENERAL_MANAGER, "four-eyes", ENGINEERING_LEADER)
    assert decides.id in case.told(GENERAL_MANAGER)
    assert await case.refuses(case.approves("CR-5.3.2c.date", by=ENGINEERING_LEADER)) is Refused.NOT_YOURS
    await case.approves("CR-5.3.2c.date")
    case.ignores()


@pytest.mark.clause("CR-5.3.2c")
async def test_a_part_that_its_leader_takes_over_has_its_date_decided_above_them(world: World):
    case = await asked_for_a_date(world)
    await case.amends(also_about=[ENGINEERING])
    assert case.duty("CR-5.3.2c").owner == ENGINEERING_LEADER
    assert case.duty("CR-5.3.2c.date").owner == GENERAL_MANAGER
    await case.approves("CR-5.3.2c.date")
    case.ignores()


# --- rules and chapters of their own


async def chain(case: DutyEngine[Any]) -> None:
    """Work, and three steps of approval, each of which may send it back to the work or to a step before."""
    since, nth = case.file.track_since, 1
    assert since is not None
    work = await case.owed(WORK, since=since, revision=nth)
    step = 0
    while step < len(STEPS):
        decided = await case.owed(
            STEPS[step],
            since=work.at,
            revision=nth,
            returns_to=(WORK, *STEPS[:step]),
            withdrawable_by=work.act.by,
        )
        if decided.act.kind is ActKind.APPROVE:
            step += 1
        elif decided.act.to in STEPS:
            step = STEPS.index(decided.act.to)
        else:
            nth += 1
            work, step = await case.owed(WORK, since=decided.at, revision=nth), 0


@pytest.fixture
def approvals(toy: Toys) -> Toys:
    """Engineering's head does the work; their leader, the general manager and the president sign."""
    toy.rule(WORK, owner="engineering_materials")
    roles = ("deputy_gm", "general_manager", "president")
    for n, role in enumerate(roles):
        toy.approval(STEPS[n], owner=role, judges=(WORK, *STEPS[:n]))
    toy.chapter(chain)
    return toy


toys = pytest.mark.memory(anew=True)


async def at_step(world: World, n: int) -> Case:
    return (await (await world.opens(loss=600_000).graded(1)).until(STEPS[n - 1])).ignores()


@toys
async def test_a_delegate_who_did_the_work_is_not_the_only_one_who_is_barred(world: World, approvals: Toys):
    case = await world.opens(loss=600_000).graded(1)
    await case.delegates(WORK, LEADER)
    await case.does(WORK)
    first = case.duty(STEPS[0])
    assert (first.owner, first.in_place_of) == (GENERAL_MANAGER, LEADER), "the leader has done the work"
    assert await case.refuses(case.approves(STEPS[0], by=LEADER)) is Refused.NOT_YOURS
    assert await case.refuses(case.delegates(STEPS[0], LEADER)) is Refused.FOUR_EYES
    await case.approves(STEPS[0])
    second = case.duty(STEPS[1])
    assert (second.owner, second.in_place_of) == (PRESIDENT, GENERAL_MANAGER), "he has signed the first step"
    await case.approves(STEPS[1])
    third = case.duty(STEPS[2])
    assert (third.owner, third.because, third.in_place_of) == (PRESIDENT, ALONE, None)
    await case.approves(STEPS[2])
    case.ignores()


@toys
async def test_whoever_countersigns_the_work_of_others_signs_no_step_after_it(world: World, approvals: Toys):
    case = await at_step(world, 1)
    assert await case.refuses(case.asks_countersignature(STEPS[0], of=ENGINEERING)) is Refused.FOUR_EYES
    await case.asks_countersignature(STEPS[0], of=GENERAL_MANAGER)
    await case.does("COUNTERSIGN")
    await case.approves(STEPS[0])
    assert case.duty(STEPS[1]).owner == PRESIDENT, "the general manager has signed the first step already"
    case.ignores()


@toys
async def test_the_same_people_sign_again_after_a_return_and_in_a_new_revision(world: World, approvals: Toys):
    case = await at_step(world, 3)
    await case.returns(STEPS[2], STEPS[0])
    for n, person in enumerate((LEADER, GENERAL_MANAGER, PRESIDENT)):
        duty = case.duty(STEPS[n])
        assert (duty.owner, duty.because, duty.id) == (person, "holder", f"{STEPS[n]}#2")
        if n < 2:
            await case.approves(STEPS[n])
    await case.returns(STEPS[2], WORK)
    await case.delegates(WORK, LEADER)
    await case.does(WORK)
    assert case.duty(STEPS[0]).owner == GENERAL_MANAGER, "in this revision the leader has done the work"
    case.ignores()


@toys
async def test_a_step_that_is_returned_is_not_signed(world: World, approvals: Toys):
    case = await at_step(world, 1)
    await case.delegates(STEPS[0], GENERAL_MANAGER)
    await case.returns(STEPS[0], WORK)
    await case.until(STEPS[1])
    assert case.duty(STEPS[1]).owner == GENERAL_MANAGER
    case.ignores()


@toys
async def test_whoever_submitted_may_withdraw(world: World, approvals: Toys):
    case = await at_step(world, 1)
    await case.withdraws(STEPS[0], by=ENGINEERING)
    assert case.duty(STEPS[0]).superseded_by == "withdrawn"
    case.ignores()


@toys
async def test_one_person_at_the_head_of_two_departments_signs_once(world: World, toy: Toys):
    part: Any = "TOY.part"
    toy.approval(part, owner="department_leader", judges=(WORK,))
    toy.rule(WORK, owner="engineering_materials")

    async def parts(case: DutyEngine[Any]) -> None:
        since = case.file.track_since
        assert since is not None
        work = await case.owed(WORK, since=since)
        owed = [case.owe(part, since=work.at, department=key) for key in ("engineering", "property")]
        for one in owed:
            await one.answer()

    toy.chapter(parts)
    case = await world.opens(loss=600_000).graded(1)
    await case.does(WORK)
    first, second = case.duty(f"{part}@engineering"), case.duty(f"{part}@property")
    assert (first.owner, second.owner, second.in_place_of) == (
        ENGINEERING_LEADER,
        GENERAL_MANAGER,
        ENGINEERING_LEADER,
    )
    assert await case.refuses(case.delegates(first.id, GENERAL_MANAGER)) is Refused.FOUR_EYES
    assert await case.refuses(case.delegates(second.id, ENGINEERING_LEADER)) is Refused.FOUR_EYES
    assert await case.refuses(case.hands_over(ENGINEERING_LEADER, GENERAL_MANAGER, by=ADMIN)) is Refused.FOUR_EYES
    await case.approves(first.id)
    assert await case.refuses(case.delegates(second.id, ENGINEERING_LEADER)) is Refused.FOUR_EYES
    await case.approves(second.id)
    case.ignores()


@toys
async def test_nobody_left_up_to_the_top_is_the_top_alone(world: World, toy: Toys):
    toy.rule(WORK, owner="president")
    toy.approval(STEPS[0], owner="president", judges=(WORK,))

    async def at_the_top(case: DutyEngine[Any]) -> None:
        since = case.file.track_since
        assert since is not None
        work = await case.owed(WORK, since=since)
        await case.owed(STEPS[0], since=work.at)

    toy.chapter(at_the_top)
    case = await world.opens(loss=600_000).graded(1)
    await case.does(WORK)
    duty = case.duty(STEPS[0])
    assert (duty.owner, duty.because, duty.in_place_of) == (PRESIDENT, ALONE, None)
    assert await case.refuses(case.approves(STEPS[0], by=GENERAL_MANAGER)) is Refused.NOT_YOURS
    await case.approves(STEPS[0])
    case.ignores()


async def two_at_once(case: DutyEngine[Any]) -> None:
    """The work, and an approval of it that is open already."""
    since = case.file.track_since
    assert since is not None
    work = case.owe(WORK, since=since)
    await case.owed(STEPS[0], since=since, needs=(work.duty,))


@toys
async def test_whoever_does_what_they_were_to_decide_about_loses_the_decision(world: World, toy: Toys):
    toy.rule(WORK, owner="engineering_materials")
    toy.approval(STEPS[0], owner="deputy_gm", judges=(WORK,))
    toy.chapter(two_at_once)
    case = await world.opens(loss=600_000).graded(1)
    assert case.duty(STEPS[0]).owner == LEADER
    await case.delegates(WORK, LEADER)
    await case.does(WORK)
    passed_on = case.duty(STEPS[0])
    assert (passed_on.owner, passed_on.because, passed_on.in_place_of) == (GENERAL_MANAGER, "four-eyes", LEADER)
    assert case.said(STEPS[0])[-1] == f"told {GENERAL_MANAGER}"
    await case.approves(STEPS[0])
    case.ignores()


@toys
async def test_the_top_keeps_the_decision_alone_where_nobody_else_is_left(world: World, toy: Toys):
    toy.rule(WORK, owner="general_manager")
    toy.approval(STEPS[0], owner="president", judges=(WORK,))
    toy.chapter(two_at_once)
    case = await world.opens(loss=600_000).graded(1)
    await case.delegates(WORK, PRESIDENT)
    await case.does(WORK)
    alone = case.duty(STEPS[0])
    assert (alone.owner, alone.because, alone.in_place_of) == (PRESIDENT, ALONE, None)
    await case.approves(STEPS[0])
    case.ignores()


@toys
async def test_a_recalculation_keeps_four_eyes_and_ends_a_decision_alone(world: World, approvals: Toys):
    case = await world.opens(loss=600_000).graded(1)
    await case.delegates(WORK, LEADER)
    await case.does(WORK)
    assert await case.is_recalculated(by=ADMIN, reason="核对") == ()
    assert case.duty(STEPS[0]).owner == GENERAL_MANAGER
    await case.until(STEPS[2])
    assert case.duty(STEPS[2]).because == ALONE
    directory = world.references.directory
    second = next(one for one in directory.people if one.id == GROUP_LEADER)
    others = tuple(one for one in directory.people if one.id != GROUP_LEADER)
    world.references.directory = directory.but(people=(*others, second.but(roles=(*second.roles, "president"))))
    [change] = await case.is_recalculated(by=ADMIN, reason="增设总裁")
    assert (change.after.owner, change.after.in_place_of) == (GROUP_LEADER, PRESIDENT)
    await case.approves(STEPS[2], by=GROUP_LEADER)
    case.ignores()


@toys
async def test_a_recalculation_does_not_bring_a_step_to_whoever_did_the_work(world: World, approvals: Toys):
    case = await world.opens(loss=600_000).graded(1)
    await case.delegates(WORK, ADMIN)
    await case.does(WORK)
    assert (case.duty(STEPS[0]).owner, case.duty(STEPS[0]).because) == (LEADER, "holder")
    directory = world.references.directory
    roles = {LEADER: ("marketing_leader",), ADMIN: ("admin_hr", "deputy_gm")}
    people = tuple(one.but(roles=roles.get(one.id, one.roles)) for one in directory.people)
    world.references.directory = directory.but(people=people)
    await case.is_recalculated(by=SUPERVISOR, reason="岗位调整")
    assert (case.duty(STEPS[0]).owner, case.duty(STEPS[0]).in_place_of) == (GENERAL_MANAGER, LEADER)
    case.ignores()


@toys
async def test_somebody_who_joins_the_people_complained_about_passes_it_to_somebody_who_may(
    world: World, approvals: Toys
):
    case = await world.opens(loss=600_000).graded(1)
    await case.delegates(WORK, GENERAL_MANAGER)
    await case.does(WORK)
    assert case.duty(STEPS[0]).owner == LEADER
    await case.amends(also_about=[LEADER])
    duty = case.duty(STEPS[0])
    assert (duty.owner, duty.because) == (PRESIDENT, "shut-out"), "the general manager has done the work"
    case.ignores()


@toys
async def test_an_edition_without_the_policy_lets_people_decide_about_themselves(world: World, approvals: Toys):
    approvals.lacks("FOUR-EYES")
    case = await world.opens(loss=600_000).graded(1)
    await case.delegates(WORK, LEADER)
    await case.does(WORK)
    assert case.duty(STEPS[0]).owner == LEADER
    await case.approves(STEPS[0])
    case.ignores()


# --- what an act asks for


@pytest.mark.clause("CR-5.2.1a")
async def test_whoever_asks_for_a_lower_grade_does_not_grant_it(world: World):
    case = await world.opens(loss=600_000).graded(1)
    await case.regrades(2, reason="损失核减")
    approval = case.duty("REGRADE.approval")
    assert approval.owner == MANAGER
    assert await case.refuses(case.delegates(approval.id, SUPERVISOR)) is Refused.FOUR_EYES
    away(world, MANAGER)
    await case.hears_of_a_new_directory()
    assert await case.refuses(case.approves(approval.id, by=SUPERVISOR)) is Refused.FOUR_EYES
    await case.approves(approval.id, by=LEADER)
    assert case.file.level == 2
    case.ignores()
