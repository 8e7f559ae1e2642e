"""CS-4.3.3: a complaint about the product is repaired, or somebody says why not; neither is forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.file import ActKind, DutyStatus
from tests.clauses.limits import Clock, tomorrow
from tests.memory import at_work
from tests.people import CLERK, OPERATIONS_CLERK, PROJECT_MANAGER, PROPERTY, SALESPERSON, SUPERVISOR
from tests.world import LAST, Case, World

DECISION = "CS-4.3.3.decision"
REPAIR: dict[str, Any] = {"decision": "repair", "what": "重做外墙防水", "done_by": "team", "reason": ""}


async def undecided(world: World, **told: Any) -> Case:
    """An ordinary complaint about the product, of which nobody has said yet whether it is repaired."""
    return await world.opens(loss=20_000, **told).graded(3, undecided=True)


def decisions(case: Case) -> list[tuple[str, DutyStatus]]:
    return [(duty.id, duty.status) for duty in case.file.duties.values() if duty.rule == DECISION]


async def everything_else(case: Case) -> None:
    """All is done that can be, but for the decision and for what comes after the handling's end."""
    for _ in range(40):
        ready = [duty for duty in case.file.open_duties if duty.rule != DECISION and not case.file.awaited_by(duty)]
        ready = [duty for duty in ready if duty.rule not in LAST | {"RV-4.3"}]
        if not ready:
            return
        await case.finishes(ready[0].id)


@pytest.mark.clause("CS-4.3.3")
@pytest.mark.parametrize("category", ["engineering", "design"])
async def test_customer_service_decides_within_a_workday_of_the_receipt(world: World, category: str):
    case = await undecided(world, category=category)
    deciding, received = case.duty(DECISION), case.file.complaint.received_at
    due = Clock("1 workdays", world.references.calendar).due(received, None)
    assert (deciding.owner, deciding.since, deciding.deadline.due) == (SUPERVISOR, received, due)
    assert deciding.deadline.source == "house"
    wrongs: tuple[dict[str, Any], ...] = (
        {"reason": ""},
        {"what": "重做外墙防水"},  # and nothing is repaired
        {"done_by": "team"},
        {**REPAIR, "what": ""},
        {**REPAIR, "done_by": None},
        {**REPAIR, "department": "nobody"},
    )
    for wrong in wrongs:
        assert await case.refuses(case.does(DECISION, **wrong)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does(DECISION, by=CLERK)) is Refused.NOT_YOURS
    await case.does(DECISION)
    assert (decisions(case), case.file.matters) == ([(DECISION, DutyStatus.DONE)], ())


@pytest.mark.clause("CS-4.3.3")
@pytest.mark.parametrize("category", ["sales", "service", "property", "other"])
async def test_a_complaint_about_something_else_needs_no_decision(world: World, category: str):
    case = await undecided(world, category=category, received_by=SALESPERSON)
    await everything_else(case)
    assert decisions(case) == []
    assert case.file.handled_at is not None
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_the_property_company_decides_about_what_it_took_in_and_customer_service_hears_of_it(world: World):
    case = await undecided(world, received_by=OPERATIONS_CLERK)
    assert case.duty(DECISION).owner == PROPERTY
    await case.does(DECISION)
    assert case.heard(SUPERVISOR) == [f"{DECISION} handed"]


@pytest.mark.clause("CS-4.3.3")
async def test_a_decision_to_repair_begins_the_repair(world: World):
    case = await undecided(world)
    await case.does(DECISION, **REPAIR, department="engineering")
    [repair] = case.file.matters
    assert (repair.id, repair.what, repair.department) == ("R1", "重做外墙防水", "engineering")
    assert (repair.cause, repair.by) == (DECISION, SUPERVISOR)
    order = case.duty("CS-4.3.3")
    assert (order.owner, order.since) == (PROPERTY, case.file.acts[-1].at)
    await case.goes_on_afresh()
    assert len(case.file.matters) == 1


@pytest.mark.clause("CS-4.3.3")
async def test_nobody_decides_it_is_late_and_the_complaint_is_not_handled_before(world: World):
    case = await undecided(world)
    await everything_else(case)
    assert case.file.handled_at is None
    assert [duty.rule for duty in case.file.open_duties] == [DECISION]
    case.ignores()
    await case.passes_until(case.duty(DECISION).deadline.due + timedelta(days=3))
    assert case.duty(DECISION).late
    assert f"{DECISION} late" in case.heard(SUPERVISOR)
    case.ignores()
    await case.does(DECISION)
    assert case.file.handled_at == case.file.acts[-1].at
    await case.to_the_end()
    assert case.file.closed
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_the_handling_waits_for_the_repair_that_was_decided(world: World):
    case = await undecided(world)
    await everything_else(case)
    await case.does(DECISION, **REPAIR)
    await case.works_until("CS-4.3.5.finish")
    assert case.file.handled_at is None
    await case.does("CS-4.3.5.finish")
    assert case.file.handled_at == case.file.acts[-1].at
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_a_repair_that_somebody_opens_before_is_the_decision(world: World):
    case = await undecided(world)
    await everything_else(case)
    case.ignores()
    await case.opens_matter(by=PROJECT_MANAGER)
    deciding = case.duty(DECISION)
    assert (deciding.status, deciding.superseded_by) == (DutyStatus.SUPERSEDED, "R1")
    assert case.heard(SUPERVISOR) == [f"{DECISION} closed"]
    await case.goes_on_afresh()
    await case.works_until("CS-4.3.5.finish")
    assert case.file.handled_at is None, "it is waited for"
    await case.does("CS-4.3.5.finish")
    assert case.file.handled_at == case.file.acts[-1].at
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_a_repair_that_was_opened_before_the_grading_is_the_decision_too(world: World):
    case = await world.opens(loss=20_000)
    await case.opens_matter()
    await case.does("CR-5.1.4")
    await case.does("CR-5.2.1a", level=3)
    deciding = case.duty(DECISION)
    assert (deciding.status, deciding.superseded_by) == (DutyStatus.SUPERSEDED, "R1")
    assert case.unheard() == [], "nobody ever owed it"
    await case.goes_on_afresh()
    assert decisions(case) == [(DECISION, DutyStatus.SUPERSEDED)]


@pytest.mark.clause("CS-4.3.3")
@pytest.mark.parametrize("opened", ["by the decision", "by hand"])
async def test_a_cancelled_repair_makes_the_decision_owed_anew(world: World, opened: str):
    case = await undecided(world)
    await (case.opens_matter(by=PROPERTY) if opened == "by hand" else case.does(DECISION, **REPAIR))
    await case.goes_on_afresh()
    await case.cancels_matter("R1", reason="同一处已另行维修")
    again = case.duty(DECISION)
    assert (again.id, again.since, again.deadline.why.anchor) == (
        f"{DECISION}#2",
        case.file.acts[-1].at,
        "cancellation",
    )
    await everything_else(case)
    assert case.file.handled_at is None, "the handling waits for the new decision"
    await case.goes_on_afresh()
    await case.does(f"{DECISION}#2", **REPAIR)
    assert [matter.id for matter in case.file.matters if matter.open] == ["R2"]
    await case.cancels_matter("R2")
    await case.goes_on_afresh()
    assert case.duty(DECISION).id == f"{DECISION}#3"
    await case.does(f"{DECISION}#3")
    assert case.file.handled_at == case.file.acts[-1].at
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_a_corrected_assessment_does_not_take_the_decision_away(world: World):
    case = await undecided(world)
    await case.opens_matter(by=PROPERTY)
    await case.does("CS-4.2.1a")
    await case.cancels_matter("R1")
    others = {"responsible": "others", "departments": ["engineering"], "reason": "涉及工程质量"}
    await case.asks(CLERK, ActKind.REVISE, "CS-4.2.1a", form=others, reason="现场查看后更正")
    assert case.duty(DECISION).open
    await case.goes_on_afresh()
    assert case.duty(DECISION).open
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
@pytest.mark.memory
async def test_a_decision_that_the_change_of_another_answer_has_closed_is_owed_again(world: World):
    case = await undecided(world)
    await everything_else(case)
    running = at_work(world.duly, case.handle.id)
    with running.engine.moving(case.now) as engine:
        engine.supersede(lambda duty: duty.rule == DECISION, by="revised CS-4.2.2a")
    await running.keep()
    await case.look()
    assert decisions(case) == [(DECISION, DutyStatus.SUPERSEDED), (f"{DECISION}#2", DutyStatus.OPEN)]
    assert case.file.handled_at is None
    await case.goes_on_afresh()
    await case.does(DECISION)
    assert case.file.handled_at is not None
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_a_decision_against_it_stands_when_a_repair_was_opened_all_the_same_and_cancelled(world: World):
    case = await world.opens(loss=20_000).graded(3)
    await case.opens_matter()
    await case.goes_on_afresh()
    await case.cancels_matter("R1")
    await case.goes_on_afresh()
    assert decisions(case) == [(DECISION, DutyStatus.DONE)]
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_a_repair_that_has_not_held_is_followed_and_the_follower_is_the_decision(world: World):
    case = await undecided(world)
    await case.does(DECISION, **REPAIR)
    await case.works_until("CS-4.3.5.revisit")
    await case.does("CS-4.3.5.revisit", effective=False, found="又渗水")
    assert [matter.id for matter in case.file.matters] == ["R1", "R2"]
    await case.cancels_matter("R2", reason="住户自行修好了")
    assert case.duty(DECISION).id == f"{DECISION}#2"
    await case.goes_on_afresh()
    assert case.duty(DECISION).open
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_the_plan_of_a_crisis_decides_and_the_decision_is_owed_again_after_it(world: World):
    case = await undecided(world)
    await case.regrades(1)
    assert decisions(case) == [(DECISION, DutyStatus.SUPERSEDED)]
    await case.goes_on_afresh()
    assert decisions(case) == [(DECISION, DutyStatus.SUPERSEDED)]
    await case.regrades(3)
    await case.approves("REGRADE.approval")
    again = case.duty(DECISION)
    assert (again.id, again.open, again.deadline.why.anchor) == (f"{DECISION}~3", True, "regrading")
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
@pytest.mark.parametrize("decided", ["against it", "to repair"])
async def test_what_was_decided_carries_over_to_another_track(world: World, decided: str):
    case = await undecided(world)
    await case.does(DECISION, **(REPAIR if decided == "to repair" else {}))
    await case.regrades(2, major=True)
    assert not any(duty.rule == DECISION for duty in case.file.open_duties)
    await case.goes_on_afresh()
    assert not any(duty.rule == DECISION for duty in case.file.open_duties)
    if decided == "to repair":
        await case.cancels_matter("R1")
        assert case.duty(DECISION).open
        await case.goes_on_afresh()
        assert case.duty(DECISION).open
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
@pytest.mark.parametrize("repaired", [True, False])
async def test_a_customer_who_is_not_satisfied_has_it_decided_anew(world: World, repaired: bool):
    case = await undecided(world)
    await case.does(DECISION, **(REPAIR if repaired else {}))
    await case.until("RV-4.3")
    await case.does("RV-4.3", satisfaction="unsatisfied", handling="又渗水")
    again = case.duty(DECISION)
    assert (again.id, again.open, again.deadline.why.anchor) == (f"{DECISION}~2", True, "reopening")
    await case.goes_on_afresh()
    await case.does(f"{DECISION}~2", **REPAIR)
    assert case.file.matters[-1].cause == f"{DECISION}~2"
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_a_major_complaint_about_the_product_has_it_decided_too(world: World):
    case = await world.opens(loss=20_000)
    await case.passes_until(tomorrow(case.now, 10))
    await case.does("CR-5.2.1a", level=2, major=True)
    assert (case.duty(DECISION).owner, case.duty(DECISION).since) == (SUPERVISOR, case.file.complaint.received_at)
    case.ignores()
