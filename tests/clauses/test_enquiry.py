"""转为咨询: a mere enquiry is answered by whoever took it, revisited, and goes through no track (RV-4.1a)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.complaint import Track
from complaints.case.file import DutyStatus
from tests.clauses.test_office_hours import at
from tests.people import CLERK, MANAGER, SALES, SALESPERSON, SUPERVISOR
from tests.world import World

ANSWER, ARCHIVE = "ENQUIRY.answer", "ENQUIRY.archive"
HOURS = timedelta(hours=1)


@pytest.mark.clause("RV-4.1a")
@pytest.mark.parametrize("graded", [True, False])
async def test_whoever_took_it_answers_and_revisits_and_it_is_archived(world: World, graded: bool):
    case = await world.opens(received_by=SALESPERSON)
    await case.does("CR-5.1.4", by=SUPERVISOR)
    if graded:
        await case.does("CR-5.2.1a", by=SUPERVISOR, level=4, reason="按标准判定")
    await case.turns_into_an_enquiry(by=SALESPERSON)
    asked = case.file.acts[-1].at
    assert case.file.track is Track.ENQUIRY
    assert [duty.rule for duty in case.file.open_duties] == [ANSWER], "it goes through no track"
    answer = case.duty(ANSWER)
    assert (answer.owner, answer.since, answer.deadline.source) == (SALESPERSON, asked, "house")
    assert await case.refuses(case.does(ANSWER, by=SALES)) is Refused.NOT_YOURS
    await case.goes_on_afresh()
    await case.does(ANSWER)
    answered = case.file.acts[-1].at
    revisit = case.duty("RV-4.3")
    assert [duty.rule for duty in case.file.open_duties] == ["RV-4.3"]
    assert (revisit.owner, revisit.since, revisit.deadline.due) == (SALESPERSON, answered, answered + 24 * HOURS)
    await case.goes_on_afresh()
    await case.does("RV-4.3")
    archive = case.duty(ARCHIVE)
    assert (archive.owner, archive.since) == (SUPERVISOR, case.file.acts[-1].at)
    await case.does(ARCHIVE)
    await case.handle.result()
    await case.look()
    assert (case.file.outcome, case.file.closed, case.file.handled_at) == ("enquiry", True, None)
    assert not any(duty.rule == "CS-4.2.3" for duty in case.file.duties.values())
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_it_is_recorded_all_the_same(world: World):
    case = await world.opens()
    await case.turns_into_an_enquiry()
    assert {duty.rule for duty in case.file.open_duties} == {"CR-5.1.4", ANSWER}
    await case.does(ANSWER)
    await case.does("RV-4.3")
    assert [duty.rule for duty in case.file.open_duties] == ["CR-5.1.4"]
    await case.does("CR-5.1.4")
    assert [duty.rule for duty in case.file.open_duties] == [ARCHIVE]
    case.ignores()


@pytest.mark.clause("RV-4.1a")
@pytest.mark.memory(anew=True)  # a server begins cases at the real time
async def test_the_answer_is_owed_in_four_office_hours_and_climbs(world: World):
    world.begins_at(at("2026-11-23 09:30"))
    case = await world.opens().graded(4)
    await case.turns_into_an_enquiry(by=SUPERVISOR)
    answer = case.duty(ANSWER)
    due = answer.deadline.due
    assert (answer.owner, due) == (CLERK, case.file.acts[-1].at + 4 * HOURS)
    await case.passes_until(due - timedelta(minutes=1))
    assert f"{answer.id} reminder" in case.heard(CLERK)
    assert not case.duty(ANSWER).late
    await case.passes_until(due + timedelta(minutes=1))
    assert case.duty(ANSWER).breached_at == due
    await case.passes(days=1)
    assert case.duty(ANSWER).escalations[0].to == SUPERVISOR
    await case.does(ANSWER)
    assert case.duty(answer.id).status is DutyStatus.DONE
    assert case.duty(answer.id).late
    case.ignores()


@pytest.mark.clause("RV-4.1a")
@pytest.mark.memory(anew=True)
async def test_what_becomes_urgent_at_night_is_answered_at_night(world: World):
    world.begins_at(at("2026-11-23 22:00"))
    case = await world.opens().graded(4)
    await case.turns_into_an_enquiry()
    asked = case.file.acts[-1].at
    assert case.duty(ANSWER).deadline.due > asked + 12 * HOURS, "in the morning"
    await case.amends(injured=True, reason="客户来电说有人受伤")
    assert case.duty(ANSWER).deadline.due == case.file.acts[-1].at + 4 * HOURS
    case.ignores()


@pytest.mark.clause("RV-4.1a")
@pytest.mark.memory(anew=True)
async def test_it_is_archived_in_two_working_days(world: World):
    world.begins_at(at("2026-11-23 09:30"))
    case = await world.opens().graded(4)
    await case.turns_into_an_enquiry()
    await case.does(ANSWER)
    await case.does("RV-4.3")
    archive = case.duty(ARCHIVE)
    assert (archive.deadline.due, archive.deadline.source) == (at("2026-11-26 00:00"), "house")
    assert await case.refuses(case.does(ARCHIVE, place="")) is Refused.FORM_INCOMPLETE
    await case.passes_until(archive.deadline.due - timedelta(minutes=1))
    assert f"{archive.id} reminder" in case.heard(SUPERVISOR)
    assert not case.duty(ARCHIVE).late
    await case.passes_until(archive.deadline.due + timedelta(minutes=1))
    assert case.duty(ARCHIVE).breached_at == archive.deadline.due
    await case.passes(days=2)
    assert case.duty(ARCHIVE).escalations[0].to == MANAGER
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_the_answer_says_what_and_when(world: World):
    case = await world.opens().graded(4)
    await case.turns_into_an_enquiry()
    wrongs: tuple[dict[str, Any], ...] = (
        {"answer": ""},
        {"answered_at": (case.now + HOURS).isoformat()},
        {"answered_at": (case.now - 20 * HOURS).isoformat()},
    )
    for wrong in wrongs:
        assert await case.refuses(case.does(ANSWER, **wrong)) is Refused.FORM_INCOMPLETE
    await case.tries(ANSWER, way="telephone", note="无人接听")
    assert case.duty(ANSWER).open
    await case.does(ANSWER, answer="6月30日交房")
    assert case.file.acts[-1].form["answer"] == "6月30日交房"
    case.ignores()


@pytest.mark.clause("RV-4.1a")
@pytest.mark.clause("RV-4.2")
@pytest.mark.parametrize("graded", [True, False])
async def test_a_customer_who_is_not_satisfied_has_a_complaint(world: World, graded: bool):
    case = await world.opens()
    await case.does("CR-5.1.4", by=SUPERVISOR)
    if graded:
        await case.does("CR-5.2.1a", by=SUPERVISOR, level=4, reason="按标准判定")
    await case.turns_into_an_enquiry()
    await case.does(ANSWER)
    await case.does("RV-4.3", satisfaction="unsatisfied", suggestions="问题没有解决")
    await case.goes_on_afresh()
    if not graded:
        assert [duty.rule for duty in case.file.open_duties] == ["CR-5.2.1a"]
        await case.does("CR-5.2.1a", level=4)
    assert case.file.track is Track.ORDINARY
    assert case.duty("CS-4.2.1a").since >= case.file.acts[-1].at - timedelta(seconds=1) or graded
    assert await case.refuses(case.turns_into_an_enquiry()) is Refused.NO_ENQUIRY
    await case.goes_on_afresh()
    await case.to_the_end()
    assert case.file.outcome not in (None, "enquiry")
    case.ignores()


@pytest.mark.clause("RV-4.1a")
@pytest.mark.parametrize(
    "told",
    [
        {"injured": True},
        {"loss": 100},
        {"media": "mentioned"},
        {"households": 2},
        {"service_failed": True},
        {"about": [SALESPERSON]},
    ],
    ids=lambda told: next(iter(told)),
)
async def test_what_names_a_harm_or_a_person_is_a_complaint(world: World, told: dict[str, Any]):
    case = await world.opens(**told).graded(3)
    assert await case.refuses(case.turns_into_an_enquiry(by=SUPERVISOR)) is Refused.NO_ENQUIRY
    assert case.file.track is Track.ORDINARY
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_who_may_turn_it_into_an_enquiry_and_when(world: World):
    case = await world.opens().graded(4)
    for other in (SALES, MANAGER):
        assert await case.refuses(case.turns_into_an_enquiry(by=other)) is Refused.NOT_YOURS
    assert await case.refuses(case.turns_into_an_enquiry(reason="")) is Refused.REASON_NEEDED
    await case.opens_matter("repair", what="更换防水层")
    assert await case.refuses(case.turns_into_an_enquiry()) is Refused.NO_ENQUIRY, "a repair is under way"
    crisis = await world.opens(loss=600_000).graded(1)
    assert await crisis.refuses(crisis.turns_into_an_enquiry()) is Refused.WRONG_ACT
    handled = (await world.opens().graded(4)).ignores()
    await handled.until("RV-4.3")
    assert await handled.refuses(handled.turns_into_an_enquiry()) is Refused.NO_ENQUIRY
    withdrawn = await world.opens().graded(4)
    await withdrawn.is_withdrawn()
    assert await withdrawn.refuses(withdrawn.turns_into_an_enquiry()) is Refused.WRONG_ACT
    for one in (case, crisis, withdrawn):
        one.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_what_other_cases_depend_on_is_no_enquiry(world: World):
    case, member = await world.opens().graded(4), await world.opens().graded(4)
    await case.is_followed_by(member)
    assert await case.refuses(case.turns_into_an_enquiry()) is Refused.OTHERS_DEPEND
    assert await member.refuses(member.turns_into_an_enquiry()) is Refused.NO_ENQUIRY
    case.ignores()
    member.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_what_turns_out_to_be_a_complaint_is_graded(world: World):
    case = await world.opens().graded(4)
    await case.turns_into_an_enquiry()
    await case.amends(injured=True)
    await case.regrades(2, major=False)
    assert case.file.track is Track.ORDINARY
    assert not any(duty.rule == ANSWER for duty in case.file.open_duties)
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_an_enquiry_that_is_spam_after_all_is_found_invalid(world: World):
    case = await world.opens().graded(4)
    await case.turns_into_an_enquiry()
    await case.is_found_invalid()
    await case.approves("INVALID.confirmation")
    assert case.file.outcome == "invalid"
    case.ignores()
