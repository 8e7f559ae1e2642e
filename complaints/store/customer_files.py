"""Customers in the read model: search, and the complete file of one customer.

Decision: a complaint does not contain a customer id. Its receiver writes down a name and a number, and the list of
customers may be imported years later. So the file is assembled when it is read, by name and number (former ones too)
and by home, and says for each complaint why it is included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from complaints.access.visibility import Visibility
from complaints.base.matching import contact_keys, home_key, name_key
from complaints.case.file import CANCELLED
from complaints.customers.file import (
    Changed,
    Complained,
    CustomerFile,
    CustomerLine,
    CustomerRepair,
    CustomerRevisit,
    Home,
    PromisedDate,
    SpokenTo,
    Surveyed,
)
from complaints.intake.promises import Promise
from complaints.store import visible
from complaints.store.database import LONG, Store
from complaints.store.visible import SEEN

_ZONE = "coalesce((SELECT zone FROM projects WHERE code = {0}.project), 'Asia/Shanghai')"
_DAY = f"(q.received_at AT TIME ZONE {_ZONE.format('q')})::date"
_HOMES_NOW = """
coalesce((SELECT array_agg(p.building || ' ' || p.unit ORDER BY p.building, p.unit) FROM home_people AS p
          WHERE p.customer = c.id AND p.until_date IS NULL), '{}') AS homes
"""
FIND = f"""
SELECT c.id, c.project, c.name, c.contact, {_HOMES_NOW},
       EXISTS (SELECT FROM homes AS h WHERE h.customer = c.id AND h.place = $4) AS owner
FROM customers AS c
WHERE ($2::text IS NULL OR c.project = $2) AND ($7::text[] IS NULL OR c.project = ANY ($7))
  AND (c.id = $1 OR c.name_key = $5 OR c.contact_keys && $3
       OR EXISTS (SELECT FROM unnest(c.contact_keys) AS known, unnest($6::text[]) AS part
                  WHERE position(part IN known) > 0)
       OR c.id IN (SELECT p.customer FROM home_people AS p JOIN homes AS h USING (project, building, unit)
                   WHERE h.place = $4))
ORDER BY c.id <> $1, owner DESC, c.project, c.name, c.id
LIMIT 50
"""
OF_PROJECT = f"""
SELECT c.id, c.project, c.name, c.contact, {_HOMES_NOW} FROM customers AS c WHERE c.project = $1 ORDER BY c.id
"""
CUSTOMER = "SELECT * FROM customers WHERE id = $1"
ELSEWHERE = f"""
SELECT c.id, c.project, c.name, c.contact, {_HOMES_NOW}
FROM customers AS c JOIN customers AS me ON c.name_key = me.name_key AND c.contact_keys && me.contact_keys
WHERE me.id = $1 AND c.id <> me.id AND ($2::text[] IS NULL OR c.project = ANY ($2))
ORDER BY c.project, c.id
"""
HOMES = """
SELECT p.project, p.building, p.unit, p.relation, p.since, p.until_date AS until,
       coalesce((
           SELECT jsonb_agg(jsonb_build_object('customer', c.id, 'name', c.name, 'contact', c.contact,
                                               'relation', o.relation, 'since', o.since, 'until', o.until_date)
                            ORDER BY o.until_date DESC NULLS FIRST, o.relation = 'owner' DESC, c.name)
           FROM home_people AS o JOIN customers AS c ON c.id = o.customer
           WHERE (o.project, o.building, o.unit) = (p.project, p.building, p.unit) AND o.customer <> p.customer
       ), '[]') AS others
FROM home_people AS p
WHERE p.customer = $1
ORDER BY p.until_date DESC NULLS FIRST, p.since DESC NULLS LAST, p.building, p.unit
"""
COMPLAINTS = f"""
WITH me AS (
    SELECT c.project, array_agg(who.name) AS names,
           ARRAY(SELECT unnest(c.contact_keys) UNION
                 SELECT jsonb_array_elements_text(h.before -> 'contact_keys') FROM customer_changes AS h
                 WHERE h.customer = c.id) AS numbers
    FROM customers AS c
    CROSS JOIN LATERAL (
        SELECT c.name_key AS name
        UNION SELECT h.before ->> 'name_key' FROM customer_changes AS h WHERE h.customer = c.id
    ) AS who
    WHERE c.id = $1
    GROUP BY c.id
), found AS (
    SELECT q.key, CASE WHEN q.customer_key = ANY (me.names) THEN 1 ELSE 2 END AS why
    FROM complaints AS q, me
    WHERE q.project = me.project AND q.contact_keys && me.numbers
    UNION ALL
    SELECT q.key, CASE WHEN q.customer_key = ANY (me.names) THEN 1
                       WHEN p.since IS NULL OR {_DAY} >= p.since THEN 3 ELSE 4 END
    FROM me, home_people AS p JOIN homes AS h USING (project, building, unit)
    JOIN complaints AS q ON q.project = h.project AND q.building_key = h.place
    WHERE p.customer = $1 AND (p.until_date IS NULL OR {_DAY} < p.until_date)
)
SELECT q.key, q.number, q.customer, q.building, q.channel, q.category, q.matter, q.level, q.track, q.received_at,
       q.handled_at, q.closed_at, q.outcome, q.matters, q.imported, best.why,
       coalesce((SELECT jsonb_agg(jsonb_build_object('told_at', p.told_at, 'date', p.date, 'before', p.before)
                                  ORDER BY p.told_at, p.before IS NOT NULL, p.date)
                 FROM promises AS p WHERE p.key = q.key), '[]') AS promises
FROM (SELECT key, min(why) AS why FROM found GROUP BY key) AS best JOIN complaints AS q USING (key)
WHERE true {SEEN}
ORDER BY q.received_at DESC, q.key
"""
ACTS = f"""
SELECT c.number, a.rule, a.by, a.at, (a.at AT TIME ZONE {_ZONE.format("c")})::date AS day, a.form
FROM acts AS a JOIN complaints AS c USING (key)
WHERE a.key = ANY ($1) AND a.form ? 'reached' AND a.form ? 'way'
ORDER BY a.at DESC, a.key, a.seq DESC
"""
CONTACTS = """
SELECT c.number, a.by, a.at, a.form
FROM acts AS a JOIN complaints AS c USING (key)
WHERE a.key = ANY ($1) AND a.kind = 'contact'
ORDER BY a.at DESC, a.key, a.seq DESC
"""
DRAWN = """
SELECT r.day, r.by, r.way, r.reached, r.satisfaction, r.draw,
       concat_ws('; ', nullif(r.handling, ''), nullif(r.efficiency, ''), nullif(r.quality, ''), nullif(r.attitude, ''),
                 nullif(r.suggestions, '')) AS said
FROM revisits_as_they_stand AS r WHERE r.customer = $1 ORDER BY r.day DESC, r.result DESC
"""
SURVEYS = """
SELECT s.id AS survey, s.year, r.sent_at, a.at AS answered_at, a.answers
FROM survey_recipients AS r JOIN surveys AS s ON s.id = r.survey
LEFT JOIN survey_answers AS a ON a.survey = r.survey AND a.nth = r.nth
WHERE r.customer = $1 ORDER BY s.year DESC
"""
CHANGES = """
SELECT at, by, before ->> 'name' AS name, before ->> 'contact' AS contact
FROM customer_changes WHERE customer = $1 ORDER BY id DESC
"""

DIGITS = 7
"""Minimum number of digits that are taken for part of a telephone number."""
WHY = {1: "customer", 2: "contact", 3: "home", 4: "before"}
SAID = ("handling", "efficiency", "quality", "attitude", "effect", "suggestions")

Row = Mapping[str, Any]


class CustomerFiles(Store):
    """Queries about customers. Every method raises `RecordsAway` while PostgreSQL is unavailable."""

    async def find(
        self, who: str, project: str | None = None, *, within: Sequence[str] | None = None
    ) -> list[CustomerLine]:
        """Find customers by id, name, telephone number (seven of its digits at least), or home ("3栋 1201", "3-1201").

        Every way of writing these is recognised; a mail address or another contact is searched, too. The customer with
        that id comes first. Returns fifty at most. `within`: only customers of these projects.
        """
        keys, name, place = contact_keys(who), name_key(who), home_key(who)
        parts = [one for one in keys if one.isdigit() and len(one) >= DIGITS]
        async with self._database.connection(LONG) as connection:
            rows: list[Row] = await connection.fetch(
                FIND, who.strip(), project, keys, place or None, name, parts, None if within is None else list(within)
            )
        return [CustomerLine.model_validate(dict(row)) for row in rows]

    async def of_project(self, project: str) -> list[CustomerLine]:
        """Return all customers of a project, by their ids."""
        async with self._database.connection(LONG) as connection:
            rows: list[Row] = await connection.fetch(OF_PROJECT, project)
        return [CustomerLine.model_validate(dict(row)) for row in rows]

    async def head(self, id: str) -> tuple[str, str | None] | None:
        """Return the project and the sales consultant of a customer, which decide who may see them; None if unknown."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(CUSTOMER, id)
        return None if row is None else (row["project"], row["consultant"])

    async def file(
        self, id: str, *, seen: Visibility | None = None, within: Sequence[str] | None = None
    ) -> CustomerFile | None:
        """Return all data about one customer, read in one snapshot; None if the id is unknown.

        `seen` limits the complaints, and all that came of them, to those that may be seen; `within` limits the other
        projects in which the person is a customer.
        """
        condition = visible.of_cases(seen, 2, "q")
        async with self._database.connection(LONG) as connection, connection.transaction(isolation="repeatable_read"):
            customer: Row | None = await connection.fetchrow(CUSTOMER, id)
            if customer is None:
                return None
            complaints: list[Row] = await connection.fetch(condition.put_into(COMPLAINTS), id, *condition.params)
            acts: list[Row] = await connection.fetch(ACTS, [row["key"] for row in complaints])
            contacts: list[Row] = await connection.fetch(CONTACTS, [row["key"] for row in complaints])
            homes = await connection.fetch(HOMES, id)
            elsewhere = await connection.fetch(ELSEWHERE, id, None if within is None else list(within))
            drawn, surveys = await connection.fetch(DRAWN, id), await connection.fetch(SURVEYS, id)
            changes = await connection.fetch(CHANGES, id)
        own = [row for row in complaints if row["why"] <= 3]
        promises = [one for row in own for one in _promises(row)]
        revisits = [*(_asked(act) for act in acts), *(_drawn(row) for row in drawn)]
        return CustomerFile(
            **{name: value for name, value in customer.items() if name not in ("name_key", "contact_keys")},
            homes=tuple(Home.model_validate(dict(row)) for row in homes),
            elsewhere=tuple(CustomerLine.model_validate(dict(row)) for row in elsewhere),
            complaints=tuple(_complained(row) for row in complaints),
            promises=tuple(promises),
            repairs=tuple(one for row in complaints for one in _repairs(row)),
            revisits=tuple(sorted(revisits, key=lambda one: one.at, reverse=True)),
            contacts=tuple(
                SpokenTo.model_validate({**row["form"], "number": row["number"], "by": row["by"], "at": row["at"]})
                for row in contacts
            ),
            surveys=tuple(Surveyed.model_validate(dict(row)) for row in surveys),
            changes=tuple(Changed.model_validate(dict(row)) for row in changes),
        )


def _complained(row: Row) -> Complained:
    kept = row["imported"]
    old = {name: kept[name] for name in ("result", "satisfied", "cost")} if kept else {}
    said = {name: row[name] for name in Complained.model_fields if name in row and name not in ("imported", "why")}
    return Complained.model_validate({**said, **old, "imported": kept is not None, "why": WHY[row["why"]]})


def _promises(row: Row) -> list[PromisedDate]:
    """Return the promised dates of a complaint, the newest first. Only the last one told can be kept or broken."""
    dates = [Promise.model_validate(one) for one in row["promises"]]
    found = [
        PromisedDate(
            number=row["number"], told_at=one.told_at, date=one.date, changed=one.changed, replaced=nth < len(dates)
        )
        for nth, one in enumerate(dates, 1)
    ]
    ended = row["handled_at"] or row["closed_at"]
    if found and ended is not None:
        found[-1] = found[-1].but(kept=ended <= found[-1].date)
    return found[::-1]


def _repairs(row: Row) -> list[CustomerRepair]:
    return [
        CustomerRepair.model_validate(
            {name: one.get(name) for name in CustomerRepair.model_fields if name != "number"}
            | {"number": row["number"]}
        )
        for one in row["matters"]
        if one["kind"] == "repair" and one.get("outcome") != CANCELLED
    ]


def _asked(act: Row) -> CustomerRevisit:
    form = act["form"]
    return CustomerRevisit(
        at=act["day"],
        by=act["by"],
        way=form["way"],
        reached=form["reached"],
        satisfaction=form.get("satisfaction"),
        said="; ".join(str(form[name]) for name in SAID if form.get(name)),
        number=act["number"],
        rule=act["rule"],
    )


def _drawn(row: Row) -> CustomerRevisit:
    return CustomerRevisit.model_validate(
        {**{name: row[name] for name in dict(row) if name != "day"}, "at": row["day"]}
    )
