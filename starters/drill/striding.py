"""Lets a case's time pass in as few steps as is safe: straight to a moment before which nothing is to happen.

`Skipper.skip` asks the case after every step. Whoever knows its duties knows when its next clock strikes, so a step
before that needs no question; a step to a clock needs the answer that it has struck.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import WorkflowExecutionStatus, WorkflowHandle

from starters.drill.skipping import NEAR, BehindItsClock, Skipper, clock_of, under_way

SOON = (0.05, 0.15)
"""Real seconds between two looks at a case that is not at rest: at first, and at most."""
UNASKED = 1.0
"""Real seconds after which a case is asked although nothing new stands in its history."""
ANSWER = timedelta(seconds=20)  # for a busy server
TRIES = 3  # of a last step, which a timer may have come before


@dataclass
class Clock:
    """A case's own clock: by how much it is ahead of ours, as far as we know."""

    ahead: timedelta = timedelta()

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(frozen=True)
class Seen:
    """What the server says of a workflow."""

    now: datetime
    busy: str  # what is under way, in words; "" if nothing is
    closed: bool
    events: int  # in the history of its run


class Strider(Skipper):
    """Moves many workflows, each by its own clock."""

    async def seen(self, handle: WorkflowHandle[Any, Any]) -> Seen:
        described = await handle.describe(rpc_timeout=ANSWER)
        raw = described.raw_description
        now = clock_of(raw, datetime.now(UTC))
        closed = described.status is not WorkflowExecutionStatus.RUNNING
        activities = ", ".join(f"{one.activity_type.name} (attempt {one.attempt})" for one in raw.pending_activities)
        events = raw.workflow_execution_info.history_length
        return Seen(now, "" if closed else under_way(raw) or activities, closed, events)

    async def leap(self, handle: WorkflowHandle[Any, Any], clock: Clock, to: datetime) -> None:
        """One step to a moment before which no clock strikes.

        Should one strike all the same, the case is behind what is believed here until its next answer, never ahead.
        """
        left = to - clock.now
        if left > NEAR:
            await self._to_one_timer(handle, left)
            clock.ahead += left

    async def step(self, handle: WorkflowHandle[Any, Any], clock: Clock, to: datetime) -> int | None:
        """One step towards a moment at which a clock strikes, or to one before it.

        How many events its history had before anything struck; None if it was too near for a step.
        """
        left = to - clock.now
        if left <= NEAR:
            return None
        await self._to_one_timer(handle, left)
        seen = await self.seen(handle)
        clock.ahead = seen.now - datetime.now(UTC)
        return seen.events

    async def unattended(
        self, handle: WorkflowHandle[Any, Any], clock: Clock, to: datetime, strikes: Iterable[datetime]
    ) -> bool:
        """Let time pass to a moment while no worker is there; `strikes` are the clocks that strike on the way.

        A timer that is due fires a moment later, and then the case waits for its worker and its time stands still. So
        all steps are asked for at once, before the first one has fired; none of them can lead beyond `to`. False if the
        case stands still all the same.
        """
        between = sorted(at for at in strikes if at < to)
        if between:
            last = max(to - between[-1], timedelta(seconds=2))
            await asyncio.gather(*(self._to_one_timer(handle, last) for _ in between))
        for _ in range(TRIES):
            seen = await self.seen(handle)
            clock.ahead = seen.now - datetime.now(UTC)
            if seen.busy or to - clock.now <= NEAR:
                break
            await self._to_one_timer(handle, to - clock.now)
        return to - clock.now <= NEAR

    async def at_rest(
        self,
        handle: WorkflowHandle[Any, Any],
        clock: Clock,
        so: Callable[[], Awaitable[bool]],
        events: int | None = None,
    ) -> None:
        """Wait until nothing is under way and `so`; the clock is the server's then. Raises `BehindItsClock`.

        A history of as many events as `events` says nothing new: `so`, which asks the case, can wait for more.
        """
        pause, until, unasked = SOON[0], time.monotonic() + self._patience, time.monotonic() + UNASKED
        while True:
            await asyncio.sleep(pause)
            seen = await self.seen(handle)
            clock.ahead = seen.now - datetime.now(UTC)
            if not seen.busy and (seen.events != events or time.monotonic() > unasked):
                events, unasked = seen.events, time.monotonic() + UNASKED
                if await so():
                    return
            if time.monotonic() > until:
                why = seen.busy or "nothing is under way"
                raise BehindItsClock(f"{handle.id} is not at rest {self._patience:.0f} s after {seen.now}: {why}")
            pause = min(pause * 1.5, SOON[1])
