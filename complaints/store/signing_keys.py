"""The public keys that signed acts are verified with. Both tables only grow: keys are added and retired."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from complaints.base import Frozen
from complaints.signing.key_ring import KeyRing, PublicKey
from complaints.store.database import Connection, Store

_LOCK = "LOCK TABLE signing_keys, signing_key_retirements IN SHARE ROW EXCLUSIVE MODE"
_KEYS = """
SELECT k.kid, k.x, k.signer, k.valid_from, k.by, k.added_at, r.retired_at, r.reason, r.by AS retired_by
FROM signing_keys AS k
LEFT JOIN LATERAL (
    SELECT retired_at, reason, by FROM signing_key_retirements WHERE kid = k.kid ORDER BY retired_at, id LIMIT 1
) AS r ON true
ORDER BY k.id
"""
_ADD = "INSERT INTO signing_keys (kid, x, signer, valid_from, by) VALUES ($1, $2, $3, $4, $5)"
_RETIRE = "INSERT INTO signing_key_retirements (kid, retired_at, reason, by) VALUES ($1, $2, $3, $4)"


class ListedKey(Frozen):
    """A public key with who added and who retired it."""

    key: PublicKey
    by: str
    added_at: datetime
    reason: str = ""
    retired_by: str | None = None


class SigningKeys(Store):
    """The tables of public keys. Every method raises `RecordsAway` while PostgreSQL is unavailable."""

    async def ring(self) -> KeyRing:
        """Return the key ring, with the keys in the order in which they were added."""
        return _ring(await self.listed())

    async def listed(self) -> list[ListedKey]:
        """Return every key, those that were added first first."""
        async with self._database.connection() as connection:
            return await _listed(connection)

    async def change(
        self,
        *,
        by: str,
        add: tuple[PublicKey, ...] = (),
        retire: Mapping[str, datetime] | None = None,
        reason: str = "",
    ) -> KeyRing:
        """Add keys and retire others, all or nothing; return the ring as it is then.

        A key that is there already, exactly so, and a retirement that is said already change nothing. Raises `Refusal`
        as `KeyRing.adding` and `KeyRing.retiring` do. `by` is for people who read the table.
        """
        async with self._database.transaction() as connection:
            await connection.execute(_LOCK)
            ring = _ring(await _listed(connection))
            for key in add:
                known = ring.key(key.kid)
                if known is not None and known.but(retired_at=None) == key.but(retired_at=None):
                    continue
                ring = ring.adding(key)
                await connection.execute(_ADD, key.kid, key.x, key.signer, key.valid_from, by)
            for kid, at in (retire or {}).items():
                if (known := ring.key(kid)) is not None and known.retired_at == at:
                    continue
                ring = ring.retiring(kid, at)
                await connection.execute(_RETIRE, kid, at, reason, by)
            return _ring(await _listed(connection))


async def _listed(connection: Connection) -> list[ListedKey]:
    return [_of(row) for row in await connection.fetch(_KEYS)]


def _of(row: Mapping[str, Any]) -> ListedKey:
    key = PublicKey(**{name: row[name] for name in ("kid", "x", "signer", "valid_from", "retired_at")})
    return ListedKey(
        key=key, by=row["by"], added_at=row["added_at"], reason=row["reason"] or "", retired_by=row["retired_by"]
    )


def _ring(listed: list[ListedKey]) -> KeyRing:
    return KeyRing(keys=tuple(one.key for one in listed))
