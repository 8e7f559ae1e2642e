"""What was refused for good by whoever keeps it, PostgreSQL above all: no case and no round ends by it.

It goes on and its clocks run. Its journal says once what was refused, operators find it in the log, and it is asked for
again after ever longer times: a database that was put right takes it then.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Iterator
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from complaints.case.event import Event
    from complaints.case.events.machine import RecordsRefusedSomething
    from complaints.model import JournalLine

T = TypeVar("T")

FIRST, LONGEST = timedelta(hours=1), timedelta(hours=24)


def intervals() -> Iterator[timedelta]:
    """How long to wait before asking again: an hour, then ever longer, at most a day: histories stay short."""
    span = FIRST
    while True:
        yield span
        span = min(2 * span, LONGEST)


def cause_of(failure: ActivityError) -> ApplicationError:
    """What an activity was refused with. Raises `failure` again if it failed in another way: by a cancellation, say."""
    if isinstance(failure.cause, ApplicationError):
        return failure.cause
    raise failure


class Refusals:
    """What is refused at present. `record` puts an event into the journal, or keeps it until there is one."""

    def __init__(self, record: Callable[[Event], None]) -> None:
        self._record = record
        self._open: set[str] = set()

    def __contains__(self, what: str) -> bool:
        return what in self._open

    def note(self, what: str, failure: ActivityError | ApplicationError, known: Iterable[JournalLine] = ()) -> None:
        """`what` is refused. The first time, a line says so, unless one of the lines `known` does.

        Raises what is no refusal again.
        """
        refusal = failure if isinstance(failure, ApplicationError) else cause_of(failure)
        workflow.logger.error("%s is refused: %s: %s", what, refusal.type, refusal.message)
        if what in self._open:
            return
        self._open.add(what)
        kind = RecordsRefusedSomething.kind
        if all((line.kind, line.data.get("what")) != (kind, what) for line in known):
            said: dict[str, Any] = {"what": what, "type": refusal.type, "why": refusal.message}
            self._record(RecordsRefusedSomething(at=workflow.now(), **said))

    def over(self, what: str) -> None:
        """`what` was taken, or somebody no longer asks for it."""
        if what in self._open:
            self._open.remove(what)
            workflow.logger.warning("%s is taken now, after it was refused", what)

    async def insist(
        self, what: str, ask: Callable[[], Coroutine[Any, Any, T]], known: Callable[[], Iterable[JournalLine]]
    ) -> T:
        """The answer to what is asked, however often it is refused. Nothing that a clock waits for may wait for it."""
        pauses = intervals()
        while True:
            try:
                answer = await ask()
            except ActivityError as failure:
                self.note(what, failure, known())
                await workflow.sleep(next(pauses), summary=f"refused: {what} again later")
            else:
                self.over(what)
                return answer
