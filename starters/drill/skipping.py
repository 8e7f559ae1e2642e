"""Skips a case's time to an exact moment, and no further, however busy the machine is.

A server that is asked to skip a whole span at once goes from timer to timer by itself. Then two things depend on
chance. If the span ends while the case is still busy with a timer shortly before that end, the server (1.32) takes the
end for past and goes on to the next timer, which may be hours away. And a timer that is due but has not fired is passed
over, so that its effect comes late. Therefore each skip here leads to one timer, or to the end. It is requested when
the case is idle, and cancelled if the case became busy just before it. The next skip follows when the case has caught
up with its clock.
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

from complaints.connection.temporal import described

NEAR = timedelta(seconds=1)
"""A shorter time is not skipped: it passes by itself."""
PATIENCE = 60.0
"""Real seconds within which a case must catch up with its clock, by default."""
QUIET = 10.0
"""Real seconds without pending work while the case is still behind; then one more skip is requested."""
A_LITTLE = timedelta(milliseconds=200)
"""Length of that skip: too short to reach another timer, and long enough to be cancelled before it is over."""
TOO_FAR = timedelta(minutes=1)
"""How far beyond the end of a skip a case may be: clocks of two machines differ, and requests take time."""
LOOKS = (0.005, 0.15)
"""Real seconds between two checks of a case that has not caught up: at first, and at most."""

CaughtUp = Callable[[datetime], Awaitable[bool]]
"""Whether everything up to that moment has happened to the case."""

_NO_ANSWER = (
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.ABORTED,
    RPCStatusCode.UNKNOWN,
    RPCStatusCode.CANCELLED,  # the server ends a connection every few minutes; the SDK retries only its own calls
)


def clock_of(shown: DescribeWorkflowExecutionResponse, ours: datetime) -> datetime:
    """Return a workflow's own (virtual) time; `ours` if nothing was ever skipped in its run."""
    skipping = shown.workflow_extended_info.time_skipping_info
    return skipping.current_time.ToDatetime(tzinfo=UTC) if skipping.HasField("current_time") else ours


def is_closed(shown: DescribeWorkflowExecutionResponse) -> bool:
    return shown.workflow_execution_info.status != WorkflowExecutionStatus.RUNNING


def waits_for_a_skip(shown: DescribeWorkflowExecutionResponse) -> bool:
    """Whether a requested skip is still pending because the workflow was busy."""
    return shown.workflow_extended_info.time_skipping_info.effective_config.enabled


def under_way(shown: DescribeWorkflowExecutionResponse, now: datetime | None = None) -> str:
    """Describe the pending workflow task or activities of an open workflow; "" if there are none.

    With `now` (the workflow's own time), an activity waiting for its next attempt does not count, because the server
    skips to that attempt.
    """
    if shown.HasField("pending_workflow_task"):
        return f"a workflow task, attempt {shown.pending_workflow_task.attempt}"
    return ", ".join(
        f"{one.activity_type.name}, attempt {one.attempt}"
        for one in shown.pending_activities
        if now is None or one.next_attempt_schedule_time.ToDatetime(tzinfo=UTC) <= now
    )


def one_skip(most: timedelta) -> TimeSkippingConfig:
    """Configure one skip: to the next timer, or by `most` if that is earlier."""
    config = TimeSkippingConfig(
        enabled=True,
        fast_forward_config=FastForwardConfig(id=str(uuid.uuid4())),
        disable_propagation=True,
        max_session_skip_count=1,
    )
    config.fast_forward_config.duration.FromTimedelta(most)
    return config


class BehindItsClock(Exception):
    """A case does not catch up: its worker is away, or `caught_up` expects what the case does not wait for."""


class AheadOfItsClock(Exception):
    """The server skipped a case's time further than requested: what happened in the case is worthless."""


@dataclass(frozen=True)
class _Clock:
    """A case's clock as the server reports it."""

    now: datetime
    ahead: timedelta  # how far ahead of our clock, at least
    busy: str  # pending work in words; "" if there is none
    closed: bool


class Skipper(TimeSkipper):
    """Starts workflows whose time can be skipped, through `client`; time passes normally until `skip` is called."""

    def __init__(self, client: Any, patience: float = PATIENCE) -> None:
        super().__init__(client, config=Stamped(enabled=False))
        self._patience = patience

    async def skip(self, handle: WorkflowHandle[Any, Any], length: timedelta, caught_up: CaughtUp) -> timedelta:
        """Let `length` pass and the case catch up; return how far the case's clock is then ahead of ours.

        Raises `BehindItsClock`, `AheadOfItsClock`, and `RPCError` if the server does not allow it or is unreachable.
        """
        clock = await self._clock(handle)
        end = clock.now + length
        furthest = clock.ahead + max(length, timedelta()) + TOO_FAR
        while True:
            clock = await self._settled(handle, caught_up)
            if clock.ahead > furthest:
                raise AheadOfItsClock(f"{handle.id} was to come to {end}, and is at {clock.now}")
            if clock.closed or clock.now >= end:
                return clock.ahead
            left = end - clock.ahead - datetime.now(UTC)  # time went on during the check
            if left > NEAR:
                await self.to_one_timer(handle, left)
            else:
                await asyncio.sleep(max(left.total_seconds(), 0.0))

    async def to_one_timer(self, handle: WorkflowHandle[Any, Any], most: timedelta) -> None:
        """Request one skip, to the next timer (or the delayed start) or by `most`, if the workflow is idle.

        Never retried: sent again after a lost answer, it would skip twice.
        """
        await self._ask(handle, one_skip(most))

    async def _settled(self, handle: WorkflowHandle[Any, Any], caught_up: CaughtUp) -> _Clock:
        pause, until = LOOKS[0], time.monotonic() + self._patience
        again = time.monotonic() + QUIET
        while True:
            clock = await self._clock(handle)
            if not clock.busy and await caught_up(clock.now):
                return clock
            if clock.busy:
                again = time.monotonic() + QUIET
            elif time.monotonic() > again:  # a skip interrupted by a killed worker may leave a timer behind
                again = time.monotonic() + QUIET
                await self.to_one_timer(handle, A_LITTLE)
                continue
            if time.monotonic() > until:
                why = clock.busy or "nothing is under way"
                raise BehindItsClock(
                    f"{handle.id} has not caught up with {clock.now} within {self._patience:.0f} seconds: {why}"
                )
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LOOKS[1])

    async def _clock(self, handle: WorkflowHandle[Any, Any]) -> _Clock:
        shown = await self.looked_at(handle)
        ours = datetime.now(UTC)
        now, closed = clock_of(shown, ours), is_closed(shown)
        return _Clock(now, now - ours, "" if closed else under_way(shown, now), closed)

    async def looked_at(
        self, handle: WorkflowHandle[Any, Any], within: timedelta | None = None
    ) -> DescribeWorkflowExecutionResponse:
        """Return the server's description of a workflow, and cancel a skip that is still pending.

        A pending skip would be made some time later, and further than requested if its end is past by then.
        """
        shown = await described(self.client, handle.id, run_id=handle.run_id, within=within)
        if waits_for_a_skip(shown) and not is_closed(shown):
            await self._ask(handle, TimeSkippingConfig(enabled=False))
            shown = await described(self.client, handle.id, run_id=handle.run_id, within=within)
        return shown

    async def _ask(self, handle: WorkflowHandle[Any, Any], config: TimeSkippingConfig) -> None:
        request = UpdateWorkflowExecutionOptionsRequest(
            namespace=self.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=handle.id, run_id=handle.run_id or ""),
            workflow_execution_options=WorkflowExecutionOptions(time_skipping_config=config),
            update_mask=FieldMask(paths=["time_skipping_config"]),
            identity=self.client.identity,
        )
        try:
            await self.client.workflow_service.update_workflow_execution_options(request)
        except RPCError as failed:
            closed_meanwhile = failed.status is RPCStatusCode.NOT_FOUND
            if failed.status not in _NO_ANSWER and not closed_meanwhile:
                raise
