"""Directory and calendar in PostgreSQL: every version that was in force, and the rows of the newest, used by lists."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from complaints.accounts.model import AccountDeed
from complaints.base import Frozen
from complaints.base.faults import RecordsRefused
from complaints.clock.calendar import Calendar
from complaints.people.loader import load
from complaints.people.model import Directory
from complaints.people.own_absences import OwnAbsence
from complaints.store.account_events import record
from complaints.store.database import Connection, Store
from complaints.store.sign_out import hold, sign_out

NEWEST_DIRECTORY = "SELECT version, text FROM directory_versions ORDER BY id DESC LIMIT 1"
NEWEST_CALENDAR = "SELECT version, whole FROM calendar_versions ORDER BY id DESC LIMIT 1"
NEWEST_REFERENCE = "SELECT version FROM reference_version"

OWN_ABSENCES = "SELECT * FROM own_absences WHERE ended_at IS NULL AND until > now() ORDER BY id"
ABSENCES_SO_FAR = "SELECT count(*) AS n, max(ended_at) AS ended FROM own_absences"

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('duly reference'))"

GONE = "DELETE FROM people WHERE id <> ALL ($1::text[]) RETURNING id"
DISABLE = """
UPDATE accounts SET disabled_at = $2
WHERE id = ANY ($1::text[]) AND NOT administrator AND disabled_at IS NULL RETURNING id
"""
PEOPLE = """
INSERT INTO people (id, name, email) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
ON CONFLICT (id) DO UPDATE SET (name, email) = (EXCLUDED.name, EXCLUDED.email)
"""
PROJECTS = """
INSERT INTO projects (code, name, zone) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
ON CONFLICT (code) DO UPDATE SET (name, zone) = (EXCLUDED.name, EXCLUDED.zone)
"""
CONTRACTOR = """
INSERT INTO contractors (key, name, projects, contact, phone, mail) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (key) DO UPDATE SET (name, projects, contact, phone, mail) =
    (EXCLUDED.name, EXCLUDED.projects, EXCLUDED.contact, EXCLUDED.phone, EXCLUDED.mail)
"""
UNKNOWN_ZONES = "SELECT zone FROM unnest($1::text[]) AS zone WHERE zone NOT IN (SELECT name FROM pg_timezone_names)"
DAYS = """
INSERT INTO calendar_days (day, kind, name) SELECT * FROM unnest($1::date[], $2::text[], $3::text[])
"""
ANNOUNCE = """
INSERT INTO reference_version (version) VALUES ($1) ON CONFLICT (only_one) DO UPDATE SET version = EXCLUDED.version
"""


class StoredReference(Frozen):
    """Directory (TOML) and calendar as they were loaded, what people have set, and the version of all together."""

    version: str
    directory: str
    calendar: Calendar
    absences: tuple[OwnAbsence, ...] = ()  # that people have set, and that are not over


class ReferenceTables(Store):
    """Loads and reads directory and calendar. Every method raises `RecordsAway` while PostgreSQL is unavailable."""

    async def load_directory(
        self, text: str, by: str, filename: str = "directory.toml", after: str | None = None
    ) -> str:
        """Put a directory (TOML) in force and return its version; one that is in force already is not loaded again.

        Raises `DirectoryError` with every problem of the text. Mail goes to the new addresses from now on; running
        cases adopt the new directory at their next check. `after` is the version that the text was made from
        (optimistic concurrency): if another one is in force by now, raises `RecordsRefused`, so that no change is lost.
        """
        directory = load(text, filename)
        version = version_of(text)
        async with self._database.transaction() as connection:
            await connection.execute(ONE_AT_A_TIME)
            newest = await connection.fetchrow(NEWEST_DIRECTORY)
            if after is not None and (newest is None or newest["version"] != after):
                raise RecordsRefused("somebody loaded another directory at the same time: please do this again")
            if newest is None or newest["version"] != version:
                insert = "INSERT INTO directory_versions (version, text, loaded_by) VALUES ($1, $2, $3)"
                await connection.execute(insert, version, text, by)
                await _keep_people(connection, directory, by)
                await announce(connection)
        return version

    async def load_calendar(self, calendar: Calendar, by: str) -> str:
        """Put a calendar in force and return its version; one that is in force already is not loaded again."""
        async with self._database.transaction() as connection:
            await connection.execute(ONE_AT_A_TIME)
            newest = await connection.fetchrow(NEWEST_CALENDAR)
            if newest is None or newest["version"] != calendar.version:
                insert = "INSERT INTO calendar_versions (version, years, whole, loaded_by) VALUES ($1, $2, $3, $4)"
                whole = calendar.model_dump(mode="json")
                await connection.execute(insert, calendar.version, list(calendar.years), whole, by)
                await _keep_days(connection, calendar)
                await announce(connection)
        return calendar.version

    async def directory(self) -> tuple[str, str] | None:
        """Return version and text of the directory in force; None before the first was loaded."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(NEWEST_DIRECTORY)
        return (row["version"], row["text"]) if row else None

    async def calendar(self) -> Calendar | None:
        """Return the calendar in force; None before the first was loaded."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(NEWEST_CALENDAR)
        return Calendar.model_validate(row["whole"]) if row else None

    async def reference_version(self) -> str | None:
        """Return the version of directory and calendar together; None until both were loaded."""
        async with self._database.connection() as connection:
            return await connection.fetchval(NEWEST_REFERENCE)

    async def stored(self) -> StoredReference | None:
        """Return directory and calendar in force; None until both were loaded."""
        async with self._database.connection() as connection, connection.transaction(isolation="repeatable_read"):
            version = await connection.fetchval(NEWEST_REFERENCE)
            directory = await connection.fetchrow(NEWEST_DIRECTORY)
            calendar = await connection.fetchrow(NEWEST_CALENDAR)
            own = await connection.fetch(OWN_ABSENCES)
        if version is None:
            return None
        return StoredReference(
            version=version,
            directory=directory["text"],
            calendar=Calendar.model_validate(calendar["whole"]),
            absences=tuple(OwnAbsence.model_validate(dict(row)) for row in own),
        )


def version_of(text: str) -> str:
    """Return the version of a directory (TOML): the same for the same text."""
    return "D-" + hashlib.sha256(text.encode()).hexdigest()[:12]


async def _keep_people(connection: Connection, directory: Directory, by: str) -> None:
    zones = [project.zone for project in directory.projects]
    unknown: list[Any] = await connection.fetch(UNKNOWN_ZONES, zones)
    if unknown:
        raise RecordsRefused(
            f"PostgreSQL does not know the time zone {unknown[0]['zone']}: numbers need the local year"
        )
    people = directory.people
    gone = [row["id"] for row in await connection.fetch(GONE, [person.id for person in people])]
    if gone:
        await _shut_out(connection, gone, by)
    addresses = [person.email or None for person in people]
    await connection.execute(PEOPLE, [person.id for person in people], [person.name for person in people], addresses)
    codes, names = [project.code for project in directory.projects], [project.name for project in directory.projects]
    await connection.execute(PROJECTS, codes, names, zones)
    for one in directory.contractors:
        await connection.execute(CONTRACTOR, one.key, one.name, list(one.projects), one.contact, one.phone, one.mail)


async def _shut_out(connection: Connection, gone: list[str], by: str) -> None:
    """End what people have who left the directory: a later one with the same id must not inherit it."""
    now = datetime.now(UTC)
    await hold(connection, *gone)
    await sign_out(connection, now, *gone)
    for row in await connection.fetch(DISABLE, gone, now):
        await record(connection, AccountDeed.LEFT, row["id"], by=by, now=now)


async def _keep_days(connection: Connection, calendar: Calendar) -> None:
    await connection.execute("DELETE FROM calendar_days")
    days = [*((day, "off") for day in calendar.off), *((day, "on") for day in calendar.on)]
    names = [calendar.names.get(day, "") for day, _ in days]
    await connection.execute(DAYS, [day for day, _ in days], [kind for _, kind in days], names)


async def announce(connection: Connection) -> None:
    """Once both are loaded, store the version of the two together: an equal pair has an equal version.

    Every absence that somebody sets or ends gives another one.
    """
    directory = await connection.fetchrow(NEWEST_DIRECTORY)
    calendar = await connection.fetchrow(NEWEST_CALENDAR)
    if directory is not None and calendar is not None:
        both = f"{directory['version']}\n{calendar['version']}"
        own = await connection.fetchrow(ABSENCES_SO_FAR)
        if own is not None and own["n"]:
            both += f"\n{own['n']} {own['ended']}"
        await connection.execute(ANNOUNCE, "R-" + hashlib.sha256(both.encode()).hexdigest()[:12])
