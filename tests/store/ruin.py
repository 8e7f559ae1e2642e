"""Rows that are ruined on purpose: one value of one row changed, at random but the same in every run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from complaints.case.additions import Additions
from complaints.case.complaint import Reason
from complaints.case.events.case import Numbered, PlanKept, WatchEntered
from complaints.case.file import NoticeKind, PlanRevision
from complaints.store.comparison import NOT_DERIVED
from complaints.store.database import Connection
from complaints.store.records import PostgresRecords
from tests.store.casefiles import CRISIS, MORNING, Story, act, complaint, done, duty, late, notice, over, repaired
from tests.store.postgres import rows
from tests.store.test_rounds import story as round_story

GUARDED = ("complaints", "rounds", "duties", "acts", "notices", "journal")
COLUMNS = """
SELECT column_name AS name, data_type AS type, is_nullable = 'YES' AS nullable FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position
"""
ORDERS = {"duties": "key, id", "acts": "key, seq", "notices": "key, nth", "journal": "key, seq"} | {
    "deliveries": "key, notice"
}
MORE: Mapping[str, str] = {
    "text": "{0} || 'x'",
    "integer": "{0} + 100",
    "smallint": "{0} + 100",
    "timestamp with time zone": "{0} + interval '1 microsecond'",
    "date": "{0} + 1",
    "boolean": "NOT {0}",
    "ARRAY": "array_append({0}, 'x')",
}
"""Another value than this, by type."""
SOME: Mapping[str, str] = {
    "text": "'x'",
    "integer": "1",
    "smallint": "1",
    "timestamp with time zone": "now()",
    "jsonb": """'{"x": 1}'""",
    "boolean": "true",
}
"""A value where there was none."""


async def many(records: PostgresRecords, count: int, first: int = 0) -> list[str]:
    """So many cases in which everything has happened, and a round; their keys."""
    keys = [await told(records, f"c{nth:02}") for nth in range(first, first + count)]
    file, lines = round_story()
    await records.write(Additions.of(file, 0, lines))
    return [*keys, file.key]


async def told(records: PostgresRecords, key: str) -> str:
    """A case with something in each of its columns that a journal can fill."""
    said = complaint(key, demand="退款", about=("li.na",), department="sales", promised=MORNING + timedelta(days=3))
    story = Story(key, said)
    given = await records.write(story.registered())
    watched = WatchEntered(at=MORNING, reasons=(Reason(rule="CR-5.1.3", params={"households": "7"}),))
    plan = PlanKept(at=MORNING, plan=PlanRevision(revision=1, text="重做防水层", by="liu.bo", at=MORNING))
    numbered = Numbered(at=MORNING, number=given.number, related=given.related)
    owed, other = duty(), late(duty("CR-5.2.2e", "liu.bo", 24 * 60), "ma.chao")
    notices = [notice(owed), notice(owed, "zhou.min"), notice(other, "ma.chao", NoticeKind.ESCALATION)]
    form = {"summary": "厨房漏水", "rooms": ["厨房", "客厅"], "cost": Decimal("12.50"), "seen": True, "by": {"n": 1}}
    acts = [act(1, owed.rule, form=form, reason="客户要求尽快"), act(2, other.rule, "liu.bo", revision=1, to="ma.chao")]
    events = [numbered, *CRISIS, watched, plan, *repaired("防水", Decimal("1200.00"))]
    await records.write(story.goes_on([owed, other], acts, notices, events))
    last = over(MORNING + timedelta(days=9), "understood", MORNING + timedelta(days=8)) if key[-1] in "02468" else ()
    await records.write(story.goes_on([done(owed, MORNING, "li.na", 1)], events=last))
    return key


async def dump(url: str, *tables: str) -> dict[str, list[Any]]:
    """Every row of these tables, without what no journal has; notices in their order."""
    found: dict[str, list[Any]] = {}
    for table in tables or GUARDED:
        order = ORDERS.get(table, "key")
        left = list(NOT_DERIVED[table]) if table in ("notices", "journal") else []
        made = await rows(
            url, f"SELECT (to_jsonb(t) - $1::text[])::text AS row FROM {table} AS t ORDER BY {order}", left
        )
        found[table] = [row["row"] for row in made]
    return found


async def unguarded(url: str, tables: Sequence[str] = GUARDED) -> None:
    """From now on nothing keeps rows from being changed."""
    for table in tables:
        await rows(url, f"ALTER TABLE {table} DISABLE TRIGGER ALL")


async def guarded(url: str, tables: Sequence[str] = GUARDED) -> None:
    for table in tables:
        await rows(url, f"ALTER TABLE {table} ENABLE TRIGGER ALL")


@dataclass(frozen=True)
class Ruined:
    """One value that was changed, and how it comes back."""

    key: str
    table: str
    column: str
    where: Any  # the row's place after the change
    before: str | None
    type: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column} of {self.key}"

    async def undo(self, connection: Connection) -> None:
        kind = {"ARRAY": "text[]"}.get(self.type, self.type)
        sql = f'UPDATE {self.table} SET "{self.column}" = CAST($1::text AS {kind}) WHERE ctid = $2'
        await connection.fetch(sql, self.before, self.where)


async def ruin(connection: Connection, chance: Random, table: str, column: Any) -> Ruined:
    """Change the value of the column in a row of the table that is chosen at random: it is another one afterwards."""
    found = await connection.fetch(f"SELECT ctid, * FROM {table} ORDER BY 2, 3")
    row = chance.choice(found)
    name, kind = column["name"], column["type"]
    kept = (await connection.fetch(f'SELECT "{name}"::text AS v FROM {table} WHERE ctid = $1', row["ctid"]))[0]["v"]
    if kept is None:
        new, given = SOME[kind], []
    elif column["nullable"] and chance.random() < 0.3:
        new, given = "NULL", []
    elif kind == "jsonb":
        new, given = "$2::text::jsonb", [json.dumps(otherwise(json.loads(kept), chance))]
    else:
        new, given = MORE[kind].format(f'"{name}"'), []
    sql = f'UPDATE {table} SET "{name}" = {new} WHERE ctid = $1 RETURNING ctid'
    moved = await connection.fetch(sql, row["ctid"], *given)
    return Ruined(row["key"], table, name, moved[0]["ctid"], kept, kind)


def otherwise(value: Any, chance: Random) -> Any:
    """The JSON value with one thing changed, added or left out somewhere within it."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        name = chance.choice(sorted(value))
        if chance.random() < 0.15:
            return {key: kept for key, kept in value.items() if key != name}
        return {**value, name: otherwise(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.85:
        nth = chance.randrange(len(value))
        if chance.random() < 0.15:
            return [kept for n, kept in enumerate(value) if n != nth]
        return [otherwise(kept, chance) if n == nth else kept for n, kept in enumerate(value)]
    match value:
        case dict():
            return {**value, "x": 1}
        case list():
            return [*value, "x"]
        case bool():
            return int(value) if chance.random() < 0.5 else not value
        case int() | float():
            return value + 1
        case str():
            return value + "x"
        case _:
            return "x"
