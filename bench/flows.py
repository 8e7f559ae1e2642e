"""The two flows that are compared: a whole crisis with Duly, and as many updates and timers with the bare workflow."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import perf_counter
from typing import Any, Protocol

import psutil
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from bench import bare
from complaints import editions
from complaints.model import ActKind, ActRequest, CaseFile, Complaint, Duty, Facts
from starters.client import Duly
from tests.forms import FORM

_unique = itertools.count(1)
LAST = "CR-5.3.2c"  # the implementation ends when the customer has heard of its progress


@dataclass(frozen=True)
class Played:
    """One life of a case: its id, and how many seconds each update took (the opening comes first)."""

    id: str
    seconds: tuple[float, ...]


class Flow(Protocol):
    """A kind of case that can be played from beginning to end."""

    name: str
    processes: dict[str, psutil.Process]  # whose CPU is used: worker, PostgreSQL, Temporal

    async def play(self) -> Played: ...


def complaint(received_at: datetime) -> Complaint:
    """A complaint of somebody who never complained before, about RMB 600,000: a crisis."""
    n = next(_unique)
    return Complaint(
        source="bench",
        external_id=f"{received_at:%H%M%S%f}-{n}",
        project="hf01",
        received_at=received_at,
        received_by="zhou.min",
        channel="phone",  # pyright: ignore[reportArgumentType]  # pydantic reads it
        category="engineering",  # pyright: ignore[reportArgumentType]
        customer=f"客户{n}",
        contact=f"138{n:08d}",
        matter="主卧外墙渗水，已报修多次未解决",
        facts=Facts(loss=Decimal(600_000)),
    )


class Crisis:
    """A crisis with Duly: opened, graded, reported, planned, approved five times, carried out, revisited, archived."""

    name = "duly"

    def __init__(self, duly: Duly, processes: dict[str, psutil.Process], acts: list[ActRequest]) -> None:
        self.duly = duly
        self.processes = processes
        self.acts = acts

    async def play(self) -> Played:
        times = Stopwatch()
        key = (await self.duly.open_complaint(complaint(datetime.now(UTC)))).key
        times.lap()
        for act in self.acts:
            await self.duly.act(key, act)
            times.lap()
        await self.duly.client.get_workflow_handle(key).result()
        return Played(key, tuple(times.laps))


class BareFlow:
    """As many updates, each with a timer cancelled and a timer started, and nothing else."""

    name = "bare"

    def __init__(self, client: Client, processes: dict[str, psutil.Process], acts: list[ActRequest]) -> None:
        self.client = client
        self.processes = processes
        self.acts = [act.model_dump(mode="json") for act in acts]

    async def play(self) -> Played:
        times = Stopwatch()
        begin: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            "Bare",
            len(self.acts),
            id=f"bare-{next(_unique)}",
            task_queue=bare.TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        )
        await self.client.execute_update_with_start_workflow(bare.BEGIN, start_workflow_operation=begin)
        handle = await begin.workflow_handle()
        times.lap()
        for act in self.acts:
            await handle.execute_update(bare.ACT, act)
            times.lap()
        await handle.result()
        return Played(handle.id, tuple(times.laps))


class Stopwatch:
    """Seconds between laps."""

    def __init__(self) -> None:
        self.laps: list[float] = []
        self._last = perf_counter()

    def lap(self) -> None:
        now = perf_counter()
        self.laps.append(now - self._last)
        self._last = now


async def rehearse(duly: Duly) -> list[ActRequest]:
    """Play one crisis by looking at the case before each act; afterwards the same acts need no looking."""
    key = (await duly.open_complaint(complaint(datetime.now(UTC)))).key
    acts: list[ActRequest] = []
    while (file := await duly.case(key)).open_duties:
        act = _answer(_next(file))
        await duly.act(key, act)
        acts.append(act)
    await duly.client.get_workflow_handle(key).result()
    return acts


def _next(file: CaseFile) -> Duty:
    ready = [duty for duty in file.open_duties if not file.awaited_by(duty)]
    return min(ready, key=lambda duty: (duty.rule == LAST, duty.opened_at))


def _answer(duty: Duty) -> ActRequest:
    rule = editions.newest().rule(duty.rule)
    if rule.kind == "approval":
        return ActRequest(by=duty.owner, kind=ActKind.APPROVE, duty=duty.id, revision=duty.revision)
    # The plan's date must still lie ahead when the act is played again.
    default = FORM.get(rule.form or "", {})
    form = default(datetime.now(UTC) + timedelta(days=1)) if callable(default) else default
    return ActRequest(by=duty.owner, kind=ActKind.DISCHARGE, duty=duty.id, form=form)


async def events(handle: WorkflowHandle[Any, Any]) -> Counter[str]:
    """How many events of each type the history has."""
    found: Counter[str] = Counter()
    async for event in handle.fetch_history_events():
        name = EventType.Name(event.event_type)
        found[name.removeprefix("EVENT_TYPE_").removeprefix("WORKFLOW_EXECUTION_").lower()] += 1
    return found


async def side_by_side(flow: Flow, cases: int, lanes: int) -> list[Played]:
    """Play `cases`, `lanes` at a time."""
    waiting: Iterator[int] = iter(range(cases))
    played: list[Played] = []

    async def lane() -> None:
        for _ in waiting:
            played.append(await flow.play())

    async with asyncio.TaskGroup() as tasks:
        for _ in range(lanes):
            tasks.create_task(lane())
    return played
