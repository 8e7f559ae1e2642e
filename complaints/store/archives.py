"""Records which closed cases have an archive, and the digest of each archive."""

from __future__ import annotations

from complaints.base import Frozen
from complaints.store.database import Store

MISSING = """
SELECT c.key, c.number FROM complaints AS c
WHERE c.closed_at IS NOT NULL AND c.imported IS NULL AND NOT EXISTS (SELECT FROM archives WHERE key = c.key)
ORDER BY c.closed_at, c.key LIMIT $1
"""
KEEP = """
INSERT INTO archives (key, file, digest, history)
SELECT $1, $2, $3, $4 WHERE EXISTS (SELECT FROM complaints WHERE key = $1)
ON CONFLICT (key) DO UPDATE SET (file, digest, history) = (EXCLUDED.file, EXCLUDED.digest, EXCLUDED.history)
RETURNING key
"""
FIND = """
SELECT a.key, a.file, a.digest, a.history FROM archives AS a JOIN complaints AS c USING (key)
WHERE c.number = upper($1) OR c.key = $1
"""


class Archived(Frozen):
    """The archive of a case: its `file` (id of the folder, and name), and the digest of its list of checksums."""

    key: str
    file: str
    digest: str
    history: bool  # whether it includes the history of the workflow


class Archives(Store):
    """The table of archives in PostgreSQL. Every method raises `RecordsAway` while PostgreSQL is unavailable."""

    async def missing(self, most: int) -> list[tuple[str, str]]:
        """Return key and number of up to `most` closed cases without an archive, the longest closed first.

        Imported complaints from before Duly are left out.
        """
        async with self._database.connection() as connection:
            return [(row["key"], row["number"]) for row in await connection.fetch(MISSING, most)]

    async def keep(self, archived: Archived) -> bool:
        """Record an archive. Record nothing and return False if the case was destroyed meanwhile."""
        async with self._database.connection() as connection:
            said = (archived.key, archived.file, archived.digest, archived.history)
            return await connection.fetchval(KEEP, *said) is not None

    async def find(self, number_or_key: str) -> Archived | None:
        """Return the archive of a case as recorded when it was written; None if there is none."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(FIND, number_or_key.strip())
        return Archived.model_validate(dict(row)) if row else None
