"""Edition 2026.1, MC-3, MC-5.2: major complaints by criterion and by grading, from the apology to the training."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from complaints.base.errors import Refusal, Refused
from complaints.case.complaint import Track
from complaints.case.file import ActKind, DutyStatus
from tests.clauses.edition_2026_1.table_major import HURT
from tests.clauses.limits import SHANGHAI, at
from tests.clauses.test_major import (  # noqa: F401 (its tests hold under both editions)
    DAYS,
    HOURS,
    MINUTES,
    graded_major,
    test_an_entry_about_being_major_falls_away_when_the_supervisor_regrades_by_themselves,
    test_facts_corrected_later_are_put_before_the_supervisor_who_makes_it_major,
)
from tests.people import (
    CLERK,
    DEVELOPMENT,
    ENGINEERING,
    ENGINEERING_LEADER,
    OPERATIONS,
    OPERATIONS_CLERK,
    PROJECT_MANAGER,
    PROPERTY,
    SUPERVISOR,
)
from tests.world import World

pytestmark = pytest.mark.edition("2026.1")

FROM_THE_RECEIPT = ("MC-5.2.1", "MC-5.2.2a", "MC-5.2.2c", "MC-5.2.2d", "MC-5.2.3f", "MC-5.2.3g")


# --- what is major, and when its clocks start


@pytest.mark.clause("MC-3b")
@pytest.mark.clause("MC-5.2.2a")
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
    assert [case.duty(rule).since for rule in FROM_THE_RECEIPT] == [received] * 6
    await case.does("MC-5.2.2a")
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
async def test_left_out_by_the_supervisor_with_a_reason_it_is_ordinary_and_what_had_begun_falls_away(world: World):
    case = await world.opens(**HURT)
    assert await case.refuses(case.does("CR-5.2.1a", level=4, reason="")) is Refused.REASON_NEEDED
    await case.does("CR-5.2.1a", level=4, reason="受伤与电梯无关")
    assert (case.file.track, case.file.major) == (Track.ORDINARY, False)
    assert {case.duty(rule).superseded_by for rule in ("MC-5.2.1", "MC-5.2.2a")} == {"graded level 4"}
    assert sorted(case.heard(OPERATIONS_CLERK)) == ["MC-5.2.1 closed", "MC-5.2.2a closed"]
    assert "CR-5.1.3" not in case.file.duties, "what the supervisor has decided is not put before them again"


@pytest.mark.clause("MC-3b")
@pytest.mark.parametrize("major", [True, False])
async def test_level_one_goes_to_the_crisis_track_even_if_it_is_major(world: World, major: bool):
    case = await world.opens(loss=600_000, **HURT)
    await case.does("CR-5.2.1a", level=1, major=major, reason="损失巨大")
    assert (case.file.track, case.file.level) == (Track.CRISIS, 1)
    assert case.duty("CR-5.2.1b").open
    assert {case.duty(rule).status for rule in ("MC-5.2.1", "MC-5.2.2a")} == {DutyStatus.SUPERSEDED}
    assert not any(duty.rule.startswith("MC-") for duty in case.file.open_duties)
    case.ignores()


@pytest.mark.clause("MC-3a")
async def test_a_service_not_given_is_proposed_as_major_the_third_time_it_is_raised(world: World):
    told: dict[str, Any] = {"customer": f"三次投诉的住户{datetime.now(UTC):%H%M%S%f}", "service_failed": True}
    first, second, third = [await world.opens(**told) for _ in range(3)]
    assert [case.file.proposal.major for case in (first, second)] == [(), ()]
    assert [(reason.rule, reason.params["value"]) for reason in third.file.proposal.major] == [("MC-3a", "2")]
    assert third.duty("MC-5.2.2a").open


@pytest.mark.clause("MC-3a")
async def test_the_supervisor_may_grade_as_major_what_no_criterion_proposes(world: World):
    received = datetime.now(UTC) - 2 * MINUTES
    case = await graded_major(await world.opens(received_at=received), level=3)
    assert case.file.track is Track.MAJOR
    assert {(case.duty(rule).since, case.duty(rule).deadline.why.anchor) for rule in FROM_THE_RECEIPT[:4]} == {
        (received, "receipt")
    }
    assert not any(duty.rule == "MC-5.2.3f" for duty in case.file.duties.values()), "no department is known yet"
    await case.does("MC-5.2.1")
    await case.does("MC-5.2.2a", department="property")
    answer = case.duty("MC-5.2.3f")
    assert (answer.owner, answer.deadline.due) == (PROPERTY, received + 24 * HOURS)


@pytest.mark.clause("MC-3b")
async def test_regraded_to_major_the_ordinary_duties_are_superseded_and_the_clocks_start_there(world: World):
    case = await world.opens(department="property").graded(3)
    await case.passes(hours=5)
    case.ignores()
    happened = case.now - 2 * MINUTES
    await case.regrades(3, major=True, reason="查明系公司责任", at=happened)
    assert (case.file.track, case.file.level, case.file.leg) == (Track.MAJOR, 3, 2)
    assert {case.duty(rule).since for rule in FROM_THE_RECEIPT} == {happened}
    assert {case.duty(rule).deadline.why.anchor for rule in FROM_THE_RECEIPT} == {"regrading"}
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
    assert (sheet.id, sheet.needs, sheet.open) == ("MC-5.2.2a~2", (), True)
    case.ignores()


@pytest.mark.clause("MC-3b")
async def test_from_major_to_a_crisis_nothing_of_the_emergency_plan_stays_open_but_the_corrective_action(world: World):
    case = await graded_major(await world.opens(**HURT))
    await case.regrades(1, major=True)
    assert case.file.track is Track.CRISIS
    assert [duty.id for duty in case.file.open_duties if duty.rule.startswith("MC-")] == []
    assert any(matter.cause == "MC-5.2.3b" and matter.open for matter in case.file.matters)
    case.ignores()


# --- what becomes known later


@pytest.mark.clause("MC-3a")
async def test_dismissed_with_a_reason_it_stays_ordinary_and_is_not_asked_again(world: World):
    case = await world.opens(department="engineering").graded(2)
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
@pytest.mark.clause("MC-5.2.3d")
async def test_what_cannot_be_is_refused(world: World):
    case = await world.opens(**HURT)
    later = (case.now + HOURS).isoformat()
    assert await case.refuses(case.does("MC-5.2.1", apologised=False)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("MC-5.2.1", happened_at=later)) is Refused.FORM_INCOMPLETE
    await case.does("MC-5.2.1")
    assert await case.refuses(case.does("MC-5.2.2a", department="lifts")) is Refused.FORM_INCOMPLETE
    await graded_major(case)
    assert await case.refuses(case.does("MC-4.1", people=["nobody"])) is Refused.UNKNOWN_PERSON
    assert await case.refuses(case.does("MC-5.2.2c", to="cs_clerk")) is Refused.FORM_INCOMPLETE
    await case.until("MC-5.2.3d")
    earlier = (case.now - HOURS).isoformat()
    assert await case.refuses(case.does("MC-5.2.3d", when=earlier)) is Refused.FORM_INCOMPLETE
    case.ignores()


# --- passing it on, the same day


@pytest.mark.clause("MC-5.2.2c")
@pytest.mark.clause("MC-5.2.2d")
async def test_it_is_forwarded_upwards_and_to_operations_the_day_it_was_received(world: World):
    received = datetime.now(UTC)
    case = await graded_major(await world.opens(received_at=received, **HURT))
    end_of_day = at(received.astimezone(SHANGHAI).date() + DAYS, 0)
    for rule in ("MC-5.2.2c", "MC-5.2.2d"):
        duty = case.duty(rule)
        assert (duty.owner, duty.deadline.due, duty.deadline.source) == (OPERATIONS_CLERK, end_of_day, "document")
    await case.does("MC-5.2.2c", to="centre_head")
    await case.does("MC-5.2.2d")
    assert not any(case.duty(rule).open for rule in ("MC-5.2.2c", "MC-5.2.2d"))
    assert case.duty("MC-5.2.2a").open, "forwarding waits for nobody"


# --- the department complained about


@pytest.mark.clause("MC-5.2.2b")
@pytest.mark.clause("MC-5.2.3f")
async def test_a_sheet_sent_to_another_department_takes_its_clocks_there(world: World):
    received = datetime.now(UTC)
    case = await graded_major(await world.opens(received_at=received, **HURT))
    await case.does("MC-5.2.1")
    await case.does("MC-5.2.2a", department="property")
    await case.goes_on_afresh()
    assert sorted(case.heard(ENGINEERING)) == ["MC-5.2.3f@engineering closed", "MC-5.2.3g@engineering closed"]
    assert {
        (case.duty(rule).owner, case.duty(rule).since) for rule in ("MC-5.2.3f@property", "MC-5.2.3g@property")
    } == {(PROPERTY, received)}
    assert case.duty("MC-5.2.2b").owner == PROPERTY
    await case.does("MC-5.2.3g@property")
    assert case.duty("MC-5.2.3a").owner == PROPERTY


@pytest.mark.clause("MC-5.2.3g")
async def test_a_department_may_finish_before_the_sheet_has_reached_it(world: World):
    case = await graded_major(await world.opens(**HURT))
    await case.does("MC-5.2.3g")
    finished = case.file.acts[-1].at
    assert case.file.handled_at == finished
    assert case.duty("RV-4.3").since == finished
    await case.does("MC-5.2.1")
    await case.does("MC-5.2.2a", department="property")  # too late to take it anywhere
    await case.goes_on_afresh()
    assert not any(duty.id == "MC-5.2.3g@property" for duty in case.file.duties.values())
    assert case.duty("MC-5.2.2b").owner == PROPERTY


# --- the whole way


@pytest.mark.clause("MC-5.2.3a")
@pytest.mark.clause("MC-5.2.3b")
@pytest.mark.clause("MC-5.2.3c")
@pytest.mark.clause("MC-5.2.4a")
@pytest.mark.clause("MC-5.2.4b")
@pytest.mark.clause("MC-5.2.4c")
async def test_a_major_complaint_from_the_apology_to_the_archive(world: World):
    case = await graded_major(await world.opens(**HURT))
    await case.until("MC-5.2.3g")
    assert [(matter.cause, matter.open) for matter in case.file.matters] == [("MC-5.2.3b", True)]
    await case.does("MC-5.2.3g")
    finished = case.file.acts[-1].at
    assert case.file.handled_at == finished
    assert {case.duty(rule).since for rule in ("MC-5.2.3a", "MC-5.2.3d", "MC-5.2.4a", "RV-4.3")} == {finished}
    end_of_day = at(finished.astimezone(SHANGHAI).date() + DAYS, 0)
    assert case.duty("MC-5.2.3a").deadline.due == end_of_day
    assert (case.duty("RV-4.3").owner, case.duty("MC-5.2.3d").owner) == (
        DEVELOPMENT,
        SUPERVISOR,
    )
    await case.does("MC-5.2.3a")
    assert (case.duty("MC-5.2.3c").owner, case.duty("MC-5.2.3c").since) == (CLERK, case.file.acts[-1].at)
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


@pytest.mark.clause("MC-5.2.3d")
@pytest.mark.clause("RV-4.1b")
async def test_a_resident_who_is_not_satisfied_sends_it_through_the_major_track_again(world: World):
    case = await graded_major(await world.opens(**HURT))
    await (await case.until("RV-4.3")).does("RV-4.3", satisfaction="unsatisfied", handling="电梯又停了")
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
