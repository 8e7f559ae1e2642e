"""Compares the rows of a case or a round with the fold of its journal, and rewrites the rows that differ.

Correct rows stay untouched, and so do data that no journal has: who has read a notice, which mail was sent. `rebuild`
never changes the journal; `complete` and `replace` change it to match the server's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from complaints.base import Frozen
from complaints.base.faults import RecordsRefused
from complaints.case.additions import Additions
from complaints.case.file import CaseFile, JournalLine
from complaints.case.round import RoundFile
from complaints.store import agreement, comparison, writing
from complaints.store.agreement import Disagreement, End, Exchange
from complaints.store.comparison import COMPLAINTS, KEYED, ROUNDS, Derived, Difference, Record, StoredRows, What
from complaints.store.database import LONG, Connection, Store
from complaints.store.reading import JOURNAL

PAGE = 500
"""Maximum number of keys per query."""

KEYS = """
SELECT found.key, c.number
FROM (SELECT key FROM files UNION SELECT key FROM complaints UNION SELECT key FROM rounds
      UNION SELECT key FROM journal) AS found
LEFT JOIN complaints AS c USING (key)
WHERE found.key > $1
ORDER BY found.key LIMIT $2
"""
KEPT = "SELECT (to_jsonb(kept){nulls})::text AS row FROM {table} AS kept WHERE key = $1 ORDER BY {order}"
MAY_BE_NULL: Mapping[str, Sequence[str]] = {
    COMPLAINTS: ("amended", "imported", "month_over", "unsolved"),
    ROUNDS: ("again", "draw", "report"),
    "acts": ("attempt",),
}
"""JSON columns that may be NULL, which differs from the JSON value `null`."""
JSON_NULL = """
|| CASE jsonb_typeof({column}) WHEN 'null' THEN '{{"{column}": "the JSON value null"}}' ELSE '{{}}' END::jsonb
"""
ORDERS = {COMPLAINTS: "key", ROUNDS: "key", "duties": "opened_at, id", "acts": "seq", "notices": "nth"}
AS_KEPT = """
SELECT to_jsonb(made)::text AS row FROM jsonb_populate_recordset(NULL::{table}, $1) AS made
"""
PUT_BACK = """
INSERT INTO journal (key, seq, at, kind, by, duty, rule, data, prev, hash)
SELECT $1, l.seq, l.at, l.kind, l.by, l.duty, l.rule, l.data, l.prev, l.hash
FROM jsonb_populate_record(NULL::journal, $2) AS l
"""
LOCKS = (
    "SELECT FROM files WHERE key = $1 FOR NO KEY UPDATE",
    "SELECT FROM complaints WHERE key = $1 FOR NO KEY UPDATE",
    "SELECT FROM rounds WHERE key = $1 FOR NO KEY UPDATE",
)
"""A writer that continues the case meanwhile waits until the rows are rewritten, and then continues from its cursor."""
END = """
SELECT kept.cursor, kept.journal_hash, (SELECT hash FROM journal WHERE key = $1 AND seq = $2) AS there
FROM (SELECT key, cursor, journal_hash FROM complaints UNION ALL SELECT key, cursor, journal_hash FROM rounds) AS kept
WHERE kept.key = $1
"""
TAKE_OUT = (
    """
    INSERT INTO journal_replaced (key, seq, line)
    SELECT key, seq, to_jsonb(journal) - 'key' FROM journal WHERE key = $1 AND seq >= $2
    """,
    "DELETE FROM journal WHERE key = $1 AND seq >= $2",
    """
    DELETE FROM acts WHERE key = $1 AND $2 > 0 AND NOT EXISTS (
        SELECT FROM journal WHERE journal.key = acts.key AND data ->> 'act' = acts.seq::text
    )
    """,
)
"""Parameters: key, and the seq of the first line to remove."""
TELL_THEM = """
INSERT INTO deliveries (key, notice, channel, state, next_try)
SELECT n.key, n.id, 'mail', 'pending', greatest(now(), n.not_before)
FROM notices AS n JOIN people ON people.id = n."to" AND people.email <> ''
WHERE n.key = $1 AND n.id = ANY ($2::text[])
ON CONFLICT (key, notice, channel) DO NOTHING
"""
TELL_WEBHOOKS = writing.TOLD_TO_WEBHOOKS.format(
    events="$2", number="c.number", source="(SELECT number FROM complaints WHERE key = $1) AS c CROSS JOIN"
)
REBUILDING = "SELECT set_config('duly.rebuilding', $1, true)"
UNSENT = """
DELETE FROM deliveries WHERE key = $1 AND notice = ANY ($2::text[])
"""
REORDER = "UPDATE notices SET nth = DEFAULT WHERE key = $1 AND id = $2"
LIBRARY = """
SELECT to_jsonb(kept)::text AS row
FROM (SELECT project, category, at, study, matter, done FROM library WHERE key = $1) AS kept
"""
FOR_LIBRARY = r"""
SELECT to_jsonb(made)::text AS row
FROM (
    SELECT c.project, c.category, coalesce(c.closed_at, taken.accepted_at) AS at, taken.key IS NOT NULL AS study,
           concat_ws(E'\n', c.number, nullif(c.building, ''), c.matter, nullif(c.demand, '')) AS matter,
           concat_ws(E'\n', CASE WHEN c.imported IS NULL THEN nullif(library_done(c.key), '') END,
                     c.imported ->> 'result') AS done
    FROM complaints AS c LEFT JOIN case_library AS taken ON taken.key = c.key
    WHERE c.key = $1 AND (c.closed_at IS NOT NULL OR taken.key IS NOT NULL)
) AS made
"""
"""The row that the database function `library_take` writes."""
PARTIES = """
UPDATE complaints AS c SET responsible = its.responsible, involved = its.involved, owing = its.owing
FROM parties_of(ARRAY[$1]) AS its
WHERE c.key = its.key
  AND (c.responsible, c.involved, c.owing) IS DISTINCT FROM (its.responsible, its.involved, its.owing)
"""
"""Who has a part in the case, by its rows and its journal: the people whom the triggers gave it (migration 0037)."""
IN_LIBRARY = "DELETE FROM library WHERE key = $1", "SELECT library_take(ARRAY[$1])"


class Examined(Frozen):
    """The result of examining one case or round: the number of journal lines, and all differences."""

    key: str
    lines: int
    closed: bool = False
    differences: tuple[Difference, ...] = ()

    @property
    def good(self) -> bool:
        return not self.differences

    @property
    def rebuildable(self) -> bool:
        """Whether its rows can be derived again from its journal."""
        return comparison.only_rows(self.differences)


class Rebuilding(Store):
    """Compares rows with journals and rewrites them. Methods raise `RecordsAway` while PostgreSQL is unavailable."""

    async def files(self, after: str = "") -> list[tuple[str, str]]:
        """Return key and name (the number, if there is one) of up to `PAGE` cases and rounds after the key `after`."""
        async with self._database.connection(LONG) as connection:
            rows = await connection.fetch(KEYS, after, PAGE)
        return [(row["key"], row["number"] or row["key"]) for row in rows]

    async def examine(self, key: str, accept_end: bool = False) -> Examined:
        """Compare all stored rows of a case or a round with its journal, without changing anything.

        With `accept_end`, the journal is not in doubt if the row of the file says that it ends elsewhere.
        """
        # One snapshot: a concurrent write is seen in all of the tables or in none.
        at_once = {"isolation": "repeatable_read", "readonly": True}
        async with self._database.connection(LONG) as connection, connection.transaction(**at_once):
            examined, _, _ = await _examined(connection, key, accept_end)
        return examined

    async def rebuild(self, key: str, accept_end: bool = False) -> Examined:
        """Rewrite the rows that differ, in one transaction. Return the differences found before that.

        Does nothing unless the journal is intact (`Examined.rebuildable`). With `accept_end`, the journal is accepted
        even if the row of the file says that it ends elsewhere. Raises `RecordsRefused` if the database refuses.
        """
        async with self._database.transaction(LONG) as connection:
            for lock in LOCKS:
                await connection.execute(lock, key)
            examined, stored, right = await _examined(connection, key, accept_end)
            if right is not None and examined.differences and examined.rebuildable:
                await _make(connection, stored, right)
        return examined

    async def folded(self, key: str) -> CaseFile | RoundFile | None:
        """Return the fold of the journal of a case or a round; None if there is no journal, or it is broken."""
        async with self._database.connection(LONG) as connection:
            lines = [JournalLine.model_validate(dict(row)) for row in await connection.fetch(JOURNAL, key)]
        return comparison.folded(lines).file

    async def disagreement(self, server: Additions, known: int) -> Disagreement | None:
        """Return where the server's journal of a case differs from the read model's or is behind it; None if nowhere.

        `server` has the server's lines after line `known`; it was queried when the read model had line `known`.
        """
        async with self._database.connection(LONG) as connection:
            row = await connection.fetchrow(END, server.key, server.sequence)
        if row is None:
            return None
        return agreement.disagreement(End(row["cursor"], row["journal_hash"], row["there"]), server, known)

    async def replace(self, server: Additions) -> Exchange:
        """Replace the journal by the server's, from the first differing line on.

        The rows are derived again in the same transaction. Removed lines stay in `journal_replaced`, mail that was sent
        is not sent again; mail for notices that are new is queued, and webhooks are told of new lines. Raises
        `RecordsRefused`.
        """
        key = server.key
        async with self._database.transaction(LONG) as connection:
            for lock in LOCKS:
                await connection.execute(lock, key)
            stored = await _stored(connection, key)
            exchanged = agreement.exchange(stored.lines, server)
            if not (exchanged.out or exchanged.into):
                return exchanged
            await connection.execute(REBUILDING, key)
            for sql in TAKE_OUT:
                await connection.execute(sql, key, exchanged.out[0].seq if exchanged.out else server.sequence + 1)
            for line in exchanged.into:
                await connection.execute(PUT_BACK, key, line.model_dump(mode="json"))
            examined, stored, right = await _examined(connection, key, accept_end=True)
            if right is None or not examined.rebuildable:
                raise RecordsRefused(f"{key}: the journal of the server cannot be read")
            before = {row["id"] for row in stored.rows["notices"]}
            await _make(connection, stored, right)
            new = [row["id"] for row in right.rows["notices"] if row["id"] not in before]
            await connection.execute(TELL_THEM, key, new)
            fresh = server.but(lines=exchanged.into)
            await connection.execute(TELL_WEBHOOKS, key, writing.webhook_events(fresh, fresh.events))
        return exchanged

    async def complete(self, server: Additions) -> int:
        """Restore lines that the stored journal lost from the server's journal. Return how many.

        Afterwards the journal is complete and its end is confirmed by the server. Otherwise raises `RecordsRefused`
        and changes nothing. Lines that the read model never had are left to the projector, as is their mail.
        """
        async with self._database.transaction(LONG) as connection:
            for lock in LOCKS:
                await connection.execute(lock, server.key)
            lost = comparison.completed(await _stored(connection, server.key), server)
            for line in lost:
                await connection.execute(PUT_BACK, server.key, line.model_dump(mode="json"))
        return len(lost)


async def _examined(
    connection: Connection, key: str, accept_end: bool = False
) -> tuple[Examined, StoredRows, Derived | None]:
    """Return the differences, the stored rows and the derived rows; the last are None if no journal yields them."""
    stored = await _stored(connection, key)
    file, wrong = comparison.folded(stored.lines)
    end = None if accept_end else comparison.at_the_end(stored)
    found = [one for one in (wrong, end) if one is not None]
    if not found and file is not None and file.key != key:
        found = [Difference(what=What.UNREADABLE, table="journal", id="1", detail="it is the journal of another file")]
    right = None
    if wrong is None and file is not None and file.key == key:
        right = await _as_kept(connection, comparison.derived(file, stored.head))
        found += comparison.differences(stored, right)
        if not found and right.table == COMPLAINTS:  # the library's row is derived from the other rows
            kept = await connection.fetch(LIBRARY, key)
            made = await connection.fetch(FOR_LIBRARY, key)
            found += comparison.of_library(*([_loaded(row["row"]) for row in rows] for rows in (kept, made)))
    elif not stored.lines:
        found += _without_journal(stored)
    closed = stored.head is not None and stored.head["closed_at"] is not None
    return Examined(key=key, lines=len(stored.lines), closed=closed, differences=tuple(found)), stored, right


def _without_journal(stored: StoredRows) -> list[Difference]:
    """Return the rows that need a journal; a case without lines yet, or one from before Duly, should have none."""
    rows = [(table, str(row[by])) for table, by in KEYED.items() for row in stored.rows[table]]
    return [Difference(what=What.UNTOLD, table=table, id=comparison.short(id)) for table, id in rows]


async def _stored(connection: Connection, key: str) -> StoredRows:
    kept = {
        table: [_loaded(row["row"]) for row in await connection.fetch(_kept(table, order), key)]
        for table, order in ORDERS.items()
    }
    lines = [JournalLine.model_validate(dict(row)) for row in await connection.fetch(JOURNAL, key)]
    complaint, round = (next(iter(kept.pop(table)), None) for table in (COMPLAINTS, ROUNDS))
    return StoredRows(complaint, round, kept, lines)


def _kept(table: str, order: str) -> str:
    nulls = "".join(JSON_NULL.format(column=column) for column in MAY_BE_NULL.get(table, ()))
    return KEPT.format(table=table, order=order, nulls=nulls)


async def _as_kept(connection: Connection, right: Derived) -> Derived:
    """Convert the rows as the database would return them, so that only values are compared, and not notations."""
    head = await _through(connection, right.table, [right.head])
    rows = {table: await _through(connection, table, of_table) for table, of_table in right.rows.items()}
    return Derived(right.table, head[0], rows)


async def _through(connection: Connection, table: str, rows: Sequence[Record]) -> list[Record]:
    found = await connection.fetch(AS_KEPT.format(table=table), rows)
    return [_loaded(row["row"]) for row in found]


def _loaded(row: str) -> Record:
    return json.loads(row, parse_float=Decimal)


async def _make(connection: Connection, stored: StoredRows, right: Derived) -> None:
    """Write the rows that differ, and delete those that the journal does not have."""
    key = right.head["key"]
    await connection.execute(REBUILDING, key)
    await _make_head(connection, stored, right)
    for table, by in KEYED.items():
        await _take_away(connection, key, table, by, stored.rows[table], right.rows[table])
        await _write(connection, table, by, stored.rows[table], right.rows[table])
    for notice in comparison.out_of_order(await _notices(connection, key), right.rows["notices"]):
        await connection.execute(REORDER, key, notice)
    if right.table == COMPLAINTS:
        for sql in (PARTIES, *IN_LIBRARY):
            await connection.execute(sql, key)


async def _make_head(connection: Connection, stored: StoredRows, right: Derived) -> None:
    kept, other = (stored.complaint, stored.round) if right.table == COMPLAINTS else (stored.round, stored.complaint)
    if other is not None:
        raise RecordsRefused(f"{right.head['key']} is kept both as a complaint and as a round")
    if kept is None and not right.head.get("number", "round"):
        raise RecordsRefused(f"{right.head['key']} has no row, and its journal does not know its number")
    await _write(connection, right.table, "key", [kept] if kept is not None else [], [right.head])


async def _notices(connection: Connection, key: str) -> list[Record]:
    return [_loaded(row["row"]) for row in await connection.fetch(_kept("notices", "nth"), key)]


async def _take_away(
    connection: Connection, key: str, table: str, by: str, kept: Sequence[Record], right: Sequence[Record]
) -> None:
    """Delete rows that the journal does not have. A notice's mail is deleted with it: it should never be sent."""
    strays = sorted({row[by] for row in kept} - {row[by] for row in right})
    if not strays:
        return
    if table == "notices":
        await connection.execute(UNSENT, key, strays)
    await connection.execute(f"DELETE FROM {table} WHERE key = $1 AND {by} = ANY ($2)", key, strays)


async def _write(connection: Connection, table: str, by: str, kept: Sequence[Record], right: Sequence[Record]) -> None:
    """Insert missing rows, in the order in which they arose, and update those that differ."""
    here: Mapping[Any, Record] = {row[by]: row for row in kept}
    for row in right:
        if row[by] not in here:
            await connection.execute(_insert(table, row), [row])
        elif wrong := _otherwise(table, here[row[by]], row):
            await connection.execute(_update(table, by, wrong), row)


def _otherwise(table: str, kept: Record, right: Record) -> list[str]:
    columns = comparison.derived_columns(table, right)
    return [name for name in columns if any(comparison.places(kept[name], right[name], name))]


def _insert(table: str, row: Record) -> str:
    columns = ", ".join(f'"{name}"' for name in comparison.derived_columns(table, row))
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1)"


def _update(table: str, by: str, columns: Sequence[str]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    made = ", ".join(f'made."{name}"' for name in columns)
    match = "kept.key = made.key" if by == "key" else f"kept.key = made.key AND kept.{by} = made.{by}"
    return f"""
        UPDATE {table} AS kept SET ({names}) = ROW ({made})
        FROM jsonb_populate_record(NULL::{table}, $1) AS made WHERE {match}
    """
