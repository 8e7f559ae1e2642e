"""CR-5.3.2b to CR-5.4.1: filed, carried out by every responsible department, tracked, told, adjusted, notified."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.file import ActKind, DutyStatus
from tests.people import (
    ADMIN,
    ENGINEERING,
    ENGINEERING_LEADER,
    GENERAL_MANAGER,
    GROUP_LEADER,
    GROUP_MARKETING,
    LEADER,
    MANAGER,
    PRESIDENT,
    PROPERTY,
    SALES,
    SUPERVISOR,
)
from tests.world import Case, World

NOT_SATISFIED = {"told": "已开工", "satisfied": False}
TWO = {"departments": ["engineering", "property"], "concerned": ["sales"]}
FILING = "CR-5.3.2b"
START, OTHER_START = "CR-5.3.2c.start@engineering", "CR-5.3.2c.start@property"
WORK, OTHER_WORK = "CR-5.3.2c@engineering", "CR-5.3.2c@property"
NOTICE, OTHER_NOTICE = "CR-5.4.1@engineering", "CR-5.4.1@property"
CHAIN = ("CR-5.3.2a.1", "CR-5.3.2a.2", "CR-5.3.2a.3", "CR-5.3.2a.4", "CR-5.3.2a.5")


async def approved(world: World, rule: str = FILING, **forms: dict[str, Any]) -> Case:
    """A crisis of two responsible departments whose plan the president has approved."""
    case = await world.opens(loss=600_000).graded(1)
    await case.until(rule, CR_5_2_2b=TWO, **forms)
    return case.ignores()


async def by_one(world: World, rule: str = FILING, **forms: dict[str, Any]) -> Case:
    """The same with one responsible department."""
    case = await (await world.opens(loss=600_000).graded(1)).until(rule, **forms)
    return case.ignores()


async def started(world: World) -> Case:
    case = await approved(world)
    for rule in (FILING, START, OTHER_START):
        await case.does(rule)
    return case.ignores()


def rules(case: Case) -> set[str]:
    return {duty.rule for duty in case.file.open_duties}


def at_of(case: Case, rule: str) -> datetime:
    """The own time of the last answer to this rule."""
    return [act.at for act in case.file.acts if act.rule == rule][-1]


# --- CR-5.3.2b


@pytest.mark.clause("CR-5.3.2b")
async def test_administration_files_the_approved_solution_before_anybody_carries_it_out(world: World):
    case = await approved(world)
    filing = case.duty(FILING)
    assert (filing.owner, filing.deadline.due) == (ADMIN, at_of(case, "CR-5.3.2a.5") + timedelta(hours=1))
    assert filing.deadline.source == "house"
    assert not rules(case) & {"CR-5.3.2c", "CR-5.3.2c.start", "CR-5.3.2c.track"}
    assert await case.refuses(case.does(FILING, by=SUPERVISOR)) is Refused.NOT_YOURS
    await case.passes(hours=1, minutes=1)
    assert case.duty(FILING).late
    assert set(case.heard(GENERAL_MANAGER)) == {f"{FILING} escalation"}
    await case.does(FILING, place="行政档案2026-8")
    assert case.file.acts[-1].form == {"place": "行政档案2026-8"}
    for rule, owner in ((START, ENGINEERING), (OTHER_START, PROPERTY), (WORK, ENGINEERING), (OTHER_WORK, PROPERTY)):
        duty = case.duty(rule)
        assert (duty.owner, duty.since, duty.deadline.why.anchor) == (owner, case.file.acts[-1].at, "filing")
    case.ignores()


# --- CR-5.3.2c


@pytest.mark.clause("CR-5.3.2c")
async def test_every_responsible_department_carries_out_its_part_by_its_own_date(world: World):
    case = await started(world)
    promised = {
        WORK: next(act.form["complete_by"] for act in case.file.acts if act.rule == "CR-5.2.2e"),
        OTHER_WORK: next(act.form["complete_by"] for act in case.file.acts if act.rule == "CR-5.2.2e.part"),
    }
    assert promised[WORK] != promised[OTHER_WORK]
    for duty, date in promised.items():
        assert (case.duty(duty).deadline.due, case.duty(duty).deadline.source) == (
            datetime.fromisoformat(date),
            "house",
        )
    assert await case.refuses(case.does(OTHER_WORK, by=ENGINEERING)) is Refused.NOT_YOURS
    await case.does(WORK)
    assert case.duty(OTHER_WORK).open
    await case.does(NOTICE)
    assert "CR-5.4.2a" not in rules(case), "property is not done"
    case.ignores()


@pytest.mark.clause("CR-5.3.2c")
async def test_what_was_not_begun_is_not_done(world: World):
    case = await approved(world)
    await case.does(FILING)
    assert await case.refuses(case.does(WORK)) is Refused.NOT_READY
    await case.does(START)
    await case.does(WORK)
    case.ignores()


@pytest.mark.clause("CR-5.3.2c")
async def test_another_date_is_asked_for_with_a_reason_and_approved_by_the_departments_leader(world: World):
    case = await started(world)
    before, later = case.duty(WORK).deadline.due, case.now + timedelta(days=9)
    unsaid = case.asks(ENGINEERING, ActKind.ASK_DATE, WORK, form={"date": later.isoformat()})
    assert await case.refuses(unsaid) is Refused.REASON_NEEDED
    await case.asks_date(WORK, later)
    approval = case.duty("CR-5.3.2c.date")
    assert (approval.owner, approval.deadline.due) == (ENGINEERING_LEADER, case.file.acts[-1].at + timedelta(hours=4))
    assert case.duty(WORK).deadline.due == before, "until then the old date holds"
    assert await case.refuses(case.approves(approval.id, by=ENGINEERING)) is Refused.NOT_YOURS
    await case.approves(approval.id)
    assert case.duty(WORK).deadline.due == later
    assert case.duty(OTHER_WORK).deadline.due != later
    case.ignores()


@pytest.mark.clause("CR-5.3.2c")
async def test_marketing_tracks_the_progress_every_working_day_until_the_last_department_is_done(world: World):
    case = await started(world)
    track = case.duty("CR-5.3.2c.track")
    assert (track.owner, track.since, track.deadline.why.limit) == (SUPERVISOR, at_of(case, FILING), "1 workdays")
    await case.does("CR-5.3.3")
    await case.does("CR-5.3.2c.track", found="防水层已铲除一半")
    again = case.duty("CR-5.3.2c.track")
    assert (again.id, again.since, again.deadline.why.anchor) == (
        "CR-5.3.2c.track#2",
        case.file.acts[-1].at,
        "progress",
    )
    await case.does(WORK)
    assert case.duty("CR-5.3.2c.track#2").open, "property is still at it"
    await case.does(OTHER_WORK)
    over = case.duty("CR-5.3.2c.track#2")
    assert (over.status, over.superseded_by) == (DutyStatus.SUPERSEDED, OTHER_WORK)
    assert "CR-5.3.2c.track" not in rules(case)
    case.ignores()


# --- CR-5.3.3, CR-5.3.3c


@pytest.mark.clause("CR-5.3.3")
async def test_the_three_hours_run_from_the_first_department_that_starts(world: World):
    case = await approved(world)
    await case.does(FILING)
    await case.passes(hours=1)
    await case.does(OTHER_START)
    first = case.file.acts[-1].at
    assert (case.duty("CR-5.3.3").owner, case.duty("CR-5.3.3").deadline.due) == (SUPERVISOR, first + timedelta(hours=3))
    await case.passes(hours=1)
    await case.does(START)
    assert [duty.id for duty in case.file.duties.values() if duty.rule == "CR-5.3.3"] == ["CR-5.3.3"]
    await case.tries("CR-5.3.3", note="关机")
    assert case.duty("CR-5.3.3").open
    case.ignores()


@pytest.mark.clause("CR-5.3.3")
@pytest.mark.clause("CR-5.3.3c")
async def test_a_satisfied_customer_lets_the_work_go_on_and_the_departments_hear_it(world: World):
    case = await started(world)
    await case.does("CR-5.3.3", told="已开工，客户满意", satisfied=True)
    go_on = case.duty("CR-5.3.3c")
    assert (go_on.owner, go_on.since) == (SUPERVISOR, case.file.acts[-1].at)
    assert "CR-5.3.3a" not in rules(case)
    await case.does("CR-5.3.3c")
    for person in (ENGINEERING, PROPERTY, SALES):
        assert case.heard(person) == ["CR-5.3.3c handed"]
    assert case.duty(WORK).open


@pytest.mark.clause("CR-5.3.3")
async def test_a_customer_who_was_satisfied_and_is_no_longer_brings_the_loop_again(world: World):
    case = await started(world)
    await case.does("CR-5.3.3", satisfied=True, told="已开工")
    await case.passes(hours=20)
    case.ignores()
    still = case.revises("CR-5.3.3", by=SUPERVISOR, told="客户来电确认满意", satisfied=True)
    assert await case.refuses(still) is Refused.ANSWER_STANDS
    assert await case.refuses(case.revises("CR-5.3.3", by=ADMIN, **NOT_SATISFIED)) is Refused.NOT_YOURS
    await case.revises("CR-5.3.3", by=SUPERVISOR, reason="客户看了现场，嫌噪音太大", **NOT_SATISFIED)
    learned = case.file.acts[-1].at
    adjusting = case.duty("CR-5.3.3a")
    assert (adjusting.owner, adjusting.since, adjusting.deadline.due) == (
        SUPERVISOR,
        learned,
        learned + timedelta(hours=1),
    )
    assert case.duty("CR-5.3.3c").superseded_by == "revised CR-5.3.3"
    await case.does("CR-5.3.3a")
    await case.does("CR-5.3.3", satisfied=True)
    assert case.duty("CR-5.3.3#2").status is DutyStatus.DONE
    await case.does("CR-5.3.3c")
    case.ignores()
    for rule in (WORK, OTHER_WORK):
        await case.does(rule)
    late = case.revises("CR-5.3.3#2", by=SUPERVISOR, **NOT_SATISFIED)
    assert await case.refuses(late) is Refused.ANSWER_STANDS, "from now on the revisits ask"
    case.ignores()


# --- CR-5.3.3a


@pytest.mark.clause("CR-5.3.3a")
async def test_a_customer_not_satisfied_has_the_plan_adjusted_and_hears_of_the_progress_again(world: World):
    case = await started(world)
    for revision in (2, 3):
        await case.does("CR-5.3.3", **NOT_SATISFIED)
        learned = case.file.acts[-1].at
        assert case.duty("CR-5.3.3a").deadline.due == learned + timedelta(hours=1)
        case.ignores()
        await case.does("CR-5.3.3a", adjustable=True, change=f"第{revision}版：增派班组", cost="320000")
        adjusted = case.file.acts[-1].at
        kept = case.file.plans[-1]
        assert (case.file.revision, kept.revision, kept.text) == (revision, revision, f"第{revision}版：增派班组")
        assert not rules(case) & set(CHAIN), "neither dearer nor later than what was approved"
        told = case.duty("CR-5.3.3")
        assert (told.revision, told.deadline.due) == (revision, adjusted + timedelta(hours=3))
        assert told.deadline.why.anchor == "adjustment"
        about = told.id.replace("CR-5.3.3", "CR-5.3.3a").replace(f"#{revision}", f"#{revision - 1}").removesuffix("#1")
        for person in (
            *(ENGINEERING, PROPERTY, SALES),
            *(ENGINEERING_LEADER, LEADER, GROUP_MARKETING, GROUP_LEADER, PRESIDENT),
            ADMIN,
        ):
            assert case.heard(person) == [f"{about} handed"], "the departments, and whoever approved the plan"
        case.ignores()
    await case.does("CR-5.3.3", satisfied=True)
    assert case.duty("CR-5.3.3c").open
    assert case.file.outcome is None


@pytest.mark.clause("CR-5.3.3a")
@pytest.mark.clause("CR-5.3.2a")
@pytest.mark.parametrize("beyond", ["cost", "date"])
async def test_a_plan_dearer_or_later_than_approved_is_approved_again_filed_and_then_told(world: World, beyond: str):
    case = await started(world)
    await case.does("CR-5.3.3", **NOT_SATISFIED)
    later = (case.now + timedelta(days=20)).isoformat()
    change: dict[str, Any] = {"cost": "320000.01"} if beyond == "cost" else {"complete_by": later}
    before = case.duty(WORK)
    await case.does("CR-5.3.3a", change="增加赔偿", **change)
    adjusted = case.file.acts[-1].at
    first = case.duty("CR-5.3.2a.1@engineering#2")
    assert (first.revision, first.since, first.deadline.why.anchor) == (2, adjusted, "adjustment")
    assert "CR-5.3.3" not in rules(case), "the customer hears of what is approved"
    assert case.file.duties[before.id].open, "until then the approved plan is carried out"
    assert await case.refuses(case.approves(first.id, revision=1)) is Refused.STALE_REVISION
    await case.approves("CR-5.3.2a.1@engineering#2")
    await case.approves("CR-5.3.2a.1@property#2")
    for step in CHAIN[1:]:
        await case.approves(step)
    filing = case.duty(FILING)
    assert (filing.id, filing.open) == ("CR-5.3.2b#2", True)
    await case.does("CR-5.3.2b#2")
    told = case.duty("CR-5.3.3")
    assert (told.id, told.since, told.revision) == ("CR-5.3.3#2", case.file.acts[-1].at, 2)
    if beyond == "date":
        again = case.duty(WORK + "#2")
        assert (again.deadline.due.isoformat(), again.revision) == (datetime.fromisoformat(later).isoformat(), 2)
        assert case.file.duties[before.id].superseded_by == "CR-5.3.3a"
    else:
        assert case.file.duties[before.id].open, "the work and its date stay"
    case.ignores()
    await case.does("CR-5.3.3", **NOT_SATISFIED)
    await case.does("CR-5.3.3a#2", change="再调整", **change)
    assert not rules(case) & set(CHAIN), "that much has been approved by now"
    case.ignores()


@pytest.mark.clause("CR-5.3.3a")
@pytest.mark.clause("CR-5.3.2a")
@pytest.mark.parametrize("to", ["CR-5.3.3a", "CR-5.2.2e", "CR-5.2.2b"])
async def test_an_approver_returns_an_adjusted_plan_to_every_earlier_step(world: World, to: str):
    case = await started(world)
    await case.does("CR-5.3.3", **NOT_SATISFIED)
    await case.does("CR-5.3.3a", change="增加赔偿", cost="900000")
    for step in ("CR-5.3.2a.1@engineering#2", "CR-5.3.2a.1@property#2", *CHAIN[1:4]):
        await case.approves(step)
    last = case.duty(CHAIN[4])
    assert last.returns_to == ("CR-5.2.2b", "CR-5.2.2e", "CR-5.3.3a", *CHAIN[:4])
    case.ignores()
    await case.returns(CHAIN[4], to)
    returned = case.file.acts[-1].at
    again = case.duty(to)
    assert (again.open, again.since, again.deadline.why.anchor) == (True, returned, "return")
    works = {id: case.file.duties[id].open for id in (WORK, OTHER_WORK)}
    assert set(works.values()) == {to == "CR-5.3.3a"}, "a new plan ends the execution of the old one"
    if to == "CR-5.3.3a":
        await case.does("CR-5.3.3a", change="改为当面道歉", cost="320000")
        assert case.duty("CR-5.3.3#2").open
    case.ignores()
    await case.to_the_end(CR_5_2_2b=TWO)
    assert case.file.outcome == "solved"
    case.ignores()


@pytest.mark.clause("CR-5.3.3a")
@pytest.mark.clause("CR-5.3.2c")
async def test_an_adjustment_gives_only_the_departments_it_names_another_date(world: World):
    case = await started(world)
    await case.does("CR-5.3.3", **NOT_SATISFIED)
    first, other = case.duty(WORK), case.duty(OTHER_WORK)
    sooner = case.now + timedelta(days=2)
    yesterday = (case.now - timedelta(days=1)).isoformat()
    wrong_ones: list[dict[str, Any]] = [
        {"complete_by": yesterday},
        {"complete_by": sooner.isoformat(), "departments": ["sales"]},
        {"departments": ["engineering"]},
        {"adjustable": False, "complete_by": sooner.isoformat()},
    ]
    for wrong in wrong_ones:
        assert await case.refuses(case.does("CR-5.3.3a", **wrong)) is Refused.FORM_INCOMPLETE
    case.ignores()
    await case.does(
        "CR-5.3.3a", change="改用新材料", complete_by=sooner.isoformat(), departments=["engineering"], cost="300000"
    )
    assert case.file.duties[first.id].status is DutyStatus.SUPERSEDED
    again = case.duty(WORK + "#2")
    assert (again.owner, again.deadline.due, again.revision) == (ENGINEERING, sooner, 2)
    assert again.deadline.why.anchor == "adjustment"
    assert case.duty(OTHER_WORK) == other
    assert f"{first.id} closed" in case.heard(ENGINEERING)
    case.ignores()
    await case.to_the_end()


@pytest.mark.clause("CR-5.3.3a")
@pytest.mark.clause("CR-5.4.1")
async def test_a_department_that_was_done_gives_notice_again_when_an_adjustment_has_more_for_it(world: World):
    case = await by_one(world, "CR-5.3.3")
    await case.does(WORK)
    await case.does("CR-5.3.3", **NOT_SATISFIED)
    later = (case.now + timedelta(days=3)).isoformat()
    await case.does("CR-5.3.3a", change="补做楼道粉刷", complete_by=later)
    assert case.file.duties[WORK].status is DutyStatus.DONE
    assert case.file.duties[NOTICE].superseded_by == "CR-5.3.3a", "it is not complete any more"
    assert case.duty(WORK + "#2").open
    await case.does("CR-5.3.3")
    await case.does(WORK + "#2")
    assert case.duty(NOTICE + "#2").since == case.file.acts[-1].at
    assert case.file.handled_at == case.file.acts[-1].at
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("CR-5.3.3a")
async def test_an_adjustment_without_a_date_leaves_what_is_done_done(world: World):
    case = await by_one(world, "CR-5.3.3")
    await case.does(WORK)
    await case.does("CR-5.3.3", **NOT_SATISFIED)
    await case.does("CR-5.3.3a", change="当面道歉", adjustable=True)
    assert case.file.handled_at is None, "the customer has not heard of it"
    adjusted = case.file.acts[-1].at
    await case.does("CR-5.3.3")
    assert [duty.id for duty in case.file.duties.values() if duty.rule == "CR-5.3.2c"] == [WORK]
    assert case.file.handled_at == adjusted
    case.ignores()
    await case.to_the_end()


# --- CR-5.3.3b


@pytest.mark.clause("CR-5.3.3b")
async def test_a_plan_that_cannot_be_adjusted_is_explained_within_a_day(world: World):
    case = await started(world)
    await case.does("CR-5.3.3", **NOT_SATISFIED)
    await case.does("CR-5.3.3a", adjustable=False, change="工期已无法再压缩")
    found_out = case.file.acts[-1].at
    explaining = case.duty("CR-5.3.3b")
    assert (explaining.owner, explaining.deadline.due) == (SUPERVISOR, found_out + timedelta(hours=24))
    await case.tries("CR-5.3.3b", way="visit", note="客户不愿见面")
    case.ignores()
    await case.does("CR-5.3.3b", understood=True, outcome="当面说明了情况")
    assert case.heard(GENERAL_MANAGER) == []
    assert case.duty(WORK).open, "the work goes on"
    assert not rules(case) & {"CR-5.3.3", "CR-5.3.3b.decision", "CR-5.3.3c"}
    case.ignores()
    await case.to_the_end()
    assert case.file.outcome == "understood"
    case.ignores()


@pytest.mark.clause("CR-5.3.3b")
@pytest.mark.parametrize("follows", ["plan_stands", "new_plan"])
async def test_a_customer_who_refuses_the_explanation_is_the_general_managers_to_decide_about(
    world: World, follows: str
):
    case = await started(world)
    await case.does("CR-5.3.3", **NOT_SATISFIED)
    await case.does("CR-5.3.3a", adjustable=False, change="工期已无法再压缩")
    await case.does("CR-5.3.3b", understood=False, outcome="客户要求见总经理")
    refused = case.file.acts[-1].at
    decision = case.duty("CR-5.3.3b.decision")
    assert (decision.owner, decision.since, decision.deadline.why.limit) == (GENERAL_MANAGER, refused, "1 workdays")
    assert "CR-5.3.3b.decision" in case.told(GENERAL_MANAGER)
    assert await case.refuses(case.does("CR-5.3.3b.decision", by=SUPERVISOR)) is Refused.NOT_YOURS
    assert await case.refuses(case.does("CR-5.3.3b.decision", decision="")) is Refused.FORM_INCOMPLETE
    case.ignores()
    await case.does("CR-5.3.3b.decision", follows=follows, decision="请法务和工程部重新研究")
    decided = case.file.acts[-1].at
    for person in (SUPERVISOR, ENGINEERING, PROPERTY, SALES):
        assert "CR-5.3.3b.decision handed" in case.heard(person)
    case.ignores()
    if follows == "new_plan":
        plan = case.duty("CR-5.2.2e")
        assert (plan.revision, plan.since, plan.deadline.why.anchor) == (2, decided, "return")
        for id in (WORK, OTHER_WORK, "CR-5.3.2c.track"):
            assert case.file.duties[id].superseded_by == "CR-5.3.3b.decision"
    else:
        assert case.duty(WORK).open
    await case.to_the_end()
    assert case.file.outcome == ("solved" if follows == "new_plan" else "refused")
    case.ignores()


# --- CR-5.4.1


@pytest.mark.clause("CR-5.4.1")
@pytest.mark.clause("CR-5.4.2a")
async def test_each_department_gives_notice_within_a_day_of_its_own_completion(world: World):
    case = await started(world)
    await case.does("CR-5.3.3")
    await case.does(WORK)
    finished = case.file.acts[-1].at
    notice = case.duty(NOTICE)
    assert (notice.owner, notice.deadline.due) == (ENGINEERING, finished + timedelta(hours=24))
    await case.passes(hours=30)
    assert case.duty(NOTICE).late
    await case.does(OTHER_WORK)
    last = case.file.acts[-1].at
    assert case.duty(OTHER_NOTICE).deadline.due == last + timedelta(hours=24)
    assert case.file.handled_at == last
    await case.does(OTHER_NOTICE, text="物业部分已完成")
    assert "CR-5.4.2a" not in rules(case), "it counts from the last notice"
    case.ignores()
    await case.passes(hours=1)
    await case.does(NOTICE, text="外墙维修已完成")
    assert case.heard(SUPERVISOR) == [f"{NOTICE} handed"]
    noticed = case.file.acts[-1].at
    revisit = case.duty("CR-5.4.2a")
    assert (revisit.owner, revisit.since, revisit.deadline.due) == (SUPERVISOR, noticed, noticed + timedelta(hours=2))
    case.ignores()


@pytest.mark.clause("CR-5.4.1")
@pytest.mark.clause("CR-5.3.3")
async def test_the_notice_is_owed_whatever_marketing_still_owes_and_the_completion_is_told_instead(world: World):
    """The supervisor has not told the progress: that is her delay, not the departments'."""
    case = await by_one(world, "CR-5.3.3")
    telling = case.duty("CR-5.3.3")
    await case.passes(hours=4)
    case.ignores()
    await case.does(WORK)
    assert case.duty(NOTICE).open
    assert case.duty(telling.id).late
    await case.does(NOTICE)
    assert case.file.duties[telling.id].superseded_by == NOTICE
    assert case.file.duties[telling.id].late, "the breach stays on record"
    assert case.duty("CR-5.4.2a").since == case.file.acts[-1].at
    assert case.file.handled_at == at_of(case, "CR-5.3.2c")
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("CR-5.4.1")
@pytest.mark.clause("CR-5.4.2a")
async def test_a_plan_that_is_being_adjusted_when_the_work_is_done_is_adjusted_first(world: World):
    case = await by_one(world, "CR-5.3.3a", CR_5_3_3=NOT_SATISFIED)
    await case.does(WORK)
    await case.does(NOTICE)
    assert case.duty("CR-5.3.3a").open
    assert case.file.handled_at is None
    assert "CR-5.4.2a" not in rules(case)
    await case.passes(minutes=30)
    await case.does("CR-5.3.3a", change="当面道歉")
    assert case.duty("CR-5.3.3#2").open, "nobody has told the customer of that"
    await case.does("CR-5.3.3#2")
    assert case.duty("CR-5.4.2a").since == case.file.acts[-1].at
    assert case.duty("CR-5.4.2a").deadline.why.anchor == "satisfaction"
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("CR-5.4.4")
async def test_administration_is_copied_on_every_breach_of_a_crisis_and_on_no_other(world: World):
    case = await started(world)
    await case.opens_matter("repair")
    await case.passes(days=8)
    late = {duty.id for duty in case.file.duties.values() if duty.late and duty.owner != ADMIN}
    assert {WORK, OTHER_WORK, "CR-5.3.2c.track", "R1/CS-4.3.3"} <= late
    copies = {notice.duty for notice in case.file.notices if (notice.to, notice.kind.value) == (ADMIN, "copy")}
    assert copies == late
    ordinary = await world.opens()
    await ordinary.passes_until(ordinary.duty("CR-5.2.1a").deadline.due + timedelta(days=4))
    assert ordinary.duty("CR-5.2.1a").late
    assert ordinary.heard(ADMIN) == []
    assert MANAGER in {notice.to for notice in ordinary.file.notices}
    ordinary.ignores()
    case.ignores()
