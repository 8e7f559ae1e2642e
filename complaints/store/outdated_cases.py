"""Finds which versions of directory and calendar the open cases use, and the owners of duties in them."""

from __future__ import annotations

from collections.abc import Sequence

from complaints.case.departures import DutyOfCase, Pinned
from complaints.case.file import Duty
from complaints.editions.pin import EditionPin
from complaints.store.database import Store

OPEN = """
SELECT key FROM complaints WHERE closed_at IS NULL UNION ALL SELECT key FROM rounds WHERE closed_at IS NULL
"""
KNOWN = """
SELECT DISTINCT ON (key) key, coalesce(data ->> 'version', data ->> 'reference') AS version
FROM journal
WHERE key = ANY ($1::text[]) AND kind IN ('case.opened', 'round.opened', 'reference.changed')
ORDER BY key, seq DESC
"""
OWNERS = """
SELECT DISTINCT h.project, d.owner FROM duties AS d JOIN file_heads AS h USING (key) WHERE d.status = 'open'
"""
OWED = """
SELECT d.key, h.number, h.project, h.edition_name, h.edition_digest, d.whole,
       coalesce(c.about || c.also_about, '{}') AS about
FROM duties AS d JOIN file_heads AS h USING (key) LEFT JOIN complaints AS c USING (key)
WHERE d.status = 'open' AND (h.project, d.owner) IN (SELECT * FROM unnest($1::text[], $2::text[]))
ORDER BY d.owner, d.due, d.key, d.id
"""
PINNED = """
SELECT edition_name, edition_digest, project, count(*) AS cases
FROM (SELECT edition_name, edition_digest, project FROM complaints WHERE closed_at IS NULL
      UNION ALL SELECT edition_name, edition_digest, coalesce(project, '') FROM rounds WHERE closed_at IS NULL) AS open
GROUP BY edition_name, edition_digest, project
"""
PAGE = 500


class OutdatedCases(Store):
    """Queries for loading a directory or a calendar. All raise `RecordsAway` while PostgreSQL is unavailable."""

    async def open_keys(self) -> list[str]:
        """Return the keys of all open cases and rounds."""
        async with self._database.connection() as connection:
            return [row["key"] for row in await connection.fetch(OPEN)]

    async def known_versions(self, keys: Sequence[str]) -> dict[str, str]:
        """Return the version of directory and calendar that each of these cases uses, as far as it is stored."""
        known: dict[str, str] = {}
        for start in range(0, len(keys), PAGE):
            async with self._database.connection() as connection:
                rows = await connection.fetch(KNOWN, list(keys[start : start + PAGE]))
            known |= {row["key"]: row["version"] for row in rows if row["version"]}
        return known

    async def owners(self) -> set[tuple[str, str]]:
        """Return (project, owner) of all open duties."""
        async with self._database.connection() as connection:
            return {(row["project"], row["owner"]) for row in await connection.fetch(OWNERS)}

    async def owed_by(self, owners: Sequence[tuple[str, str]]) -> list[DutyOfCase]:
        """Return the open duties of these owners, given as (project, person)."""
        projects, people = [project for project, _ in owners], [person for _, person in owners]
        async with self._database.connection() as connection:
            rows = await connection.fetch(OWED, projects, people)
        return [
            DutyOfCase(
                key=row["key"],
                name=row["number"],
                project=row["project"],
                edition=EditionPin(name=row["edition_name"], digest=row["edition_digest"]),
                about=tuple(row["about"]),
                duty=Duty.model_validate(row["whole"]),
            )
            for row in rows
        ]

    async def pinned(self) -> list[Pinned]:
        """Return the editions to which open cases and rounds are pinned, with their number by project."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(PINNED)
        return [
            Pinned(
                edition=EditionPin(name=row["edition_name"], digest=row["edition_digest"]),
                project=row["project"],
                cases=row["cases"],
            )
            for row in rows
        ]
