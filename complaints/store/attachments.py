"""The attachments of all cases in PostgreSQL: rows of a view over the acts, by case and by content."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from datetime import datetime
from typing import Any

from complaints.base import Frozen
from complaints.store.database import LONG, Store

PAGE = 1_000

OF_CASE = """
SELECT a.* FROM attachments AS a JOIN complaints AS c USING (key)
WHERE c.number = upper($1) OR c.key = $1 ORDER BY length(a.id), a.id
"""
ARRIVED = """
SELECT wanted.key, wanted.sha256 FROM unnest($1::text[], $2::text[]) AS wanted (key, sha256)
WHERE EXISTS (SELECT FROM acts WHERE acts.key = wanted.key AND kind = 'attach' AND form ->> 'sha256' = wanted.sha256)
"""
USED = "SELECT EXISTS (SELECT FROM acts WHERE kind = 'attach' AND form ->> 'sha256' = $1)"
ALL = """
SELECT c.number, a.key, a.id, a.sha256, a.size FROM attachments AS a JOIN complaints AS c USING (key)
WHERE (a.key, a.id) > ($1, $2) ORDER BY a.key, a.id LIMIT $3
"""


class AttachmentRow(Frozen):
    """One attachment, as the records have it. `detached_…`: who struck it out, when and why."""

    key: str
    id: str
    file: str
    sha256: str
    size: int
    media_type: str
    kind: str
    brought_by: str
    for_duty: str | None
    by: str
    at: datetime
    recorded_at: datetime
    detached_by: str | None
    detached_at: datetime | None
    detached_because: str | None


class AttachedContent(Frozen):
    """The content of an attachment, and whose it is."""

    number: str | None
    key: str
    id: str
    sha256: str
    size: int


class AttachmentRecords(Store):
    """The attachments in PostgreSQL. Every method raises `RecordsAway` while PostgreSQL is unavailable."""

    async def of(self, number_or_key: str) -> tuple[AttachmentRow, ...]:
        """Return the attachments of a case in the order in which they came, those struck out included."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(OF_CASE, number_or_key.strip())
        return tuple(AttachmentRow.model_validate(dict(row)) for row in rows)

    async def arrived(self, pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return those pairs of case and content (SHA-256) that the records have, struck out or not."""
        wanted = list(pairs)
        async with self._database.connection(LONG) as connection:
            rows: list[Any] = await connection.fetch(ARRIVED, [key for key, _ in wanted], [sha for _, sha in wanted])
        return {(row["key"], row["sha256"]) for row in rows}

    async def used(self, sha256: str) -> bool:
        """Return whether any case has this content."""
        async with self._database.connection() as connection:
            return await connection.fetchval(USED, sha256)

    async def all(self) -> AsyncGenerator[AttachedContent]:
        """Yield the contents of all attachments, by case."""
        key, id = "", ""
        while True:
            async with self._database.connection(LONG) as connection:
                rows: list[Any] = await connection.fetch(ALL, key, id, PAGE)
            for row in rows:
                yield AttachedContent.model_validate(dict(row))
            if len(rows) < PAGE:
                return
            key, id = rows[-1]["key"], rows[-1]["id"]
