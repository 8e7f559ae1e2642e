"""Links of customers in PostgreSQL: made, revoked, and gone with the case. The table is their log as well."""

from __future__ import annotations

from datetime import datetime

from complaints.accounts.credentials import NewCredential
from complaints.accounts.resident_links import ResidentLink
from complaints.store.database import Store

COLUMNS = "id, key, customer, made_by, made_via, made_at, expires_at, revoked_by, revoked_via, revoked_at"
# One at a time for each case, so that they are counted; a destroyed case gets none.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('duly links'), hashtext($1))"
COUNT = "SELECT count(*) FROM resident_links WHERE key = $1 AND revoked_at IS NULL AND expires_at > $2"
ADD = f"""
INSERT INTO resident_links (id, digest, key, customer, made_by, made_via, made_at, expires_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8
WHERE NOT EXISTS (SELECT FROM destroyed AS gone WHERE gone.kind = 'case' AND gone.key = $3)
RETURNING {COLUMNS}
"""
FIND = f"SELECT {COLUMNS} FROM resident_links WHERE digest = $1"
OF_CASE = f"SELECT {COLUMNS} FROM resident_links WHERE key = $1 ORDER BY made_at DESC, id LIMIT 1000"
REVOKE = f"""
UPDATE resident_links SET (revoked_at, revoked_by, revoked_via) = ($3, $4, $5)
WHERE key = $1 AND id = $2 AND revoked_at IS NULL RETURNING {COLUMNS}
"""
ONE = f"SELECT {COLUMNS} FROM resident_links WHERE key = $1 AND id = $2"


class ResidentLinks(Store):
    """The links in PostgreSQL. Every method raises `RecordsAway` while PostgreSQL is unavailable."""

    keeps_plans = True

    async def add(
        self,
        new: NewCredential,
        key: str,
        customer: str,
        *,
        by: str,
        via: str,
        now: datetime,
        expires_at: datetime,
        most: int,
    ) -> ResidentLink | None:
        """Store a new link to the case; None if it has `most` links that count, or was destroyed."""
        async with self._database.transaction() as connection:
            await connection.execute(ONE_AT_A_TIME, key)
            if await connection.fetchval(COUNT, key, now) >= most:
                return None
            said = (new.id, new.digest, key, customer, by, via, now, expires_at)
            row = await connection.fetchrow(ADD, *said)
        return ResidentLink.model_validate(dict(row)) if row else None

    async def find(self, digest: str) -> ResidentLink | None:
        """Return the link of a credential, whether or not it counts."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(FIND, digest)
        return ResidentLink.model_validate(dict(row)) if row else None

    async def of_case(self, key: str) -> tuple[ResidentLink, ...]:
        """Return all links that were made to a case, the newest first."""
        async with self._database.connection() as connection:
            return tuple(ResidentLink.model_validate(dict(row)) for row in await connection.fetch(OF_CASE, key))

    async def revoke(self, key: str, id: str, *, by: str, via: str, now: datetime) -> ResidentLink | None:
        """Revoke a link of the case: the next request with it is refused. None if the case has no such link.

        One that was revoked before stays as it is.
        """
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(REVOKE, key, id, now, by, via)
            row = row or await connection.fetchrow(ONE, key, id)
        return ResidentLink.model_validate(dict(row)) if row else None
