"""Customers and homes in PostgreSQL: imports compare a list with the stored rows and keep the values they replace."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from complaints.customers.model import Customer, OldComplaint, Residence
from complaints.importing.tables import ListEntry
from complaints.store import households, old_complaints
from complaints.store.database import Connection, Store
from complaints.store.import_staging import PATIENCE, Imported, ImportOptions, counted, examined, imported, stage
from complaints.store.matching_keys import of_customer

OPTIONAL = ("moved_in", "asked_not_to_be_called", "consultant", "remarks")
COLUMNS = ("line", "id", "derived", "project", "name", "contact", *OPTIONAL, "name_key", "contact_keys")

STAGED = """
CREATE TEMPORARY TABLE staged (
    line integer PRIMARY KEY, id text, derived text, project text, name text, contact text,
    name_key text, contact_keys text[], moved_in date, asked_not_to_be_called boolean, consultant text, remarks text,
    fate text
) ON COMMIT DROP
"""
SAME_PERSON = "c.project = s.project AND c.name_key = s.name_key AND c.contact_keys && s.contact_keys"
IDENTIFY = f"""
UPDATE staged AS s
SET id = coalesce((SELECT c.id FROM customers AS c WHERE {SAME_PERSON} ORDER BY c.id LIMIT 1), s.derived)
WHERE s.id IS NULL
"""
PROBLEMS = f"""
SELECT s.line, 'other-project' AS code, jsonb_build_object('id', s.id, 'project', c.project) AS params
FROM staged AS s JOIN customers AS c USING (id)
WHERE c.project <> s.project
UNION ALL
SELECT s.line, 'person-known', jsonb_build_object('id', min(c.id))
FROM staged AS s JOIN customers AS c ON {SAME_PERSON} AND c.id <> s.id
WHERE NOT EXISTS (SELECT FROM staged AS o WHERE o.id = c.id)
GROUP BY s.line
UNION ALL
SELECT lines.line, 'twice-known', jsonb_build_object('id', f.id, 'line', f.line)
FROM (
    SELECT line, min(first) AS first
    FROM (
        SELECT line, min(line) OVER (PARTITION BY id) AS first FROM staged
        UNION ALL
        SELECT line, min(line) OVER (PARTITION BY project, name_key, number)
        FROM staged, unnest(contact_keys) AS number
    ) AS same
    GROUP BY line
) AS lines JOIN staged AS f ON f.line = lines.first
WHERE lines.line > lines.first
ORDER BY line
"""
_SAID = "name, contact, moved_in, asked_not_to_be_called, consultant, remarks"
_ROW = f"{_SAID}, name_key, contact_keys"
_OLD = ", ".join(f"c.{name.strip()}" for name in _SAID.split(","))
_AGAIN = ", ".join(f"s.{name.strip()}" for name in _SAID.split(","))
_NEW = ", ".join(f"s.{name.strip()}" for name in _ROW.split(","))
JUDGE = f"""
UPDATE staged SET fate = judged.fate
FROM (
    SELECT s.line, CASE WHEN c.id IS NULL THEN 'new' WHEN ({_OLD}) IS DISTINCT FROM ({_AGAIN}) THEN 'changed'
                   ELSE 'same' END AS fate
    FROM staged AS s LEFT JOIN customers AS c USING (id)
) AS judged
WHERE judged.line = staged.line
"""
REMEMBER = """
INSERT INTO customer_changes (customer, at, by, before)
SELECT c.id, $1, $2, to_jsonb(c)
FROM staged AS s JOIN customers AS c USING (id) WHERE s.fate = 'changed' ORDER BY s.line
"""
CHANGE = f"UPDATE customers AS c SET ({_ROW}) = ({_NEW}) FROM staged AS s WHERE s.id = c.id AND s.fate = 'changed'"
ADD = (
    f"INSERT INTO customers (id, project, {_ROW}) SELECT s.id, s.project, {_NEW} FROM staged AS s WHERE s.fate = 'new'"
)


class CustomerBook(Store):
    """Imports into PostgreSQL. Every method raises `RecordsAway` while PostgreSQL is unavailable.

    `at` is the time of the import (aware). Importing the same list again changes nothing. A list with problems is
    refused as a whole unless `manner` says to skip its bad lines.
    """

    async def customers(
        self,
        entries: Sequence[ListEntry[Customer]],
        *,
        columns: Iterable[str],
        by: str,
        at: datetime,
        manner: ImportOptions | None = None,
    ) -> Imported:
        """Add and change customers. Optional columns that are not among the list's `columns` keep their values."""
        how, kept = manner or ImportOptions(), [name for name in OPTIONAL if name not in set(columns)]

        async def work(connection: Connection) -> Imported:
            await stage(connection, STAGED, COLUMNS, map(_customer, entries), how, ["customers"])
            await connection.execute(IDENTIFY, timeout=PATIENCE)
            problems, good = await examined(connection, PROBLEMS, how)
            if kept:
                keep = ", ".join(f"{name} = c.{name}" for name in kept)
                await connection.execute(
                    f"UPDATE staged AS s SET {keep} FROM customers AS c WHERE c.id = s.id", timeout=PATIENCE
                )
            counts = await counted(connection, JUDGE, ["new"], ["changed"])
            if good:
                await connection.execute(REMEMBER, at, by, timeout=PATIENCE)
                await connection.execute(CHANGE, timeout=PATIENCE)
                await connection.execute(ADD, timeout=PATIENCE)
            return Imported(*counts, tuple(problems), written=good)

        return await imported(self._database, how, work)

    async def homes(
        self, entries: Sequence[ListEntry[Residence]], *, today: date, manner: ImportOptions | None = None
    ) -> Imported:
        """Add homes and their residents. A new owner ends the previous one's stay, by default on `today`."""
        how = manner or ImportOptions()

        async def work(connection: Connection) -> Imported:
            await stage(
                connection, households.STAGED, households.COLUMNS, map(households.row, entries), how, households.BESIDE
            )
            await households.identify(connection)
            problems, good = await examined(connection, households.problems(today), how)
            counts = await counted(connection, households.JUDGE, households.NEW, households.CHANGED)
            if good:
                await households.write(connection, today)
            return Imported(*counts, tuple(problems), written=good)

        return await imported(self._database, how, work)

    async def complaints(
        self,
        entries: Sequence[ListEntry[OldComplaint]],
        *,
        by: str,
        at: datetime,
        edition: tuple[str, str],
        people: Iterable[str] = (),
        manner: ImportOptions | None = None,
    ) -> Imported:
        """Add complaints from before Duly to the table of complaints.

        `edition` is the name and digest of the edition by which forms print them; `people` are the ids that may be
        stored as their receivers.
        """
        how, known = manner or ImportOptions(), frozenset(people)

        async def work(connection: Connection) -> Imported:
            rows = (old_complaints.row(entry, edition, known) for entry in entries)
            await stage(connection, old_complaints.STAGED, old_complaints.STAGED_COLUMNS, rows, how, ["complaints"])
            problems, good = await examined(connection, old_complaints.PROBLEMS, how)
            counts = await counted(connection, old_complaints.JUDGE, ["new"], ["changed"])
            if good:
                await old_complaints.write(connection, by, at)
            return Imported(*counts, tuple(problems), written=good)

        return await imported(self._database, how, work)


def _customer(entry: ListEntry[Customer]) -> tuple[Any, ...]:
    one = entry.value
    more = (one.moved_in, one.asked_not_to_be_called, one.consultant, one.remarks)
    keys = of_customer(one.name, one.contact).values()
    return (entry.line, one.id, one.derived, one.project, one.name, one.contact, *more, *keys)
