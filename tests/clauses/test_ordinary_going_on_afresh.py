"""The ordinary track in the middle of which a case goes on in a new run: on the ladder, among departments and items."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from complaints.base.errors import Refusal
from complaints.case.file import ActKind
from tests.clauses.test_going_on_afresh import Step, done, duties, notices, whole
from tests.people import ENGINEERING, MANAGER, PROPERTY, SALES_MANAGER, SALESPERSON, SUPERVISOR
from tests.world import Case, World


async def third_change(case: Case) -> None:
    due = case.duty("CH-7.3.1").deadline.due
    try:
        await case.reschedules(due + timedelta(days=1))
    except Refusal:
        await case.look()


LADDER: list[Step] = [
    lambda case: case.does("CS-4.2.1a"),
    lambda case: case.reschedules(case.duty("CH-7.3.1").deadline.due + timedelta(days=4)),
    lambda case: case.passes_up("CH-7.2.1.settle"),
    lambda case: case.passes_until(case.duty("CH-7.2.2.supervisor").deadline.due),  # the manager joins in
    lambda case: case.passes_up("CH-7.2.2.manager"),
    lambda case: case.reschedules(case.duty("CH-7.3.1").deadline.due + timedelta(days=4)),
    third_change,
    lambda case: case.does("CH-7.2.2.supervisor"),
    lambda case: case.delegates("CH-7.3.1", MANAGER),  # which the settlement does not undo in a new run
    lambda case: case.does("CH-7.3.3.decide"),
    lambda case: case.does("CH-7.3.1", by=MANAGER),
    lambda case: case.until("CH-8.1.archive"),
]

MEETING: list[Step] = [
    lambda case: case.does("CS-4.2.1a", responsible="others", departments=["engineering", "property"]),
    lambda case: case.does("CH-7.2.3"),
    lambda case: case.revises(
        "CH-7.2.3", by=SALES_MANAGER, departments=["property", "engineering"], request="请一并说明工期"
    ),
    lambda case: case.does("CH-7.2.3.opinion@engineering"),  # one of two
    lambda case: case.passes(days=4),
    lambda case: case.does("CH-7.2.3.opinion@property"),
    lambda case: case.does("CS-4.2.2a", departments=[]),
    lambda case: case.does("CS-4.2.4"),
    lambda case: case.does("CS-4.2.5"),
    lambda case: case.returns("CS-2.8", "CS-4.2.5"),
    lambda case: case.until("CS-4.2.6"),
    lambda case: case.does("CS-4.2.6"),
    lambda case: case.asks(ENGINEERING, ActKind.DISCHARGE, "CS-4.2.6.item", form={"done": "完成"}),  # one of two
    lambda case: case.passes(days=5),  # the other is late, and customer service has heard
    lambda case: case.does("CH-7.3.1"),
    lambda case: case.asks(PROPERTY, ActKind.DISCHARGE, "CS-4.2.6.item#2", form={"done": "完成"}),
    lambda case: case.until("CH-8.1.archive"),
]

MANAGER_STEP: dict[str, Any] = {"measures": "", "outcome": "", "departments": ["engineering"], "request": "请查明"}


def corrected(by: str, **form: Any) -> Step:
    said = {"reason": "情况有变", **form}
    return lambda case: case.asks(by, ActKind.REVISE, "CS-4.2.1a", form=said, reason="核实后更正")


def order_to(department: str) -> Step:
    return lambda case: case.revises(
        case.duty("CS-4.2.2a").id, by=SUPERVISOR, departments=[department], request="请按新的分工办理"
    )


CORRECTED: list[Step] = [
    lambda case: case.does("CS-4.2.1a"),
    lambda case: case.passes_until(case.duty("CH-7.2.1.settle").deadline.due),  # the supervisor joins in
    corrected(SALESPERSON, responsible="not_ours"),
    lambda case: case.does("CS-4.2.1b"),
    lambda case: case.does("CS-4.2.2b.ask"),
    lambda case: case.does("CS-4.2.2b"),  # the answer is customer service's
    lambda case: case.delegates("CH-7.3.1", MANAGER),
    corrected(SUPERVISOR, responsible="own"),
    lambda case: case.passes_up("CH-7.2.1.settle"),
    lambda case: case.passes_up("CH-7.2.2.supervisor"),
    lambda case: case.does("CH-7.2.2.manager", **MANAGER_STEP),
    lambda case: case.does("CH-7.2.3.opinion"),
    corrected(SUPERVISOR, responsible="others", departments=["engineering", "property"]),
    lambda case: case.until("CS-4.2.2a"),
    lambda case: case.does("CS-4.2.2a", departments=["engineering", "property"]),
    lambda case: case.does("CS-4.2.2a.carry_out@property"),
    order_to("chief_engineer"),
    lambda case: case.does("CS-4.2.2a.carry_out@chief_engineer"),  # all parts are done, the customer is not answered
    order_to("engineering"),
    lambda case: case.does("CH-7.3.1"),
    lambda case: case.does("CS-4.2.2a.carry_out@engineering#2"),
    lambda case: case.until("CH-8.1.archive"),
]


STORIES = [
    pytest.param(LADDER, id="the ladder"),
    pytest.param(MEETING, id="the meeting"),
    pytest.param(CORRECTED, id="corrected"),
]


@pytest.mark.clause("CS-4.2.1a")
@pytest.mark.clause("CS-4.2.2a")
@pytest.mark.clause("CH-7.2.2")
@pytest.mark.clause("CH-7.2.3")
@pytest.mark.clause("CH-7.3.3")
@pytest.mark.clause("CS-4.2.6")
@pytest.mark.parametrize("story", STORIES)
async def test_a_case_that_goes_on_afresh_before_every_step_is_the_same_case(world: World, story: list[Step]):
    told = await asyncio.gather(tell(world, story, afresh=False), tell(world, story, afresh=True))
    undisturbed, disturbed = (case.file for case in told)
    assert duties(disturbed) == duties(undisturbed)
    assert [done(act) for act in disturbed.acts] == [done(act) for act in undisturbed.acts]
    assert notices(disturbed) == notices(undisturbed)
    assert whole(disturbed) == whole(undisturbed)


async def tell(world: World, story: list[Step], *, afresh: bool) -> Case:
    case = await world.opens(received_by=SALESPERSON).graded(3)
    for step in story:
        if afresh:
            await case.goes_on_afresh()
        await step(case)
    await case.to_the_end()
    return case.ignores()
