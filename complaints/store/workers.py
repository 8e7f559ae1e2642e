"""The status that workers report, and one list of everything that they have set aside, wherever it is stored.

Cases, schedules and archives that are set aside have a table of their own. A permanently refused message stays in the
outbox, and a copy that cannot be deleted stays among the copies of a destruction. The view `everything_set_aside` shows
all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from complaints.base import Frozen
from complaints.store.database import Store

KEPT_FOR = "1 day"
"""How long the last status of a worker that is gone is kept."""

_SAY = """
INSERT INTO worker_status (worker, namespace, at, status) VALUES ($1, $2, now(), $3)
ON CONFLICT (worker) DO UPDATE SET (namespace, at, status) = (EXCLUDED.namespace, EXCLUDED.at, EXCLUDED.status)
"""
_FORGET = f"DELETE FROM worker_status WHERE at < now() - interval '{KEPT_FOR}'"
_LEAVE = "DELETE FROM worker_status WHERE worker = $1"
_WORKERS = """
SELECT worker, namespace, status, at, extract(epoch FROM now() - at)::float AS seconds_ago
FROM worker_status ORDER BY namespace, worker
"""
_KEEP = """
INSERT INTO set_aside (part, id, why, detail, since, tries, next_try)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::integer[], $7::timestamptz[]
)
ON CONFLICT (part, id) DO UPDATE SET (why, detail, since, tries, next_try) =
    (EXCLUDED.why, EXCLUDED.detail, least(set_aside.since, EXCLUDED.since), EXCLUDED.tries, EXCLUDED.next_try)
"""
_OVER = "DELETE FROM set_aside WHERE (part, id) IN (SELECT * FROM unnest($1::text[], $2::text[]))"
_ASIDE = "SELECT part, id, why, detail, since, tries, next_try FROM set_aside ORDER BY part, since, id"
_EVERYTHING = """
SELECT part, id, why, detail, since, tries, next_try FROM everything_set_aside
WHERE $1::text IS NULL OR part || ':' || id = $1 ORDER BY part, since, id
"""
_RETRY = "UPDATE set_aside SET next_try = now() WHERE $1::text IS NULL OR part || ':' || id = $1"
_RETRY_MAIL = """
UPDATE deliveries SET state = 'pending', next_try = now(), attempts = 0
WHERE state = 'failed' AND ($1::text IS NULL OR channel || ':' || key || '/' || notice = $1)
"""


class SetAsideReason(StrEnum):
    """Why something is set aside. The texts are `cli.aside.why.<code>`."""

    UNREADABLE = "unreadable"  # it cannot be decoded
    REFUSED = "refused"  # PostgreSQL permanently refuses it
    PARTED = "parted"  # read model and server have different journals of it
    DISK = "disk"  # a file cannot be written
    SERVER = "server"  # the Temporal server or the case's own worker cannot answer for it
    UNEXPECTED = "unexpected"
    MAIL = "mail"  # the message cannot be made, or the gateway permanently refuses it
    COPY = "copy"  # a copy of a destroyed record is still there


class SetAside(Frozen):
    """One item that is set aside. `detail` is technical and quotes no data of the case."""

    part: str
    id: str
    why: SetAsideReason
    detail: str
    since: datetime
    tries: int
    next_try: datetime | None  # None: only when an operator requests it

    @property
    def name(self) -> str:
        """The name by which `duly set-aside retry` knows it."""
        return f"{self.part}:{self.id}"


class WorkerSeen(Frozen):
    """The last status of a worker."""

    worker: str
    namespace: str
    at: datetime
    seconds_ago: float
    status: dict[str, Any]


class Workers(Store):
    """The table of workers in PostgreSQL. Every method raises `RecordsAway` while PostgreSQL is unavailable."""

    async def say(self, worker: str, namespace: str, status: dict[str, Any]) -> None:
        """Store a worker's present status; delete those of workers silent for `KEPT_FOR`."""
        async with self._database.transaction() as connection:
            await connection.execute(_SAY, worker, namespace, status)
            await connection.execute(_FORGET)

    async def leave(self, worker: str) -> None:
        """Delete the status of a worker that was shut down regularly."""
        async with self._database.connection() as connection:
            await connection.execute(_LEAVE, worker)

    async def seen(self) -> list[WorkerSeen]:
        """Return every worker that reported within a day and was not shut down regularly."""
        async with self._database.connection() as connection:
            return [WorkerSeen.model_validate(dict(row)) for row in await connection.fetch(_WORKERS)]

    async def exchange(self, kept: Sequence[SetAside], over: Sequence[tuple[str, str]]) -> list[SetAside]:
        """Store the entries `kept`, delete the entries `over` (part, id), and return what the table has then."""
        async with self._database.transaction() as connection:
            if kept:
                columns = ("part", "id", "why", "detail", "since", "tries", "next_try")
                await connection.execute(_KEEP, *([getattr(one, name) for one in kept] for name in columns))
            if over:
                await connection.execute(_OVER, [part for part, _ in over], [id for _, id in over])
            return [SetAside.model_validate(dict(row)) for row in await connection.fetch(_ASIDE)]

    async def set_aside(self, name: str | None = None) -> list[SetAside]:
        """Return everything that is set aside, wherever it is stored; or one item by its name."""
        async with self._database.connection() as connection:
            return [SetAside.model_validate(dict(row)) for row in await connection.fetch(_EVERYTHING, name)]

    async def retry(self, name: str | None = None) -> list[SetAside]:
        """Make the retry of one item, or of everything, due now. Return these items."""
        found = await self.set_aside(name)
        async with self._database.transaction() as connection:
            await connection.execute(_RETRY, name)
            await connection.execute(_RETRY_MAIL, name)
        return found
