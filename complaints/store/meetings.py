"""Meetings, read from the rows of their rounds, and the register of customer events, in PostgreSQL."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from complaints.access.visibility import Visibility
from complaints.case import stand_ins
from complaints.case.file import Duty
from complaints.case.stand_ins import StandIn
from complaints.customer_events.model import CustomerEvent
from complaints.meetings.forms import MeetingMinutes
from complaints.meetings.model import Meeting, ResolutionDuty, followed
from complaints.store import visible
from complaints.store.database import LONG, Store
from complaints.store.visible import SEEN

MEETINGS = """
SELECT r.key AS id, coalesce(r.project, '') AS project, r.period, a.form, a.by, a.at,
       (SELECT d.whole FROM duties AS d WHERE d.key = a.key AND d.id = a.duty) AS duty,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'id', d.id, 'owner', d.owner, 'due', d.due, 'done', act.form ->> 'done',
                   'done_by', d.closed_by, 'done_at', d.closed_at, 'duty', d.whole)), '[]')
        FROM duties AS d LEFT JOIN acts AS act ON act.key = d.key AND act.seq = (d.whole ->> 'act')::integer
        WHERE d.key = r.key AND d.rule = 'CH-7.4.3.resolution') AS owed
FROM acts AS a JOIN rounds AS r USING (key)
WHERE a.rule = 'CH-7.4.3' AND a.kind = 'discharge'
"""
ONE = f"{MEETINGS} AND r.key = $1 ORDER BY a.seq DESC LIMIT 1"
LIST = f"""
{MEETINGS}
  AND ($1::text IS NULL OR r.project = $1)
  AND (NOT $2 OR EXISTS (SELECT FROM duties AS d
                         WHERE d.key = r.key AND d.rule = 'CH-7.4.3.resolution' AND d.status = 'open')) {SEEN}
ORDER BY a.at DESC, r.key LIMIT $3
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
BROUGHT = f"""
SELECT key, number, category, matter FROM complaints AS c
WHERE ($1::text IS NULL OR project = $1) AND received_at >= $2 AND received_at < $3 {SEEN}
ORDER BY received_at, key
"""
MANY = 500


class MeetingBook(Store):
    """Meetings, read from the rows of their rounds. Methods raise `RecordsAway` while PostgreSQL is unavailable."""

    async def meeting(self, id: str) -> Meeting | None:
        """Return a meeting by the key of its round; None if there is none, or its minutes are not written yet."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(ONE, id)
        return _meeting(row) if row else None

    async def meetings(
        self, project: str | None = None, open_only: bool = False, seen: Visibility | None = None
    ) -> tuple[Meeting, ...]:
        """Return the newest `MANY` meetings; with `open_only`, only those with open resolutions."""
        async with self._database.connection() as connection:
            condition = visible.of_rounds(seen, 4)
            sql = condition.put_into(LIST)
            rows: list[Any] = await connection.fetch(sql, project, open_only, MANY, *condition.params)
        return tuple(_meeting(row) for row in rows)


class EventBook(Store):
    """The register of customer events. Every method raises `RecordsAway` while PostgreSQL is unavailable."""

    async def add(self, event: CustomerEvent) -> tuple[CustomerEvent, bool]:
        """Store an event, once per id. Return the stored event, and whether it is new."""
        head = (event.id, event.project, event.kind.value, event.held_on, event.title, event.attended, event.course)
        async with self._database.transaction() as connection:
            new = await connection.fetchval(ADD_EVENT, *head, event.by, event.at)
            if new:
                for nth, one in enumerate(event.answered, 1):
                    await connection.execute(ADD_ANSWER, event.id, nth, one.question, one.answer)
            [row] = await connection.fetch(EVENTS, event.id, None, None, None, 1)
        return CustomerEvent.model_validate(dict(row)), new is not None

    async def events(
        self, project: str | None = None, since: date | None = None, until: date | None = None
    ) -> tuple[CustomerEvent, ...]:
        """Return the events of a project from one day to another, both included, the newest first."""
        async with self._database.connection(LONG) as connection:
            rows: list[Any] = await connection.fetch(EVENTS, None, project, since, until, MANY)
        return tuple(CustomerEvent.model_validate(dict(row)) for row in rows)

    async def event(self, id: str) -> CustomerEvent | None:
        """Return one event, or None."""
        async with self._database.connection(LONG) as connection:
            rows: list[Any] = await connection.fetch(EVENTS, id, None, None, None, 1)
        return CustomerEvent.model_validate(dict(rows[0])) if rows else None

    async def brought(
        self, project: str | None, since: datetime, until: datetime, seen: Visibility | None = None
    ) -> list[Any]:
        """Return key, number, category and matter of complaints received from `since` until just before `until`."""
        async with self._database.connection(LONG) as connection:
            condition = visible.of_cases(seen, 4)
            return await connection.fetch(condition.put_into(BROUGHT), project, since, until, *condition.params)


def _meeting(row: Any) -> Meeting:
    minutes = MeetingMinutes.model_validate(row["form"])
    owed = [_resolution(one) for one in row["owed"]]
    same = {name: row[name] for name in ("id", "project", "period", "by", "at")}
    written = _stand_in(row["duty"], row["by"])
    return Meeting(**same, stand_in=written, minutes=minutes, resolutions=followed(minutes, owed))


def _resolution(owed: dict[str, Any]) -> ResolutionDuty:
    duty = owed.pop("duty")
    return ResolutionDuty.model_validate({**owed, "stand_in": _stand_in(duty, owed["done_by"])})


def _stand_in(duty: dict[str, Any] | None, by: str | None) -> StandIn | None:
    """Return for whom `by` did the duty of a round; None if nobody has, or for nobody else."""
    return None if duty is None or by is None else stand_ins.of_closed(Duty.model_validate(duty), by)
