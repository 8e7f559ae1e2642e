"""CR-5.2.1a, CR-5.2.2a: a complaint regraded in the middle of its way, and a defamation that goes to court."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.complaint import Track
from complaints.case.file import ActKind, Duty, DutyStatus
from tests.people import CLERK, LEADER, LEGAL, MANAGER, SUPERVISOR
from tests.world import Case, World


@pytest.mark.clause("CR-5.2.1a")
async def test_regraded_to_a_crisis_the_open_duties_are_superseded_and_new_clocks_start_at_the_regrading(world: World):
    case = await world.opens(loss=90_000).graded(3)
    await case.until("RV-4.3")
    await case.passes(hours=1)
    happened = case.now - timedelta(minutes=3)
    await case.regrades(1, reason="媒体跟进，损失扩大", at=happened)
    assert (case.file.level, case.file.track, case.file.leg) == (1, Track.CRISIS, 2)
    revisit = case.duty("RV-4.3")
    assert (revisit.status, revisit.superseded_by) == (DutyStatus.SUPERSEDED, "regraded to level 1")
    assert case.duty("CH-7.3.1").status is DutyStatus.DONE
    assert set(case.heard(CLERK)) == {f"{duty.id} closed" for duty in superseded(case) if duty.owner == CLERK}
    report = case.duty("CR-5.2.1b")
    assert (report.owner, report.deadline.due) == (SUPERVISOR, happened + timedelta(minutes=10))
    assert report.deadline.why.anchor == "regrading"
    assert await case.refuses(case.does("RV-4.3", by=CLERK)) is Refused.SUPERSEDED
    await case.passes(days=2)
    assert case.heard(CLERK) == []
    case.ignores()
    await case.to_the_end()
    assert case.file.outcome == "solved"
    case.ignores()


def superseded(case: Case) -> list[Duty]:
    return [duty for duty in case.file.duties.values() if duty.status is DutyStatus.SUPERSEDED]


@pytest.mark.clause("CR-5.2.1a")
async def test_the_record_form_filled_in_before_a_regrading_carries_over(world: World):
    case = await world.opens().graded(4)
    await case.regrades(1)
    await case.to_the_end()
    assert [act.rule for act in case.file.acts].count("CR-5.1.4") == 1
    case.ignores()


@pytest.mark.clause("CR-5.2.1a")
async def test_who_may_regrade_to_what(world: World):
    ungraded = await world.opens()
    assert await ungraded.refuses(ungraded.regrades(1)) is Refused.WRONG_ACT
    case = await world.opens().graded(3)
    assert await case.refuses(case.regrades(1, by=MANAGER)) is Refused.NOT_YOURS
    assert await case.refuses(case.regrades(3)) is Refused.WRONG_ACT
    assert await case.refuses(case.regrades(1, reason="")) is Refused.REASON_NEEDED
    await case.regrades(2)
    assert (case.file.level, case.file.track, case.file.leg) == (2, Track.ORDINARY, 1), "upwards at once"
    await case.regrades(4)
    assert case.file.level == 2, "downwards after an approval"
    assert case.duty("REGRADE.approval").owner == MANAGER
    assert case.duty("CH-7.3.1").open
    await case.regrades(1)
    assert await case.refuses(case.regrades(1)) is Refused.WRONG_ACT
    case.ignores()


@pytest.mark.clause("CR-5.2.1a")
async def test_a_lower_level_is_asked_for_once_and_whoever_asked_hears_of_the_decision(world: World):
    case = await world.opens().graded(2)
    await case.regrades(3)
    first = case.duty("REGRADE.approval").id
    for level in (3, 4):
        assert await case.refuses(case.regrades(level)) is Refused.UNDECIDED
    await case.returns(first, "CR-5.2.1a", reason="损失尚未查清")
    assert f"{first} handed" in case.heard(SUPERVISOR)
    await case.regrades(4)
    second = case.duty("REGRADE.approval").id
    await case.withdraws(second, by=SUPERVISOR)
    assert case.file.level == 2
    await case.regrades(3)
    assert (await case.regrades(1)).opened, "a higher one needs no approval"
    assert (case.file.level, case.duty("REGRADE.approval").open) == (1, False)
    case.ignores()


@pytest.mark.clause("CR-5.2.2a")
async def test_a_malicious_defamation_goes_to_court_and_closes_with_the_outcome(world: World):
    case = await (await world.opens(media="harmful").graded(1)).until("CR-5.2.2a")
    assert await case.refuses(case.does("CR-5.2.2a", by=MANAGER)) is Refused.NOT_YOURS
    assert await case.refuses(case.does("CR-5.2.2a", nature="annoying")) is Refused.FORM_INCOMPLETE
    await case.does("CR-5.2.2a", nature="malicious", reason="捏造事实，蓄意传播")
    assert case.file.track is Track.LEGAL
    assert {duty.rule for duty in case.file.open_duties} == {"CR-5.2.1c.filing", "CR-5.2.2a.filing"}
    filing = case.duty("CR-5.2.2a.filing")
    assert (filing.owner, filing.since) == (LEGAL, case.file.acts[-1].at)
    await case.does("CR-5.2.2a.filing", court="浦东新区人民法院", claim="停止侵害，赔偿损失")
    await case.does("CR-5.2.2a.court", number="(2026)沪0115民初1号")
    unsaid = case.asks(LEGAL, ActKind.DISCHARGE, "CR-5.2.2a.outcome~2", form={"outcome": "判决被告公开道歉"})
    assert await case.refuses(unsaid) is Refused.FORM_INCOMPLETE, "whether the complaint was genuine"
    await case.does("CR-5.2.2a.outcome", outcome="判决被告公开道歉", genuine=False)
    assert [duty.rule for duty in case.file.open_duties] == ["CR-5.2.1c.filing"], "the archive comes last"
    await case.does("CR-5.2.1c.filing")
    await case.does("CR-5.4.5")
    closing = await case.handle.result()
    await case.look()
    assert (case.file.outcome, case.file.closed) == ("court", True)
    assert closing["duties"] == len(case.file.duties)
    assert not any(duty.rule == "CR-5.2.2b" for duty in case.file.duties.values())


@pytest.mark.clause("CR-5.2.2a")
async def test_a_genuine_complaint_goes_on_to_the_responsible_departments(world: World):
    case = await (await world.opens(loss=600_000).graded(1)).until("CR-5.2.2a")
    await case.does("CR-5.2.2a", nature="genuine", reason="现场查看属实")
    assert case.duty("CR-5.2.2b").owner == LEADER
    assert case.file.track is Track.CRISIS


# --- CR-5.2.2a on new evidence

REPORTED = ("CR-5.2.1b", "CR-5.2.1c.review", "CR-5.2.1c.approval")


async def judged(world: World, nature: str) -> Case:
    case = await (await world.opens(loss=600_000).graded(1)).until("CR-5.2.2a")
    await case.does("CR-5.2.2a", nature=nature)
    await case.passes(hours=30)
    return case.ignores()


async def judges_anew(case: Case, nature: str, words: str = "鉴定意见", *, by: str = LEADER, **request: Any) -> None:
    form = {"nature": nature, "reason": words}
    await case.asks(by, ActKind.REVISE, "CR-5.2.2a", form=form, reason="新的证据", **request)


@pytest.mark.clause("CR-5.2.2a")
async def test_new_evidence_of_a_defamation_takes_the_crisis_to_the_court(world: World):
    case = await judged(world, "genuine")
    await case.does("CR-5.2.2b", departments=["engineering", "property"])
    case.ignores()
    assert await case.refuses(judges_anew(case, "malicious", by=CLERK)) is Refused.NOT_YOURS
    plan = case.duty("CR-5.2.2e")
    happened = case.now - timedelta(minutes=3)
    await judges_anew(case, "malicious", "渗水照片系伪造", at=happened)
    assert (case.file.track, case.file.leg) == (Track.LEGAL, 2)
    assert {duty.id for duty in case.file.open_duties} == {"CR-5.2.1c.filing", "CR-5.2.2a.filing~2"}
    assert case.file.duties[plan.id].superseded_by == "revised CR-5.2.2a"
    assert f"{plan.id} closed" in case.heard(plan.owner)
    filing = case.duty("CR-5.2.2a.filing")
    assert (filing.owner, filing.since) == (LEGAL, happened), "the new clocks start at the change"
    case.ignores()
    await case.goes_on_afresh()
    await case.to_the_end()
    assert case.file.outcome == "court"
    case.ignores()


@pytest.mark.clause("CR-5.2.2a")
async def test_a_complaint_found_genuine_comes_back_from_the_court_to_the_plan(world: World):
    """Report and approval carry over; the clocks of departments and plan start at the change."""
    case = await judged(world, "malicious")
    await case.does("CR-5.2.2a.filing")
    case.ignores()
    await judges_anew(case, "genuine", "渗水属实")
    changed = case.file.acts[-1].at
    assert (case.file.track, case.file.leg) == (Track.CRISIS, 3)
    assert {duty.id for duty in case.file.open_duties} == {"CR-5.2.1c.filing", "CR-5.2.2b~3"}
    naming = case.duty("CR-5.2.2b")
    assert (naming.owner, naming.since, naming.deadline.due) == (LEADER, changed, changed + timedelta(hours=1))
    assert case.file.duties["CR-5.2.2a.court~2"].superseded_by == "revised CR-5.2.2a"
    await case.does("CR-5.2.2b", departments=["engineering", "property"])
    for rule in ("CR-5.2.2d@property", "CR-5.2.2e.part@property", "CR-5.2.2e@engineering"):
        assert case.duty(f"{rule}~3").deadline.due == changed + timedelta(hours=24)
    case.ignores()
    await case.goes_on_afresh()
    await case.to_the_end()
    assert [act.rule for act in case.file.acts if act.rule in REPORTED] == list(REPORTED)
    assert case.file.outcome == "solved"
    case.ignores()


@pytest.mark.clause("CR-5.2.2a")
async def test_the_judgement_can_change_again_and_again_until_the_handling_is_over(world: World):
    case = await judged(world, "malicious")
    for nature, track in (("genuine", Track.CRISIS), ("malicious", Track.LEGAL), ("genuine", Track.CRISIS)):
        await judges_anew(case, nature)
        assert case.file.track is track
        await case.passes(minutes=5)
    reworded = case.file.leg
    await judges_anew(case, "genuine", "理由补充")
    assert case.file.leg == reworded, "another reason for the same judgement begins nothing anew"
    case.ignores()
    await case.until("CR-5.4.2b")
    assert await case.refuses(judges_anew(case, "malicious")) is Refused.ANSWER_STANDS
    case.ignores()


@pytest.mark.clause("CR-5.2.2a")
async def test_a_complaint_that_the_court_finds_genuine_goes_back_to_the_plan(world: World):
    case = await judged(world, "malicious")
    for rule in ("CR-5.2.2a.filing", "CR-5.2.2a.court"):
        await case.does(rule)
    await case.does("CR-5.2.2a.outcome", outcome="驳回：投诉属实", genuine=True)
    ended = case.file.acts[-1].at
    assert case.file.track is Track.CRISIS
    assert (case.duty("CR-5.2.2b").id, case.duty("CR-5.2.2b").since) == ("CR-5.2.2b~3", ended)
    assert [act.rule for act in case.file.acts].count("CR-5.2.1b") == 1
    case.ignores()
    await case.to_the_end()
    assert case.file.outcome == "solved"
    case.ignores()


@pytest.mark.parametrize("nature", ["malicious", "genuine"])
async def test_the_answer_to_an_act_names_what_it_has_opened_in_another_track_too(world: World, nature: str):
    case = await (await world.opens(loss=600_000).graded(1)).until("CR-5.2.2a")
    before = set(case.file.duties)
    receipt = await case.does("CR-5.2.2a", nature=nature)
    assert receipt.opened == tuple(duty for duty in case.file.duties if duty not in before)
    assert ("CR-5.2.2a.filing~2" in receipt.opened) is (nature == "malicious")
