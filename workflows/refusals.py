"""Handles requests that a store, PostgreSQL above all, refuses for good: no case and no round ends by it.

The case goes on and its clocks run. The journal says once what was refused, operators find it in the log, and the
request is retried at growing intervals, so that a repaired database accepts it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, TypeVar

from complaints.case.effects import EffectRefused
from complaints.case.event import Event
from complaints.case.events.machine import RecordsRefusedSomething
from complaints.case.file import JournalLine
from workflows.case_state import Log

T = TypeVar("T")

FIRST, LONGEST = timedelta(hours=1), timedelta(hours=24)


def intervals() -> Iterator[timedelta]:
    """Pauses between retries: one hour, then twice as long each time, at most a day, so that histories stay short."""
    span = FIRST
    while True:
        yield span
        span = min(2 * span, LONGEST)


class Refusals:
    """The requests that are refused at present.

    `record(event)` journals an event, or keeps it until the journal has begun; `sleep(span, summary)` waits.
    """

    def __init__(
        self,
        record: Callable[[Event], None],
        now: Callable[[], datetime],
        sleep: Callable[[timedelta, str], Awaitable[None]],
        log: Log,
    ) -> None:
        self._record = record
        self._now = now
        self._sleep = sleep
        self._log = log
        self._open: set[str] = set()

    def __contains__(self, what: str) -> bool:
        return what in self._open

    @property
    def any(self) -> bool:
        return bool(self._open)

    def note(self, what: str, refusal: EffectRefused, known: Iterable[JournalLine] = ()) -> None:
        """Log that `what` is refused; the first time, also journal it, unless one of the lines `known` says so."""
        self._log.error("%s is refused: %s: %s", what, refusal.type, refusal.message)
        if what in self._open:
            return
        self._open.add(what)
        kind = RecordsRefusedSomething.kind
        if all((line.kind, line.data.get("what")) != (kind, what) for line in known):
            said: dict[str, Any] = {"what": what, "type": refusal.type, "why": refusal.message}
            self._record(RecordsRefusedSomething(at=self._now(), **said))

    def over(self, what: str) -> None:
        """Note that `what` was accepted, or is no longer requested."""
        if what in self._open:
            self._open.remove(what)
            self._log.warning("%s is taken now, after it was refused", what)

    async def insist(
        self, what: str, ask: Callable[[], Coroutine[Any, Any, T]], known: Callable[[], Iterable[JournalLine]]
    ) -> T:
        """Retry `ask` until it is not refused; return its answer. `known` supplies the lines for `note`.

        It may take for ever, so nothing that a clock depends on may wait for it.
        """
        pauses = intervals()
        while True:
            try:
                answer = await ask()
            except EffectRefused as refusal:
                self.note(what, refusal, known())
                await self._sleep(next(pauses), f"refused: {what} again later")
            else:
                self.over(what)
                return answer
