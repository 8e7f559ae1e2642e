"""The log of what operators do to accounts and tokens: it only grows. Each deed is written with what it does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from complaints.accounts.model import AccountDeed, AccountEvent
from complaints.store.database import Connection, Store

ADD = "INSERT INTO account_events (at, by, what, subject, note) VALUES ($1, $2, $3, $4, $5)"
LIST = """
SELECT id, at, by, what, subject, note FROM account_events
WHERE ($1::text IS NULL OR subject = $1) AND ($2::bigint IS NULL OR id < $2)
ORDER BY id DESC LIMIT $3
"""


async def record(
    connection: Connection, what: AccountDeed, subject: str, *, by: str, now: datetime, note: str = ""
) -> None:
    """Write a deed into the log, in the transaction that does it."""
    await connection.execute(ADD, now, by, what.value, subject, note)


class AccountLog(Store):
    """The log in PostgreSQL. Every method raises `RecordsAway` while PostgreSQL is unavailable."""

    async def events(
        self, subject: str | None = None, *, before: int | None = None, limit: int = 100
    ) -> Sequence[AccountEvent]:
        """Return the deeds, the newest first: all, or those to one account, person or token.

        `before` goes on after the event with this id.
        """
        async with self._database.connection() as connection:
            rows = await connection.fetch(LIST, subject, before, limit)
        return [AccountEvent.model_validate(dict(row)) for row in rows]
