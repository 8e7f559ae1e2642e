"""SQL statements that import a list of homes: who owns each home, who lives there, and since when.

Owners succeed each other: when a home changes hands, the stay of the previous owner and of their family ends. Tenants
stay. A person who is missing from a list is never removed from a home.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from complaints.customers.model import Residence
from complaints.importing.tables import ListEntry
from complaints.store.database import Connection
from complaints.store.import_staging import PATIENCE
from complaints.store.matching_keys import of_customer

COLUMNS = (
    *("line", "project", "building", "unit", "relation", "since", "customer", "name", "contact"),
    *("place", "name_key", "contact_keys"),
)
BESIDE = ("customers", "homes", "home_people")
STAGED = """
CREATE TEMPORARY TABLE staged (
    line integer PRIMARY KEY, project text, building text, unit text, relation text, since date, customer text,
    name text, contact text, place text, name_key text, contact_keys text[],
    fate text
) ON COMMIT DROP
"""
IDENTIFY = (
    # A home gets the spelling of the read model, or else of its owner's line, however the list spells it.
    """
    UPDATE staged AS s SET (building, unit) = (first.building, first.unit)
    FROM (
        SELECT DISTINCT ON (project, place) project, place, building, unit
        FROM staged ORDER BY project, place, relation = 'owner' DESC, line
    ) AS first
    WHERE first.project = s.project AND first.place = s.place AND (s.building, s.unit) <> (first.building, first.unit)
    """,
    """
    UPDATE staged AS s SET (building, unit) = (h.building, h.unit)
    FROM homes AS h WHERE h.project = s.project AND h.place = s.place AND (s.building, s.unit) <> (h.building, h.unit)
    """,
    """
    UPDATE staged AS s SET customer = known.id
    FROM (
        SELECT o.line, min(c.id) AS id
        FROM staged AS o JOIN customers AS c
            ON c.project = o.project AND c.name_key = o.name_key AND c.contact_keys && o.contact_keys
        WHERE o.customer IS NULL
        GROUP BY o.line
    ) AS known
    WHERE known.line = s.line
    """,
)
_HOME = "LEFT JOIN homes AS h ON h.project = s.project AND h.place = s.place"
_NOW = """
LEFT JOIN home_people AS p
    ON p.project = h.project AND p.building = h.building AND p.unit = h.unit AND p.customer = s.customer
       AND p.until_date IS NULL
"""
_NEW_OWNER = (
    "EXISTS (SELECT FROM staged AS o WHERE o.project = s.project AND o.place = s.place AND o.relation = 'owner')"
)
_PLACE = "jsonb_build_object('place', s.building || ' ' || s.unit)"
PROBLEMS = f"""
SELECT s.line, 'customer-unknown' AS code,
       jsonb_build_object('customer', coalesce(s.customer, s.name || ' ' || s.contact)) AS params
FROM staged AS s LEFT JOIN customers AS c ON c.id = s.customer AND c.project = s.project
WHERE c.id IS NULL
UNION ALL
SELECT s.line, 'no-owner', {_PLACE} FROM staged AS s {_HOME}
WHERE s.relation <> 'owner' AND h.customer IS NULL AND NOT {_NEW_OWNER}
UNION ALL
SELECT s.line, 'owner-stays', {_PLACE} FROM staged AS s {_HOME}
WHERE s.relation <> 'owner' AND h.customer = s.customer AND NOT {_NEW_OWNER}
UNION ALL
SELECT s.line, 'since-early', jsonb_build_object('since', coalesce(s.since, date '{{today}}'), 'before', p.since)
FROM staged AS s {_HOME}
JOIN home_people AS p ON p.project = h.project AND p.building = h.building AND p.unit = h.unit
                         AND p.until_date IS NULL AND p.relation = 'owner'
WHERE s.relation = 'owner' AND h.customer <> s.customer AND p.since > coalesce(s.since, date '{{today}}')
UNION ALL
SELECT line, 'twice-known', jsonb_build_object('id', customer, 'line', first)
FROM (
    SELECT line, customer, first_value(line) OVER (PARTITION BY project, place, customer ORDER BY line) AS first
    FROM staged WHERE customer IS NOT NULL
) AS lines
WHERE line > first
ORDER BY line
"""
# home: a new home, with its owner. resident: a new person in it. handed-over: a new owner. anew: a person whose stay
# ends with the old owner's, and who stays on as the line says. changed: another relation or first day.
NEW, CHANGED = ("home", "resident"), ("handed-over", "anew", "changed")
JUDGE = f"""
UPDATE staged SET fate = judged.fate
FROM (
    SELECT s.line, CASE
        WHEN h.customer IS NULL THEN CASE s.relation WHEN 'owner' THEN 'home' ELSE 'resident' END
        WHEN s.relation = 'owner' AND h.customer <> s.customer THEN 'handed-over'
        WHEN p.id IS NULL THEN 'resident'
        WHEN o.line IS NOT NULL AND o.customer <> h.customer AND p.relation <> 'tenant' THEN 'anew'
        WHEN p.relation <> s.relation OR s.since IS NOT NULL AND p.since IS DISTINCT FROM s.since THEN 'changed'
        ELSE 'same' END AS fate
    FROM staged AS s {_HOME} {_NOW}
    LEFT JOIN staged AS o ON o.project = s.project AND o.place = s.place AND o.relation = 'owner'
) AS judged
WHERE judged.line = staged.line
"""
WRITE = (
    # A home changes hands: end the stay of the owner and the family, and any earlier stay of the new owner in it.
    """
    UPDATE home_people AS p SET until_date = greatest(p.since, coalesce(s.since, $1))
    FROM staged AS s
    WHERE s.fate = 'handed-over' AND p.project = s.project AND p.building = s.building AND p.unit = s.unit
      AND p.until_date IS NULL AND (p.relation IN ('owner', 'family') OR p.customer = s.customer)
    """,
    """
    UPDATE homes AS h SET customer = s.customer FROM staged AS s
    WHERE s.fate = 'handed-over' AND h.project = s.project AND h.building = s.building AND h.unit = s.unit
    """,
    """
    INSERT INTO homes (project, building, unit, customer, place)
    SELECT project, building, unit, customer, place FROM staged WHERE fate = 'home'
    """,
    # Each resident's row looks up the key of its home, so the planner must know that the table has many rows.
    "ANALYZE homes",
    """
    UPDATE home_people AS p SET relation = s.relation, since = coalesce(s.since, p.since)
    FROM staged AS s
    WHERE s.fate = 'changed' AND p.project = s.project AND p.building = s.building AND p.unit = s.unit
      AND p.customer = s.customer AND p.until_date IS NULL
    """,
    """
    INSERT INTO home_people (project, building, unit, customer, relation, since)
    SELECT project, building, unit, customer, relation, since FROM staged
    WHERE fate IN ('home', 'resident', 'handed-over', 'anew')
    ORDER BY line
    """,
)


def problems(today: date) -> str:
    """Return the query that finds the problems of the staged lines."""
    return PROBLEMS.format(today=today.isoformat())


def row(entry: ListEntry[Residence]) -> tuple[Any, ...]:
    one = entry.value
    home = (one.project, one.building, one.unit, one.relation.value, one.since)
    return (
        entry.line,
        *home,
        one.customer,
        one.name,
        one.contact,
        one.place,
        *of_customer(one.name, one.contact).values(),
    )


async def identify(connection: Connection) -> None:
    """Set each staged line's home to its stored spelling, and its customer to the customer's id."""
    for statement in IDENTIFY:
        await connection.execute(statement, timeout=PATIENCE)


async def write(connection: Connection, today: date) -> None:
    """Write the staged lines."""
    ending, *others = WRITE
    await connection.execute(ending, today, timeout=PATIENCE)
    for statement in others:
        await connection.execute(statement, timeout=PATIENCE)
