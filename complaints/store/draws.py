"""Draws in PostgreSQL: each is made once, under a lock of its estate, and stored with all data needed to repeat it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from complaints.base.faults import RecordsRefused
from complaints.case.round import Period, Subject
from complaints.revisits.checking import Flaw, problems
from complaints.revisits.drawing import draw
from complaints.revisits.model import (
    Asking,
    Candidate,
    Draw,
    DrawCounts,
    DrawRef,
    EarlierDraw,
    Exclusion,
    LeftOut,
    draw_id,
)
from complaints.revisits.order import links, month_of
from complaints.revisits.quota import NoSuchDraw, share_of
from complaints.revisits.results import TRIES
from complaints.store.database import Connection, Database, Store

_ESTATE = "INSERT INTO draw_estates (project) VALUES ($1) ON CONFLICT DO NOTHING"
_LOCK = "SELECT nth, cycle, digest FROM draw_estates WHERE project = $1 FOR UPDATE"
_MOVE_ON = "UPDATE draw_estates SET nth = $2, cycle = $3, digest = $4 WHERE project = $1"
_KEEP_SECRET = """
INSERT INTO draw_secrets (project, year, secret, commitment) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""
_SECRET = "SELECT secret, commitment FROM draw_secrets WHERE project = $1 AND year = $2"
_MADE = "SELECT id, size, digest FROM draws WHERE id = $1"
_DOCUMENT = "SELECT document FROM draws WHERE id = $1"
_SUBJECT = "SELECT nullif(project, '') AS project, department, person FROM draws WHERE id = $1"

# RV-5.3: the owners of homes of the estate. A complaint of the week before counts for the owner of the home that it is
# about, and for the customer from whose telephone it came.
_POPULATION = """
WITH recent AS (
    SELECT number, contact_keys, building_key AS place
    FROM complaints
    WHERE project = $1 AND received_at > $2 AND received_at <= $3
), complained AS (
    SELECT theirs.customer, called.number
    FROM (SELECT number, unnest(contact_keys) AS by_which FROM recent) AS called
    JOIN (SELECT id AS customer, unnest(contact_keys) AS by_which FROM customers WHERE project = $1) AS theirs
        USING (by_which)
    UNION ALL
    SELECT h.customer, r.number FROM recent AS r JOIN homes AS h ON h.project = $1 AND h.place = r.place
), reasons AS (
    SELECT customer, min(number) AS number FROM complained GROUP BY customer
), drawn AS (
    SELECT m.customer, max(m.cycle) AS cycle
    FROM draw_members AS m JOIN draws AS d ON d.id = m.draw
    WHERE d.project = $1
    GROUP BY m.customer
)
SELECT c.id, min(h.building COLLATE "C") AS building, c.asked_not_to_be_called AS asked,
       min(reasons.number) AS complaint, coalesce(max(drawn.cycle), 0) AS cycle
FROM customers AS c
JOIN homes AS h ON h.customer = c.id AND h.project = $1
LEFT JOIN reasons ON reasons.customer = c.id
LEFT JOIN drawn ON drawn.customer = c.id
WHERE c.project = $1
GROUP BY c.id
"""
# RV-5.2: the consultant's own customers, with or without a home so far. Those who complained are not left out.
_OWN = """
SELECT c.id, coalesce(min(h.building COLLATE "C"), '') AS building, c.asked_not_to_be_called AS asked,
       NULL AS complaint, 0 AS cycle
FROM customers AS c
LEFT JOIN homes AS h ON h.customer = c.id AND h.project = c.project
WHERE c.consultant = $1 AND ($2::text IS NULL OR c.project = $2)
GROUP BY c.id
"""
_EARLIER = """
SELECT period, sum(size - replaced)::integer AS size
FROM (
    SELECT period, starts, size, (SELECT count(*) FROM draw_replaced WHERE by_draw = draws.id) AS replaced
    FROM draws
    WHERE project = $1 AND rule = $2 AND subject = $3 AND extract(year FROM ends) = $4 AND period <> $5
) AS made
GROUP BY period, starts ORDER BY starts
"""
_ADD = """
INSERT INTO draws (id, project, nth, rule, period, starts, ends, subject, department, person, supplement, at, size,
                   wanted, digest, document)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
"""
_ADD_MEMBERS = """
INSERT INTO draw_members (draw, nth, customer, building, cycle)
SELECT $1, * FROM unnest($2::integer[], $3::text[], $4::text[], $5::integer[])
"""
_ADD_REPLACED = """
INSERT INTO draw_replaced (draw, customer, by_draw) SELECT *, $3 FROM unnest($1::text[], $2::text[])
"""
_NEXT = "SELECT max(supplement) + 1 FROM draws WHERE rule = $1 AND period = $2 AND subject = $3"
_FAMILY = "SELECT id FROM draws WHERE (rule, period, subject) = (SELECT rule, period, subject FROM draws WHERE id = $1)"
_COUNTS = f"""
SELECT count(*) FILTER (WHERE r.reached) AS done,
       count(*) FILTER (WHERE r.reached IS NULL AND gone.draw IS NULL) AS open,
       count(*) FILTER (WHERE r.satisfaction = 'unsatisfied') AS unsatisfied
FROM draw_members AS m
LEFT JOIN revisits_as_they_stand AS r ON r.draw = m.draw AND r.customer = m.customer AND r.reached
LEFT JOIN draw_replaced AS gone ON gone.draw = m.draw AND gone.customer = m.customer
WHERE m.draw IN ({_FAMILY})
"""
_TRIED = f"""
SELECT m.customer
FROM draw_members AS m
WHERE m.draw IN ({_FAMILY})
  AND NOT EXISTS (SELECT FROM draw_replaced AS g WHERE g.draw = m.draw AND g.customer = m.customer)
  AND NOT EXISTS (SELECT FROM revisits_as_they_stand AS r
                  WHERE r.draw = m.draw AND r.customer = m.customer AND r.reached)
  AND (SELECT count(DISTINCT r.day) FROM revisits_as_they_stand AS r
       WHERE r.draw = m.draw AND r.customer = m.customer) >= $2
ORDER BY m.customer COLLATE "C"
"""
"""Customers of a draw who were tried in vain on so many days."""
_BY_HEAD = f"""
SELECT count(*)::integer FROM revisits_as_they_stand AS r WHERE r.draw IN ({_FAMILY}) AND r.reached AND r.by = $2
"""
# Members who cannot be asked: tried often enough, asked not to be called meanwhile, or not customers of the estate now.
_UNREACHABLE = f"""
SELECT m.draw, m.customer
FROM draw_members AS m
LEFT JOIN customers AS c ON c.id = m.customer
WHERE m.draw IN ({_FAMILY})
  AND NOT EXISTS (SELECT FROM draw_replaced AS g WHERE g.draw = m.draw AND g.customer = m.customer)
  AND NOT EXISTS (SELECT FROM revisits_as_they_stand AS r
                  WHERE r.draw = m.draw AND r.customer = m.customer AND r.reached)
  AND (c.id IS NULL OR c.asked_not_to_be_called
       OR NOT EXISTS (SELECT FROM homes AS h WHERE h.customer = m.customer)
       OR (SELECT count(DISTINCT r.day) FROM revisits_as_they_stand AS r
           WHERE r.draw = m.draw AND r.customer = m.customer) >= {TRIES})
ORDER BY m.draw COLLATE "C", m.nth
"""
# The stored data that a draw's proof is checked against: its neighbours, the year's commitment, its rows of members.
_BESIDE = """
SELECT d.nth, d.digest, d.document,
       (SELECT digest FROM draws AS b WHERE b.project = d.project AND b.nth = d.nth - 1) AS before,
       (SELECT document #>> '{asking,before}' FROM draws AS a
        WHERE a.project = d.project AND a.nth = d.nth + 1) AS told,
       (SELECT commitment FROM draw_secrets AS s
        WHERE s.project = d.project AND s.year = extract(year FROM d.ends)) AS commitment,
       (SELECT coalesce(array_agg(customer ORDER BY m.nth), '{}')
        FROM draw_members AS m WHERE m.draw = d.id) AS members,
       e.nth AS newest, e.digest AS head
FROM draws AS d JOIN draw_estates AS e ON e.project = d.project
WHERE d.id = $1
"""
_CYCLES = """
SELECT m.customer, max(m.cycle) AS cycle
FROM draw_members AS m JOIN draws AS d ON d.id = m.draw
WHERE d.project = $1 AND d.nth < $2
GROUP BY m.customer
"""

Row = Any

RECENT = timedelta(days=7)
"""Customers who complained within this time before a draw are left out of it."""
PATIENCE = 60.0
"""Seconds for a draw, including the wait for other draws of the same estate."""


class DrawStore(Store):
    """The draws in PostgreSQL. Every method raises `RecordsAway` while PostgreSQL is unavailable.

    `secret` generates an estate's secret of a year: 64 hexadecimal digits that cannot be guessed.
    """

    def __init__(
        self, at: str | Database, size: int = 4, secret: Callable[[], str] = lambda: secrets.token_hex(32)
    ) -> None:
        super().__init__(at, size)
        self._secret = secret

    async def draw(self, rule: str, period: Period, subject: Subject, at: datetime) -> DrawRef:
        """Return the draw of a rule for a period and subject. If it does not exist yet, make it as of `at`.

        Raises `RecordsRefused` for a rule that asks for no draw, or a subject without an estate (RV-5.3) or without a
        person (RV-5.2).
        """
        _sensible(rule, subject)
        id, project = draw_id(rule, period, subject), subject.project or ""
        async with self._database.transaction(PATIENCE) as connection:
            estate = await _locked(connection, project)
            if made := await connection.fetchrow(_MADE, id):
                return DrawRef.model_validate(dict(made))
            asking = await self._asking(connection, estate, rule, period, subject, at)
            return await _keep(connection, project, estate["nth"] + 1, draw(asking))

    async def supplement(self, id: str, at: datetime) -> DrawRef | None:
        """Draw others in place of customers of a draw who cannot be asked; None while there are none.

        Those are customers who were tried on three different days in vain, asked not to be called since the draw, or
        have no home any more. A repeated call finds no new ones and draws nothing.
        """
        async with self._database.transaction(PATIENCE) as connection:
            first = await _read(connection, id)
            if first is None or first.asking.share.everyone:
                return None
            asking, project = first.asking, first.asking.subject.project or ""
            estate = await _locked(connection, project)
            lost = await connection.fetch(_UNREACHABLE, id)
            if not lost:
                return None
            nth = await connection.fetchval(_NEXT, asking.rule, asking.period.name, asking.subject.key)
            again = await self._asking(connection, estate, asking.rule, asking.period, asking.subject, at)
            made = draw(again.but(supplement=nth, replaces=tuple(row["customer"] for row in lost)))
            ref = await _keep(connection, project, estate["nth"] + 1, made)
            await connection.execute(
                _ADD_REPLACED, [row["draw"] for row in lost], [row["customer"] for row in lost], made.id
            )
            return ref

    async def results(self, id: str, *, tries: int | None = None, head: str | None = None) -> DrawCounts:
        """Count the revisits of a draw and its supplements: done, open, unsatisfied.

        With `tries`, customers who were tried in vain on so many days are named, and not open. With `head`, the
        revisits that this person made are counted (RV-2).
        """
        async with self._database.connection() as connection:
            counts = DrawCounts.model_validate(dict(await connection.fetchrow(_COUNTS, id)))
            tried = [row["customer"] for row in await connection.fetch(_TRIED, id, tries)] if tries is not None else []
            by_head = await connection.fetchval(_BY_HEAD, id, head) if head is not None else 0
        return counts.but(tried=tuple(tried), open=max(counts.open - len(tried), 0), by_head=by_head)

    async def read(self, id: str) -> Draw | None:
        """Return a draw with its proof; None if unknown. Raises `RecordsRefused` if its document is unreadable."""
        async with self._database.connection() as connection:
            return await _read(connection, id)

    async def subject(self, id: str) -> Subject | None:
        """Return whose draw it is; None if unknown."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_SUBJECT, id)
        return Subject.model_validate(dict(row)) if row else None

    async def commitment(self, project: str, year: int) -> str:
        """Return the commitment to which an estate's draws of a year are bound; created on the first call."""
        async with self._database.transaction() as connection:
            return (await self._year(connection, project, year))["commitment"]

    async def verify(self, id: str) -> tuple[Flaw, ...] | None:
        """Return all flaws of a draw, in itself and compared with the others; None if there is no such draw."""
        async with self._database.connection(PATIENCE) as connection:
            row = await connection.fetchrow(_BESIDE, id)
            if row is None:
                return None
            found = _document(row["document"])
            if found is None:
                return (Flaw(code="unreadable"),)
            cycles = {
                one["customer"]: one["cycle"] for one in await connection.fetch(_CYCLES, _estate(found), row["nth"])
            }
        return (*problems(found, row["digest"], row["commitment"]), *_beside(found, row, cycles))

    async def _asking(
        self, connection: Connection, estate: Row, rule: str, period: Period, subject: Subject, at: datetime
    ) -> Asking:
        """Collect the input of a draw from the read model as it is now."""
        share, year = share_of(rule), period.end.year
        common: dict[str, Any] = {"rule": rule, "period": period, "subject": subject, "at": at, "share": share}
        common |= {"cycle": estate["cycle"], "before": estate["digest"]}
        if share.everyone:
            own = await connection.fetch(_OWN, subject.person, subject.project)
            return Asking(**common, population=_candidates(own))
        found = await connection.fetch(_POPULATION, subject.project, at - RECENT, at)
        made = await connection.fetch(_EARLIER, subject.project, rule, subject.key, year, period.name)
        of_year = await self._year(connection, subject.project or "", year)
        return Asking(
            **common,
            population=_candidates(found),
            earlier=tuple(EarlierDraw(period=Period.named(row["period"]), size=row["size"]) for row in made),
            commitment=of_year["commitment"],
            link=links(of_year["secret"])[month_of(period)],
        )

    async def _year(self, connection: Connection, project: str, year: int) -> Row:
        secret = self._secret()
        await connection.execute(_KEEP_SECRET, project, year, secret, links(secret)[0])
        return await connection.fetchrow(_SECRET, project, year)


def _sensible(rule: str, subject: Subject) -> None:
    try:
        share = share_of(rule)
    except NoSuchDraw as unknown:
        raise RecordsRefused(str(unknown)) from None
    if share.everyone and subject.person is None:
        raise RecordsRefused(f"{rule} is about one person's customers: name the person")
    if not share.everyone and subject.project is None:
        raise RecordsRefused(f"{rule} draws among the customers of an estate: name the project")


async def _locked(connection: Connection, project: str) -> Row:
    """Lock the estate's row until the transaction ends, and return it."""
    await connection.execute(_ESTATE, project)
    return await connection.fetchrow(_LOCK, project)


async def _keep(connection: Connection, project: str, nth: int, made: Draw) -> DrawRef:
    asking, ref = made.asking, made.ref
    period, subject = asking.period, asking.subject
    await connection.execute(
        _ADD,
        made.id,
        project,
        nth,
        asking.rule,
        period.name,
        period.start,
        period.end,
        subject.key,
        subject.department,
        subject.person,
        asking.supplement,
        asking.at,
        ref.size,
        made.quota.wanted,
        ref.digest,
        made.model_dump(mode="json"),
    )
    chosen = made.chosen
    columns = ([one.id for one in chosen], [one.building for one in chosen], [one.cycle for one in chosen])
    await connection.execute(_ADD_MEMBERS, made.id, list(range(1, ref.size + 1)), *columns)
    await connection.execute(_MOVE_ON, project, nth, made.cycle_after, ref.digest)
    return ref


def _candidates(rows: Iterable[Row]) -> tuple[Candidate, ...]:
    found = (
        Candidate(id=row["id"], building=row["building"], cycle=row["cycle"], left_out=_left_out(row)) for row in rows
    )
    return tuple(sorted(found, key=lambda one: one.id))


def _left_out(row: Row) -> LeftOut | None:
    if row["asked"]:
        return LeftOut(why=Exclusion.ASKED)
    return LeftOut(why=Exclusion.COMPLAINED, of=row["complaint"]) if row["complaint"] else None


async def _read(connection: Connection, id: str) -> Draw | None:
    document = await connection.fetchval(_DOCUMENT, id)
    if document is None:
        return None
    found = _document(document)
    if found is None:
        raise RecordsRefused(f"the document of {id} is no draw: somebody has changed it")
    return found


def _document(document: Any) -> Draw | None:
    try:
        return Draw.model_validate(document)
    except ValueError:
        return None


def _estate(found: Draw) -> str:
    return found.asking.subject.project or ""


def _beside(found: Draw, row: Row, cycles: dict[str, int]) -> Iterable[Flaw]:
    """Yield where a draw contradicts its neighbours, or the table of its members."""
    if found.asking.before != row["before"]:
        yield Flaw(code="before", found=found.asking.before or "", should=row["before"] or "")
    told = row["head"] if row["nth"] == row["newest"] else row["told"]
    if told != found.digest:
        yield Flaw(code="after", found=found.digest, should=told or "")
    if [one.id for one in found.chosen] != row["members"]:
        yield Flaw(code="members")
    if not found.asking.share.everyone:
        wrong = [one.id for one in found.asking.population if one.cycle != cycles.get(one.id, 0)]
        if wrong:
            yield Flaw(code="cycles", found=", ".join(wrong[:5]))
