"""A whole crisis: two responsible departments, two parties, a leader on leave whose deputy wrote the plan, a late
opinion, an adjusted plan dearer than the approved one.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from complaints.base.errors import Refused
from complaints.case.file import ActKind
from tests.clauses.test_people import away
from tests.people import (
    ENGINEER,
    ENGINEERING,
    ENGINEERING_LEADER,
    GENERAL_MANAGER,
    GROUP_LEADER,
    GROUP_MARKETING,
    LEADER,
    PRESIDENT,
    PROPERTY,
    SALES,
    SUPERVISOR,
)
from tests.world import Case, World

STEPS = ("CR-5.3.2a.2", "CR-5.3.2a.3", "CR-5.3.2a.4", "CR-5.3.2a.5")


@pytest.mark.clause("CR-5.2.2d")
@pytest.mark.clause("CR-5.2.2e")
@pytest.mark.clause("CR-5.3.1")
@pytest.mark.clause("CR-5.3.2a")
@pytest.mark.clause("CR-5.3.2c")
@pytest.mark.clause("CR-5.3.3a")
@pytest.mark.clause("CR-5.4.1")
async def test_from_the_judgement_to_the_archive(world: World):
    away(world, ENGINEERING_LEADER)  # his deputy is the head of engineering
    case = await (await world.opens(loss=600_000, media="harmful").graded(1)).until("CR-5.2.2b")
    judged = case.file.acts[-1].at
    await case.does("CR-5.2.2b", departments=["engineering", "property"], concerned=["sales"])
    await case.does("CR-5.2.2c", people=[ENGINEER])
    await case.does("CR-5.2.3", media_wants="公布处理方案")
    for rule in ("CR-5.2.2d@property", "CR-5.2.2d.person", "CR-5.2.2e.part@property"):
        await case.does(rule)
    await case.does("CR-5.2.2e", by=ENGINEERING, cost="320000")
    assert case.file.plans[0].missing == ("sales",)
    await case.does("CR-5.2.2f")

    await case.passes_until(judged + timedelta(hours=24, minutes=1))  # the opinion of sales is late, and joins the plan
    late = case.duty("CR-5.2.2d@sales")
    assert (late.late, late.breached_at) == (True, judged + timedelta(hours=24))
    await case.does("CR-5.2.2d@sales")
    assert (case.file.plans[0].joined, case.file.revision) == (("sales",), 1)

    await case.tries("CR-5.3.1")
    await case.does("CR-5.3.1")
    await case.does("CR-5.3.1.media")
    await nobody_signs_their_own_plan(case)
    for step in STEPS:
        await case.approves(step)
    await case.does("CR-5.3.2b")

    await case.does("CR-5.3.2c.start@property")
    await case.does("CR-5.3.2c.start@engineering")
    await case.does("CR-5.3.3", satisfied=False, told="已开工；客户要求补偿误工")
    await case.does("CR-5.3.3a", change="增加误工补偿", cost="440000")
    assert case.file.plans[-1].cost == 440_000
    await nobody_signs_their_own_plan(case, "#2")
    for step in STEPS:
        await case.approves(step)
    await case.does("CR-5.3.2b")
    await case.does("CR-5.3.3")

    await case.does("CR-5.3.2c@property")
    await case.does("CR-5.4.1@property")
    await case.passes(days=2)
    await case.does("CR-5.3.2c@engineering")
    assert case.duty("CR-5.4.2b").since == case.file.acts[-1].at
    await case.does("CR-5.4.1@engineering")
    assert case.duty("CR-5.4.2a").since == case.file.acts[-1].at
    case.ignores()
    await case.to_the_end()
    approvers = {act.by for act in case.file.acts if act.rule.startswith("CR-5.3.2a") and act.kind is ActKind.APPROVE}
    assert approvers == {GENERAL_MANAGER, PRESIDENT, LEADER, GROUP_MARKETING, GROUP_LEADER}
    assert not approvers & {ENGINEERING, PROPERTY, SALES, SUPERVISOR}, "who had a part in the plan"
    assert case.file.outcome == "solved"
    case.ignores()


async def nobody_signs_their_own_plan(case: Case, nth: str = "") -> None:
    """The absent leader's deputy wrote the plan, also the one that was adjusted: both reviews go up."""
    first, other = f"CR-5.3.2a.1@engineering{nth}", f"CR-5.3.2a.1@property{nth}"
    assert (case.duty(first).owner, case.duty(other).owner) == (GENERAL_MANAGER, PRESIDENT)
    assert await case.refuses(case.delegates(first, ENGINEERING)) is Refused.FOUR_EYES
    await case.approves(first)
    await case.approves(other)
