"""The two flows that are compared: whole cases in Duly, and as many updates and timers in the bare workflow."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Protocol

import psutil
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from bench import bare
from bench.kinds import Kind
from bench.rehearsal import Script, until, until_booked
from starters.client import Duly
from workflows import interface

_unique = itertools.count(1)


@dataclass(frozen=True)
class Played:
    """One played life of a case: its id, and the seconds that each update took, the opening first."""

    id: str
    seconds: tuple[float, ...]


class Flow(Protocol):
    """A kind of case that can be played from beginning to end."""

    name: str
    processes: dict[str, psutil.Process]  # processes whose CPU time is measured: worker, PostgreSQL, Temporal

    async def play(self) -> Played: ...


class CaseFlow:
    """Cases of one kind with Duly, from the opening to the archive."""

    name = "duly"

    def __init__(self, duly: Duly, processes: dict[str, psutil.Process], kind: Kind, script: Script) -> None:
        self.duly = duly
        self.processes = processes
        self.kind = kind
        self.script = script

    async def opens(self) -> str:
        """Open a new case and return its key."""
        return (await self.duly.open_complaint(self.kind.complaint(datetime.now(UTC) - self.kind.age))).key

    async def play(self) -> Played:
        times = Stopwatch()
        key = await self.opens()
        times.lap()
        for n, act in enumerate(self.script.acts, 1):
            await self.duly.act(key, act)
            times.lap()
            if n in self.script.booked:
                await until_booked(self.duly, key)
            if n in self.script.afresh:
                await self._goes_on_afresh(key)
            times.go_on()
        await self.duly.client.get_workflow_handle(key).result()
        return Played(key, tuple(times.laps))

    async def _goes_on_afresh(self, key: str) -> None:
        """Continue the case as new. Normally the server suggests this after some thousand events."""
        handle: WorkflowHandle[Any, Any] = self.duly.client.get_workflow_handle(key)
        run = (await handle.describe()).run_id
        await handle.signal(interface.CONTINUE_AS_NEW)

        async def begun() -> bool:
            return (await handle.describe()).run_id != run

        await until(begun)


class BareFlow:
    """Bare workflows with as many updates, each of which cancels a timer and starts one, and nothing else."""

    name = "bare"

    def __init__(self, client: Client, processes: dict[str, psutil.Process], script: Script) -> None:
        self.client = client
        self.processes = processes
        self.acts = [act.model_dump(mode="json") for act in script.acts]

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

    def go_on(self) -> None:
        """Discard the time since the last lap."""
        self._last = perf_counter()


async def side_by_side(flow: Flow, cases: int, lanes: int) -> list[Played]:
    """Play `cases` lives, `lanes` at a time."""
    waiting: Iterator[int] = iter(range(cases))
    played: list[Played] = []

    async def lane() -> None:
        for _ in waiting:
            played.append(await flow.play())

    async with asyncio.TaskGroup() as tasks:
        for _ in range(lanes):
            tasks.create_task(lane())
    return played
