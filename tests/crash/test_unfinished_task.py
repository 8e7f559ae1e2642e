"""A task whose worker was killed in the middle is not answered out of: what was done in it is done at another time."""

from __future__ import annotations

import asyncio
import uuid
from datetime import datetime, timedelta

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio import workflow
from temporalio.api.command.v1 import Command, StartTimerCommandAttributes
from temporalio.api.enums.v1 import CommandType, TaskQueueKind
from temporalio.api.taskqueue.v1 import StickyExecutionAttributes, TaskQueue
from temporalio.api.workflowservice.v1 import (
    PollWorkflowTaskQueueRequest,
    PollWorkflowTaskQueueResponse,
    RespondWorkflowTaskCompletedRequest,
)
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, Worker

from complaints.connection.running_stack import StackInfo
from complaints.connection.temporal import connect
from worker.namespaces import DRILL
from worker.stale_clock import ClockGuardedRunner

A_SECOND, TWO_SECONDS = Duration(seconds=1), Duration(seconds=2)
TASK_TIMEOUT = timedelta(seconds=4)


@workflow.defn
class Diary:
    """Writes down when its alarm rang, and when somebody wrote."""

    def __init__(self) -> None:
        self.written: list[datetime] = []

    @workflow.run
    async def run(self) -> None:
        await workflow.sleep(1)
        self.written.append(workflow.now())
        await workflow.wait_condition(lambda: False)

    @workflow.update
    def write(self) -> list[datetime]:
        self.written.append(workflow.now())
        return self.written

    @workflow.query
    def read(self) -> list[datetime]:
        return self.written


class Dying:
    """A worker by hand, which does the first task, takes what comes next, and is never heard of again."""

    def __init__(self, client: Client, queue: str) -> None:
        self._service = client.workflow_service
        self._queue = TaskQueue(name=queue)
        self._own = TaskQueue(name=f"{queue}-own", kind=TaskQueueKind.TASK_QUEUE_KIND_STICKY, normal_name=queue)

    async def begins(self) -> None:
        task = await self._poll(self._queue)
        alarm = StartTimerCommandAttributes(timer_id="1", start_to_fire_timeout=A_SECOND)
        start = Command(command_type=CommandType.COMMAND_TYPE_START_TIMER, start_timer_command_attributes=alarm)
        own = StickyExecutionAttributes(worker_task_queue=self._own, schedule_to_start_timeout=TWO_SECONDS)
        await self._service.respond_workflow_task_completed(
            RespondWorkflowTaskCompletedRequest(
                namespace=DRILL, task_token=task.task_token, commands=[start], sticky_attributes=own
            )
        )

    async def takes(self) -> PollWorkflowTaskQueueResponse:
        return await self._poll(self._own)

    async def _poll(self, queue: TaskQueue) -> PollWorkflowTaskQueueResponse:
        asked = PollWorkflowTaskQueueRequest(namespace=DRILL, task_queue=queue, identity="dying")
        return await self._service.poll_workflow_task_queue(asked)


@pytest.mark.parametrize("asks", [True, False])
async def test_a_query_does_not_leave_the_time_of_a_task_that_was_never_finished(stack: StackInfo, asks: bool):
    client = await connect(stack.temporal_address, DRILL)
    queue = f"diary-{uuid.uuid4()}"
    handle = await client.start_workflow(Diary.run, id=queue, task_queue=queue, task_timeout=TASK_TIMEOUT)
    dying = Dying(client, queue)
    await dying.begins()
    taking = asyncio.create_task(dying.takes())
    await asyncio.sleep(0.3)  # so it is there when the question comes
    asking = asyncio.create_task(handle.query(Diary.read)) if asks else None
    if asks:
        assert (await taking).HasField("query")
        taking = asyncio.create_task(dying.takes())
    assert (await taking).started_event_id, "the task of the alarm"
    runner = ClockGuardedRunner(UnsandboxedWorkflowRunner())
    async with Worker(client, task_queue=queue, workflows=[Diary], workflow_runner=runner):
        if asking is not None:
            with pytest.raises(WorkflowQueryFailedError, match="ask again"):
                await asking
        await handle.execute_update(Diary.write)
        there = await handle.query(Diary.read)
    async with Worker(client, task_queue=queue, workflows=[Diary], workflow_runner=runner):
        assert await handle.query(Diary.read) == there, "who runs it again sees the same"
    replayer = Replayer(workflows=[Diary], workflow_runner=UnsandboxedWorkflowRunner())
    await replayer.replay_workflow(await handle.fetch_history())
    await handle.terminate()
