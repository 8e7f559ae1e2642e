"""Minutes of meetings and their resolutions in PostgreSQL, and the register of events."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from complaints.documents.events import Event
from complaints.documents.meetings import Meeting, Resolved
from complaints.faults import RecordsRefused
from complaints.records.database import Connection, Database

ADD_MEETING = """
INSERT INTO meetings (id, project, period, round, held_at, chair, attended, discussed, remark, by, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING RETURNING id
"""
ADD_RESOLUTION = "INSERT INTO meeting_resolutions (meeting, nth, what, owner, due) VALUES ($1, $2, $3, $4, $5)"
DONE = """
UPDATE meeting_resolutions SET done = $3, done_by = $4, done_at = $5 WHERE meeting = $1 AND nth = $2 AND done_at IS NULL
"""
MEETINGS = """
SELECT m.*, (SELECT coalesce(jsonb_agg(to_jsonb(r) - 'meeting' ORDER BY nth), '[]')
             FROM meeting_resolutions AS r WHERE r.meeting = m.id) AS resolutions
FROM meetings AS m
"""
ONE = f"{MEETINGS} WHERE m.id = $1"
LIST = f"""
{MEETINGS}
WHERE ($1::text IS NULL OR m.project = $1)
  AND (NOT $2 OR EXISTS (SELECT FROM meeting_resolutions AS r WHERE r.meeting = m.id AND r.done_at IS NULL))
ORDER BY m.held_at DESC, m.id LIMIT $3
"""

ADD_EVENT = """
INSERT INTO customer_events (id, project, kind, held_on, title, attended, course, by, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING RETURNING id
"""
ADD_ANSWER = "INSERT INTO customer_event_answers (event, nth, question, answer) VALUES ($1, $2, $3, $4)"
EVENTS = """
SELECT e.*, (SELECT coalesce(jsonb_agg(jsonb_build_object('question', question, 'answer', answer) ORDER BY nth), '[]')
             FROM customer_event_answers AS a WHERE a.event = e.id) AS answered
FROM customer_events AS e
WHERE ($1::text IS NULL OR e.id = $1) AND ($2::text IS NULL OR e.project = $2)
  AND ($3::date IS NULL OR e.held_on >= $3) AND ($4::date IS NULL OR e.held_on <= $4)
ORDER BY e.held_on DESC, e.id LIMIT $5
"""
BROUGHT = """
SELECT key, number, category, matter FROM complaints
WHERE ($1::text IS NULL OR project = $1) AND received_at >= $2 AND received_at < $3
ORDER BY received_at, key
"""
MANY = 500


class MeetingBook:
    """Meetings at a PostgreSQL URL. Every method raises `RecordsAway` while PostgreSQL is away."""

    def __init__(self, url: str, size: int = 2) -> None:
        self._database = Database(url, size)

    async def record(self, meeting: Meeting) -> Meeting:
        """Keep the minutes, once for the meeting's id; the answer is what is kept."""
        head = (meeting.id, meeting.project, meeting.period, meeting.round, meeting.held_at, meeting.chair)
        rest = (list(meeting.attended), meeting.discussed, meeting.remark, meeting.by, meeting.at)
        async with self._database.transaction() as connection:
            if await connection.fetchval(ADD_MEETING, *head, *rest):
                for one in meeting.resolutions:
                    await connection.execute(ADD_RESOLUTION, meeting.id, one.nth, one.what, one.owner, one.due)
            return await _meeting(connection, meeting.id)

    async def resolved(self, meeting: str, nth: int, done: str, by: str, at: datetime) -> Meeting:
        """Keep what was done about a resolution; what was said first stays.

        Raises `RecordsRefused` for a meeting or a resolution that is not here.
        """
        async with self._database.transaction() as connection:
            await connection.execute(DONE, meeting, nth, done, by, at)
            found = await _meeting(connection, meeting)
        if nth not in {one.nth for one in found.resolutions}:
            raise RecordsRefused(f"meeting {meeting} has no resolution {nth}")
        return found

    async def meeting(self, id: str) -> Meeting | None:
        """One meeting, or None."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(ONE, id)
        return _kept(row) if row else None

    async def meetings(self, project: str | None = None, open_only: bool = False) -> tuple[Meeting, ...]:
        """The newest meetings; only those with something open, if asked."""
        async with self._database.connection() as connection:
            rows: list[Any] = await connection.fetch(LIST, project, open_only, MANY)
        return tuple(_kept(row) for row in rows)

    async def close(self) -> None:
        """Let go of all connections."""
        await self._database.close()


class EventBook:
    """The register of events at a PostgreSQL URL. Every method raises `RecordsAway` while PostgreSQL is away."""

    def __init__(self, url: str, size: int = 2) -> None:
        self._database = Database(url, size)

    async def add(self, event: Event) -> tuple[Event, bool]:
        """Keep an event, once for its id: what is kept, and whether it is new."""
        head = (event.id, event.project, event.kind.value, event.held_on, event.title, event.attended, event.course)
        async with self._database.transaction() as connection:
            new = await connection.fetchval(ADD_EVENT, *head, event.by, event.at)
            if new:
                for nth, one in enumerate(event.answered, 1):
                    await connection.execute(ADD_ANSWER, event.id, nth, one.question, one.answer)
            [row] = await connection.fetch(EVENTS, event.id, None, None, None, 1)
        return Event.model_validate(dict(row)), new is not None

    async def events(
        self, project: str | None = None, since: date | None = None, until: date | None = None
    ) -> tuple[Event, ...]:
        """The events of a project from one day to another, both included, the newest first."""
        async with self._database.connection() as connection:
            rows: list[Any] = await connection.fetch(EVENTS, None, project, since, until, MANY)
        return tuple(Event.model_validate(dict(row)) for row in rows)

    async def event(self, id: str) -> Event | None:
        """One event, or None."""
        async with self._database.connection() as connection:
            rows: list[Any] = await connection.fetch(EVENTS, id, None, None, None, 1)
        return Event.model_validate(dict(rows[0])) if rows else None

    async def brought(self, project: str | None, since: datetime, until: datetime) -> list[Any]:
        """What complaints received from `since` until just before `until` say: key, number, category, matter."""
        async with self._database.connection() as connection:
            return await connection.fetch(BROUGHT, project, since, until)

    async def close(self) -> None:
        """Let go of all connections."""
        await self._database.close()


async def _meeting(connection: Connection, id: str) -> Meeting:
    row = await connection.fetchrow(ONE, id)
    if row is None:
        raise RecordsRefused(f"there is no meeting {id}")
    return _kept(row)


def _kept(row: Any) -> Meeting:
    fields = dict(row)
    return Meeting.model_validate(
        {**fields, "resolutions": [Resolved.model_validate(one) for one in row["resolutions"]]}
    )
