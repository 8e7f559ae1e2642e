"""CR-5.1.2, CR-5.1.3: what may become a crisis is linked, watched, and regraded or dismissed with a reason."""

from __future__ import annotations

from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.complaint import Track
from complaints.case.file import CaseFile, Related
from tests.clauses.limits import Clock
from tests.clauses.rows import ABOVE
from tests.clauses.walk import A_MOMENT
from tests.people import CLERK, MANAGER, PRESIDENT, SUPERVISOR
from tests.world import Case, World

NEAR = [
    pytest.param({"loss": "400000"}, "CR-5.1.3.loss", id="80 % of 500,000"),
    pytest.param({"households": 5}, "CR-5.1.3.households", id="5 households"),
    pytest.param({"households": 9}, "CR-5.1.3.households", id="9 households"),
    pytest.param({"media": "mentioned"}, "CR-5.1.3.media", id="a medium mentions it"),
    pytest.param({"loss": "600000"}, "CR-5.1.3.loss", id="graded below the criteria"),
]


@pytest.mark.clause("CR-5.1.3")
@pytest.mark.parametrize(("facts", "reason"), NEAR)
async def test_a_complaint_near_a_crisis_is_put_before_the_supervisor(world: World, facts: dict[str, Any], reason: str):
    case = await world.opens(**facts).graded(2)
    entry = case.duty("CR-5.1.3")
    assert [found.rule for found in case.file.watch] == [reason]
    assert (entry.owner, entry.deadline.why.limit) == (SUPERVISOR, "1 workdays")


@pytest.mark.clause("CR-5.1.3")
async def test_an_entry_nobody_looks_at_is_late_after_a_working_day_and_climbs(world: World):
    case = await world.opens(households=9).graded(2)
    entry, graded = case.duty("CR-5.1.3"), case.file.acts[-1]
    clock = Clock("1 workdays", world.references.calendar, office=True)
    due = clock.due(graded.at, None)
    assert entry.since - graded.at < A_MOMENT
    assert (entry.deadline.due, entry.deadline.source) == (due, "house")
    climb = clock.climb(due, "1 workdays", len(ABOVE[SUPERVISOR]))
    await case.passes_until(climb[-1])
    late = case.duty("CR-5.1.3")
    assert late.breached_at == due
    assert [step.to for step in late.escalations] == [*ABOVE[SUPERVISOR], PRESIDENT, PRESIDENT]
    case.ignores()


@pytest.mark.clause("CR-5.1.3")
@pytest.mark.parametrize("facts", [{"loss": "399999.99"}, {"households": 4}, {}])
async def test_a_complaint_that_is_not_near_is_not_watched(world: World, facts: dict[str, Any]):
    case = await world.opens(**facts).graded(2)
    assert case.file.watch == ()
    assert "CR-5.1.3" not in case.file.duties


@pytest.mark.clause("CR-5.1.3")
async def test_an_entry_is_dismissed_by_the_supervisor_with_a_reason(world: World):
    case = await world.opens(households=7).graded(2)
    assert await watched(case)
    assert await case.refuses(case.does("CR-5.1.3", by=CLERK)) is Refused.NOT_YOURS
    assert await case.refuses(case.does("CR-5.1.3", reason="")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("CR-5.1.3", decision="dismiss", level=1)) is Refused.FORM_INCOMPLETE
    await case.does("CR-5.1.3", decision="dismiss", reason="两户已撤回，其余已达成一致")
    assert not await watched(case)
    assert case.file.level == 2
    await case.passes(days=5)
    assert not case.duty("CR-5.1.3").open, "the same reasons are not put before anybody twice"
    case.ignores()


@pytest.mark.clause("CR-5.1.3")
async def test_an_entry_is_regraded_and_the_crisis_begins(world: World):
    case = await world.opens(households=9).graded(3)
    assert await case.refuses(case.does("CR-5.1.3", decision="regrade", reason="又一户加入")) is Refused.FORM_INCOMPLETE
    same = case.does("CR-5.1.3", decision="regrade", level=3, reason="又一户加入")
    assert await case.refuses(same) is Refused.WRONG_ACT
    await case.does("CR-5.1.3", decision="regrade", level=1, reason="又一户加入，共十户")
    assert (case.file.level, case.file.track) == (1, Track.CRISIS)
    assert case.duty("CR-5.2.1b").deadline.why.anchor == "regrading"
    assert set(case.heard(CLERK)) == {"CS-4.2.1a closed", "CH-7.3.1 closed"}


@pytest.mark.clause("CR-5.1.3")
async def test_an_entry_may_lead_to_a_lower_grade_which_waits_for_its_approval(world: World):
    case = await world.opens(households=9).graded(2)
    await case.does("CR-5.1.3", decision="regrade", level=4, reason="八户已撤回")
    assert case.file.level == 2
    approval = case.duty("REGRADE.approval").id
    await case.approves(approval, by=MANAGER)
    assert case.file.level == 4
    assert f"{approval} handed" in case.heard(SUPERVISOR), "who asked for it"


@pytest.mark.clause("CR-5.1.3")
async def test_raised_to_a_level_that_is_no_crisis_it_stays_where_it_is_and_is_not_watched_again(world: World):
    case = await world.opens(households=5).graded(4)
    await case.does("CR-5.1.3", decision="regrade", level=2, reason="五户联名")
    assert (case.file.level, case.file.track) == (2, Track.ORDINARY)
    assert {duty.rule for duty in case.file.open_duties} == {"CS-4.2.1a", "CH-7.3.1"}


@pytest.mark.clause("CR-5.1.3")
async def test_a_crisis_is_no_longer_watched_for_becoming_one(world: World):
    case = await world.opens(households=9).graded(2)
    await case.regrades(1)
    assert not await watched(case)
    assert case.heard(SUPERVISOR) == ["CR-5.1.3 closed"]
    assert set(case.heard(CLERK)) == {"CS-4.2.1a closed", "CH-7.3.1 closed"}
    await case.to_the_end()
    assert "CR-5.1.3#2" not in case.file.duties


@pytest.mark.clause("CR-5.1.3")
async def test_nothing_is_archived_before_its_entry_was_looked_at(world: World):
    case = await world.opens(media="mentioned").graded(2)
    while others := [duty for duty in case.file.open_duties if duty.rule != "CR-5.1.3"]:
        open_ids = {duty.id for duty in others}
        await case.finishes(next(duty.id for duty in others if not open_ids & set(duty.needs)))
    assert "CH-8.1.archive" not in case.file.duties
    await case.does("CR-5.1.3")
    await case.does("CH-8.1.archive")
    await case.handle.result()
    case.ignores()


@pytest.mark.clause("CR-5.1.2")
async def test_a_complaint_of_the_same_customer_is_linked_and_watched_and_graded_higher(world: World):
    first = await world.opens(customer="郑先生")
    again = await world.opens(customer="郑先生")
    related = Related(key=first.handle.id, number=first.file.number, why="customer", open=True)
    assert again.file.related == (related.but(same_subject=True, unsolved=True),)
    assert again.file.proposal.level == 3
    assert [reason.rule for reason in again.file.proposal.reasons] == ["GRADE-3.repeats"]
    await again.does("CR-5.2.1a", level=3)
    assert [reason.rule for reason in again.file.watch] == ["CR-5.1.2"]
    assert again.duty("CR-5.1.3").open
    assert first.file.related == ()


@pytest.mark.clause("CR-5.1.2")
async def test_the_same_building_and_subject_is_a_repeat_another_subject_is_not(world: World):
    first = await world.opens(building="17栋", category="engineering")
    again = await world.opens(building="17栋", category="engineering")
    other = await world.opens(building="17栋", category="sales")
    assert [(one.key, one.why) for one in again.file.related] == [(first.handle.id, "building")]
    assert other.file.related == ()


async def watched(case: Case) -> bool:
    """Whether the records show the case on the watch list."""
    file = (await case.added()).file
    assert isinstance(file, CaseFile)
    return bool(file.watch)
