"""A major complaint that goes on in a new run at any moment is the same complaint."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from complaints.case.complaint import Track
from tests.clauses import test_going_on_afresh as afresh
from tests.clauses.limits import Clock
from tests.clauses.table_major import HURT
from tests.people import OPERATIONS_CLERK, PROPERTY
from tests.world import Case, World

A_MONTH_AGO = timedelta(days=25)


async def month_ends(case: Case) -> None:
    """Nobody solves it until the month is over."""
    end = Clock("1 months", case._world.references.calendar).due(case.file.complaint.received_at, None)
    await case.passes_until(end)
    await case.becomes(lambda file: file.track is Track.MAJOR)


def goes_to(*departments: str) -> afresh.Step:
    """The slip goes to these departments instead."""
    form: dict[str, Any] = {"departments": list(departments), "summary": "电梯伤人，请立即处理"}
    return lambda case: case.revises("MC-5.2.2a", by=OPERATIONS_CLERK, **form)


HURT_BY_A_LIFT: list[afresh.Step] = [
    lambda case: case.does("MC-5.2.1"),  # before anybody has graded it
    lambda case: case.does("CR-5.1.4"),
    lambda case: case.passes(minutes=15),  # the slip is late
    lambda case: case.does("CR-5.2.1a", level=2, major=True, reason="电梯伤人"),
    lambda case: case.acknowledges("MC-5.2.2a", by=PROPERTY),
    lambda case: case.does("MC-4.1"),
    lambda case: case.does("MC-4.2a", emergency=True),
    lambda case: case.does("MC-4.2b.security"),
    lambda case: case.does("MC-5.2.3f@engineering"),
    lambda case: case.does("MC-5.2.2a", departments=["property", "chief_engineer"]),  # others than was thought
    lambda case: case.delegates("MC-5.2.2b@property", to="shen.yu"),
    lambda case: case.does("MC-5.2.2b@property"),
    lambda case: case.does("MC-5.2.2c@property"),
    lambda case: case.does("MC-5.2.3f.part"),
    goes_to("property", "engineering"),
    lambda case: case.does("MC-4.2b.end", over=False),
    lambda case: case.does("MC-5.2.3f.part@engineering"),
    lambda case: case.does("MC-5.2.3f@property"),
    lambda case: case.passes(hours=2),
    lambda case: case.does("MC-5.2.3g@engineering#2"),
    lambda case: case.does("MC-5.2.3g@property"),
    lambda case: case.does("MC-5.2.3a@property"),
    lambda case: case.does("MC-5.2.3d"),
    lambda case: case.does("MC-5.2.4a"),
    lambda case: case.does("RV-4.3", satisfaction="unsatisfied", handling="电梯又停了"),  # and once more
    lambda case: case.does("MC-5.2.2a~2", departments=["property"]),
    lambda case: case.does("MC-5.2.3g@property~2"),
    lambda case: case.does("MC-5.2.3a@property~2"),
    lambda case: case.does("MC-5.2.4a~2"),
]

FORGOTTEN: list[afresh.Step] = [
    lambda case: case.does("CR-5.1.4"),
    lambda case: case.does("CR-5.2.1a", level=3, reason="普通投诉"),
    month_ends,
    lambda case: case.does("MC-5.2.1"),
    lambda case: case.does("MC-5.2.2a~2", departments=["property"]),
    lambda case: case.regrades(1, major=True),
    lambda case: case.does("CR-5.2.1b~3"),
]


@pytest.mark.clause("MC-3c")
@pytest.mark.clause("MC-5.2.3g")
@pytest.mark.parametrize(
    ("story", "told"),
    [pytest.param(HURT_BY_A_LIFT, HURT, id="hurt by a lift"), pytest.param(FORGOTTEN, {}, id="forgotten for a month")],
)
async def test_a_major_complaint_that_goes_on_afresh_before_every_step_is_the_same(
    world: World, story: list[afresh.Step], told: dict[str, Any]
):
    if story is FORGOTTEN:
        told = {"received_at": datetime.now(UTC) - A_MONTH_AGO, "department": "property"}
    undisturbed, disturbed = (
        case.file
        for case in await asyncio.gather(
            afresh.tell(world, story, **told), afresh.tell(world, story, afresh=range(len(story)), **told)
        )
    )
    assert afresh.duties(disturbed) == afresh.duties(undisturbed)
    assert [afresh.done(act) for act in disturbed.acts] == [afresh.done(act) for act in undisturbed.acts]
    assert afresh.notices(disturbed) == afresh.notices(undisturbed)
    assert afresh.whole(disturbed) == afresh.whole(undisturbed)
