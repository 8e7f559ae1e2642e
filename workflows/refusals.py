"""What was refused for good by whoever keeps it, PostgreSQL above all: no case and no round ends by it.

It goes on and its clocks run. Its journal says once what was refused, operators find it in the log, and it is asked for
again after ever longer times: a database that was put right takes it then.
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
    """How long to wait before asking again: an hour, then ever longer, at most a day: histories stay short."""
    span = FIRST
    while True:
        yield span
        span = min(2 * span, LONGEST)


class Refusals:
    """What is refused at present.

    `record` puts an event into the journal, or keeps it until there is one; `sleep(span, summary)` lets time pass.
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
        """`what` is refused. The first time, a line says so, unless one of the lines `known` does."""
        self._log.error("%s is refused: %s: %s", what, refusal.type, refusal.message)
        if what in self._open:
            return
        self._open.add(what)
        kind = RecordsRefusedSomething.kind
        if all((line.kind, line.data.get("what")) != (kind, what) for line in known):
            said: dict[str, Any] = {"what": what, "type": refusal.type, "why": refusal.message}
            self._record(RecordsRefusedSomething(at=self._now(), **said))

    def over(self, what: str) -> None:
        """`what` was taken, or somebody no longer asks for it."""
        if what in self._open:
            self._open.remove(what)
            self._log.warning("%s is taken now, after it was refused", what)

    async def insist(
        self, what: str, ask: Callable[[], Coroutine[Any, Any, T]], known: Callable[[], Iterable[JournalLine]]
    ) -> T:
        """The answer to what is asked, however often it is refused. Nothing that a clock waits for may wait for it."""
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
