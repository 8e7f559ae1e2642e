"""A case may go on in a new run at any moment, and nobody can tell: same duties, same acts, same notices."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from temporalio.service import RPCError

from complaints.case.file import Act, CaseFile, Duty
from tests.people import ADMIN, ENGINEER, ENGINEERING, GENERAL_MANAGER, LEADER, LEGAL, PRESIDENT, SUPERVISOR
from tests.world import Case, World

DATES = {"complete_by", "promised", "items", "happened_at", "when"}  # fields that differ from one telling to the next
Step = Callable[[Case], Awaitable[Any]]
NOT_SATISFIED = {"told": "已开工", "satisfied": False}
NOT_REACHED: dict[str, Any] = {"reached": False, "satisfaction": None}

CRISIS: list[Step] = [
    lambda case: case.does("CR-5.1.4"),
    lambda case: case.does("CR-5.2.1a", level=1),
    lambda case: case.passes(minutes=25),  # late, climbing
    lambda case: case.acknowledges("CR-5.2.1b", by=LEADER),
    lambda case: case.passes(hours=2),  # and silent, acknowledged
    lambda case: case.does("CR-5.2.1b"),
    lambda case: case.returns("CR-5.2.1c.review", "CR-5.2.1b"),
    lambda case: case.until("CR-5.2.1c.approval"),
    lambda case: case.delegates("CR-5.2.1c.approval", LEGAL),
    lambda case: case.approves("CR-5.2.1c.approval", by=LEGAL),  # the filing goes on beside
    lambda case: case.does("CR-5.2.2a"),
    lambda case: case.does("CR-5.2.2b", departments=["engineering", "property"], concerned=["sales"]),
    lambda case: case.does("CR-5.2.2c", people=[ENGINEER, ADMIN]),
    lambda case: case.does("CR-5.2.2d@property"),  # one of four opinions
    lambda case: case.revises("CR-5.2.2c", by=GENERAL_MANAGER, people=[ENGINEER, LEGAL]),
    lambda case: case.does("CR-5.2.3"),
    lambda case: case.passes(hours=30),  # everything late and climbing at once
    lambda case: case.does("CR-5.2.2e.part@property"),
    lambda case: case.does("CR-5.2.2e"),
    lambda case: case.does("CR-5.2.2d@sales"),  # joins the plan
    lambda case: case.revises("CR-5.2.2b", by=LEADER, departments=["engineering"], concerned=["sales"], request="更正"),
    lambda case: case.until("CR-5.3.1"),
    lambda case: case.does("CR-5.2.2f"),
    lambda case: case.does("CR-5.3.1", agreed=False),
    lambda case: case.until("CR-5.3.2a.2"),
    lambda case: case.asks_countersignature("CR-5.3.2a.2", of=LEGAL),
    lambda case: case.asks_countersignature("CR-5.3.2a.2", of=ADMIN),
    lambda case: case.passes(hours=3),
    lambda case: case.does("COUNTERSIGN@CR-5.3.2a.2"),
    lambda case: case.does("COUNTERSIGN@CR-5.3.2a.2#2"),
    lambda case: case.approves("CR-5.3.2a.2"),
    lambda case: case.withdraws("CR-5.3.2a.3", by=ENGINEERING),
    lambda case: case.until("CR-5.3.2a.5"),
    lambda case: case.returns("CR-5.3.2a.5", "CR-5.3.2a.3"),
    lambda case: case.until("CR-5.3.2a.5"),
    lambda case: case.approves("CR-5.3.2a.5", by=PRESIDENT),
    lambda case: case.does("CR-5.3.2b"),
    lambda case: case.does("CR-5.3.2c.start"),
    lambda case: case.does("CR-5.3.2c.track"),
    lambda case: case.does("CR-5.3.3"),
    lambda case: case.revises("CR-5.3.3", by=SUPERVISOR, **NOT_SATISFIED),
    lambda case: case.does("CR-5.3.3a", complete_by=(case.now + timedelta(days=8)).isoformat()),
    lambda case: case.until("CR-5.3.3"),  # approved again, because it takes longer
    lambda case: case.does("CR-5.3.3", **NOT_SATISFIED),
    lambda case: case.does("CR-5.3.3a", adjustable=False),
    lambda case: case.does("CR-5.3.3b", understood=False),
    lambda case: case.does("CR-5.3.3b.decision"),
    lambda case: case.does("CR-5.3.2c"),
    lambda case: case.until("CR-5.4.4"),
    lambda case: case.does("CR-5.4.4", accepted=False, rewrite=True, reason="没有写明根本原因"),
    lambda case: case.until("CR-5.4.5"),
]

COURT: list[Step] = [
    lambda case: case.does("CR-5.1.4"),
    lambda case: case.does("CR-5.2.1a", level=1),
    lambda case: case.until("CR-5.2.2a"),
    lambda case: case.does("CR-5.2.2a", nature="malicious"),  # with the filing of another track still open
    lambda case: case.does("CR-5.2.2a.filing"),
    lambda case: case.does("CR-5.2.2a.court"),
    lambda case: case.does("CR-5.2.2a.outcome"),
    lambda case: case.does("CR-5.2.1c.filing"),
]

REGRADED: list[Step] = [
    lambda case: case.does("CR-5.1.4"),
    lambda case: case.does("CR-5.2.1a", level=3, reason="暂无扩大"),  # watched: nine households
    lambda case: case.passes(hours=50),
    lambda case: case.does("CR-5.1.3", decision="dismiss"),
    lambda case: case.until("RV-4.3"),
    lambda case: case.regrades(1),
    lambda case: case.passes(minutes=15),
    lambda case: case.until("CR-5.2.2b"),
    lambda case: case.until("CR-5.3.2a.3"),
]

REVISITED: list[Step] = [
    lambda case: case.does("CR-5.1.4"),
    lambda case: case.does("CR-5.2.1a", level=3, reason="暂无扩大"),
    lambda case: case.until("RV-4.3"),
    lambda case: case.does("RV-4.3", **NOT_REACHED),
    lambda case: case.passes(days=1),
    lambda case: case.does("RV-4.2.again", **NOT_REACHED),
    lambda case: case.passes(days=1),
    lambda case: case.does("RV-4.2.again", **NOT_REACHED),
    lambda case: case.returns("RV-4.2.unreachable", "RV-4.2.again"),
    lambda case: case.passes(days=2),  # and nobody tries
    lambda case: case.does("RV-4.2.again", **NOT_REACHED),
    lambda case: case.approves("RV-4.2.unreachable"),
    lambda case: case.does("CS-4.2.3", satisfaction="unsatisfied", effect="又渗水了"),  # reopened
    lambda case: case.until("RV-4.3"),
    lambda case: case.does("RV-4.3", satisfaction="unsatisfied", quality="没有修好"),  # and once more
    lambda case: case.until("RV-4.3"),
]


HALVES = [
    pytest.param(CRISIS, range(25), id="a crisis up to its approval"),
    pytest.param(CRISIS, range(25, len(CRISIS)), id="a crisis from its approval"),
]


@pytest.mark.clause("CR-5.3.2a")
@pytest.mark.clause("RV-4.2")
@pytest.mark.parametrize(
    ("story", "steps"),
    [
        *HALVES,
        pytest.param(COURT, range(len(COURT)), id="a defamation"),
        pytest.param(REGRADED, range(len(REGRADED)), id="a regrading"),
        pytest.param(REVISITED, range(len(REVISITED)), id="a customer hard to reach, and harder to content"),
    ],
)
async def test_a_case_that_goes_on_afresh_before_every_step_is_the_same_case(
    world: World, story: list[Step], steps: range
):
    await is_the_same_afresh(world, story, steps)


@pytest.mark.server
@pytest.mark.parametrize(("story", "steps"), HALVES)
@pytest.mark.long(25)
async def test_a_crisis_that_goes_on_in_a_new_run_before_every_step_is_the_same_crisis(
    world: World, story: list[Step], steps: range
):
    await is_the_same_afresh(world, story, steps)


async def is_the_same_afresh(world: World, story: list[Step], steps: range) -> None:
    told = await asyncio.gather(tell(world, story), tell(world, story, afresh=steps))
    undisturbed, disturbed = (case.file for case in told)
    assert duties(disturbed) == duties(undisturbed)
    assert [done(act) for act in disturbed.acts] == [done(act) for act in undisturbed.acts]
    assert notices(disturbed) == notices(undisturbed)
    assert whole(disturbed) == whole(undisturbed)


@pytest.mark.server
async def test_an_act_is_taken_right_before_and_right_after_a_new_run_begins(world: World):
    case = await world.opens(loss=600_000).graded(1)
    for rule in ("CR-5.2.1b", "CR-5.2.1c.review", "CR-5.2.1c.approval"):
        await case.handle.signal("afresh")
        await case.finishes(rule)
    await case.until("CR-5.2.2a")
    assert [act.rule for act in case.file.acts][2:] == ["CR-5.2.1b", "CR-5.2.1c.review", "CR-5.2.1c.approval"]
    case.ignores()


@pytest.mark.server
async def test_whoever_asks_while_a_new_run_is_held_back_gets_the_answer_when_it_has_begun(world: World):
    case = await (await world.opens().graded(3)).passes(days=1)
    await case.goes_on_afresh()
    await case.begins_afresh()
    with pytest.raises(RPCError, match="not scheduled yet"):
        await case.handle.query("case")
    assert (await world.duly.case(case.handle.id)).key == case.file.key
    case.ignores()


async def tell(world: World, story: list[Step], afresh: range = range(0), **told: Any) -> Case:
    case = await world.opens(**(told or {"households": 9}))
    for n, step in enumerate(story):
        if n in afresh:
            await case.goes_on_afresh()
        await step(case)
    await case.to_the_end()
    return case.ignores()


# --- what two runs of a story have in common, whenever they were played


def duties(file: CaseFile) -> dict[str, dict[str, Any]]:
    return {duty.id: held(duty) for duty in file.duties.values()}


def held(duty: Duty) -> dict[str, Any]:
    of_time = {"since", "opened_at", "closed_at", "breached_at", "deadline", "escalations", "changes"}
    of_time |= {"own_due", "own_breach_at", "climb_since"}
    kept = duty.model_dump(exclude=of_time)
    why = duty.deadline.why
    return kept | {
        "limit": (why.anchor, why.limit),
        "late": (duty.late, duty.own_due is not None, duty.own_breach_at is not None),
        "changed": [(change.by, change.reason) for change in duty.changes],
        "climbed": [(step.step, step.to, step.acknowledged_by) for step in duty.escalations],
    }


def done(act: Act) -> dict[str, Any]:
    kept = act.model_dump(exclude={"at", "recorded_at", "attempt"})
    return kept | {"form": {name: value for name, value in act.form.items() if name not in DATES}}


def notices(file: CaseFile) -> list[str]:
    return sorted(f"{notice.id} {notice.kind.value}" for notice in file.notices)  # moments may coincide


def whole(file: CaseFile) -> dict[str, Any]:
    plans = [(plan.revision, plan.text, plan.by, plan.missing) for plan in file.plans]
    return file.model_dump(include={"level", "track", "leg", "revision", "outcome", "watch", "journal_seq"}) | {
        "plans": plans
    }
