"""The log of looks in PostgreSQL: it only grows, and goes with the case."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from complaints.access.looks import LoggedLook, Look
from complaints.access.visibility import Visibility
from complaints.base.matching import typed
from complaints.store import visible
from complaints.store.database import LONG, Connection, Store
from complaints.store.visible import SEEN

T = TypeVar("T")

# A look that ends after its case was destroyed leaves no row behind.
NOTE = """
INSERT INTO looks (kind, who, via, what, key, project, number, why)
SELECT one.* FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
    AS one (kind, who, via, what, key, project, number, why)
WHERE NOT EXISTS (SELECT FROM destroyed AS gone WHERE gone.kind = 'case' AND gone.key = one.key)
"""
CASE = "SELECT key FROM complaints WHERE key = $1 OR number IN (upper($1), $2) ORDER BY key <> $1 LIMIT 1"
LIST = f"""
SELECT looks.id, looks.at, looks.kind, looks.who, looks.via, looks.what, looks.key, looks.project, looks.number,
       looks.why
FROM looks LEFT JOIN complaints AS c USING (key)
WHERE {{asked}}
  AND ($2::text IS NULL OR looks.who = $2)
  AND ($3::timestamptz IS NULL OR looks.at >= $3) AND ($4::timestamptz IS NULL OR looks.at < $4)
  AND ($5::bigint IS NULL OR looks.id < $5)
  {SEEN}
ORDER BY looks.id DESC LIMIT $6
"""
ALL, OF_CASE = "$1::text[] IS NULL", "looks.key = ANY ($1::text[])"
OF_RECORD = "looks.key IS NULL AND looks.number = ANY ($1::text[])"
"""What is asked for: one of them, so that each is found by an index of its own."""
FORGET = "DELETE FROM looks WHERE key IS NULL AND at < now() - interval '2 years'"


class LookBook(Store):
    """The log of looks. Every method raises `RecordsAway` while PostgreSQL is unavailable."""

    keeps_plans: ClassVar[bool] = True

    async def note(self, *looks: Look) -> None:
        """Write looks into the log, in one statement."""
        if not looks:
            return
        rows = ((o.kind, o.who, o.via, o.what.value, o.key, o.project, o.number, o.why) for o in looks)
        columns = zip(*rows, strict=True)
        async with self._database.connection() as connection:
            await connection.execute(NOTE, *(list(column) for column in columns))

    async def noted(self, look: Look, read: Awaitable[T]) -> T:
        """Log the look while `read` reads, and return what was read: nothing is shown whose look is not in the log.

        Raises what `read` raises, in which case the look may be in the log all the same, and `RecordsAway`.
        """
        found, logged = await asyncio.gather(read, self.note(look), return_exceptions=True)
        for fault in (found, logged):
            if isinstance(fault, BaseException):
                raise fault
        return found  # pyright: ignore[reportReturnType]  # no exception, as was checked

    async def looks(
        self,
        case: str | None = None,
        person: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        *,
        seen: Visibility | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> Sequence[LoggedLook]:
        """Return looks at a case (by number or key) or a record (by id), of a person, of a period; the newest first.

        `seen` leaves out looks at cases that may not be seen, and at records of projects to which it is limited
        otherwise; `before` goes on after the look with this id.
        """
        condition = visible.of_cases(seen, 7)
        if seen is not None and seen.kind == "person":  # whoever may read the log of a project sees all of its records
            of_record = "looks.key IS NULL"
            if seen.within is not None:
                condition.params.append(list(seen.within))
                of_record += f" AND looks.project = ANY (${6 + len(condition.params)}::text[])"
            condition.sql = f"({of_record} OR {condition.sql})"
        async with self._database.connection(LONG) as connection:
            asked, names = await _asked(connection, case)
            sql = condition.put_into(LIST.format(asked=asked))
            rows: list[Any] = await connection.fetch(sql, names, person, since, until, before, limit, *condition.params)
        return [LoggedLook.model_validate(dict(row)) for row in rows]

    async def forget(self) -> None:
        """Delete looks at what is no case and that are older than two years, as long as reports are kept (CH-8.2)."""
        async with self._database.connection(LONG) as connection:
            await connection.execute(FORGET)


async def _asked(connection: Connection, case: str | None) -> tuple[str, list[str] | None]:
    """Return the condition for looks at a case or a record, and its parameter."""
    if case is None:
        return ALL, None
    words = case.strip()
    key: str | None = await connection.fetchval(CASE, words, typed(case))
    return (OF_CASE, [key]) if key is not None else (OF_RECORD, [words])
