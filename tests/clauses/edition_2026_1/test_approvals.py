"""Edition 2026.1, CR-5.3.2a: five approvals in order, returned to any earlier step."""

from __future__ import annotations

import pytest

from complaints.base.errors import Refused
from complaints.case.file import ActKind
from tests.people import (
    ADMIN,
    ENGINEERING_LEADER,
    GROUP_LEADER,
    GROUP_MARKETING,
    LEADER,
    PRESIDENT,
)
from tests.world import Case, World

pytestmark = pytest.mark.edition("2026.1")

CHAIN = ("CR-5.3.2a.1", "CR-5.3.2a.2", "CR-5.3.2a.3", "CR-5.3.2a.4", "CR-5.3.2a.5")
PLAN = "CR-5.2.2e"


async def submitted(world: World, step: str = CHAIN[0]) -> Case:
    """A crisis whose plan has come up to this step."""
    return await (await world.opens(loss=600_000).graded(1)).until(step)


@pytest.mark.clause("CR-5.3.2a")
async def test_five_people_approve_in_order_and_the_presidents_approval_is_final(world: World):
    case = await submitted(world)
    people = (ENGINEERING_LEADER, LEADER, GROUP_MARKETING, GROUP_LEADER, PRESIDENT)
    for n, (step, person) in enumerate(zip(CHAIN, people, strict=True)):
        assert [duty.rule for duty in case.file.open_duties if duty.rule in CHAIN] == [step]
        assert case.duty(step).owner == person
        for later in people[n + 1 :]:
            assert await case.refuses(case.approves(step, by=later)) is Refused.NOT_YOURS
        await case.approves(step, by=person)
    assert [duty.owner for duty in case.file.open_duties if duty.rule == "CR-5.3.2b"] == [ADMIN]
    assert case.duty("CR-5.3.2c.start").open
    assert case.duty("CR-5.3.2c").revision == 1


EARLIER = [(at, to) for n, at in enumerate(CHAIN) for to in (PLAN, *CHAIN[:n])]


@pytest.mark.clause("CR-5.3.2a")
@pytest.mark.parametrize(("step", "to"), EARLIER)
async def test_an_approver_returns_it_to_every_earlier_step(world: World, step: str, to: str):
    case = await submitted(world, step)
    await case.returns(step, to, reason="措施不具体")
    returned = case.file.acts[-1].at
    again = case.duty(to)
    assert again.open
    assert again.since == returned
    assert again.deadline.why.anchor == "return"
    assert again.revision == case.file.revision == (2 if to == PLAN else 1)
    assert [duty.rule for duty in case.file.open_duties if duty.rule in CHAIN] == ([] if to == PLAN else [to])
    assert await case.refuses(case.approves(f"{step}@engineering" if step == CHAIN[0] else step)) is Refused.NOT_OPEN


@pytest.mark.clause("CR-5.3.2a")
async def test_nobody_returns_it_to_a_later_step_or_to_their_own(world: World):
    case = await submitted(world, CHAIN[2])
    for wrong in (CHAIN[2], CHAIN[3], "CR-5.2.1b", "nowhere"):
        assert await case.refuses(case.returns(CHAIN[2], wrong)) is Refused.NO_SUCH_STEP
    no_step = case.asks(GROUP_MARKETING, ActKind.RETURN, CHAIN[2], revision=1, reason="不同意")
    assert await case.refuses(no_step) is Refused.NO_SUCH_STEP


@pytest.mark.clause("CR-5.3.2a")
async def test_returned_by_the_president_to_the_plan_the_whole_chain_is_walked_again(world: World):
    case = await submitted(world, CHAIN[4])
    await case.returns(CHAIN[4], PLAN)
    await case.until("CR-5.3.2c.start")
    approvals = [act for act in case.file.acts if act.rule in CHAIN and act.kind is ActKind.APPROVE]
    assert [(act.rule, act.revision) for act in approvals] == [
        *((step, 1) for step in CHAIN[:4]),
        *((step, 2) for step in CHAIN),
    ]
    assert [kept.revision for kept in case.file.plans] == [1, 2]


@pytest.mark.clause("CR-5.3.2a")
async def test_an_approval_names_the_revision_it_is_for_and_one_for_an_older_revision_is_refused(world: World):
    case = await submitted(world, CHAIN[1])
    await case.returns(CHAIN[1], PLAN)
    await case.until(CHAIN[1])
    assert case.duty(CHAIN[1]).revision == 2
    assert await case.refuses(case.approves(CHAIN[1], revision=1)) is Refused.STALE_REVISION
    assert await case.refuses(case.approves(CHAIN[1], revision=3)) is Refused.STALE_REVISION
    unnamed = case.asks(LEADER, ActKind.APPROVE, case.duty(CHAIN[1]).id)
    assert await case.refuses(unnamed) is Refused.STALE_REVISION
    old = case.asks(LEADER, ActKind.APPROVE, CHAIN[1], revision=1)
    assert await case.refuses(old) is Refused.NOT_OPEN
    await case.approves(CHAIN[1], revision=2)
