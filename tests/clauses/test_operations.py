"""Acts on a case as a whole: lower grades, corrected facts, withdrawals, people who leave."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.complaint import Track
from complaints.case.file import ActKind, DutyStatus
from tests.people import ADMIN, CLERK, LEADER, LEGAL, MANAGER, PRESIDENT, SALES, SUPERVISOR
from tests.world import World

HOURS = timedelta(hours=1)


# --- a lower grade


@pytest.mark.clause("CR-5.2.1a")
async def test_a_lower_grade_waits_for_the_marketing_manager_and_everything_goes_on_meanwhile(world: World):
    case = await world.opens(loss=600_000).graded(1)
    await case.regrades(3, reason="损失已由保险赔付")
    approval = case.duty("REGRADE.approval")
    assert (approval.owner, approval.deadline.due - approval.since, approval.deadline.source) == (
        MANAGER,
        4 * HOURS,
        "house",
    )
    assert (case.file.level, case.file.track, case.file.leg) == (1, Track.CRISIS, 1)
    await case.does("CR-5.2.1b")
    await case.goes_on_afresh()
    await case.passes(minutes=5)
    approved = case.now - timedelta(minutes=1)
    await case.approves("REGRADE.approval", at=approved)
    assert (case.file.level, case.file.track, case.file.leg) == (3, Track.ORDINARY, 2)
    review = case.duty("CR-5.2.1c.review")
    assert (review.status, review.superseded_by) == (DutyStatus.SUPERSEDED, "regraded to level 3")
    assert case.duty("CR-5.2.1b").status is DutyStatus.DONE
    started = [duty for duty in case.file.open_duties if duty.leg == 2]
    assert started
    assert {duty.since for duty in started} == {approved}
    case.ignores()


@pytest.mark.clause("CR-5.2.1a")
async def test_a_lower_grade_that_is_returned_changes_nothing_and_may_be_asked_for_again(world: World):
    case = await world.opens().graded(2)
    await case.regrades(4)
    assert await case.refuses(case.approves("REGRADE.approval", by=SUPERVISOR)) is Refused.NOT_YOURS
    assert await case.refuses(case.returns("REGRADE.approval", "CR-5.2.1a", reason="")) is Refused.REASON_NEEDED
    await case.returns("REGRADE.approval", "CR-5.2.1a", reason="风险仍在")
    assert (case.file.level, case.file.leg) == (2, 1)
    await case.regrades(4)
    first, second = (duty for duty in case.file.duties.values() if duty.rule == "REGRADE.approval")
    assert [first.status, second.status] == [DutyStatus.DONE, DutyStatus.OPEN]
    await case.regrades(1)
    assert case.duty("REGRADE.approval").status is DutyStatus.SUPERSEDED, "a higher grade needs nobody's leave"
    assert case.file.track is Track.CRISIS
    case.ignores()


@pytest.mark.clause("CR-5.2.1a")
async def test_a_lower_grade_late_for_its_approval_climbs_like_any_duty(world: World):
    case = await world.opens().graded(2)
    await case.regrades(4)
    duty = case.duty("REGRADE.approval")
    await case.passes_until(duty.deadline.due + timedelta(minutes=1))
    assert case.heard(MANAGER)[-1] == f"{duty.id} late"
    assert f"{duty.id} escalation" in case.heard(LEADER)
    await case.approves("REGRADE.approval")
    assert case.file.level == 4
    case.ignores()


@pytest.mark.clause("CR-5.2.1a")
async def test_nobody_approves_the_lower_grade_they_asked_for(world: World):
    case = await world.opens(about=[SUPERVISOR]).graded(2, by=MANAGER)
    await case.regrades(4, by=MANAGER)
    assert case.duty("REGRADE.approval").owner == LEADER
    case.ignores()


@pytest.mark.clause("CR-5.2.1a")
async def test_what_is_before_a_court_is_not_regraded(world: World):
    case = await (await world.opens(media="harmful").graded(1)).until("CR-5.2.2a")
    await case.does("CR-5.2.2a", nature="malicious", reason="捏造事实")
    assert await case.refuses(case.regrades(3)) is Refused.IN_COURT
    assert await case.refuses(case.drops()) is Refused.IN_COURT
    case.ignores()


# --- facts


@pytest.mark.clause("CR-5.1.3")
async def test_an_amended_figure_that_makes_a_crisis_is_put_before_the_supervisor_and_again_when_it_changes(
    world: World,
):
    case = await world.opens(loss=20_000).graded(3)
    await case.amends(by=CLERK, loss="120000", loss_is="actual")
    assert (case.file.facts.loss, case.file.facts.loss_is) == (120_000, "actual")
    assert case.file.complaint.facts.loss == 20_000, "what was taken in stays as it was"
    assert [reason.rule for reason in case.file.watch] == ["GRADE-2.loss"]
    assert case.file.level == 3, "the supervisor decides"
    await case.does("CR-5.1.3", decision="dismiss", reason="保险已赔付")
    await case.amends(building="17栋")
    assert case.file.building == "17栋"
    assert not case.duty("CR-5.1.3").open, "the same figures are not put before anybody twice"
    await case.amends(loss="450000")
    assert case.duty("CR-5.1.3").open
    await case.amends(loss="600000")
    assert [(reason.rule, reason.params["value"]) for reason in case.file.watch] == [
        ("CR-5.1.3.loss", "600000"),
        ("CR-3.1a", "600000"),
    ]
    entry = case.duty("CR-5.1.3")
    assert case.heard(SUPERVISOR) == [f"{entry.id} copy"], "whoever is looking hears of the new figure"
    await case.does("CR-5.1.3", decision="regrade", level=1, reason="损失超过五十万")
    assert case.file.track is Track.CRISIS
    assert not any(duty.rule == "CR-5.1.3" for duty in case.file.open_duties)
    case.ignores()


@pytest.mark.clause("CR-5.2.1a")
async def test_facts_amended_before_the_grading_change_the_proposal(world: World):
    case = await world.opens()
    await case.amends(loss="600000")
    assert case.file.proposal.level == 1
    assert await case.refuses(case.does("CR-5.2.1a", level=3, reason="")) is Refused.REASON_NEEDED
    assert [line.data["proposal"]["level"] for line in await case.lines("case.proposed")] == [1]


@pytest.mark.clause("CH-5a")
async def test_somebody_newly_complained_about_is_shut_out_and_hears_nothing_of_it(world: World):
    case = await world.opens(loss=600_000).graded(1)
    await case.passes(minutes=25)  # late: the manager and the leader have heard of it
    await case.acknowledges("CR-5.2.1b", by=MANAGER)
    await case.does("CR-5.2.1b")
    before = len([notice for notice in case.file.notices if notice.to == MANAGER])
    review = case.duty("CR-5.2.1c.review")
    assert review.owner == MANAGER
    await case.amends(also_about=[MANAGER])
    taken = case.duty("CR-5.2.1c.review")
    assert (taken.owner, taken.in_place_of, taken.because) == (LEADER, MANAGER, "shut-out")
    assert taken.deadline == review.deadline, "its clock goes on"
    assert await case.refuses(case.approves("CR-5.2.1c.review", by=MANAGER)) is Refused.ABOUT_YOU
    assert await case.refuses(case.amends(also_about=[MANAGER])) is Refused.NOTHING_CHANGES
    await case.goes_on_afresh()
    await case.approves("CR-5.2.1c.review")
    await case.passes(hours=3)
    assert len([notice for notice in case.file.notices if notice.to == MANAGER]) == before
    case.ignores()


async def test_an_acknowledgement_of_somebody_who_is_then_complained_about_stops_no_climb(world: World):
    case = await world.opens(loss=600_000).graded(1)
    await case.passes(minutes=11)
    await case.acknowledges("CR-5.2.1b", by=MANAGER)
    await case.amends(also_about=[MANAGER])
    await case.passes(minutes=1)
    assert case.duty("CR-5.2.1b").escalations[0].to == LEADER
    case.ignores()


async def test_who_may_amend_and_what(world: World):
    case = await world.opens().graded(4)
    assert await case.refuses(case.amends(by=SALES, loss="1")) is Refused.NOT_YOURS
    assert await case.refuses(case.amends(reason="", loss="1")) is Refused.REASON_NEEDED
    assert await case.refuses(case.amends()) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.amends(loss="-1")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.amends(colour="red")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.amends(also_about=["nobody.known"])) is Refused.UNKNOWN_PERSON
    assert await case.refuses(case.amends(loss="0", media="none")) is Refused.NOTHING_CHANGES
    await case.amends(media="mentioned")
    assert await case.refuses(case.amends(media="mentioned")) is Refused.NOTHING_CHANGES


# --- a customer who withdraws


async def test_a_crisis_is_regraded_before_it_can_be_dropped(world: World):
    case = await world.opens(loss=600_000).graded(1)
    assert await case.refuses(case.drops()) is Refused.WRONG_ACT
    case.ignores()


# --- people who leave


async def test_everything_somebody_owes_is_handed_over_and_its_clocks_go_on(world: World):
    case = await world.opens(loss=600_000)
    owed = {duty.id: duty.deadline for duty in case.file.open_duties}
    assert await case.refuses(case.hands_over(SUPERVISOR, CLERK, by=LEGAL)) is Refused.NOT_YOURS
    assert await case.refuses(case.hands_over(SUPERVISOR, CLERK, by=MANAGER, reason="")) is Refused.REASON_NEEDED
    assert await case.refuses(case.hands_over(SUPERVISOR, "nobody.known", by=MANAGER)) is Refused.UNKNOWN_PERSON
    assert await case.refuses(case.hands_over(SUPERVISOR, SUPERVISOR, by=MANAGER)) is Refused.WRONG_ACT
    assert await case.refuses(case.hands_over(SALES, CLERK, by=ADMIN)) is Refused.NOTHING_TO_HAND_OVER
    assert await case.refuses(case.asks(ADMIN, ActKind.HAND_OVER, reason="x", to=CLERK)) is Refused.FORM_INCOMPLETE
    await case.hands_over(SUPERVISOR, CLERK, by=PRESIDENT)
    assert {duty.id: duty.deadline for duty in case.file.open_duties} == owed
    assert {duty.owner for duty in case.file.open_duties} == {CLERK}
    assert set(case.told(CLERK)) == set(owed)
    lines = await case.lines("duty.handed-over")
    assert [(line.duty, line.by, line.data["reason"]) for line in lines] == [(id, PRESIDENT, "离职") for id in owed]
    assert await case.refuses(case.hands_over(SUPERVISOR, CLERK, by=ADMIN)) is Refused.NOTHING_TO_HAND_OVER
    assert await case.refuses(case.does("CR-5.1.4", by=SUPERVISOR)) is Refused.NOT_YOURS
    await case.goes_on_afresh()
    await case.does("CR-5.1.4")
    case.ignores()


async def test_nothing_is_handed_to_somebody_complained_about(world: World):
    case = await world.opens(about=[SALES])
    assert await case.refuses(case.hands_over(SUPERVISOR, SALES, by=MANAGER)) is Refused.ABOUT_YOU


async def test_somebody_leaves_with_duties_in_three_cases(world: World):
    cases = [await world.opens() for _ in range(3)]
    busy, done, refusing = cases
    await done.does("CR-5.1.4")
    await refusing.amends(also_about=[ADMIN])
    keys = [case.handle.id for case in cases]
    leaves = {"to": CLERK, "by": ADMIN, "reason": "离职", "keys": keys}
    shown = [one async for one in world.duly.hand_over(SUPERVISOR, dry_run=True, **leaves)]
    assert [len(one.duties) for one in shown] == [2, 1, 2]
    await busy.look()
    assert busy.duty("CR-5.1.4").owner == SUPERVISOR, "a dry run changes nothing"
    first = [one async for one in world.duly.hand_over(SUPERVISOR, act_id="leaving", **leaves)]
    assert [(one.duties != (), one.refused) for one in first] == [
        (True, None),
        (True, None),
        (False, Refused.ABOUT_YOU),
    ]
    again = [one async for one in world.duly.hand_over(SUPERVISOR, **leaves)]
    assert [one.key for one in again] == [refusing.handle.id], "what was handed over is not found again"
    for case in (busy, done):
        await case.look()
        assert {duty.owner for duty in case.file.open_duties} == {CLERK}


@pytest.mark.server
async def test_the_search_finds_the_cases_of_somebody_who_leaves(world: World):
    case = await world.opens()
    await case.delegates("CR-5.1.4", to="shen.yu")  # whom no other test gives anything to do

    async def found() -> bool:
        left = world.duly.hand_over("shen.yu", to=CLERK, by=MANAGER, reason="离职", dry_run=True)
        return case.handle.id in [one.key async for one in left]

    for _ in range(200):
        if await found():
            return
    raise AssertionError("the search never found it")


async def test_an_act_that_is_sent_twice_happens_once(world: World):
    case = await world.opens().graded(3)
    said: dict[str, Any] = {"how": "oral", "said_at": datetime.now(UTC), "said_to": CLERK}
    said |= {"words": "不投诉了", "evidence": "来电录音2026-0113"}
    for _ in range(2):
        await world.duly.amend(case.handle.id, by=CLERK, reason="核实", form={"loss": "5"}, act_id="amended")
        await world.duly.drop(case.handle.id, by=CLERK, reason="x", act_id="dropped", **said)
    await case.look()
    assert [act.kind for act in case.file.acts][-2:] == [ActKind.AMEND, ActKind.DROP]
    assert sum(act.kind in (ActKind.AMEND, ActKind.DROP) for act in case.file.acts) == 2
    case.ignores()
