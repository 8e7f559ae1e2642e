"""Absences that people set for themselves, in PostgreSQL. Every change of them is a new version of the reference."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from complaints.base.errors import Refusal, Refused
from complaints.base.faults import RecordsRefused
from complaints.people import own_absences
from complaints.people.loader import load
from complaints.people.model import Directory
from complaints.people.own_absences import OwnAbsence
from complaints.store.database import Connection, Store
from complaints.store.reference_tables import NEWEST_DIRECTORY, ONE_AT_A_TIME, OWN_ABSENCES, announce

ALL = "SELECT * FROM own_absences ORDER BY start DESC, id DESC LIMIT $1"
ADD = """
INSERT INTO own_absences (person, start, until, deputy, reason, set_by) VALUES ($1, $2, $3, $4, $5, $6) RETURNING *
"""
END = """
UPDATE own_absences SET ended_by = $2, ended_at = now()
WHERE person = $1 AND ended_at IS NULL AND until > now() RETURNING *
"""


class OwnAbsences(Store):
    """Sets, ends and lists them. Raises `RecordsAway` while PostgreSQL is unavailable."""

    async def set_absence(
        self, person: str, *, by: str, start: datetime, until: datetime, deputy: str | None = None, reason: str = ""
    ) -> OwnAbsence:
        """Set an absence of `person` from `start` until `until` (aware). `deputy`: None for the usual one.

        Running cases adopt it at their next check. Raises `Refusal` as `complaints.people.own_absences.may_set`, and
        `RecordsRefused` before a directory is loaded.
        """
        async with self._database.transaction() as connection:
            await connection.execute(ONE_AT_A_TIME)
            directory, now = await _directory(connection), datetime.now(UTC)
            own = [OwnAbsence.model_validate(dict(row)) for row in await connection.fetch(OWN_ABSENCES)]
            said: dict[str, Any] = {"person": person, "start": start, "until": until, "deputy": deputy, "by": by}
            own_absences.may_set(directory, own, **said, now=now)
            row = await connection.fetchrow(ADD, person, start, until, deputy, reason, by)
            await announce(connection)
        return OwnAbsence.model_validate(dict(row))

    async def end_absence(self, person: str, *, by: str) -> tuple[OwnAbsence, ...]:
        """End the absences that `person` has or will have, and return them.

        Raises `Refusal` as `complaints.people.own_absences.may_end`, and `NOT_ABSENT` if there are none.
        """
        async with self._database.transaction() as connection:
            await connection.execute(ONE_AT_A_TIME)
            directory = await _directory(connection)
            own_absences.may_end(directory, person, by, datetime.now(UTC))
            rows = await connection.fetch(END, person, by)
            if not rows:
                raise Refusal(Refused.NOT_ABSENT, person=directory.slice("").name(person))
            await announce(connection)
        return tuple(OwnAbsence.model_validate(dict(row)) for row in rows)

    async def absences(self, limit: int = 200) -> tuple[OwnAbsence, ...]:
        """Return the absences that people have set, also those that are over, the latest first."""
        async with self._database.connection() as connection:
            return tuple(OwnAbsence.model_validate(dict(row)) for row in await connection.fetch(ALL, limit))


async def _directory(connection: Connection) -> Directory:
    newest = await connection.fetchrow(NEWEST_DIRECTORY)
    if newest is None:
        raise RecordsRefused("no directory is loaded: load it first (duly directory load)")
    return load(newest["text"])
