"""The feed: the lines of all journals in the order in which they came into the records.

A line has the time at which it was written, and is seen when its transaction has committed, a little later. So the feed
ends `SETTLED` ago: no transaction takes longer, and no line can appear before one that was read. A case that is rebuilt
from its journal gets its lines anew: whoever reads the feed may see a line twice, and knows it by case and number.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime

from complaints.access.visibility import Visibility
from complaints.base import Frozen
from complaints.case.file import JournalLine
from complaints.store import visible
from complaints.store.database import LONG, Store
from complaints.store.visible import SEEN

SETTLED = timedelta(seconds=10)
"""For how long a line may not be seen yet after it was written."""

HORIZON = "SELECT clock_timestamp() - $1::interval"
PAGE = f"""
SELECT j.key, j.seq, j.at, j.kind, j.by, j.duty, j.rule, j.data, j.prev, j.hash, j.written_at, c.number, c.project
FROM journal AS j JOIN complaints AS c USING (key)
WHERE (j.written_at, j.key, j.seq) > ($1::timestamptz, $2::text, $3::integer) AND j.written_at < $4
  AND ($5::text IS NULL OR c.project = $5) {SEEN}
ORDER BY j.written_at, j.key, j.seq LIMIT $6
"""
BEGINNING = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


class FeedPlace(Frozen):
    """A place in the feed: after this line; with an empty key, before all lines of this time."""

    written_at: AwareDatetime = BEGINNING
    key: str = ""
    seq: int = 0


class FeedLine(Frozen):
    """A line of a case's journal, with where it stands in the feed."""

    key: str
    number: str | None
    project: str
    line: JournalLine
    place: FeedPlace


class JournalFeed(Store):
    """Reads the feed. Every method raises `RecordsAway` while PostgreSQL is unavailable."""

    async def end(self) -> FeedPlace:
        """Return the present end of the feed."""
        async with self._database.connection() as connection:
            return FeedPlace(written_at=await connection.fetchval(HORIZON, SETTLED))

    async def after(
        self, place: FeedPlace, limit: int, *, project: str | None = None, seen: Visibility | None = None
    ) -> tuple[list[FeedLine], FeedPlace]:
        """Return so many lines of cases at most after a place, and the place to go on from."""
        condition = visible.of_cases(seen, 7)
        async with self._database.connection(LONG) as connection:
            horizon = await connection.fetchval(HORIZON, SETTLED)
            given = (place.written_at, place.key, place.seq, horizon, project, limit)
            rows: list[Any] = await connection.fetch(condition.put_into(PAGE), *given, *condition.params)
        lines = [_line(dict(row)) for row in rows]
        if len(lines) == limit:
            return lines, lines[-1].place
        return lines, FeedPlace(written_at=max(horizon, place.written_at))


def _line(row: dict[str, Any]) -> FeedLine:
    place = FeedPlace(written_at=row.pop("written_at"), key=row["key"], seq=row["seq"])
    about = {name: row.pop(name) for name in ("key", "number", "project")}
    return FeedLine(**about, line=JournalLine.model_validate(row), place=place)
