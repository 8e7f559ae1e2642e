"""撤诉: the customer's words, confirmed by a superior, and revisited once (decision 16, RV-4.1a)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.complaint import Track
from complaints.case.file import DutyStatus
from tests.clauses.table_major import GRADED, HURT
from tests.clauses.test_people import away
from tests.people import (
    CLERK,
    DEVELOPMENT,
    MANAGER,
    SALES,
    SALES_SUPERVISOR,
    SALESPERSON,
    SECURITY,
    SUPERVISOR,
)
from tests.world import Case, World

HOURS = timedelta(hours=1)
CONFIRMATION, CONSENT = "DROP.confirmation", "DROP.consent"
COLLEAGUE = "wu.jie"


def undecided(case: Case) -> list[str]:
    return [duty.rule for duty in case.file.open_duties if duty.rule.startswith("DROP.")]


@pytest.mark.clause("RV-4.1a")
async def test_a_withdrawal_has_the_customers_words_and_where_the_paper_is(world: World):
    case = await world.opens().graded(3)
    said = case.now - timedelta(minutes=1)
    wrongs: tuple[dict[str, Any], ...] = (
        {"how": "shouted"},
        {"words": ""},
        {"evidence": ""},
        {"said_at": case.now + HOURS},
        {"said_at": said - 20 * HOURS},
    )
    for wrong in wrongs:
        assert await case.refuses(case.drops(**wrong)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.drops(said_to="nobody.known")) is Refused.UNKNOWN_PERSON
    assert await case.refuses(case.drops(by=SALES)) is Refused.NOT_YOURS
    assert await case.refuses(case.drops(reason="")) is Refused.REASON_NEEDED
    await case.drops(how="written", words="问题已经解决，不再投诉", evidence="来函2026-0113")
    form = case.file.acts[-1].form
    assert (form["words"], form["evidence"], form["said_to"]) == ("问题已经解决，不再投诉", "来函2026-0113", CLERK)


@pytest.mark.clause("RV-4.1a")
async def test_what_only_the_person_complained_about_has_heard_is_no_withdrawal(world: World):
    case = await world.opens(about=[SALESPERSON]).graded(3)
    assert await case.refuses(case.drops(said_to=SALESPERSON)) is Refused.ABOUT_YOU
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_the_handling_goes_on_until_the_superior_of_whoever_took_it_has_confirmed_it(world: World):
    case = await world.opens(received_by=SALESPERSON).graded(3)
    assessment = case.duty("CS-4.2.1a")
    await case.drops(by=SALESPERSON)
    dropped = case.file.acts[-1]
    confirmation = case.duty(CONFIRMATION)
    assert (confirmation.owner, confirmation.since, confirmation.deadline.source) == (
        SALES_SUPERVISOR,
        dropped.at,
        "house",
    )
    assert (case.file.track, case.duty(assessment.id)) == (Track.ORDINARY, assessment), "its clocks go on"
    for other in (SALESPERSON, SUPERVISOR, SALES):
        assert await case.refuses(case.approves(CONFIRMATION, by=other)) is Refused.NOT_YOURS
    assert await case.refuses(case.delegates(CONFIRMATION, SALESPERSON)) is Refused.FOUR_EYES
    await case.goes_on_afresh()
    await case.approves(CONFIRMATION)
    confirmed = case.file.acts[-1].at
    assert case.file.track is Track.WITHDRAWN
    assert case.duty(assessment.id).status is DutyStatus.SUPERSEDED
    assert "CS-4.2.1a closed" in case.heard(SALESPERSON)
    assert [duty.rule for duty in case.file.open_duties] == ["RV-4.3"], "and it is revisited once"
    revisit = case.duty("RV-4.3")
    assert (revisit.owner, revisit.since, revisit.deadline.due) == (SALESPERSON, confirmed, confirmed + 24 * HOURS)
    assert await case.refuses(case.drops(by=SALESPERSON)) is Refused.WRONG_ACT
    assert await case.refuses(case.regrades(1)) is Refused.WRONG_ACT
    await case.goes_on_afresh()
    await case.does("RV-4.3")
    archive = case.duty("WITHDRAWN.archive")
    assert (archive.owner, archive.since) == (SUPERVISOR, case.file.acts[-1].at)
    assert archive.deadline.why.anchor == "all_done"
    await case.does("WITHDRAWN.archive")
    await case.handle.result()
    await case.look()
    assert (case.file.outcome, case.file.closed) == ("withdrawn", True)
    assert not any(duty.rule == "CS-4.2.3" for duty in case.file.duties.values())
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_whoever_records_it_does_not_confirm_it_even_if_they_are_the_superior(world: World):
    case = await world.opens(received_by=CLERK).graded(3)
    await case.drops(by=SUPERVISOR)
    assert case.duty(CONFIRMATION).owner == MANAGER, "the supervisor recorded it; so the next one up"
    for nobody in (CLERK, SUPERVISOR):
        assert await case.refuses(case.approves(CONFIRMATION, by=nobody)) in (Refused.NOT_YOURS, Refused.FOUR_EYES)
    await case.approves(CONFIRMATION)
    assert f"{case.duty(CONFIRMATION).id} handed" in case.heard(CLERK), "whoever took it in hears of it"
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_a_confirmation_that_nobody_gives_is_late_and_climbs(world: World):
    case = await world.opens(received_by=CLERK).graded(3)
    await case.drops(by=CLERK)
    due = case.duty(CONFIRMATION).deadline.due
    await case.passes_until(due + timedelta(minutes=1))
    late = case.duty(CONFIRMATION)
    assert (late.owner, late.breached_at) == (SUPERVISOR, due)
    await case.passes(days=1)
    assert case.duty(CONFIRMATION).escalations[0].to == MANAGER
    assert case.file.track is Track.ORDINARY
    await case.approves(CONFIRMATION)
    assert case.file.track is Track.WITHDRAWN
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_returned_it_changes_nothing_and_can_be_recorded_again(world: World):
    case = await world.opens(received_by=CLERK).graded(3)
    owed = {duty.id: duty.deadline for duty in case.file.open_duties}
    await case.drops()
    await case.returns(CONFIRMATION, "DROP", reason="录音中客户没有撤诉的意思")
    assert (case.file.track, undecided(case)) == (Track.ORDINARY, [])
    assert {duty.id: duty.deadline for duty in case.file.open_duties} == owed
    await case.drops(how="written", evidence="来函2026-0114")
    assert undecided(case) == [CONFIRMATION]
    await case.goes_on_afresh()
    await case.approves(CONFIRMATION)
    assert case.file.track is Track.WITHDRAWN
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_whoever_recorded_it_hears_of_the_decision(world: World):
    case = await world.opens(received_by=SALESPERSON).graded(3)
    await case.drops(by=SUPERVISOR)
    returned = case.duty(CONFIRMATION).id
    await case.returns(CONFIRMATION, "DROP", reason="录音中客户没有撤诉的意思")
    assert f"{returned} handed" in case.heard(SUPERVISOR), "returned (decision 13)"
    assert f"{returned} handed" not in case.heard(SALESPERSON), "a return is only for whoever asked"
    await case.drops(by=SUPERVISOR)
    confirmed = case.duty(CONFIRMATION).id
    await case.approves(CONFIRMATION)
    for person in (SUPERVISOR, SALESPERSON):
        assert case.heard(person).count(f"{confirmed} handed") == 1
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_a_leader_who_does_not_consent_tells_whoever_recorded_it_once(world: World):
    case = await world.opens(**HURT)
    await case.does("CR-5.2.1a", **GRADED)
    await case.drops(by=CLERK)
    confirmation, consent = case.duty(CONFIRMATION).id, case.duty(CONSENT).id
    await case.returns(CONSENT, "DROP", reason="伤者仍在住院")
    heard = case.heard(CLERK)
    assert f"{consent} handed" in heard
    assert f"{confirmation} closed" in heard, "the other will not be decided any more"
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_whoever_recorded_it_hears_that_a_crisis_overtook_it(world: World):
    case = await world.opens().graded(3)
    await case.drops(by=CLERK)
    confirmation = case.duty(CONFIRMATION).id
    await case.regrades(1)
    assert f"{confirmation} closed" in case.heard(CLERK)
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_a_second_withdrawal_is_refused_until_the_first_is_decided_or_taken_back(world: World):
    case = await world.opens(received_by=CLERK).graded(3)
    await case.drops(by=CLERK)
    first = case.duty(CONFIRMATION)
    assert await case.refuses(case.drops(by=CLERK)) is Refused.UNDECIDED
    assert await case.refuses(case.drops(by=SUPERVISOR)) is Refused.UNDECIDED, "whoever records it"
    assert case.duty(CONFIRMATION) == first
    assert await case.refuses(case.withdraws(CONFIRMATION, by=SUPERVISOR)) is Refused.NOT_YOURS
    await case.withdraws(CONFIRMATION, by=CLERK)
    assert (case.file.track, undecided(case)) == (Track.ORDINARY, [])
    await case.drops(how="written", evidence="来函2026-0115")
    await case.goes_on_afresh()
    await case.approves(CONFIRMATION)
    assert case.file.track is Track.WITHDRAWN
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_a_withdrawal_that_lacks_the_leader_is_undecided(world: World):
    case = await world.opens(**HURT)
    await case.does("CR-5.2.1a", **GRADED)
    await case.drops()
    await case.approves(CONFIRMATION)
    assert await case.refuses(case.drops()) is Refused.UNDECIDED
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_a_major_complaint_is_not_ended_without_the_leader(world: World):
    case = await world.opens(**HURT)
    await case.does("CR-5.2.1a", **GRADED)
    await case.drops()
    assert undecided(case) == [CONFIRMATION, CONSENT]
    leader = case.duty(CONSENT).owner
    assert leader in ("bai.yang", SECURITY), "the project manager, or whoever is on duty"
    assert await case.refuses(case.approves(CONSENT, by=SUPERVISOR)) is Refused.NOT_YOURS
    await case.approves(CONFIRMATION)
    assert (case.file.track, undecided(case)) == (Track.MAJOR, [CONSENT])
    await case.goes_on_afresh()
    await case.approves(CONSENT)
    assert case.file.track is Track.WITHDRAWN
    assert case.duty("RV-4.3").owner == DEVELOPMENT, "which revisits major complaints (RV-4.1b)"
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_a_leader_who_does_not_consent_ends_the_withdrawal(world: World):
    case = await world.opens(**HURT)
    await case.does("CR-5.2.1a", **GRADED)
    await case.drops()
    await case.returns(CONSENT, "DROP", reason="伤者仍在住院")
    assert (case.file.track, undecided(case)) == (Track.MAJOR, [])
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_what_became_major_before_it_was_confirmed_needs_the_leader_too(world: World):
    case = await world.opens(category="property").graded(3)
    await case.drops()
    await case.regrades(2, major=True)
    assert undecided(case) == [CONFIRMATION]
    await case.approves(CONFIRMATION)
    assert (case.file.track, undecided(case)) == (Track.MAJOR, [CONSENT])
    await case.approves(CONSENT)
    assert case.file.track is Track.WITHDRAWN
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_what_became_a_crisis_before_it_was_confirmed_is_not_withdrawn(world: World):
    case = await world.opens().graded(3)
    await case.drops()
    await case.regrades(1)
    assert (case.file.track, undecided(case)) == (Track.CRISIS, [])
    case.ignores()


@pytest.mark.clause("RV-4.1a")
@pytest.mark.clause("RV-4.2")
@pytest.mark.parametrize("graded", [True, False])
async def test_a_customer_who_has_not_withdrawn_says_so_in_the_revisit_and_is_handled_on(world: World, graded: bool):
    case = await world.opens()
    if graded:
        await case.does("CR-5.2.1a", level=3)
    await case.is_withdrawn()
    await case.does("RV-4.3", satisfaction="unsatisfied", suggestions="没有说过撤诉")
    await case.goes_on_afresh()
    if not graded:
        await case.does("CR-5.2.1a", level=4)
    assert case.file.track is Track.ORDINARY
    assert case.file.open_duties
    await case.goes_on_afresh()
    await case.to_the_end()
    assert case.file.outcome not in (None, "withdrawn")
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_whoever_took_it_in_does_not_confirm_it_as_the_deputy_of_their_superior(world: World):
    case = await world.opens(received_by=COLLEAGUE).graded(3)
    away(world, SUPERVISOR)  # whose deputy has taken it in
    await case.hears_of_a_new_directory()
    await case.drops(by=COLLEAGUE, said_to=COLLEAGUE)
    assert case.duty(CONFIRMATION).owner == MANAGER
    assert await case.refuses(case.approves(CONFIRMATION, by=COLLEAGUE)) is Refused.NOT_YOURS
    case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_nor_as_the_deputy_of_one_who_is_absent_later(world: World):
    case = await world.opens(received_by=COLLEAGUE).graded(3)
    await case.drops(by=SUPERVISOR)
    away(world, MANAGER, deputy=COLLEAGUE)
    await case.hears_of_a_new_directory()
    assert await case.refuses(case.approves(CONFIRMATION, by=COLLEAGUE)) is Refused.FOUR_EYES
    case.ignores()
