"""MC-3, MC-5.2: major complaints by criterion and by grading; told, signed for, answered, handled, learnt from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from complaints.base.errors import Refusal, Refused
from complaints.case.complaint import Track
from complaints.case.file import ActKind, DutyStatus
from complaints.people.model import Person
from tests.clauses.limits import SHANGHAI, at
from tests.clauses.table_major import HURT
from tests.people import (
    CLERK,
    DEVELOPMENT,
    ENGINEERING,
    ENGINEERING_LEADER,
    MANAGER,
    OPERATIONS,
    OPERATIONS_CLERK,
    PROJECT_MANAGER,
    PROPERTY,
    SUPERVISOR,
)
from tests.world import Case, World

MINUTES, HOURS, DAYS = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FROM_THE_RECEIPT = ("MC-5.2.1", "MC-5.2.2a", "MC-5.2.3f", "MC-5.2.3g")
ONCE_SENT = ("MC-5.2.2c", "MC-5.2.2d")


async def graded_major(case: Case, level: int = 2, **form: Any) -> Case:
    await case.does("CR-5.2.1a", **{"level": level, "major": True, "reason": "电梯伤人"} | form)
    return case


# --- what is major, and when its clocks start


@pytest.mark.clause("MC-3b")
@pytest.mark.clause("MC-5.2.2a")
@pytest.mark.clause("MC-5.2.1")
async def test_ten_minutes_do_not_wait_for_the_grading_when_somebody_was_hurt_by_our_fault(world: World):
    received = datetime.now(UTC) - 3 * MINUTES
    case = await world.opens(received_at=received, **HURT)
    assert [reason.rule for reason in case.file.proposal.major] == ["MC-3b.injury"]
    assert case.told(OPERATIONS_CLERK) == ["MC-5.2.1", "MC-5.2.2a"]
    sheet = case.duty("MC-5.2.2a")
    assert (sheet.leg, sheet.deadline.due, sheet.deadline.source) == (0, received + 10 * MINUTES, "document")
    assert await case.refuses(case.does("MC-5.2.2a")) is Refused.NOT_READY  # the apology and the record come first
    await case.does("MC-5.2.1")
    await graded_major(case)
    assert (case.file.track, case.file.major, case.file.level, case.file.leg) == (Track.MAJOR, True, 2, 1)
    assert [case.duty(rule).since for rule in FROM_THE_RECEIPT] == [received] * 4
    await case.does("MC-5.2.2a")
    assert [case.duty(rule).since for rule in ONCE_SENT] == [received] * 2
    assert case.heard(ENGINEERING) == ["MC-5.2.2a handed"]
    assert [duty.id for duty in case.file.duties.values() if duty.rule in ("MC-5.2.1", "MC-5.2.2a")] == [
        "MC-5.2.1",
        "MC-5.2.2a",
    ]
    assert case.duty("MC-5.2.2b").owner == ENGINEERING


@pytest.mark.clause("MC-5.2.2a")
async def test_a_sheet_opened_at_the_intake_is_late_and_climbs_after_the_grading_too(world: World):
    received = datetime.now(UTC)
    case = await graded_major(await world.opens(received_at=received, **HURT))
    await case.goes_on_afresh()
    await case.passes(minutes=21)
    sheet = case.duty("MC-5.2.2a")
    assert sheet.breached_at == received + 10 * MINUTES
    assert [(step.to, step.at) for step in sheet.escalations] == [
        (PROPERTY, received + 10 * MINUTES),
        (ENGINEERING_LEADER, received + 20 * MINUTES),
    ]
    case.ignores()


@pytest.mark.clause("MC-3b")
async def test_left_out_by_the_supervisor_with_a_reason_it_is_ordinary_and_the_slip_falls_away(world: World):
    case = await world.opens(**HURT)
    assert await case.refuses(case.does("CR-5.2.1a", level=4, reason="")) is Refused.REASON_NEEDED
    await case.does("CR-5.2.1a", level=4, reason="受伤与电梯无关")
    assert (case.file.track, case.file.major) == (Track.ORDINARY, False)
    assert case.duty("MC-5.2.2a").superseded_by == "graded level 4"
    assert case.heard(OPERATIONS_CLERK) == ["MC-5.2.2a closed"]
    assert case.duty("MC-5.2.1").open, "every resident who complains about the property service hears an apology"
    assert "CR-5.1.3" not in case.file.duties, "what the supervisor has decided is not put before them again"


@pytest.mark.clause("MC-3b")
@pytest.mark.parametrize("major", [True, False])
async def test_level_one_goes_to_the_crisis_track_even_if_it_is_major(world: World, major: bool):
    case = await world.opens(loss=600_000, **HURT)
    await case.does("CR-5.2.1a", level=1, major=major, reason="损失巨大")
    assert (case.file.track, case.file.level) == (Track.CRISIS, 1)
    assert case.duty("CR-5.2.1b").open
    assert case.duty("MC-5.2.2a").status is DutyStatus.SUPERSEDED
    assert [duty.id for duty in case.file.open_duties if duty.rule.startswith("MC-")] == ["MC-5.2.1"]
    case.ignores()


@pytest.mark.clause("MC-3a")
async def test_a_service_not_given_is_proposed_as_major_the_third_time_it_is_raised(world: World):
    told = raised_again()
    first, second, third = [await world.opens(**told) for _ in range(3)]
    assert [case.file.proposal.major for case in (first, second)] == [(), ()]
    assert [(reason.rule, reason.params["value"]) for reason in third.file.proposal.major] == [("MC-3a", "2")]
    assert third.duty("MC-5.2.2a").open


def raised_again() -> dict[str, Any]:
    """A customer of the property service, who raises a service that was not given, and does it again."""
    customer = f"多次投诉的住户{datetime.now(UTC):%H%M%S%f}"
    return {"customer": customer, "contact": "13900001234", "category": "property", "service_failed": True}


@pytest.mark.clause("MC-3a")
async def test_earlier_complaints_that_were_solved_or_about_something_else_do_not_count(world: World):
    told = raised_again()
    solved = await world.opens(**told)
    await solved.does("CR-5.1.4")
    await solved.does("CR-5.2.1a", level=3, reason="影响有限")
    await solved.until("RV-4.3")
    assert solved.file.handled_at is not None
    await world.opens(**told)
    await world.opens(**told | {"category": "sales"})
    fourth = await world.opens(**told)
    assert len(fourth.file.related) == 3
    assert sorted(bool(one.unsolved) for one in fourth.file.related if one.same_subject) == [False, True]
    assert fourth.file.proposal.major == (), "one unsolved complaint before"
    fifth = await world.opens(**told)
    assert [reason.rule for reason in fifth.file.proposal.major] == ["MC-3a"], "two unsolved complaints before"
    solved.ignores()


@pytest.mark.clause("MC-3b")
async def test_elsewhere_than_in_the_property_service_one_level_higher_is_proposed_and_never_a_crisis(world: World):
    hurt = await world.opens(category="sales", injured=True, our_fault=True)
    assert (hurt.file.proposal.level, hurt.file.proposal.major) == (3, ())
    assert [reason.rule for reason in hurt.file.proposal.reasons] == ["MC-3b.injury"]
    dispute = await world.opens(category="sales", loss=100_000, our_fault=True)
    assert (dispute.file.proposal.level, dispute.file.proposal.major) == (2, ())
    assert not any(duty.rule.startswith("MC-") for case in (hurt, dispute) for duty in case.file.duties.values())
    by_its_staff = await world.opens(category="other", department="property", injured=True, our_fault=True)
    assert [reason.rule for reason in by_its_staff.file.proposal.major] == ["MC-3b.injury"]
    assert await hurt.refuses(hurt.does("CR-5.2.1a", level=4, reason="")) is Refused.REASON_NEEDED


@pytest.mark.clause("MC-3b")
async def test_elsewhere_facts_that_come_later_ask_for_a_higher_level(world: World):
    case = await world.opens(category="sales").graded(4)
    await case.amends(injured=True, our_fault=True)
    assert [(reason.rule, reason.params["level"]) for reason in case.file.watch] == [("MC-3b.injury", "3")]
    await case.does("CR-5.1.3", decision="regrade", level=3, reason="有人受伤")
    assert (case.file.level, case.file.major) == (3, False)
    case.ignores()


@pytest.mark.clause("MC-3a")
async def test_the_supervisor_may_grade_as_major_what_no_criterion_proposes(world: World):
    received = datetime.now(UTC) - 2 * MINUTES
    case = await graded_major(await world.opens(received_at=received), level=3)
    assert case.file.track is Track.MAJOR
    assert {(case.duty(rule).since, case.duty(rule).deadline.why.anchor) for rule in FROM_THE_RECEIPT[:2]} == {
        (received, "receipt")
    }
    assert not any(duty.rule == "MC-5.2.3f" for duty in case.file.duties.values()), "no department is known yet"
    await case.does("MC-5.2.1")
    await case.does("MC-5.2.2a", departments=["property"])
    answer = case.duty("MC-5.2.3f")
    assert (answer.owner, answer.deadline.due) == (PROPERTY, received + 24 * HOURS)
    case.ignores()


@pytest.mark.clause("MC-3b")
async def test_regraded_to_major_the_ordinary_duties_are_superseded_and_the_clocks_start_there(world: World):
    case = await world.opens(department="property").graded(3)
    await case.passes(hours=5)
    case.ignores()
    happened = case.now - 2 * MINUTES
    await case.regrades(3, major=True, reason="查明系公司责任", at=happened)
    assert (case.file.track, case.file.level, case.file.leg) == (Track.MAJOR, 3, 2)
    assert {case.duty(rule).since for rule in FROM_THE_RECEIPT[1:]} == {happened}
    assert {case.duty(rule).deadline.why.anchor for rule in FROM_THE_RECEIPT[1:]} == {"regrading"}
    assert case.duty("MC-5.2.1").since == case.file.complaint.received_at, "the apology was owed before"
    assert not any(duty.leg == 1 for duty in case.file.open_duties)
    case.ignores()


@pytest.mark.clause("MC-5.2.1")
async def test_an_apology_and_a_record_from_before_the_regrading_carry_over(world: World):
    case = await world.opens(**HURT)
    await case.does("MC-5.2.1")
    await case.does("CR-5.2.1a", level=4, reason="受伤与电梯无关")
    await case.regrades(4, major=True)
    await case.goes_on_afresh()
    assert [duty.id for duty in case.file.duties.values() if duty.rule == "MC-5.2.1"] == ["MC-5.2.1"]
    sheet = case.duty("MC-5.2.2a")
    assert (sheet.id, sheet.open, case.file.awaited_by(sheet)) == ("MC-5.2.2a~2", True, ())
    case.ignores()


@pytest.mark.clause("MC-3b")
async def test_from_major_to_a_crisis_the_emergency_plan_ends_the_apology_and_the_corrective_action_stay(world: World):
    case = await graded_major(await world.opens(**HURT))
    await case.regrades(1, major=True)
    assert case.file.track is Track.CRISIS
    assert [duty.id for duty in case.file.open_duties if duty.rule.startswith("MC-")] == ["MC-5.2.1"]
    assert any(matter.cause == "MC-5.2.3b" and matter.open for matter in case.file.matters)
    case.ignores()


# --- what becomes known later


@pytest.mark.clause("MC-3b")
async def test_facts_corrected_later_are_put_before_the_supervisor_who_makes_it_major(world: World):
    case = await world.opens(loss=20_000, department="engineering").graded(3)
    await case.amends(injured=True, our_fault=True)
    assert [reason.rule for reason in case.file.watch] == ["MC-3b.injury"]
    assert case.duty("CR-5.1.3").owner == SUPERVISOR
    forms: tuple[dict[str, Any], ...] = ({"level": 3}, {"level": 4, "major": True})
    for form in forms:
        lower = case.does("CR-5.1.3", decision="regrade", reason="伤情属实", **form)
        assert await case.refuses(lower) is Refused.WRONG_ACT
    dismissed = case.does("CR-5.1.3", decision="dismiss", major=True, reason="伤情属实")
    assert await case.refuses(dismissed) is Refused.FORM_INCOMPLETE
    await case.does("CR-5.1.3", decision="regrade", level=3, major=True, reason="伤情属实")
    assert (case.file.track, case.file.level, case.file.major, case.file.leg) == (Track.MAJOR, 3, True, 2)
    assert case.duty("MC-5.2.2a").since == case.file.acts[-1].at
    assert case.file.watch == ()
    case.ignores()


@pytest.mark.clause("MC-3b")
async def test_an_entry_about_being_major_falls_away_when_the_supervisor_regrades_by_themselves(world: World):
    case = await world.opens(department="engineering").graded(4)
    await case.amends(injured=True, our_fault=True)
    await case.regrades(4, major=True)
    assert case.duty("CR-5.1.3").status is DutyStatus.SUPERSEDED
    assert not any(duty.rule == "CR-5.1.3" for duty in case.file.open_duties)
    case.ignores()


@pytest.mark.clause("MC-3a")
async def test_dismissed_with_a_reason_it_stays_ordinary_and_is_not_asked_again(world: World):
    case = await world.opens(category="property").graded(2)
    await case.amends(our_fault=True, loss=100_000)
    assert [reason.rule for reason in case.file.watch] == ["MC-3b.loss"]
    await case.does("CR-5.1.3", decision="dismiss", reason="损失未核实")
    await case.goes_on_afresh()
    await case.passes(hours=1)
    assert (case.file.track, case.duty("CR-5.1.3").open) == (Track.ORDINARY, False)
    case.ignores()


# --- forms


@pytest.mark.clause("MC-5.2.1")
@pytest.mark.parametrize("missing", ["happened_at", "scene", "complained_about", "course", "demand", "contact"])
async def test_a_record_without_what_must_be_known_is_refused_and_names_the_field(world: World, missing: str):
    case = await world.opens(**HURT)
    form = case.filled(case.duty("MC-5.2.1"), {})
    del form[missing]
    with pytest.raises(Refusal, match=missing) as refused:
        await case.asks(OPERATIONS_CLERK, ActKind.DISCHARGE, "MC-5.2.1", form=form)
    assert refused.value.code is Refused.FORM_INCOMPLETE


@pytest.mark.clause("MC-5.2.1")
@pytest.mark.clause("MC-5.2.2a")
@pytest.mark.clause("MC-5.2.2c")
async def test_what_cannot_be_is_refused(world: World):
    case = await world.opens(**HURT)
    later = (case.now + HOURS).isoformat()
    assert await case.refuses(case.does("MC-5.2.1", apologised=False)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("MC-5.2.1", happened_at=later)) is Refused.FORM_INCOMPLETE
    await case.does("MC-5.2.1")
    for departments in ([], ["lifts"], ["property", "property"]):
        assert await case.refuses(case.does("MC-5.2.2a", departments=departments)) is Refused.FORM_INCOMPLETE
    await graded_major(case)
    await case.does("MC-5.2.2a")
    await case.does("MC-5.2.2b")
    assert await case.refuses(case.does("MC-5.2.2c", to="cs_clerk")) is Refused.FORM_INCOMPLETE
    case.ignores()


# --- the whole way


@pytest.mark.clause("MC-5.2.3a")
@pytest.mark.clause("MC-5.2.3b")
@pytest.mark.clause("MC-5.2.3c")
@pytest.mark.clause("MC-5.2.4a")
@pytest.mark.clause("MC-5.2.4b")
@pytest.mark.clause("MC-5.2.4c")
@pytest.mark.clause("RV-4.1a")
async def test_a_major_complaint_from_the_apology_to_the_archive(world: World):
    case = await graded_major(await world.opens(**HURT))
    await case.until("MC-5.2.2b")
    assert [(matter.cause, matter.open) for matter in case.file.matters] == [("MC-5.2.3b", True)]
    await case.does("MC-5.2.3g")
    finished = case.file.acts[-1].at
    assert case.file.handled_at == finished
    assert {case.duty(rule).since for rule in ("MC-5.2.3a", "MC-5.2.3d", "MC-5.2.4a", "RV-4.3")} == {finished}
    case.ignores()
    end_of_day = at(finished.astimezone(SHANGHAI).date() + DAYS, 0)
    assert case.duty("MC-5.2.3a").deadline.due == end_of_day
    assert (case.duty("RV-4.3").owner, case.duty("MC-5.2.3d").owner) == (
        DEVELOPMENT,
        SUPERVISOR,
    )
    await case.does("MC-5.2.3a")
    assert case.heard(CLERK) == ["MC-5.2.3a@engineering handed"]
    assert (case.duty("MC-5.2.3c").owner, case.duty("MC-5.2.3c").since) == (CLERK, case.file.acts[-1].at)
    await case.does("MC-5.2.3c")
    assert case.heard(SUPERVISOR) == ["MC-5.2.3c handed"]
    await case.does("MC-5.2.4a")
    assert {case.duty(rule).since for rule in ("MC-5.2.4b", "MC-5.2.4c")} == {case.file.acts[-1].at}
    assert (case.duty("MC-5.2.4b").owner, case.duty("MC-5.2.4c").owner) == (PROJECT_MANAGER, OPERATIONS)
    await case.does("MC-5.2.4b", revised=False, change="预案适用，无须修订")
    assert await case.refuses(case.does("MC-5.2.4c", outside="")) is Refused.FORM_INCOMPLETE
    await case.does("MC-5.2.4c")
    await case.to_the_end()
    assert (case.file.outcome, case.file.closed, case.file.leg) == ("solved", True, 1)
    assert [duty.id for duty in case.file.duties.values() if duty.status is not DutyStatus.DONE] == []
    case.ignores()


@pytest.mark.clause("RV-4.2")
async def test_a_resident_who_is_not_satisfied_sends_it_through_the_major_track_again(world: World):
    case = await graded_major(await world.opens(**HURT))
    await (await case.until("RV-4.3")).does("MC-5.2.3d")
    await case.does("RV-4.3", satisfaction="unsatisfied", handling="电梯又停了")
    asked = case.file.acts[-1].at
    assert (case.file.track, case.file.leg, case.file.handled_at) == (Track.MAJOR, 2, None)
    sheet = case.duty("MC-5.2.2a")
    assert (sheet.id, sheet.since, sheet.deadline.why.anchor) == ("MC-5.2.2a~2", asked, "reopening")
    assert case.duty("MC-5.2.3g").deadline.due == asked + 3 * DAYS
    assert not any(duty.leg == 1 for duty in case.file.open_duties)
    await case.goes_on_afresh()
    await case.to_the_end()
    assert case.file.outcome == "solved"
    case.ignores()


# --- the revisit is arranged


async def handled(world: World) -> Case:
    case = await (await graded_major(await world.opens(**HURT))).until("RV-4.3")
    return case.ignores()


@pytest.mark.clause("MC-5.2.3d")
@pytest.mark.clause("RV-4.3")
async def test_the_revisit_is_made_by_whom_and_when_it_was_arranged_and_its_limit_stays(world: World):
    colleague = Person(id="pan.lan", name="潘兰", email="", department="development", reports_to=DEVELOPMENT)
    directory = world.references.directory
    world.references.directory = directory.but(people=(*directory.people, colleague))
    case = await handled(world)
    over = case.file.handled_at
    assert over is not None
    revisit = case.duty("RV-4.3")
    assert (revisit.owner, revisit.deadline.due, revisit.deadline.source) == (
        DEVELOPMENT,
        over + 24 * HOURS,
        "document",
    )
    assert await case.refuses(case.does("RV-4.3")) is Refused.NOT_READY
    when = over + 6 * HOURS
    await case.does("MC-5.2.3d", by_whom="pan.lan", way="meeting", when=when.isoformat())
    await case.goes_on_afresh()
    revisit = case.duty("RV-4.3")
    assert (revisit.owner, revisit.deadline.due) == ("pan.lan", over + 24 * HOURS)
    assert case.said(revisit.id)[-1] == "told pan.lan"
    assert case.said("MC-5.2.3d")[-1] == "handed pan.lan", "how and when is in the arrangement"
    await case.passes_until(when - 20 * MINUTES)
    assert case.said(revisit.id)[-1] == "told pan.lan"
    await case.passes_until(when)
    assert case.said(revisit.id)[-1] == "reminder pan.lan", "at the moment that was arranged"
    assert await case.refuses(case.does("RV-4.3", by=DEVELOPMENT)) is Refused.NOT_YOURS
    await case.does("RV-4.3", reached=False)
    assert case.duty("RV-4.2.again").owner == "pan.lan"
    case.ignores()


@pytest.mark.clause("MC-5.2.3d")
@pytest.mark.clause("RV-4.1b")
async def test_an_arrangement_that_cannot_be_kept_is_refused(world: World):
    case = await handled(world)
    over = case.file.handled_at
    assert over is not None

    async def refused(**form: Any) -> str:
        with pytest.raises(Refusal) as refusal:
            await case.does("MC-5.2.3d", **form)
        return refusal.value.params.get("problems", refusal.value.code)

    assert (await refused(when=(case.now - HOURS).isoformat())).startswith("when: in the past")
    assert (await refused(when=(over + 24 * HOURS + MINUTES).isoformat())).startswith("when: after")
    assert (await refused(by_whom=CLERK)).startswith("by_whom"), "development revisits major complaints"
    assert await refused(by_whom="nobody") == "unknown-person"
    await case.does("MC-5.2.3d", when=(over + 24 * HOURS).isoformat())
    case.ignores()


@pytest.mark.clause("MC-5.2.3d")
@pytest.mark.clause("RV-4.3")
async def test_a_revisit_that_nobody_arranges_is_late_by_the_supervisors_delay(world: World):
    case = await handled(world)
    await case.passes_until(case.duty("RV-4.3").deadline.due)
    late = case.duty("RV-4.3")
    assert (late.breached_at, late.waited_for) == (late.deadline.due, SUPERVISOR)
    assert late.escalations[0].to == MANAGER, "it climbs from the supervisor, not from development"
    tomorrow_morning = case.now + 20 * HOURS
    await case.does("MC-5.2.3d", when=tomorrow_morning.isoformat())
    assert case.duty("RV-4.3").own_due == case.file.acts[-1].at + 24 * HOURS
    await case.does("RV-4.3")
    case.ignores()


# --- people complained about


@pytest.mark.clause("MC-5.2.1")
@pytest.mark.clause("MC-5.2.3f")
async def test_whoever_is_complained_about_neither_apologises_nor_answers_nor_leads(world: World):
    case = await world.opens(about=[OPERATIONS_CLERK, ENGINEERING, PROJECT_MANAGER], **HURT)
    await graded_major(case)
    assert case.duty("MC-5.2.1").owner == SUPERVISOR
    assert case.duty("MC-5.2.3f").owner == ENGINEERING_LEADER
    assert case.duty("MC-4.1").owner == PROPERTY
    for person in (OPERATIONS_CLERK, ENGINEERING, PROJECT_MANAGER):
        assert case.told(person) == case.heard(person) == []
    assert await case.refuses(case.does("MC-5.2.1", by=OPERATIONS_CLERK)) is Refused.ABOUT_YOU
