"""CR-5.2.2b to CR-5.3.1: departments, people, opinions, marketing's statement, the plan, the parties' answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.file import ActKind, DutyStatus
from tests.people import (
    ADMIN,
    CHIEF_ENGINEER,
    CLERK,
    ENGINEER,
    ENGINEERING,
    ENGINEERING_LEADER,
    GENERAL_MANAGER,
    GROUP_MARKETING,
    LEADER,
    LEGAL,
    PROPERTY,
    SALES,
    SUPERVISOR,
)
from tests.world import Case, World

NAMED = {
    "departments": ["engineering", "property"],
    "concerned": ["sales"],
    "request": "请指派工程与物业人员",
}
OPINIONS = ("CR-5.2.2d@property", "CR-5.2.2d@sales")
PERSON = f"CR-5.2.2d.person@{ENGINEER}"
PLAN = "CR-5.2.2e@engineering"
PART = "CR-5.2.2e.part@property"
SHEN = "shen.yu"
READY = ("CR-5.2.2c", "CR-5.2.3", PART)


async def discussing(world: World, **facts: Any) -> Case:
    """A crisis for which engineering and property are responsible, engineering first, and which concerns sales."""
    case = await (await world.opens(**{"loss": 600_000, **facts}).graded(1)).until("CR-5.2.2b")
    await case.does("CR-5.2.2b", **NAMED)
    return case.ignores()


async def all_said(case: Case) -> Case:
    """All that the plan needs is there."""
    for rule in READY:
        await case.does(rule)
    return case.ignores()


def judged(case: Case) -> datetime:
    return next(act.at for act in case.file.acts if act.rule == "CR-5.2.2a")


def open_now(case: Case) -> set[str]:
    return {duty.id for duty in case.file.open_duties}


# --- CR-5.2.2b


@pytest.mark.clause("CR-5.2.2b")
async def test_the_marketing_leader_names_departments_that_exist_each_once(world: World):
    case = await (await world.opens(loss=600_000).graded(1)).until("CR-5.2.2b")
    for wrong in ([], ["garden"], ["engineering", "engineering"]):
        act = case.does("CR-5.2.2b", departments=wrong)
        assert await case.refuses(act) is Refused.FORM_INCOMPLETE
    twice = case.does("CR-5.2.2b", departments=["engineering"], concerned=["engineering"])
    assert await case.refuses(twice) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("CR-5.2.2b", by=SALES)) is Refused.NOT_YOURS
    receipt = await case.does("CR-5.2.2b", **NAMED)
    assert set(receipt.opened) == {"CR-5.2.2c", *OPINIONS, PART, PLAN, "CR-5.2.3"}
    for person in (GENERAL_MANAGER, ENGINEERING, PROPERTY, SALES):
        assert case.heard(person) == ["CR-5.2.2b handed"]


@pytest.mark.clause("CR-5.2.2b")
async def test_the_departments_are_preliminary_and_the_discussion_begins_anew_with_others(world: World):
    case = await all_said(await discussing(world))
    await case.does("CR-5.2.2d@sales")
    await case.passes(hours=2)
    other = {**NAMED, "departments": ["engineering"], "concerned": ["chief_engineer", "sales"]}
    assert await case.refuses(case.revises("CR-5.2.2b", by=LEADER, reason="", **other)) is Refused.REASON_NEEDED
    assert await case.refuses(case.revises("CR-5.2.2b", by=CLERK, **other)) is Refused.NOT_YOURS
    text_only = {**NAMED, "request": "请尽快"}
    assert await case.refuses(case.revises("CR-5.2.2b", by=LEADER, **text_only)) is Refused.NOTHING_CHANGES
    case.ignores()
    await case.revises("CR-5.2.2b", by=LEADER, reason="查明与物业无关，涉及设计", **other)
    changed = case.file.acts[-1]
    assert (changed.kind, changed.reason) == (ActKind.REVISE, "查明与物业无关，涉及设计")
    again = {"CR-5.2.2d@chief_engineer", "CR-5.2.2d@sales#2", "CR-5.2.2e@engineering#2", "CR-5.2.3#2"}
    assert {id for id in open_now(case) if case.file.duties[id].revision == 2} == {*again, f"{PERSON}#2"}
    assert open_now(case) - {"CR-5.2.1c.filing"} == {*again, f"{PERSON}#2"}, "the people assigned hold on"
    for id in again:
        assert case.file.duties[id].since == changed.at
        assert case.file.duties[id].deadline.why.anchor == "responsibility"
    assert case.file.duties[PLAN].superseded_by == "revised CR-5.2.2b"
    assert set(case.heard(PROPERTY)) == {"CR-5.2.2b handed", "CR-5.2.2d@property closed"}, (
        "a department that is dropped"
    )
    assert case.heard(CHIEF_ENGINEER) == ["CR-5.2.2b handed"], "one that is new"
    assert "CR-5.2.2b handed" in case.heard(GENERAL_MANAGER)
    case.ignores()
    await case.until("CR-5.3.2a.1")
    assert case.file.plans[-1].revision == 2
    case.ignores()


@pytest.mark.clause("CR-5.2.2b")
async def test_departments_that_change_after_the_approval_make_another_plan(world: World):
    case = await (await discussing(world)).until("CR-5.3.3")
    case.ignores()
    await case.revises(
        "CR-5.2.2b", by=LEADER, departments=["engineering", "chief_engineer"], concerned=[], request="涉及设计"
    )
    assert {duty.rule for duty in case.file.open_duties} == {"CR-5.2.2d", "CR-5.2.2e", "CR-5.2.2e.part", "CR-5.2.3"} | {
        "CR-5.2.2d.person"
    }
    assert case.file.duties["CR-5.3.2c@property"].status is DutyStatus.SUPERSEDED
    assert set(case.heard(CHIEF_ENGINEER)) == {"CR-5.2.2b handed", f"{PLAN} handed"}, "the plan that the others have"
    case.ignores()
    await case.until("CR-5.3.2c")
    assert {duty.id for duty in case.file.open_duties if duty.rule == "CR-5.3.2c"} == {
        "CR-5.3.2c@engineering#2",
        "CR-5.3.2c@chief_engineer",
    }
    await case.to_the_end()
    assert case.file.outcome == "solved"
    case.ignores()


@pytest.mark.clause("CR-5.2.2b")
async def test_after_the_handling_the_departments_stand(world: World):
    case = await (await discussing(world)).until("CR-5.4.2a")
    changed = case.revises("CR-5.2.2b", by=LEADER, **{**NAMED, "concerned": []})
    assert await case.refuses(changed) is Refused.ANSWER_STANDS
    case.ignores()


# --- CR-5.2.2c


@pytest.mark.clause("CR-5.2.2c")
async def test_the_people_assigned_are_told_and_owe_their_opinion_and_a_plan_waits_for_the_assignment(world: World):
    case = await discussing(world)
    assignment = case.duty("CR-5.2.2c")
    assert (assignment.owner, assignment.since) == (GENERAL_MANAGER, case.file.acts[-1].at)
    assert await case.refuses(case.does("CR-5.2.2c", people=["nobody.known"])) is Refused.UNKNOWN_PERSON
    assert await case.refuses(case.does("CR-5.2.2c", people=[])) is Refused.FORM_INCOMPLETE
    await case.does("CR-5.2.3")
    await case.does(PART)
    assert await case.refuses(case.does(PLAN)) is Refused.NOT_READY
    case.ignores()
    await case.does("CR-5.2.2c", people=[ENGINEER, LEGAL])
    for person in (ENGINEER, LEGAL):
        assert case.heard(person) == ["CR-5.2.2c handed"]
        opinion = case.duty(f"CR-5.2.2d.person@{person}")
        assert (opinion.owner, opinion.because) == (person, "named")
        assert opinion.deadline.due == judged(case) + timedelta(hours=24)
        assert opinion.deadline.source == "document"
    assert await case.refuses(case.does(PERSON, by=LEGAL)) is Refused.NOT_YOURS
    await case.does(PERSON, opinion="防水层必须整体更换")
    await case.does(PLAN)
    assert set(case.file.plans[0].missing) == {"property", "sales", LEGAL}
    case.ignores()


@pytest.mark.clause("CR-5.2.2c")
async def test_the_general_manager_assigns_again_while_the_plan_is_discussed(world: World):
    case = await discussing(world)
    await case.does("CR-5.2.2c", people=[ENGINEER, LEGAL])
    await case.does(PERSON)
    case.ignores()
    await case.passes(hours=1)
    assert await case.refuses(case.revises("CR-5.2.2c", by=LEADER, people=[ADMIN])) is Refused.NOT_YOURS
    await case.revises("CR-5.2.2c", by=GENERAL_MANAGER, people=[ENGINEER, ADMIN])
    assert set(case.heard(LEGAL)) == {"CR-5.2.2c handed", f"CR-5.2.2d.person@{LEGAL} closed"}
    assert case.duty(f"CR-5.2.2d.person@{ADMIN}").owner == ADMIN
    assert case.heard(ADMIN) == ["CR-5.2.2c handed"]
    assert case.duty(PERSON).status is DutyStatus.DONE, "what was said is not asked again"
    await case.does("CR-5.2.3")
    await case.does(PART)
    await case.does(PLAN)
    assert ADMIN in case.file.plans[0].missing
    assert LEGAL not in case.file.plans[0].missing
    await case.revises("CR-5.2.2c", by=GENERAL_MANAGER, people=[LEGAL])
    assert not case.duty(f"CR-5.2.2d.person@{LEGAL}").open, "the plan is there: they take part in the next revision"
    await case.does("CR-5.3.1", agreed=False, outcome="工期太长")
    assert case.file.duties[f"CR-5.2.2d.person@{LEGAL}#2"].revision == 2
    assert not any(duty.open and duty.id.startswith(PERSON) for duty in case.file.duties.values())
    case.ignores()


@pytest.mark.clause("CR-5.2.2c")
async def test_an_assignment_that_does_not_come_is_the_general_managers_delay(world: World):
    case = await discussing(world)
    for rule in ("CR-5.2.3", PART):
        await case.does(rule)
    await case.passes_until(judged(case) + timedelta(hours=24, minutes=1))
    late = case.duty(PLAN)
    assert (late.late, late.waited_for, late.answerable) == (True, GENERAL_MANAGER, GENERAL_MANAGER)
    assert [step.to for step in late.escalations] == ["lin.feng"], "it climbs from whoever is waited for"
    case.ignores()


# --- CR-5.2.2d


@pytest.mark.clause("CR-5.2.2d")
async def test_every_department_but_the_lead_owes_its_opinion_within_the_24_hours_of_the_plan(world: World):
    case = await discussing(world)
    for department, head in (("property", PROPERTY), ("sales", SALES)):
        opinion = case.duty(f"CR-5.2.2d@{department}")
        assert (opinion.owner, opinion.deadline.due) == (head, judged(case) + timedelta(hours=24))
    assert "CR-5.2.2d@engineering" not in case.file.duties, "nobody gives an opinion on their own plan"
    assert await case.refuses(case.does("CR-5.2.2d@property", by=ENGINEERING)) is Refused.NOT_YOURS
    await case.does("CR-5.2.2d@property", opinion="同意更换", agrees=True)
    assert case.duty("CR-5.2.2d@sales").open


@pytest.mark.clause("CR-5.2.2d")
async def test_a_plan_ends_no_opinion_and_one_that_comes_later_joins_it_and_reopens_nothing(world: World):
    case = await all_said(await discussing(world))
    await case.does("CR-5.2.2d@property")
    await case.does(PLAN)
    assert set(case.file.plans[0].missing) == {"sales", ENGINEER}
    assert case.file.plans[0].joined == ()
    await case.does("CR-5.2.2f")
    await case.does("CR-5.3.1")
    case.ignores()
    before = open_now(case)
    await case.does("CR-5.2.2d@sales", opinion="赔偿应与购房合同一并考虑")
    assert open_now(case) == before - {"CR-5.2.2d@sales"}
    kept = case.file.plans[0]
    assert (kept.missing, kept.joined) == (("sales", ENGINEER), ("sales",))
    line = (await case.lines("plan.opinion-joined"))[-1]
    assert (line.duty, line.data) == ("CR-5.2.2d@sales", {"revision": 1, "who": "sales"})
    await case.does(PERSON)
    assert case.file.plans[0].joined == ("sales", ENGINEER)
    assert case.file.revision == 1
    assert case.unheard() == []


@pytest.mark.clause("CR-5.2.2d")
async def test_an_opinion_is_owed_until_its_limit_even_if_the_plan_is_approved_before(world: World):
    case = await all_said(await discussing(world))
    await case.does(PERSON)
    await case.does("CR-5.2.2d@property")
    await case.does(PLAN)
    for rule in ("CR-5.2.2f", "CR-5.3.1", "CR-5.3.2a.1@engineering", "CR-5.3.2a.1@property"):
        await case.finishes(rule)
    for step in ("CR-5.3.2a.2", "CR-5.3.2a.3", "CR-5.3.2a.4", "CR-5.3.2a.5"):
        await case.approves(step)
    case.ignores()
    opinion = case.duty("CR-5.2.2d@sales")
    assert opinion.open
    await case.passes_until(opinion.deadline.due - timedelta(minutes=1))
    assert case.duty("CR-5.2.2d@sales").open
    await case.passes(minutes=2)
    over = case.duty("CR-5.2.2d@sales")
    assert (over.breached_at, over.status) == (opinion.deadline.due, DutyStatus.SUPERSEDED), (
        "late, and of no use any more"
    )
    assert over.superseded_by == "CR-5.3.2a.5"
    assert await case.refuses(case.does("CR-5.2.2d@sales")) is Refused.SUPERSEDED
    case.ignores()


@pytest.mark.clause("CR-5.2.2d")
async def test_a_late_opinion_is_owed_until_the_final_approval_or_the_next_revision(world: World):
    case = await all_said(await discussing(world))
    await case.does(PLAN)
    await case.does("CR-5.2.2f")
    await case.passes_until(judged(case) + timedelta(hours=25))
    late = case.duty("CR-5.2.2d@sales")
    assert (late.open, late.late) == (True, True)
    assert SALES in {
        notice.to for notice in case.file.notices if notice.duty == late.id and notice.kind.value == "late"
    }
    await case.does("CR-5.3.1", agreed=False, outcome="工期太长")
    assert case.duty("CR-5.2.2d@sales#2").open
    over = case.file.duties[late.id]
    assert (over.status, over.superseded_by) == (DutyStatus.SUPERSEDED, "CR-5.3.1")
    case.ignores()


@pytest.mark.clause("CR-5.2.2d")
async def test_a_plan_with_every_opinion_names_none_as_missing(world: World):
    case = await all_said(await discussing(world))
    for rule in (*OPINIONS, PERSON, PLAN):
        await case.does(rule)
    assert case.file.plans[0].missing == ()
    case.ignores()


# --- CR-5.2.2e, CR-5.2.3


@pytest.mark.clause("CR-5.2.3")
async def test_a_plan_without_marketings_statement_is_refused(world: World):
    case = await discussing(world)
    assert case.duty("CR-5.2.3").owner == SUPERVISOR
    await case.does("CR-5.2.2c")
    await case.does(PART)
    assert await case.refuses(case.does(PLAN)) is Refused.NOT_READY
    case.ignores()
    await case.does("CR-5.2.3", wants="一个月内修好，并书面道歉")
    assert case.heard(ENGINEERING) == ["CR-5.2.3 handed"], "so that the department makes a better plan"
    assert case.heard(PROPERTY) == ["CR-5.2.3 handed"]
    await case.does(PLAN)
    case.ignores()


@pytest.mark.clause("CR-5.2.3")
async def test_marketing_says_what_the_media_want_where_the_facts_name_them(world: World):
    case = await discussing(world, media="mentioned", media_is="likely")
    assert await case.refuses(case.does("CR-5.2.3")) is Refused.FORM_INCOMPLETE
    await case.does("CR-5.2.3", media_wants="要求公布处理方案")
    assert case.file.acts[-1].form["media_wants"] == "要求公布处理方案"
    case.ignores()


@pytest.mark.clause("CR-5.2.2e")
async def test_each_responsible_department_gives_its_part_and_the_lead_puts_the_plan_together(world: World):
    case = await discussing(world)
    part, plan = case.duty(PART), case.duty(PLAN)
    assert (part.owner, plan.owner, plan.revision) == (PROPERTY, ENGINEERING, 1)
    assert part.deadline.due == plan.deadline.due == judged(case) + timedelta(hours=24)
    await case.does("CR-5.2.2c")
    await case.does("CR-5.2.3")
    assert await case.refuses(case.does(PLAN)) is Refused.NOT_READY, "a part is missing"
    yesterday, tomorrow = ((case.now + timedelta(days=n)).isoformat() for n in (-1, 1))
    assert await case.refuses(case.does(PART, complete_by=yesterday)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does(PART, cost="-1")) is Refused.FORM_INCOMPLETE
    await case.does(PART, measures="逐户登记损失", cost="60000")
    assert await case.refuses(case.does(PLAN, complete_by=yesterday)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does(PLAN, complete_by="2026-11-30T09:00")) is Refused.FORM_INCOMPLETE
    too_early = case.does(PLAN, complete_by=tomorrow)
    assert await case.refuses(too_early) is Refused.FORM_INCOMPLETE, "property needs four days"
    case.ignores()
    await case.does(PLAN, measures="整体更换防水层", cost="320000")
    kept = case.file.plans[0]
    assert (kept.revision, kept.text, kept.by, kept.cost) == (1, "整体更换防水层", ENGINEERING, 320000)
    for person in (SUPERVISOR, PROPERTY, SALES, ENGINEER):
        assert case.heard(person) == [f"{PLAN} handed"]


@pytest.mark.clause("CR-5.2.2e")
async def test_whoever_wrote_a_part_gets_the_plan_also_when_they_gave_no_opinion(world: World):
    case = await discussing(world)
    await case.delegates(PART, to=SHEN, by=PROPERTY)
    for rule in ("CR-5.2.2c", "CR-5.2.3", PART):
        await case.does(rule)
    case.ignores()
    await case.does(PLAN)
    assert case.heard(SHEN) == [f"{PLAN} handed"]
    case.ignores()


@pytest.mark.clause("CR-5.2.2e")
async def test_the_24_hours_run_from_the_judgement_however_long_the_naming_of_the_departments_takes(world: World):
    case = await (await world.opens(loss=600_000).graded(1)).until("CR-5.2.2b")
    await case.passes(hours=5)
    await case.does("CR-5.2.2b")
    assert case.duty("CR-5.2.2e").deadline.due == judged(case) + timedelta(hours=24)
    case.ignores()


# --- CR-5.2.2f, CR-5.3.1


@pytest.mark.clause("CR-5.2.2f")
@pytest.mark.clause("CR-5.3.1")
async def test_the_plan_goes_to_the_group_and_to_the_customer_at_the_same_time(world: World):
    case = await (await discussing(world)).until("CR-5.3.1")
    planned = case.file.plans[0].at
    report, contact = case.duty("CR-5.2.2f"), case.duty("CR-5.3.1")
    assert (report.owner, report.deadline.due) == (ENGINEERING, planned + timedelta(hours=2))
    assert (contact.owner, contact.deadline.due) == (SUPERVISOR, planned + timedelta(hours=12))
    assert "CR-5.3.1.media" not in case.file.duties
    await case.does("CR-5.2.2f")
    assert case.heard(GROUP_MARKETING) == ["CR-5.2.2f@engineering handed"]
    case.ignores()


@pytest.mark.clause("CR-5.2.2f")
@pytest.mark.clause("CR-5.3.2a")
@pytest.mark.parametrize("order", [("CR-5.2.2f", "CR-5.3.1"), ("CR-5.3.1", "CR-5.2.2f")])
async def test_nobody_has_a_plan_to_approve_before_it_was_submitted_and_agreed(world: World, order: tuple[str, str]):
    """The first approver's four hours start at the later of the two: earlier there is nothing to approve."""
    case = await (await discussing(world)).until("CR-5.3.1")
    await case.does(order[0])
    await case.passes(hours=11)
    await case.does(order[1])
    approval = case.duty("CR-5.3.2a.1")
    assert approval.since == case.file.acts[-1].at
    assert approval.deadline.due == approval.since + timedelta(hours=4)
    assert approval.deadline.why.anchor == ("contact" if order[1] == "CR-5.3.1" else "submission")
    case.ignores()


@pytest.mark.clause("CR-5.3.1")
@pytest.mark.clause("CR-5.2.2f")
@pytest.mark.parametrize("submitted", [True, False])
async def test_a_customer_who_does_not_agree_sends_the_plan_back_at_once(world: World, submitted: bool):
    case = await (await discussing(world)).until("CR-5.3.1")
    if submitted:
        await case.does("CR-5.2.2f")
    await case.does("CR-5.3.1", agreed=False, outcome="客户要求更换全部墙体")
    refused = case.file.acts[-1].at
    assert case.file.revision == 2
    plan = case.duty("CR-5.2.2e")
    assert (plan.revision, plan.deadline.due) == (2, refused + timedelta(hours=24))
    assert plan.deadline.why.anchor == "no_agreement"
    again = {*OPINIONS, PERSON, PART, PLAN, "CR-5.2.3"}
    assert open_now(case) - {"CR-5.2.1c.filing"} == {f"{id}#2" for id in again}
    submission = case.file.duties["CR-5.2.2f@engineering"]
    assert submission.status is (DutyStatus.DONE if submitted else DutyStatus.SUPERSEDED)
    assert await case.refuses(case.does("CR-5.2.2e")) is Refused.NOT_READY, "marketing says anew what is wanted"
    await case.until("CR-5.3.2a.1")
    assert case.duty("CR-5.3.2a.1").revision == 2
    assert [kept.revision for kept in case.file.plans] == [1, 2]
    case.ignores()


@pytest.mark.clause("CR-5.3.1")
async def test_the_media_are_a_party_of_their_own(world: World):
    case = await discussing(world, media="harmful")
    await case.until("CR-5.3.1", CR_5_2_3={"wants": "赔偿", "media_wants": "公布处理方案"})
    planned = case.file.plans[0].at
    media = case.duty("CR-5.3.1.media")
    assert (media.owner, media.deadline.due) == (SUPERVISOR, planned + timedelta(hours=12))
    await case.does("CR-5.2.2f")
    await case.does("CR-5.3.1")
    assert not any(duty.rule == "CR-5.3.2a.1" for duty in case.file.duties.values()), "both have to agree"
    await case.passes(hours=1)
    await case.does("CR-5.3.1.media", outcome="记者认可处理方案")
    assert case.duty("CR-5.3.2a.1").since == case.file.acts[-1].at
    case.ignores()


@pytest.mark.clause("CR-5.3.1")
@pytest.mark.parametrize(("who", "other"), [("CR-5.3.1", "CR-5.3.1.media"), ("CR-5.3.1.media", "CR-5.3.1")])
async def test_either_party_sends_the_plan_back(world: World, who: str, other: str):
    case = await discussing(world, media="harmful")
    await case.until("CR-5.3.1", CR_5_2_3={"wants": "赔偿", "media_wants": "公布处理方案"})
    await case.does(who, agreed=False, outcome="不同意")
    assert case.file.duties[other].status is DutyStatus.SUPERSEDED
    assert (case.file.revision, case.duty("CR-5.2.2e").open) == (2, True)
    case.ignores()


@pytest.mark.clause("CR-5.3.1")
async def test_a_customer_who_is_not_reached_is_on_record_and_the_clock_goes_on(world: World):
    case = await (await discussing(world)).until("CR-5.3.1")
    due = case.duty("CR-5.3.1").deadline.due
    assert await case.refuses(case.tries("CR-5.3.1", by=ENGINEERING_LEADER)) is Refused.NOT_YOURS
    await case.tries("CR-5.3.1", way="telephone", note="三次无人接听")
    await case.passes(hours=3)
    await case.tries("CR-5.3.1", way="visit", note="家中无人")
    tried = [act.form["note"] for act in case.file.acts if act.kind is ActKind.TRY]
    assert tried == ["三次无人接听", "家中无人"]
    assert (case.duty("CR-5.3.1").open, case.duty("CR-5.3.1").deadline.due) == (True, due)
    await case.passes_until(due + timedelta(minutes=1))
    assert case.duty("CR-5.3.1").late
    case.ignores()
