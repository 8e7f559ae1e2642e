"""Lets a case's time pass in as few steps as is safe: straight to a moment before which nothing is to happen.

`Skipper.skip` asks the case after every step. Whoever knows its duties knows when its next clock strikes, so a step
before that needs no question; after a step to a clock, the case is asked whether it has struck.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import Client, Interceptor, OutboundInterceptor, StartWorkflowInput, WorkflowHandle

from starters.drill.skipping import (
    NEAR,
    PATIENCE,
    BehindItsClock,
    Skipper,
    clock_of,
    is_closed,
    one_skip,
    under_way,
)

SOON = (0.1, 0.15)
"""Real seconds between two looks at a case that is not at rest: at first, and at most."""
STRIKES = 1.0
"""Real seconds that a clock has to strike, if nobody knew of it."""
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


class Strider(Skipper):
    """Moves many workflows, each by its own clock.

    What starts through `client` after a delay (longer than `NEAR`) starts at once, that much later by its own clock.
    """

    def __init__(self, client: Client, patience: float = PATIENCE) -> None:
        super().__init__(client, patience)
        config = super().client.config()
        config["interceptors"] = [*config["interceptors"], _Beginning()]
        self._forwarding = Client(**config)

    @property
    def client(self) -> Client:
        return self._forwarding

    async def seen(self, handle: WorkflowHandle[Any, Any]) -> Seen:
        shown = await self.looked_at(handle, within=ANSWER)
        now = clock_of(shown, datetime.now(UTC))
        return Seen(now, "" if is_closed(shown) else under_way(shown))

    async def leap(self, handle: WorkflowHandle[Any, Any], clock: Clock, to: datetime) -> None:
        """One step towards a moment, to the first clock that strikes on the way.

        If one does, the case is behind what is believed here until it is next seen or answers, never ahead.
        """
        left = to - clock.now
        if left > NEAR:
            await self.to_one_timer(handle, left)
            clock.ahead += left

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
            await asyncio.gather(*(self.to_one_timer(handle, last) for _ in between))
        for _ in range(TRIES):
            seen = await self.seen(handle)
            clock.ahead = seen.now - datetime.now(UTC)
            if seen.busy or to - clock.now <= NEAR:
                break
            await self.to_one_timer(handle, to - clock.now)
        return to - clock.now <= NEAR

    async def at_rest(
        self,
        handle: WorkflowHandle[Any, Any],
        clock: Clock,
        so: Callable[[], Awaitable[bool]],
        led_to: datetime | None = None,
    ) -> None:
        """Wait until nothing is under way and `so`; the clock is the server's then. Raises `BehindItsClock`.

        `led_to` is where the last step was to lead. A case that stands before that stands at a clock of which nobody
        knew: it gets the time to strike, because another step would pass it over.
        """
        pause, began = SOON[0], time.monotonic()
        while True:
            await asyncio.sleep(pause)
            seen = await self.seen(handle)
            clock.ahead = seen.now - datetime.now(UTC)
            there = led_to is None or seen.now > led_to - NEAR or time.monotonic() > began + STRIKES
            if not seen.busy and there and await so():
                return
            if time.monotonic() > began + self._patience:
                why = seen.busy or "nothing is under way"
                raise BehindItsClock(f"{handle.id} is not at rest {self._patience:.0f} s after {seen.now}: {why}")
            pause = min(pause * 1.5, SOON[1])


class _Beginning(Interceptor):
    """Has the first skip of a workflow done by its start."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        return _BeginningLater(next)


class _BeginningLater(OutboundInterceptor):
    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        if input.start_delay is not None and input.start_delay > NEAR:
            input.time_skipping_config = one_skip(input.start_delay)
        return await super().start_workflow(input)
