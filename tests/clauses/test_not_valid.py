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
from workflows import linked_cases

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
    assert undecided(case) == [CONFIRMATION]
    await case.goes_on_afresh()
    await case.approves(CONFIRMATION)
    assert case.file.track is Track.INVALID
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_whoever_found_it_hears_of_the_decision(world: World):
    case = await world.opens().graded(3)
    await case.is_found_invalid()
    returned = case.duty(CONFIRMATION).id
    case.heard(SUPERVISOR)
    await case.returns(CONFIRMATION, "INVALID", reason="确有此客户，已核实")
    assert case.heard(SUPERVISOR) == [f"{returned} handed"], "returned (decision 13)"
    notice, returning = case.file.notices[-1], case.file.acts[-1]
    assert (notice.to, notice.at, notice.params["act"]) == (SUPERVISOR, returning.recorded_at, str(returning.seq))
    await case.is_found_invalid()
    confirmed = case.duty(CONFIRMATION).id
    await case.approves(CONFIRMATION)
    assert f"{confirmed} handed" in case.heard(SUPERVISOR)
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_a_stand_in_hears_of_it_for_whoever_is_away(world: World):
    case = await world.opens().graded(3)
    await case.is_found_invalid()
    away(world, SUPERVISOR, deputy=COLLEAGUE)
    await case.hears_of_a_new_directory()
    returned = case.duty(CONFIRMATION).id
    await case.returns(CONFIRMATION, "INVALID", reason="确有此客户，已核实")
    assert f"{returned} handed" in case.heard(COLLEAGUE)
    assert f"{returned} handed" not in case.heard(SUPERVISOR)
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_while_it_is_undecided_it_is_not_found_again(world: World):
    case = await world.opens().graded(3)
    await case.is_found_invalid()
    first = case.duty(CONFIRMATION)
    assert await case.refuses(case.is_found_invalid(why="no_customer")) is Refused.UNDECIDED
    assert case.duty(CONFIRMATION) == first
    assert await case.refuses(case.withdraws(CONFIRMATION, by=MANAGER)) is Refused.NOT_YOURS
    await case.withdraws(CONFIRMATION, by=SUPERVISOR)
    assert (case.file.track, undecided(case)) == (Track.ORDINARY, [])
    assert f"{first.id} closed" in case.heard(MANAGER)
    await case.is_found_invalid(why="no_customer", reason="系内部来电")
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
    assert not any(line.startswith(CONFIRMATION) for line in case.heard(SUPERVISOR)), "who regraded it, knows"
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


@pytest.mark.clause("RV-4.1a")
@pytest.mark.parametrize("ending", ["invalid", "withdrawn"])
async def test_what_may_end_soon_is_neither_merged_nor_takes_others_in_until_that_is_decided(world: World, ending: str):
    """The other customer's complaint would end with it, or the decision would be lost."""
    case, other = await world.opens(customer="沈先生").graded(3), await world.opens(customer="顾女士").graded(3)
    await (case.is_found_invalid() if ending == "invalid" else case.drops())
    [confirmation] = [duty for duty in case.file.open_duties if duty.rule.endswith(".confirmation")]
    assert await case.refuses(case.merges_into(other)) is Refused.CANNOT_JOIN
    assert await case.refuses(case.leads(other)) is Refused.CANNOT_JOIN
    await other.merges_into(case)  # past the client's question: the case itself refuses
    await other.becomes(lambda file: not file.links)
    assert [line.data["why"] for line in await other.lines("link.refused")] == ["undecided"]
    assert [line.data["why"] for line in await case.lines("link.declined")] == ["undecided"]
    assert "MERGE handed" in other.heard(SUPERVISOR), "whoever asked for it hears of that"
    assert (other.file.track, case.duty(confirmation.id).open) == (Track.ORDINARY, True)
    await other.leads(case)
    await other.becomes(lambda file: not file.links)
    assert case.duty(confirmation.id).open, "it would have been superseded"
    assert "GATHER handed" in other.heard(SUPERVISOR)
    await case.approves(confirmation.id)
    assert case.file.track in (Track.INVALID, Track.WITHDRAWN)
    await other.merges_into(case)
    await other.becomes(lambda file: not file.links)
    assert other.file.track is Track.ORDINARY, "it is handled on its own"
    case.ignores()
    other.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_what_is_about_to_be_merged_is_found_invalid_only_once_that_is_answered(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    case, other = await world.opens().graded(3), await world.opens().graded(3)
    monkeypatch.setattr(linked_cases, "ask", lambda *_: None)  # the other case does not answer
    await case.merges_into(other)
    for ending in (case.is_found_invalid(), case.drops()):
        assert await case.refuses(ending) is Refused.NOT_READY
    assert undecided(case) == []
    case.ignores()
    other.ignores()


@pytest.mark.clause("RV-4.1a")
@pytest.mark.clause("CR-5.1.2")
@pytest.mark.server
@pytest.mark.parametrize("graded", [True, False])
async def test_a_grade_that_was_proposed_because_of_it_is_looked_at_again(world: World, graded: bool):
    told = {"customer": "贺先生" if graded else "贺太太", "building": "91栋" if graded else "92栋"}  # of no other test
    first = (await world.opens(**told).graded(3)).ignores()
    again = await world.opens(**told)
    assert (again.file.proposal.level, [reason.rule for reason in again.file.proposal.reasons]) == (
        3,
        ["GRADE-3.repeats"],
    )
    if graded:
        await again.does("CR-5.2.1a", level=3)
    again.heard(SUPERVISOR)
    await first.is_found_invalid()
    await first.approves(CONFIRMATION)
    await again.becomes(lambda file: not file.related)
    assert again.heard(SUPERVISOR) == ["CR-5.2.1a copy"]
    assert again.file.level == (3 if graded else None), "only a proposal changes"
    assert again.file.proposal.level == (3 if graded else 4)
    await again.goes_on_afresh()
    for case in (first, again):
        case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_a_proposal_that_it_made_no_higher_stays_as_it_is(world: World):
    first = (await world.opens(customer="贺女士").graded(3)).ignores()
    again = await world.opens(customer="贺女士", loss=600_000)
    again.heard(SUPERVISOR)
    await first.is_found_invalid()
    await first.approves(CONFIRMATION)
    await again.becomes(lambda file: not file.related)
    assert (again.file.proposal.level, again.heard(SUPERVISOR)) == (1, [])
    for case in (first, again):
        case.ignores()
