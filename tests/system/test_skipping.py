"""Skipped time ends when it was asked to, however long a case is busy with what happens on the way."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta

from temporalio import workflow
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from starters.drill.skipping import Skipper
from worker.connection import connect
from worker.stack.namespaces import DRILL
from worker.stack.places import StackInfo

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
