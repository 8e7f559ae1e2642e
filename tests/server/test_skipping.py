"""Skipped time ends when it was asked to, however long a case is busy with what happens on the way."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from complaints.connection.running_stack import StackInfo
from complaints.connection.temporal import connect
from starters.drill.skipping import AheadOfItsClock, Skipper, waits_for_a_skip
from worker.namespaces import DRILL

QUEUE = f"skipping-{uuid.uuid4()}"
BUSY = 0.3  # real seconds that each task of the workflow takes
EVERY = timedelta(hours=3)
ROUNDS = [timedelta(hours=1, seconds=behind) + n * EVERY for n in range(5) for behind in (0, 0.05)]
"""When somebody makes rounds, from the start of the workflow; somebody else goes right behind them."""

Made = list[tuple[datetime, datetime]]  # when they should be made, and when they were


def _busy() -> None:
    time.sleep(BUSY)


@workflow.defn
class Rounds:
    def __init__(self) -> None:
        self.made: Made = []

    @workflow.run
    async def run(self) -> None:
        for after in ROUNDS:
            at = workflow.info().start_time + after
            if at > workflow.now():
                await workflow.sleep(at - workflow.now())
            self.made.append((at, workflow.now()))
            _busy()

    @workflow.query(name="made")
    def already(self) -> Made:
        return self.made


@workflow.defn(name="waits")
class Waits:
    """Waits for days, and has a timer every three hours."""

    @workflow.run
    async def run(self) -> None:
        for _ in range(20):
            await workflow.sleep(EVERY)


async def waits(stack: StackInfo) -> tuple[Skipper, WorkflowHandle[Any, Any], Worker]:
    """One of them that has been started, and the worker that it waits for."""
    skipper = Skipper(await connect(stack.temporal_address, DRILL))
    queue = f"skipping-{uuid.uuid4()}"
    handle = await skipper.client.start_workflow(Waits.run, id=f"waits-{uuid.uuid4()}", task_queue=queue)
    runner = UnsandboxedWorkflowRunner()
    return skipper, handle, Worker(skipper.client, task_queue=queue, workflows=[Waits], workflow_runner=runner)


async def nothing(_: datetime) -> bool:
    return True


async def test_a_skip_that_a_busy_workflow_does_not_make_is_taken_back(stack: StackInfo) -> None:
    """Otherwise the server makes it whenever the workflow is at rest, perhaps to the timer behind its end."""
    skipper, handle, worker = await waits(stack)
    await skipper.to_one_timer(handle, timedelta(hours=1))  # nobody has done its first task
    assert not waits_for_a_skip(await skipper.looked_at(handle))
    async with worker:
        assert await skipper.skip(handle, timedelta(seconds=1), nothing) < timedelta(seconds=1)
        ahead = await skipper.skip(handle, timedelta(hours=2), nothing)
        assert timedelta(hours=2) - timedelta(seconds=1) < ahead < timedelta(hours=2, seconds=1)
        await handle.terminate()


async def test_a_skip_that_led_too_far_is_an_error(stack: StackInfo) -> None:
    skipper, handle, worker = await waits(stack)

    async def somebody_else_skips(_: datetime) -> bool:
        await skipper.to_one_timer(handle, EVERY / 2)
        return True

    async with worker:
        with pytest.raises(AheadOfItsClock, match=handle.id):
            await skipper.skip(handle, timedelta(hours=1), somebody_else_skips)
        await handle.terminate()


async def test_the_end_of_a_span_just_after_a_timer_is_not_overshot(stack: StackInfo) -> None:
    client = await connect(stack.temporal_address, DRILL)
    skipper = Skipper(client)
    worker = Worker(client, task_queue=QUEUE, workflows=[Rounds], workflow_runner=UnsandboxedWorkflowRunner())
    async with worker:
        handle = await skipper.client.start_workflow(Rounds.run, id=f"rounds-{uuid.uuid4()}", task_queue=QUEUE)
        began = (await handle.describe()).start_time

        async def caught_up(moment: datetime) -> bool:
            return len(await handle.query(Rounds.already)) >= sum(began + after <= moment for after in ROUNDS)

        for hours in (1, 4, 10):
            end = began + timedelta(hours=hours, seconds=0.1)
            ahead = await skipper.skip(handle, end - await skipper.get_current_time(handle), caught_up)
            assert timedelta() <= datetime.now(UTC) + ahead - end < EVERY / 2
            made = await handle.query(Rounds.already)
            assert len(made) == 2 * (1 + (hours - 1) // 3)
            assert all(there - at < EVERY / 2 for at, there in made), "none was passed over and made up for later"
        await handle.terminate()
