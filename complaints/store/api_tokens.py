"""Tokens of backends in PostgreSQL: added, revoked, never deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.accounts.credentials import NewCredential
from complaints.accounts.errors import AccountRefused
from complaints.accounts.model import AccountDeed, ApiToken
from complaints.store.account_events import record
from complaints.store.database import Store

COLUMNS = "id, name, scopes, created_by, created_at, expires_at, revoked_at, revoked_by, used_at"
ADD = f"""
INSERT INTO api_tokens (id, digest, name, scopes, created_by, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {COLUMNS}
"""
FIND = f"SELECT {COLUMNS} FROM api_tokens WHERE digest = $1"
ALL = f"SELECT {COLUMNS} FROM api_tokens ORDER BY revoked_at IS NOT NULL, created_at DESC, id LIMIT 1000"
TOUCH = """
UPDATE api_tokens SET used_at = $2
WHERE id = $1 AND (used_at IS NULL OR used_at < $2::timestamptz - interval '1 minute')
"""
LOCK = f"SELECT {COLUMNS} FROM api_tokens WHERE id = $1 FOR UPDATE"
REVOKE = f"UPDATE api_tokens SET (revoked_at, revoked_by) = ($2, $3) WHERE id = $1 RETURNING {COLUMNS}"


class ApiTokens(Store):
    """The tokens in PostgreSQL. Every method raises `RecordsAway` while PostgreSQL is unavailable."""

    keeps_plans = True

    async def add(
        self, new: NewCredential, name: str, scopes: frozenset[str], *, by: str, now: datetime, expires_at: datetime
    ) -> ApiToken:
        """Store a new token."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(ADD, new.id, new.digest, name, sorted(scopes), by, now, expires_at)
            note = f"{name}: {' '.join(sorted(scopes))}"
            await record(connection, AccountDeed.TOKEN_NEW, new.id, by=by, now=now, note=note)
        return _token(row)

    async def find(self, digest: str, now: datetime) -> ApiToken | None:
        """Return the token of a credential, whether or not it counts, and record its use if it does."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(FIND, digest)
            token = _token(row) if row else None
            if token is not None and token.counts(now):
                await connection.execute(TOUCH, token.id, now)
        return token

    async def tokens(self) -> tuple[ApiToken, ...]:
        """Return the tokens, those that are revoked last."""
        async with self._database.connection() as connection:
            return tuple(_token(row) for row in await connection.fetch(ALL))

    async def revoke(self, id: str, *, by: str, now: datetime) -> ApiToken:
        """Revoke a token: the next request with it is refused. Raises `AccountRefused`."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(LOCK, id)
            if row is None:
                raise AccountRefused("token-unknown", token=id)
            if row["revoked_at"] is not None:
                raise AccountRefused("token-revoked", token=id)
            await record(connection, AccountDeed.TOKEN_REVOKED, id, by=by, now=now, note=row["name"])
            return _token(await connection.fetchrow(REVOKE, id, now, by))


def _token(row: Any) -> ApiToken:
    return ApiToken.model_validate(dict(row))
