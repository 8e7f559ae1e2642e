"""客户投诉处理程序 5 and 7.2: who handles a complaint, and what goes up the ladder, by an act or by a breach."""

from __future__ import annotations

from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.complaint import Track
from complaints.case.file import ActKind, DutyStatus
from tests.clauses.limits import opening
from tests.people import (
    CLERK,
    DEPUTY_GM,
    ENGINEERING,
    GENERAL_MANAGER,
    MANAGER,
    PRESIDENT,
    PROPERTY,
    SALES_MANAGER,
    SALES_SUPERVISOR,
    SALESPERSON,
    SUPERVISOR,
)
from tests.world import Case, World

SETTLE = ("CH-7.2.1.settle", "CH-7.2.2.supervisor", "CH-7.2.2.manager", "CH-7.2.2.deputy", "CH-7.2.2.general_manager")
STEPS = (SALESPERSON, SALES_SUPERVISOR, SALES_MANAGER, DEPUTY_GM, GENERAL_MANAGER)


async def one_of_a_salesperson(world: World) -> Case:
    """A complaint that its receiver finds to be their own to settle."""
    case = await world.opens(received_by=SALESPERSON).graded(3)
    await case.does("CS-4.2.1a")
    return case


# --- settled


@pytest.mark.clause("CS-4.2.1a")
@pytest.mark.clause("CH-7.2.1")
@pytest.mark.clause("CH-7.3.1")
async def test_what_one_can_settle_oneself_is_settled_told_to_the_superior_within_a_day_and_answered(world: World):
    case = await world.opens(received_by=SALESPERSON).graded(3)
    assert (case.duty("CS-4.2.1a").owner, case.duty("CH-7.3.1").owner) == (SALESPERSON, SALESPERSON)
    assert case.duty("CS-4.2.1a").since == case.file.complaint.received_at
    await case.does("CS-4.2.1a")
    assert await case.refuses(case.does("CH-7.3.1")) is Refused.NOT_READY
    await case.does("CH-7.2.1.settle")
    told = case.duty("CH-7.2.1")
    assert (told.owner, told.deadline.why.limit, told.deadline.source) == (SALESPERSON, "1 days", "document")
    assert await case.refuses(case.does("CH-7.2.1", summary="")) is Refused.FORM_INCOMPLETE
    await case.does("CH-7.2.1", summary="已补签协议，客户认可")
    [told] = [notice for notice in case.file.notices if notice.to == SALES_SUPERVISOR]
    assert (told.kind, told.params["act"]) == ("handed", str(case.file.acts[-1].seq)), "the superior has the result"
    await case.does("CH-7.3.1")
    answered = case.file.acts[-1].at
    assert case.file.handled_at == answered
    assert case.duty("RV-4.3").since == answered
    await case.to_the_end()
    assert case.file.outcome == "answered"
    case.ignores()


@pytest.mark.clause("CS-4.2.1a")
async def test_an_assessment_says_which_departments_only_where_others_are_involved(world: World):
    case = await world.opens(received_by=SALESPERSON).graded(3)
    wrongs: tuple[dict[str, Any], ...] = (
        {"responsible": "others"},
        {"responsible": "others", "departments": ["nowhere"]},
        {"responsible": "others", "departments": ["engineering", "engineering"]},
        {"responsible": "own", "departments": ["engineering"]},
        {"responsible": "own", "matters": True},
        {"responsible": "everybody"},
        {"reason": ""},
    )
    for wrong in wrongs:
        assert await case.refuses(case.does("CS-4.2.1a", **wrong)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("CS-4.2.1a", by=SUPERVISOR)) is Refused.NOT_YOURS


# --- up the ladder


@pytest.mark.clause("CH-7.2.2")
@pytest.mark.clause("CH-5b")
async def test_what_nobody_can_settle_goes_up_level_by_level_and_no_further_than_the_general_manager(world: World):
    case = await one_of_a_salesperson(world)
    for rule, owner, above in zip(SETTLE, STEPS, SETTLE[1:], strict=False):
        duty = case.duty(rule)
        assert (duty.owner, duty.open) == (owner, True)
        assert await case.refuses(case.asks(owner, ActKind.PASS_UP, rule)) is Refused.REASON_NEEDED
        assert await case.refuses(case.passes_up(rule, by=CLERK)) is Refused.NOT_YOURS
        await case.passes_up(rule)
        assert (case.duty(rule).status, case.duty(rule).late) == (DutyStatus.DONE, False)
        assert case.duty(above).since == case.file.acts[-1].at
        assert case.duty(above).deadline.why.anchor == "passing_up"
        assert case.heard(case.duty(above).owner) == [f"{rule} handed"], "what goes up carries the work order, F2"
        assert await case.refuses(case.does(rule)) is Refused.NOT_OPEN
    assert await case.refuses(case.passes_up("CH-7.2.2.general_manager")) is Refused.WRONG_ACT
    assert await case.refuses(case.does("CH-7.3.1")) is Refused.NOT_READY
    await case.does("CH-7.2.2.general_manager")
    answer = case.duty("CH-7.3.1")
    assert (answer.owner, answer.in_place_of) == (GENERAL_MANAGER, SALESPERSON), "whoever settled it answers"
    assert "CH-7.2.1" not in case.file.duties
    assert [line.kind for line in await case.journal()].count("duty.passed-up") == 4
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("CH-7.2.2")
async def test_only_what_is_on_the_ladder_can_be_passed_up(world: World):
    case = await world.opens(received_by=SALESPERSON).graded(3)
    for rule in ("CS-4.2.1a", "CH-7.3.1"):
        assert await case.refuses(case.passes_up(rule)) is Refused.WRONG_ACT


@pytest.mark.clause("CH-7.2.2")
@pytest.mark.clause("CH-5b")
async def test_a_level_that_is_late_is_joined_by_the_next_one_up_to_the_top(world: World):
    case = await one_of_a_salesperson(world)
    for rule, above, owner in zip(SETTLE, SETTLE[1:], STEPS[1:], strict=False):
        due = case.duty(rule).deadline.due
        await case.passes_until(due)
        assert case.duty(rule).open
        assert case.duty(rule).late
        joined = case.duty(above)
        assert (joined.owner, joined.since, joined.deadline.why.anchor) == (owner, due, "joining")
    await case.passes_until(case.duty(SETTLE[-1]).deadline.due)
    assert {duty.rule for duty in case.file.open_duties} >= set(SETTLE), "a breach ends no duty"
    await case.does("CH-7.2.2.manager")
    states = {rule: case.duty(rule).status for rule in SETTLE}
    assert states.pop("CH-7.2.2.manager") is DutyStatus.DONE
    assert set(states.values()) == {DutyStatus.SUPERSEDED}
    assert case.duty(SETTLE[0]).superseded_by == "CH-7.2.2.manager"
    assert case.duty("CH-7.3.1").owner == SALES_MANAGER
    case.ignores()


@pytest.mark.clause("CH-7.3.1")
async def test_whoever_could_settle_it_themselves_waits_for_nobody_who_joins_in(world: World):
    case = await one_of_a_salesperson(world)
    both = max(case.duty(rule).deadline.due for rule in ("CH-7.3.1", "CH-7.2.1.settle"))
    await case.passes_until(opening(both, world.references.calendar))
    answer = case.duty("CH-7.3.1")
    assert case.duty("CH-7.2.2.supervisor").open, "the supervisor has joined in"
    assert (answer.late, answer.waited_for, answer.escalations[0].to) == (True, None, SALES_SUPERVISOR)
    case.ignores()


@pytest.mark.clause("CH-7.3.1")
async def test_whoever_has_passed_it_up_waits_for_the_step_above(world: World):
    case = await one_of_a_salesperson(world)
    await case.passes_up("CH-7.2.1.settle")
    await case.passes_until(case.duty("CH-7.3.1").deadline.due)
    answer = case.duty("CH-7.3.1")
    assert (answer.late, answer.owner, answer.waited_for) == (True, SALESPERSON, SALES_SUPERVISOR)
    case.ignores()


@pytest.mark.clause("CH-7.2.2")
async def test_a_level_that_joins_in_is_sent_what_was_found_so_far(world: World):
    case = await one_of_a_salesperson(world)
    await case.passes_until(case.duty("CH-7.2.1.settle").deadline.due)
    assert "CS-4.2.1a handed" in case.heard(SALES_SUPERVISOR)
    case.ignores()


# --- to other departments, from the ladder


async def at_the_manager(world: World) -> Case:
    """A complaint that was found to be one's own, and has been passed up to the sales manager."""
    case = await one_of_a_salesperson(world)
    await case.passes_up("CH-7.2.1.settle")
    await case.passes_up("CH-7.2.2.supervisor")
    return case.ignores()


FROM_THE_LADDER: dict[str, Any] = {
    "measures": "",
    "outcome": "",
    "departments": ["engineering", "property"],
    "request": "样板房与交付标准不一致，请查明",
}


@pytest.mark.clause("CH-7.2.3")
async def test_the_manager_issues_work_orders_from_the_ladder_too(world: World):
    case = await at_the_manager(world)
    wrongs: tuple[dict[str, Any], ...] = (
        {"departments": ["nowhere"]},
        {"departments": ["property", "property"]},
        {"request": ""},
        {"departments": []},
        {"measures": "已约见客户", "outcome": "客户认可"},
        {"outcome": "客户认可"},
    )
    for wrong in wrongs:
        both = {**FROM_THE_LADDER, **wrong}
        assert await case.refuses(case.does("CH-7.2.2.manager", **both)) is Refused.FORM_INCOMPLETE
    await case.does("CH-7.2.2.manager", **FROM_THE_LADDER)
    issued = case.file.acts[-1].at
    opinions = {duty.department: duty for duty in case.file.open_duties if duty.rule == "CH-7.2.3.opinion"}
    assert {name: (duty.owner, duty.since) for name, duty in opinions.items()} == {
        "engineering": (ENGINEERING, issued),
        "property": (PROPERTY, issued),
    }
    assert case.heard(ENGINEERING) == case.heard(PROPERTY) == ["CH-7.2.2.manager handed"]
    passed_on = case.duty("CS-4.2.1b")
    assert (passed_on.owner, passed_on.since) == (SALES_MANAGER, issued), "it is not sales' alone"
    assert case.duty("CH-7.3.1").owner == SALES_MANAGER
    assert await case.refuses(case.does("CH-7.3.1")) is Refused.NOT_READY
    await case.does("CH-7.2.3.opinion@property")
    assert "CS-4.2.2a" not in case.file.duties
    await case.does("CH-7.2.3.opinion@engineering")
    assert case.duty("CS-4.2.2a").since == case.file.acts[-1].at
    await case.to_the_end()
    assert "CH-7.2.2.deputy" not in case.file.duties
    case.ignores()


@pytest.mark.clause("CH-7.2.3")
async def test_the_levels_that_joined_in_are_free_once_the_manager_has_issued_the_work_orders(world: World):
    case = await one_of_a_salesperson(world)
    await case.passes_until(case.duty("CH-7.2.1.settle").deadline.due)
    await case.passes_until(case.duty("CH-7.2.2.supervisor").deadline.due)
    await case.does("CH-7.2.2.manager", **FROM_THE_LADDER)
    assert not [duty.id for duty in case.file.open_duties if duty.rule in SETTLE]
    assert case.duty("CH-7.2.3.opinion@engineering").open
    case.ignores()


@pytest.mark.clause("CH-7.2.2")
async def test_whoever_was_late_may_still_settle_it_first(world: World):
    case = await one_of_a_salesperson(world)
    await case.passes_until(case.duty("CH-7.2.1.settle").deadline.due)
    await case.does("CH-7.2.1.settle")
    assert case.duty("CH-7.2.2.supervisor").status is DutyStatus.SUPERSEDED
    assert "CH-7.2.2.supervisor closed" in case.heard(SALES_SUPERVISOR)
    assert case.duty("CH-7.3.1").owner == SALESPERSON
    assert case.duty("CH-7.2.1").open
    case.ignores()


@pytest.mark.clause("CH-7.2.2")
async def test_passed_up_after_the_next_level_has_joined_in_it_is_not_owed_twice(world: World):
    case = await one_of_a_salesperson(world)
    await case.passes_until(case.duty("CH-7.2.1.settle").deadline.due)
    await case.passes_up("CH-7.2.1.settle")
    assert [duty.id for duty in case.file.duties.values() if duty.rule == "CH-7.2.2.supervisor"] == [
        "CH-7.2.2.supervisor"
    ]
    assert "CH-7.2.2.manager" not in case.file.duties
    case.ignores()


# --- about whom


ABOUT = [
    pytest.param([SALESPERSON], "CH-7.2.2.supervisor", SALES_SUPERVISOR, id="a salesperson"),
    pytest.param([SALES_SUPERVISOR], "CH-7.2.2.manager", SALES_MANAGER, id="the sales supervisor"),
    pytest.param([SALES_MANAGER], "CH-7.2.2.deputy", DEPUTY_GM, id="the sales manager"),
    pytest.param([DEPUTY_GM], "CH-7.2.2.general_manager", GENERAL_MANAGER, id="the deputy general manager"),
    pytest.param([GENERAL_MANAGER], "CH-7.2.2.general_manager", PRESIDENT, id="the general manager"),
    pytest.param([SALESPERSON, SALES_MANAGER], "CH-7.2.2.deputy", DEPUTY_GM, id="two, the higher one counts"),
    pytest.param([ENGINEERING], "CH-7.2.1.settle", CLERK, id="an engineer"),
    pytest.param([CLERK], "CH-7.2.2.manager", SUPERVISOR, id="whoever took it"),
    pytest.param([CLERK, SUPERVISOR], "CH-7.2.2.manager", MANAGER, id="whoever took it and their superior"),
]


@pytest.mark.clause("CH-5a")
@pytest.mark.parametrize(("about", "rule", "handler"), ABOUT)
async def test_nobody_handles_a_complaint_about_themselves_it_goes_to_whoever_stands_above(
    world: World, about: list[str], rule: str, handler: str
):
    case = await world.opens(about=about)
    await case.until("CS-4.2.1a", CR_5_2_1a={"level": 3})
    for owed in ("CS-4.2.1a", "CH-7.3.1"):
        assert case.duty(owed).owner == handler
        for person in about:
            assert await case.refuses(case.does(owed, by=person)) is Refused.ABOUT_YOU
    await case.does("CS-4.2.1a")
    assert (case.duty(rule).owner, case.duty(rule).rule) == (handler, rule)
    for person in about:
        assert await case.refuses(case.does(rule, by=person)) is Refused.ABOUT_YOU
        assert await case.refuses(case.passes_up(rule, by=person)) is Refused.ABOUT_YOU
        assert await case.refuses(case.delegates(rule, person)) is Refused.ABOUT_YOU
    await case.to_the_end()
    assert not set(about) & {duty.owner for duty in case.file.duties.values()}
    assert not set(about) & {notice.to for notice in case.file.notices}
    assert not set(about) & {act.by for act in case.file.acts}
    case.ignores()


@pytest.mark.clause("CH-5a")
async def test_a_breach_of_a_complaint_about_the_manager_passes_him(world: World):
    case = await world.opens(about=[SALES_MANAGER]).graded(3)
    await case.passes(days=6)
    assert SALES_MANAGER not in {step.to for duty in case.file.duties.values() for step in duty.escalations}
    assert SALES_MANAGER not in {notice.to for notice in case.file.notices}
    case.ignores()


# --- again


@pytest.mark.clause("RV-4.2")
async def test_a_customer_who_is_not_satisfied_leads_to_the_same_track_again(world: World):
    case = await (await one_of_a_salesperson(world)).until("RV-4.3")
    await case.does("RV-4.3", satisfaction="unsatisfied")
    reopened = case.file.acts[-1].at
    assert (case.file.track, case.file.leg) == (Track.ORDINARY, 2)
    assessment, answer = case.duty("CS-4.2.1a"), case.duty("CH-7.3.1")
    assert (assessment.id, assessment.since) == ("CS-4.2.1a~2", reopened)
    assert (answer.id, answer.since, answer.deadline.why.anchor) == ("CH-7.3.1~2", reopened, "reopening")
    assert (assessment.deadline.why.anchor, assessment.owner) == ("reopening", SALESPERSON)
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_the_handling_is_not_over_while_a_repair_goes_on(world: World):
    case = await one_of_a_salesperson(world)
    await case.opens_matter("repair")
    await case.does("CH-7.2.1.settle")
    await case.does("CH-7.3.1")
    assert case.file.handled_at is None
    await case.works_until("CS-4.3.5.revisit")
    await case.does("CS-4.3.5.finish")
    assert case.file.handled_at == case.file.acts[-1].at
    case.ignores()
