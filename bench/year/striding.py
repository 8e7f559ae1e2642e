"""Lets a case's time pass in as few steps as is safe: straight to a moment before which nothing is due.

`Skipper.skip` checks the case after every step. A caller that knows its duties knows when its next timer fires, so a
step that ends before that needs no check; after a step to a timer, the case is asked whether the timer has fired.
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
"""Real seconds between two checks of a case that is not at rest: at first, and at most."""
STRIKES = 1.0
"""Real seconds that a timer has to fire, if the caller did not know of it."""
ANSWER = timedelta(seconds=20)  # timeout for a busy server
TRIES = 3  # of the last step, which a timer may have cut short


@dataclass
class Clock:
    """A case's own clock: how far it is ahead of ours, as far as we know."""

    ahead: timedelta = timedelta()

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(frozen=True)
class Seen:
    """The server's description of a workflow."""

    now: datetime
    busy: str  # pending work in words; "" if there is none


class Strider(Skipper):
    """Skips the time of many workflows, each by its own clock.

    A workflow that is started through `client` with a delay longer than `NEAR` starts at once, that much later by its
    own clock.
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
        """Skip once towards a moment, but no further than to the first timer on the way.

        If there is one, the case is behind the assumed clock, never ahead, until it is next seen or answers.
        """
        left = to - clock.now
        if left > NEAR:
            await self.to_one_timer(handle, left)
            clock.ahead += left

    async def unattended(
        self, handle: WorkflowHandle[Any, Any], clock: Clock, to: datetime, strikes: Iterable[datetime]
    ) -> bool:
        """Let time pass to `to` while no worker runs; `strikes` are the timers on the way.

        A timer that is due fires a moment later; then the case waits for its worker, and its time stands still. So all
        skips are requested at once, before the first timer has fired; none of them can lead beyond `to`. Returns False
        if the case stands still before `to` all the same.
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
        """Wait until nothing is pending and `so` holds; then `clock` is the server's. Raises `BehindItsClock`.

        `led_to` is where the last skip was to lead. A case that stands before that stands at a timer that the caller
        did not know of. The timer gets time to fire, because another skip would pass it over.
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
    """Makes the start of a workflow request its first skip, instead of delaying the start."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        return _BeginningLater(next)


class _BeginningLater(OutboundInterceptor):
    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        if input.start_delay is not None and input.start_delay > NEAR:
            input.time_skipping_config = one_skip(input.start_delay)
        return await super().start_workflow(input)
