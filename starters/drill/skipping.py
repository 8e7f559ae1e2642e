"""Lets a case's time pass to an exact moment, and no further, however busy the machine is.

A server that is asked for a whole span at once goes from timer to timer by itself, and then two things depend on
chance. If the end of the span comes while the case is still busy with a timer shortly before it, the server (1.32)
takes the end for past and goes on to the next timer, which may be hours away. And a timer that is due but has not fired
is passed over, so that what it stands for happens late. Therefore each skip here leads to one timer, or to the end, and
the next follows when the case has caught up with its clock.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.common.v1 import FastForwardConfig, TimeSkippingConfig, WorkflowExecution
from temporalio.api.workflow.v1 import WorkflowExecutionOptions
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionResponse,
    UpdateWorkflowExecutionOptionsRequest,
)
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper
from temporalio.testing import TimeSkippingConfig as Stamped

from worker.connection import described

NEAR = timedelta(seconds=1)
"""What is shorter passes by itself."""
PATIENCE = 60.0
"""Real seconds for a case to catch up with its clock, unless a skipper is told otherwise."""
QUIET = 10.0
"""Real seconds in which nothing is under way and the case is behind all the same: then the server is asked again."""
A_LITTLE = timedelta(milliseconds=50)
"""What it is asked for then: too little to come to another timer."""
LOOKS = (0.005, 0.15)
"""Real seconds between two looks at a case that has not caught up: at first, and at most."""

CaughtUp = Callable[[datetime], Awaitable[bool]]
"""Whether everything up to that moment has happened to the case."""

_NO_ANSWER = (
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.ABORTED,
    RPCStatusCode.UNKNOWN,
    RPCStatusCode.CANCELLED,  # the server ends a connection every few minutes; the SDK repeats only its own calls
)


def clock_of(shown: DescribeWorkflowExecutionResponse, ours: datetime) -> datetime:
    """A workflow's own time; `ours` if nothing was ever skipped in its run."""
    skipping = shown.workflow_extended_info.time_skipping_info
    return skipping.current_time.ToDatetime(tzinfo=UTC) if skipping.HasField("current_time") else ours


def is_closed(shown: DescribeWorkflowExecutionResponse) -> bool:
    return shown.workflow_execution_info.status != WorkflowExecutionStatus.RUNNING


def under_way(shown: DescribeWorkflowExecutionResponse) -> str:
    """Which skip or task is under way in a workflow that is open, in words; "" if none is."""
    if shown.workflow_extended_info.time_skipping_info.effective_config.enabled:
        return "a skip"
    if shown.HasField("pending_workflow_task"):
        return f"a workflow task, attempt {shown.pending_workflow_task.attempt}"
    return ""


def one_skip(most: timedelta) -> TimeSkippingConfig:
    """To the next timer, or by `most`."""
    config = TimeSkippingConfig(
        enabled=True,
        fast_forward_config=FastForwardConfig(id=str(uuid.uuid4())),
        disable_propagation=True,
        max_session_skip_count=1,
    )
    config.fast_forward_config.duration.FromTimedelta(most)
    return config


class BehindItsClock(Exception):
    """A case that does not catch up: its worker is away, or what is awaited of it is not what it waits for."""


@dataclass(frozen=True)
class _Clock:
    """A case's clock as the server has it."""

    now: datetime
    ahead: timedelta  # of ours, at least
    busy: str  # what is under way, in words; "" if nothing is
    closed: bool


class Skipper(TimeSkipper):
    """Starts workflows whose time can be skipped, through `client`; it passes as usual until `skip` is called."""

    def __init__(self, client: Any, patience: float = PATIENCE) -> None:
        super().__init__(client, config=Stamped(enabled=False))
        self._patience = patience

    async def skip(self, handle: WorkflowHandle[Any, Any], length: timedelta, caught_up: CaughtUp) -> timedelta:
        """Let `length` pass; by how much the case's clock is ahead of ours then. It has caught up with its clock.

        Raises `BehindItsClock`, and `RPCError` when the server does not allow it or is away.
        """
        clock = await self._clock(handle)
        end = clock.now + length
        while True:
            clock = await self._settled(handle, caught_up)
            left = end - clock.now
            if clock.closed or left <= timedelta():
                return clock.ahead
            if left <= NEAR:
                await asyncio.sleep(left.total_seconds())
            else:
                await self._to_one_timer(handle, left)

    async def _settled(self, handle: WorkflowHandle[Any, Any], caught_up: CaughtUp) -> _Clock:
        pause, until = LOOKS[0], time.monotonic() + self._patience
        again = time.monotonic() + QUIET
        while True:
            clock = await self._clock(handle)
            if not clock.busy and await caught_up(clock.now):
                return clock
            if clock.busy:
                again = time.monotonic() + QUIET
            elif time.monotonic() > again:  # a skip that was cut short by a killed worker may leave a timer behind
                again = time.monotonic() + QUIET
                await self._to_one_timer(handle, A_LITTLE)
            if time.monotonic() > until:
                why = clock.busy or "nothing is under way"
                raise BehindItsClock(
                    f"{handle.id} has not caught up with {clock.now} within {self._patience:.0f} seconds: {why}"
                )
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LOOKS[1])

    async def _clock(self, handle: WorkflowHandle[Any, Any]) -> _Clock:
        shown = await described(self.client, handle.id, run_id=handle.run_id)
        ours = datetime.now(UTC)
        now, closed = clock_of(shown, ours), is_closed(shown)
        return _Clock(now, now - ours, "" if closed else under_way(shown), closed)

    async def _to_one_timer(self, handle: WorkflowHandle[Any, Any], most: timedelta) -> None:
        """One skip, to the next timer or by `most`. Sent once: sent again after a lost answer, it would skip twice."""
        request = UpdateWorkflowExecutionOptionsRequest(
            namespace=self.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=handle.id, run_id=handle.run_id or ""),
            workflow_execution_options=WorkflowExecutionOptions(time_skipping_config=one_skip(most)),
            update_mask=FieldMask(paths=["time_skipping_config"]),
            identity=self.client.identity,
        )
        try:
            await self.client.workflow_service.update_workflow_execution_options(request)
        except RPCError as failed:
            closed_meanwhile = failed.status is RPCStatusCode.NOT_FOUND
            if failed.status not in _NO_ANSWER and not closed_meanwhile:
                raise
