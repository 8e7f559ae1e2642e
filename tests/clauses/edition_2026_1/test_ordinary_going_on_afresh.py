"""The ordinary track of edition 2026.1, which goes on in a new run among departments and items."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from complaints.base.errors import Refusal
from complaints.case.file import ActKind
from tests.clauses.test_going_on_afresh import Step, done, duties, notices, whole
from tests.people import ENGINEERING, MANAGER, PROPERTY, SALESPERSON
from tests.world import Case, World

pytestmark = pytest.mark.edition("2026.1")


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
    lambda case: case.does("CH-7.5.1@property"),
    lambda case: case.does("CH-7.2.3.opinion@engineering"),  # one of two
    lambda case: case.passes(days=4),
    lambda case: case.does("CH-7.2.3.opinion@property"),
    lambda case: case.does("CS-4.2.2a", department=None),
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


@pytest.mark.clause("CH-7.2.2")
@pytest.mark.clause("CH-7.2.3")
@pytest.mark.clause("CH-7.3.3")
@pytest.mark.clause("CS-4.2.6")
@pytest.mark.parametrize("story", [pytest.param(LADDER, id="the ladder"), pytest.param(MEETING, id="the meeting")])
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
