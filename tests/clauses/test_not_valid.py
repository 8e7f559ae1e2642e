"""认定无效: nothing a customer said, found by the supervisor and confirmed by another person (RV-4.1a)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.complaint import Track
from complaints.case.file import DutyStatus
from tests.clauses.table_major import GRADED, HURT
from tests.clauses.test_office_hours import at
from tests.clauses.test_people import away
from tests.people import CLERK, MANAGER, SALES, SUPERVISOR
from tests.world import Case, World

CONFIRMATION = "INVALID.confirmation"
COLLEAGUE = "wu.jie"


def undecided(case: Case) -> list[str]:
    return [duty.rule for duty in case.file.open_duties if duty.rule == CONFIRMATION]


@pytest.mark.clause("RV-4.1a")
async def test_the_supervisor_says_what_it_is_and_why(world: World):
    case = await world.opens().graded(3)
    wrongs: tuple[dict[str, Any], ...] = ({"why": "boring"}, {"why": ""})
    for wrong in wrongs:
        assert await case.refuses(case.is_found_invalid(**wrong)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.is_found_invalid(reason="")) is Refused.REASON_NEEDED
    for other in (CLERK, MANAGER, SALES):
        assert await case.refuses(case.is_found_invalid(by=other)) is Refused.NOT_YOURS
    assert undecided(case) == []
    await case.is_found_invalid(why="no_customer", reason="系施工单位内部来电")
    found = case.file.acts[-1]
    assert (found.form, found.reason, found.rule) == ({"found_to_be": "no_customer"}, "系施工单位内部来电", "INVALID")
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_the_handling_goes_on_until_another_person_confirms_it(world: World):
    case = await world.opens().graded(3)
    assessment = case.duty("CS-4.2.1a")
    await case.is_found_invalid()
    confirmation = case.duty(CONFIRMATION)
    assert (confirmation.owner, confirmation.since) == (MANAGER, case.file.acts[-1].at)
    assert confirmation.deadline.source == "house"
    assert (case.file.track, case.duty(assessment.id)) == (Track.ORDINARY, assessment), "its clocks go on"
    for other in (CLERK, SUPERVISOR, SALES):
        assert await case.refuses(case.approves(CONFIRMATION, by=other)) is Refused.NOT_YOURS
    assert await case.refuses(case.delegates(CONFIRMATION, SUPERVISOR)) is Refused.FOUR_EYES
    await case.goes_on_afresh()
    assert undecided(case) == [CONFIRMATION]
    await case.approves(CONFIRMATION)
    await case.handle.result()
    await case.look()
    assert case.duty(assessment.id).status is DutyStatus.SUPERSEDED
    assert (case.file.track, case.file.outcome, case.file.closed) == (Track.INVALID, "invalid", True)
    assert not any(duty.rule in ("RV-4.3", "CS-4.2.3") for duty in case.file.duties.values()), "nobody is revisited"
    assert f"{case.duty(CONFIRMATION).id} handed" in case.heard(CLERK), "whoever took it in hears of it"
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_it_needs_no_grading(world: World):
    case = await world.opens()
    await case.is_found_invalid(why="mistake", reason="误点登记")
    await case.approves(CONFIRMATION)
    await case.handle.result()
    await case.look()
    assert (case.file.outcome, case.file.level) == ("invalid", None)
    case.ignores()


@pytest.mark.clause("RV-4.1a")
@pytest.mark.memory(anew=True)  # a server begins cases at the real time
async def test_a_confirmation_is_owed_in_four_office_hours_and_climbs(world: World):
    world.begins_at(at("2026-11-23 09:30"))
    case = await world.opens().graded(3)
    await case.is_found_invalid()
    asked, confirmation = case.file.acts[-1].at, case.duty(CONFIRMATION)
    assert confirmation.deadline.due == asked + timedelta(hours=4)
    await case.passes_until(confirmation.deadline.due - timedelta(minutes=1))
    assert f"{confirmation.id} reminder" in case.heard(MANAGER)
    assert not case.duty(CONFIRMATION).late
    await case.passes_until(confirmation.deadline.due + timedelta(minutes=1))
    assert case.duty(CONFIRMATION).breached_at == confirmation.deadline.due
    await case.passes(days=1)
    assert case.duty(CONFIRMATION).escalations[0].to not in (MANAGER, SUPERVISOR)
    assert case.file.track is Track.ORDINARY, "a breach ends nothing"
    await case.approves(CONFIRMATION)
    assert case.file.track is Track.INVALID
    case.ignores()


@pytest.mark.clause("RV-4.1a")
@pytest.mark.memory(anew=True)  # a server begins cases at the real time
async def test_of_an_urgent_case_it_is_owed_at_night_too(world: World):
    world.begins_at(at("2026-11-23 22:00"))
    case = await world.opens(**HURT)
    await case.does("CR-5.2.1a", **GRADED)
    await case.is_found_invalid(reason="恶作剧电话，并无此事")
    assert case.duty(CONFIRMATION).deadline.due == case.file.acts[-1].at + timedelta(hours=4)
    await case.approves(CONFIRMATION)
    assert case.file.track is Track.INVALID
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_returned_it_changes_nothing_and_can_be_found_again(world: World):
    case = await world.opens().graded(3)
    owed = {duty.id: duty.deadline for duty in case.file.open_duties}
    await case.is_found_invalid()
    await case.returns(CONFIRMATION, "INVALID", reason="确有此客户，已核实")
    assert (case.file.track, case.file.outcome, undecided(case)) == (Track.ORDINARY, None, [])
    assert {duty.id: duty.deadline for duty in case.file.open_duties} == owed
    await case.is_found_invalid(why="mistake", reason="重复登记，客户从未来电")
    await case.is_found_invalid(why="no_customer", reason="系内部来电")
    assert undecided(case) == [CONFIRMATION], "the newer one counts"
    await case.goes_on_afresh()
    await case.approves(CONFIRMATION)
    assert case.file.track is Track.INVALID
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_who_stands_in_for_both_does_not_confirm_what_they_found(world: World):
    case = await world.opens().graded(3)
    away(world, SUPERVISOR)
    away(world, MANAGER, deputy=COLLEAGUE)
    await case.hears_of_a_new_directory()
    await case.is_found_invalid(by=COLLEAGUE)
    assert case.duty(CONFIRMATION).owner not in (COLLEAGUE, SUPERVISOR, MANAGER)
    assert await case.refuses(case.approves(CONFIRMATION, by=COLLEAGUE)) is Refused.NOT_YOURS
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_a_crisis_is_regraded_first(world: World):
    case = await world.opens(loss=600_000).graded(1)
    assert await case.refuses(case.is_found_invalid()) is Refused.WRONG_ACT
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_what_became_a_crisis_before_it_was_confirmed_goes_on(world: World):
    case = await world.opens().graded(3)
    await case.is_found_invalid()
    await case.regrades(1)
    assert (case.file.track, undecided(case)) == (Track.CRISIS, [])
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_what_was_withdrawn_or_handled_is_not_found_invalid(world: World):
    withdrawn = await world.opens().graded(3)
    await withdrawn.is_withdrawn()
    assert await withdrawn.refuses(withdrawn.is_found_invalid()) is Refused.WRONG_ACT
    handled = (await world.opens().graded(3)).ignores()
    await handled.until("RV-4.3")
    assert await handled.refuses(handled.is_found_invalid()) is Refused.WRONG_ACT, "it is revisited"
    withdrawn.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_what_other_customers_depend_on_is_not_found_invalid(world: World):
    case, duplicate = await world.opens().graded(3), await world.opens().graded(3)
    await duplicate.merges_into(case)
    await case.becomes(lambda file: any(link.customer for link in file.links))
    assert await case.refuses(case.is_found_invalid()) is Refused.OTHERS_DEPEND
    case.ignores()
    duplicate.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_the_cases_that_it_leads_are_released_and_its_repair_ends(world: World):
    case, member = await world.opens().graded(3), await world.opens().graded(3)
    await case.is_followed_by(member)
    await case.opens_matter("repair", what="更换防水层")
    await case.is_found_invalid()
    await case.approves(CONFIRMATION)
    assert [matter.outcome for matter in case.file.matters] == ["invalid"]
    await member.becomes(lambda file: file.track is Track.ORDINARY)
    assert member.file.open_duties
    case.ignores()
    member.ignores()
