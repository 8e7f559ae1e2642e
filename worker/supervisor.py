"""Runs the parts of a worker concurrently: each is restarted when it fails, and none takes another down.

An unexpected error of a part is logged once with its traceback, counted, and the part is restarted after a pause. The
pause doubles up to five minutes, and is short again after the part has run well for a while. A repeated error is
counted, and is logged again as one line when its count has doubled, until the part has run well for a while.

A part may also report a failure that it can do without (such as a full disk): it goes on without what fails, and the
failure is counted and logged in the same way until the part reports that it is over.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from complaints.base.error_text import described, place, traced

log = logging.getLogger(__name__)

FIRST_PAUSE = 1.0  # seconds before a part is restarted
LONGEST_PAUSE = 300.0
WELL = 60.0
"""Seconds after which a restarted part counts as healed."""

Run = Callable[[], Awaitable[None]]


class PartState(StrEnum):
    """The state of a part."""

    RUNNING = "running"
    WAITING = "waiting"  # it failed and will be restarted
    TROUBLED = "troubled"  # it runs, but without something that fails
    ENDED = "ended"  # its work is done, or it was told to stop


class EndedByItself(Exception):
    """A part that should run until it is told to stop has returned."""


@dataclass
class Part:
    """The state and counters of one part."""

    name: str
    state: PartState = PartState.RUNNING
    restarts: int = 0
    failures: int = 0
    again: int = 0  # occurrences of the last error since it was logged with its traceback, that one included
    pauses: int = 0  # pauses in a row, without the part having run well in between
    last_error: str = ""
    last_failed_at: datetime | None = None
    began: float = 0.0
    details: dict[str, Any] = field(default_factory=dict[str, Any])

    def shown(self, ok: bool) -> dict[str, Any]:
        """The part as the health endpoint and the records show it."""
        return {
            "state": self.state.value,
            "ok": ok,
            "restarts": self.restarts,
            "failures": self.failures,
            "last_error": self.last_error,
            "last_failed_at": self.last_failed_at.isoformat() if self.last_failed_at else None,
            **self.details,
        }


def pause(before: int) -> float:
    """Return the seconds until the restart of a part after `before` pauses in a row without having run well."""
    return min(FIRST_PAUSE * 2 ** min(before, 20), LONGEST_PAUSE)


class Supervisor:
    """The parts of one worker. `clock` returns seconds, `sleep` waits for seconds; tests inject their own."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.parts: dict[str, Part] = {}
        self._clock = clock
        self._sleep = sleep
        self._now = now
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """From now on, do not restart a part that ends."""
        self._stopping.set()

    async def keep(self, name: str, run: Run, *, once: bool = False) -> None:
        """Run a part and restart it whenever it fails, until it ends after `stop`, or this is cancelled.

        `once`: the part has done its work when it returns. Without it, a return before `stop` counts as a failure.
        """
        part = self._part(name)
        try:
            await self._keep(part, run, once)
        finally:
            part.state = PartState.ENDED

    async def _keep(self, part: Part, run: Run, once: bool) -> None:
        while True:
            part.state, part.began = PartState.RUNNING, self._clock()
            try:
                await run()
                if once or self._stopping.is_set():
                    return
                raise EndedByItself
            except asyncio.CancelledError as cancelled:
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise
                error: BaseException = cancelled  # cancelled within the part, not by the caller
            except Exception as failed:
                error = failed
            if part.pauses and self._clock() - part.began >= WELL:
                part.pauses, part.last_error = 0, ""  # healed: log the next error in full, the same or not
            seconds = pause(part.pauses)
            part.state = PartState.WAITING
            self._count(part, error, f"it is started again in {seconds:.0f} s")
            part.pauses += 1
            if await self._stopped_within(seconds):
                return
            part.restarts += 1

    def troubled(self, name: str, error: BaseException, instead: str) -> None:
        """Report that something fails that the part can do without; `instead` says what it does meanwhile."""
        part = self._part(name)
        part.state = PartState.TROUBLED
        self._count(part, error, instead)

    def well(self, name: str) -> None:
        """Report that what failed works again; costs nothing when nothing had failed."""
        part = self.parts.get(name)
        if part is not None and part.state is PartState.TROUBLED:
            part.state = PartState.RUNNING
            part.last_error, part.again = "", 0
            log.info("%s: works again", name)

    def ok(self, part: Part) -> bool:
        """Whether a part works: it runs, for `WELL` seconds or more if it had failed, or it has ended."""
        if part.state in (PartState.WAITING, PartState.TROUBLED):
            return False
        return part.state is PartState.ENDED or not part.pauses or self._clock() - part.began >= WELL

    def note(self, name: str, **details: Any) -> None:
        """Add details to the status of a part."""
        self._part(name).details.update(details)

    def shown(self) -> dict[str, dict[str, Any]]:
        """Return every part with its state and counters."""
        return {name: part.shown(self.ok(part)) for name, part in sorted(self.parts.items())}

    def _part(self, name: str) -> Part:
        return self.parts.setdefault(name, Part(name, began=self._clock()))

    def _count(self, part: Part, error: BaseException, then: str) -> None:
        said = described(error)
        if where := place(error):
            said = f"{said} ({where})"
        known = said == part.last_error
        part.failures += 1
        part.again = part.again + 1 if known else 1
        part.last_error, part.last_failed_at = said, self._now()
        if not known:
            log.error("%s: %s; %s\n%s", part.name, said, then, traced(error))
        elif part.again & (part.again - 1) == 0:  # 2, 4, 8 …
            log.error("%s: %s, %d times by now; %s", part.name, said, part.again, then)

    async def _stopped_within(self, seconds: float) -> bool:
        sleeping = asyncio.ensure_future(self._sleep(seconds))
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({sleeping, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            stopping.cancel()
        return self._stopping.is_set()
