"""The outbox: notices to send by mail, written with the case file and sent by the dispatchers.

A notice that waits for the office to open is not due before (`Notice.not_before`).

A dispatcher claims one delivery at a time and holds its row locked while it sends, so that several dispatchers never
send the same one. If it dies meanwhile, PostgreSQL releases the row, and the next copy carries the same message id.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from complaints.access.visibility import Visibility
from complaints.base.error_text import described
from complaints.base.faults import RecordsRefused
from complaints.case.file import Notice
from complaints.case.notices import Addressed
from complaints.clock.local_time import CHINA
from complaints.editions.pin import EditionPin
from complaints.store import visible
from complaints.store.database import FAULTS, Connection, Database, Store, fault_of
from complaints.store.reading import NOTICE, Row
from complaints.store.visible import SEEN

_CLAIM = """
SELECT key, notice, attempts, held_up FROM deliveries
WHERE channel = $1 AND state = 'pending' AND next_try <= now()
ORDER BY next_try, key, notice
LIMIT 1
FOR UPDATE SKIP LOCKED
"""
_TO_SEND = f"""
SELECT c.key, c.number, c.edition_name, c.edition_digest, p.zone, person.name, person.email,
       {NOTICE} AS notice, owed.whole -> 'deadline' -> 'why' AS why, owner.name AS owner,
       waited.name AS waited_for
FROM file_heads AS c
JOIN notices AS n ON n.key = c.key AND n.id = $2
LEFT JOIN duties AS owed ON owed.key = n.key AND owed.id = n.duty
LEFT JOIN projects AS p ON p.code = c.project
LEFT JOIN people AS person ON person.id = n."to"
LEFT JOIN people AS owner ON owner.id = owed.owner
LEFT JOIN people AS waited ON waited.id = n.params ->> 'waited_for'
WHERE c.key = $1
"""
_WHICH = "WHERE key = $1 AND notice = $2 AND channel = $3"
_SENT = f"""
UPDATE deliveries
SET state = 'sent', sent_at = now(), attempts = attempts + 1, held_up = false, last_error = NULL {_WHICH}
"""
_FAILED = f"""
UPDATE deliveries SET state = 'failed', attempts = attempts + 1, held_up = false, last_error = $4 {_WHICH}
"""
_LATER = f"""
UPDATE deliveries
SET attempts = attempts + 1, next_try = now() + $5 * interval '1 second', held_up = $6, last_error = $4 {_WHICH}
"""
_RELEASE = """
UPDATE deliveries SET next_try = now(), held_up = false
WHERE (key, notice, channel) IN (
    SELECT key, notice, channel FROM deliveries
    WHERE channel = $1 AND state = 'pending' AND held_up FOR UPDATE SKIP LOCKED
)
"""
_RETRY = f"""
UPDATE deliveries AS d SET state = 'pending', next_try = now(), attempts = 0
WHERE channel = $1 AND state = 'failed' AND ($2::text IS NULL OR (key, notice) = ($2, $3)) {SEEN}
"""


class Claim:
    """One delivery held by one dispatcher, which calls exactly one of `sent`, `failed` and `later`."""

    def __init__(self, connection: Connection, channel: str, row: Row) -> None:
        self._connection = connection
        self._which = (row["key"], row["notice"], channel)
        self.attempts: int = row["attempts"]
        self.held_up: bool = row["held_up"]
        self.addressed: Addressed | None = None
        """The notice to send and its recipient; None if the directory has no address for the person any more."""
        self.problem: str | None = None
        """Why this delivery cannot be read; the dispatcher then marks it as failed."""

    async def read(self) -> None:
        """Read the notice to send. If it cannot be read, set this delivery's `problem`, so that it blocks no other.

        Raises the driver's error while the database is unavailable.
        """
        key, notice, _ = self._which
        try:
            async with self._connection.transaction():
                row = await self._connection.fetchrow(_TO_SEND, key, notice)
            if row is None:
                self.problem = "its case or its notice is not in the records"
            else:
                self.addressed = _addressed(row)
        except FAULTS as error:
            fault = fault_of(error)
            if not isinstance(fault, RecordsRefused):
                raise
            self.problem = f"it cannot be read: {fault.message}"
        except Exception as error:  # reading a row of another release, or one written by hand, may raise anything
            self.problem = f"it cannot be read: {described(error)}"

    async def sent(self) -> None:
        """Mark it as sent: the gateway took it."""
        await self._connection.execute(_SENT, *self._which)

    async def failed(self, error: str) -> None:
        """Mark it as permanently refused; `error` says why, without the address."""
        await self._connection.execute(_FAILED, *self._which, error)

    async def later(self, error: str, seconds: float, held_up: bool) -> None:
        """Schedule a retry after `seconds`. `held_up`: the gateway is the cause, not the message."""
        await self._connection.execute(_LATER, *self._which, error, seconds, held_up)


class Outbox(Store):
    """The deliveries of one channel. Give it a pool of its own (a URL), so that a slow gateway never delays a write."""

    keeps_plans = True

    def __init__(self, at: str | Database, channel: str = "mail", size: int = 4) -> None:
        super().__init__(at, size)
        self._channel = channel

    @asynccontextmanager
    async def claim(self) -> AsyncGenerator[Claim | None]:
        """Yield the delivery that is due longest, or None if none is due; released and committed at the end.

        Raises `RecordsAway`.
        """
        async with self._database.transaction(within=None) as connection:
            row = await connection.fetchrow(_CLAIM, self._channel)
            claim = Claim(connection, self._channel, row) if row else None
            if claim is not None:
                await claim.read()
            yield claim

    async def release(self) -> None:
        """Make deliveries that waited only for the gateway due now, because it is back."""
        async with self._database.connection() as connection:
            await connection.execute(_RELEASE, self._channel)

    async def retry_failed(self, only: tuple[str, str] | None = None, *, seen: Visibility | None = None) -> int:
        """Retry all permanently refused deliveries, after the addresses were corrected. Return how many there were.

        `only` is the key and the notice of one of them; `seen` limits them to those of cases that may be seen.
        """
        condition, (key, notice) = visible.of_files(seen, 4, "d.key"), only or (None, None)
        async with self._database.connection() as connection:
            sql = condition.put_into(_RETRY)
            done: str = await connection.execute(sql, self._channel, key, notice, *condition.params)
        return int(done.rpartition(" ")[2])


def _addressed(row: Row) -> Addressed | None:
    if not row["email"]:
        return None
    return Addressed(
        notice=Notice.model_validate(row["notice"]),
        name=row["name"],
        email=row["email"],
        key=row["key"],
        number=row["number"],
        zone=row["zone"] or CHINA,
        edition=EditionPin(name=row["edition_name"], digest=row["edition_digest"]),
        why=row["why"],
        owner=row["owner"] or "",
        waited_for=row["waited_for"] or "",
    )
