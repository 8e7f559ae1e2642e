"""The quarantine: what a worker could not process and has set aside, so that everything else goes on.

A part that fails on one case, one schedule or one file puts it here with the reason and skips it until the next retry:
after 30 seconds, then after growing pauses up to an hour. It removes the entry when a retry succeeds. Nothing here
waits for PostgreSQL, because things may be set aside while that is away; `worker.status` keeps the list in the records,
where the other workers and `duly set-aside` find it.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from temporalio.client import WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from complaints.base.error_text import described, traced
from complaints.base.faults import RecordsDisagree, RecordsRefused
from complaints.store.workers import SetAside, SetAsideReason

log = logging.getLogger(__name__)

PROJECTOR, SCHEDULES, ARCHIVE = "projector", "schedules", "archive"

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)

AWAY = {
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.ABORTED,
    RPCStatusCode.RESOURCE_EXHAUSTED,  # the server asks to retry later
}
"""Status codes of a server that is away, starting or busy: the row in the request is not the cause."""


def away(error: BaseException) -> bool:
    """Whether the Temporal server, and not one row, is the cause of an error."""
    return isinstance(error, RPCError) and error.status in AWAY


def pause(tries: int) -> timedelta:
    """Return the time until the next retry after `tries` failures."""
    return min(FIRST_PAUSE * 2 ** min(max(tries - 1, 0), 20), LONGEST_PAUSE)


class Quarantine:
    """The entries of one worker. Its methods cost nothing while it is empty."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._rows: dict[tuple[str, str], SetAside] = {}
        self._now = now
        self._new: set[tuple[str, str]] = set()  # not in the records yet, or different there
        self._over: set[tuple[str, str]] = set()  # removed here, still in the records
        self._wake: dict[str, Callable[[str], None]] = {}

    def on_retry(self, part: str, wake: Callable[[str], None]) -> None:
        """Register `wake`, to be called with each id of `part` that an operator wants to be retried now."""
        self._wake[part] = wake

    def put(self, part: str, id: str, error: BaseException) -> None:
        """Set one thing aside, or note that another retry has failed."""
        said, now, before = described(error), self._now(), self._rows.get((part, id))
        tries = before.tries + 1 if before else 1
        self._rows[part, id] = SetAside(
            part=part,
            id=id,
            why=_why(error),
            detail=said,
            since=before.since if before else now,
            tries=tries,
            next_try=now + pause(tries),
        )
        self._new.add((part, id))
        self._over.discard((part, id))
        if before is None or before.detail != said:
            seconds = pause(tries).total_seconds()
            log.error("%s: %s is set aside: %s; next try in %.0f s\n%s", part, id, said, seconds, traced(error))

    def waits(self, part: str, id: str) -> bool:
        """Whether it is set aside and its next retry is not due yet."""
        row = self._rows.get((part, id))
        return row is not None and row.next_try is not None and row.next_try > self._now()

    def has(self, part: str, id: str) -> bool:
        return (part, id) in self._rows

    def ids(self, part: str) -> list[str]:
        return [id for of, id in self._rows if of == part]

    def due(self, part: str) -> list[str]:
        """Return the ids of a part whose retry is due."""
        return [id for id in self.ids(part) if not self.waits(part, id)]

    def done(self, part: str, id: str) -> None:
        """Remove an entry: the thing was processed, or no longer exists."""
        if self._rows.pop((part, id), None) is not None:
            self._new.discard((part, id))
            self._over.add((part, id))
            log.info("%s: %s is no longer set aside", part, id)

    def only(self, part: str, ids: Iterable[str]) -> None:
        """Remove the entries of a part that are not among `ids`: those things no longer exist."""
        there = set(ids)
        for id in self.ids(part):
            if id not in there:
                self.done(part, id)

    def counts(self) -> dict[str, int]:
        """Return the number of entries by part."""
        return dict(Counter(part for part, _ in self._rows))

    # --- the exchange with the records, by `worker.status`

    def to_tell(self) -> tuple[list[SetAside], list[tuple[str, str]]]:
        """Return what the records do not know yet: entries to store, and (part, id) of entries to delete."""
        return [self._rows[which] for which in sorted(self._new)], sorted(self._over)

    def told(self, kept: Iterable[SetAside], over: Iterable[tuple[str, str]], now_there: Iterable[SetAside]) -> None:
        """Merge the records: they stored `kept`, deleted `over`, then held `now_there`, which others change as well."""
        for row in kept:
            if self._rows.get((row.part, row.id)) == row:
                self._new.discard((row.part, row.id))
        self._over.difference_update(over)
        there = {(row.part, row.id): row for row in now_there}
        for which in [which for which in self._rows if which not in there and which not in self._new]:
            del self._rows[which]  # another worker has processed it
        for which, row in there.items():
            if which not in self._new and which not in self._over:
                waited = self.waits(*which)
                self._rows[which] = row
                if waited and not self.waits(*which) and row.part in self._wake:
                    self._wake[row.part](row.id)


def _why(error: BaseException) -> SetAsideReason:
    match error:
        case RecordsDisagree():
            return SetAsideReason.PARTED
        case RecordsRefused():
            return SetAsideReason.REFUSED
        case OSError():
            return SetAsideReason.DISK
        case RPCError() | WorkflowQueryFailedError():
            return SetAsideReason.SERVER
        case ValueError() | TypeError():
            return SetAsideReason.UNREADABLE
        case _:
            pass
    if isinstance(error.__cause__, ValueError | TypeError):  # the SDK wraps the decoding error of a payload
        return SetAsideReason.UNREADABLE
    return SetAsideReason.UNEXPECTED
