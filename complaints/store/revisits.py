"""The results of the draws in PostgreSQL: revisits, lists, quotas, and the complaints opened because of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from complaints import editions
from complaints.access.visibility import RecordsSeen
from complaints.base import Frozen
from complaints.base.faults import RecordsRefused
from complaints.clock.local_time import CHINA, local
from complaints.people.loader import load
from complaints.people.model import Directory
from complaints.reports.kinds import SHAPES
from complaints.revisits.correcting import (
    Corrected,
    CountedReport,
    DrawOwner,
    ResultCorrection,
    corrected,
    hindrance,
    meant,
    stranger,
)
from complaints.revisits.forms import NOT_SAID, OFFICE_AREAS, QUESTIONS
from complaints.revisits.lines import DrawLine, Member, QuotaLine, Unsatisfied, target
from complaints.revisits.quota import shares
from complaints.revisits.results import CustomerStanding, ResultProblem, ResultVersion, RevisitResult, objections
from complaints.store import visible
from complaints.store.database import LONG, Connection, Store
from complaints.store.reference_tables import NEWEST_DIRECTORY
from complaints.store.visible import SEEN

_PAIRS = "(draw, customer) IN (SELECT * FROM unnest($1::text[], $2::text[]))"
_SAID = "way, reached, satisfaction, handling, efficiency, quality, attitude, suggestions, areas"

# The members are locked, so that concurrent entries of results of the same customer are serialised.
_NAMED = f"""
SELECT m.draw, m.customer, d.at, d.rule, coalesce(p.zone, '{CHINA}') AS zone,
       (SELECT r.edition_name FROM rounds AS r JOIN draws AS f ON f.id = r.draw ->> 'id'
        WHERE (f.rule, f.period, f.subject) = (d.rule, d.period, d.subject) LIMIT 1) AS edition,
       EXISTS (SELECT FROM draw_replaced AS g WHERE g.draw = m.draw AND g.customer = m.customer) AS replaced
FROM (SELECT * FROM draw_members WHERE {_PAIRS} ORDER BY draw, nth FOR UPDATE) AS m
JOIN draws AS d ON d.id = m.draw
LEFT JOIN projects AS p ON p.code = d.project
"""
_VERSION = f"result, version, draw, customer, day, by, {_SAID}, reason, noted_by, noted_at"
_RESULTS = f"SELECT {_VERSION} FROM revisit_versions WHERE {_PAIRS} ORDER BY result, version"
_CORRECTED = f"""
SELECT {_VERSION} FROM revisit_versions AS v
WHERE draw = $1 AND EXISTS (SELECT FROM revisit_corrections AS c WHERE c.result = v.result)
ORDER BY result, version
"""
_DRAW = "SELECT project, rule, department, person FROM draws WHERE id = $1"
_ENTER = f"""
INSERT INTO revisit_results (draw, customer, day, by, {_SAID}, entered_by, entered_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
WHERE NOT EXISTS (
    SELECT FROM revisits_as_they_stand
    WHERE draw = $1 AND customer = $2 AND day = $3 AND reached = $6
)
RETURNING id
"""
_CORRECT = f"""
INSERT INTO revisit_corrections (result, version, day, by, {_SAID}, reason, corrected_by, corrected_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
"""
# Issued reports that counted a version of a result: their period has its day, they are newer, and they cover its draw.
_COUNTED = """
SELECT r.id, r.revision
FROM reports AS r JOIN draws AS d ON d.id = $1
WHERE r.issued_at IS NOT NULL AND r.kind = ANY ($4) AND $2 BETWEEN r.period_start AND r.period_end AND r.at >= $3
  AND (r.project IS NULL OR r.project = d.project) AND (r.department IS NULL OR r.department = d.department)
  AND (r.person IS NULL OR r.person = d.person)
ORDER BY r.period_end, r.id, r.revision
"""
_ITS_ROUNDS = """r.key IN (
    SELECT o.key FROM rounds AS o JOIN draws AS f ON f.id = o.draw ->> 'id'
    WHERE (f.rule, f.period, f.subject) = (d.rule, d.period, d.subject))"""
"""The round `r` for which the draw `d`, or the one that it supplements, was made."""
_COMPLAINT = "SELECT number FROM complaints WHERE source = 'revisit' AND external_id = $1 || '/' || $2"
_DRAWS = f"""
SELECT d.id, d.project, d.rule, d.period, d.subject, d.at, d.wanted, d.size, d.digest,
       count(r.result) AS done,
       count(*) FILTER (WHERE m.draw IS NOT NULL AND r.result IS NULL AND g.draw IS NULL) AS open,
       count(*) FILTER (WHERE r.satisfaction = 'unsatisfied') AS unsatisfied
FROM draws AS d
LEFT JOIN draw_members AS m ON m.draw = d.id
LEFT JOIN revisits_as_they_stand AS r ON r.draw = m.draw AND r.customer = m.customer AND r.reached
LEFT JOIN draw_replaced AS g ON g.draw = m.draw AND g.customer = m.customer
WHERE ($1::text IS NULL OR d.project = $1) AND ($2::integer IS NULL OR extract(year FROM d.ends) = $2)
  AND ($3::text IS NULL OR d.rule = $3) {SEEN}
GROUP BY d.id
ORDER BY d.ends DESC, d.project, d.rule, d.subject, d.supplement
"""
_MEMBERS = """
SELECT m.draw, m.customer, m.building, coalesce(c.name, '') AS name, coalesce(c.contact, '') AS contact,
       (SELECT coalesce(array_agg(h.building || ' ' || h.unit ORDER BY h.building, h.unit), '{}')
        FROM homes AS h WHERE h.customer = m.customer) AS homes,
       CASE WHEN talk.reached THEN 'done' WHEN g.draw IS NOT NULL THEN 'replaced'
            WHEN talk.day IS NOT NULL THEN 'tried' ELSE 'open' END AS state,
       (SELECT count(*) FROM revisits_as_they_stand AS r
        WHERE r.draw = m.draw AND r.customer = m.customer AND NOT r.reached) AS tries,
       talk.day, coalesce(talk.by, '') AS by, talk.satisfaction, coalesce(talk.said, '') AS said,
       coalesce((SELECT x.owner FROM duties AS x JOIN rounds AS o USING (key) JOIN draws AS d ON d.id = o.draw ->> 'id'
                 WHERE x.rule = 'RV-2' AND d.id = m.draw AND m.nth <= ceil(d.size * $3::numeric / 100) LIMIT 1), '')
           AS caller
FROM draw_members AS m
LEFT JOIN customers AS c ON c.id = m.customer
LEFT JOIN draw_replaced AS g ON g.draw = m.draw AND g.customer = m.customer
LEFT JOIN LATERAL (
    SELECT reached, day, by, satisfaction,
           concat_ws('; ', nullif(nullif(handling, ''), $2), nullif(nullif(efficiency, ''), $2),
                     nullif(nullif(quality, ''), $2), nullif(nullif(attitude, ''), $2),
                     nullif(nullif(suggestions, ''), $2),
                     (SELECT string_agg(value, '; ' ORDER BY key) FROM jsonb_each_text(areas) WHERE value <> $2))
               AS said
    FROM revisits_as_they_stand AS r
    WHERE r.draw = m.draw AND r.customer = m.customer
    ORDER BY reached DESC, day DESC
    LIMIT 1
) AS talk ON true
WHERE m.draw = $1
ORDER BY m.nth
"""
_UNSATISFIED = f"""
SELECT r.draw, r.customer, r.day, r.by, r.way,
       concat_ws('; ', nullif(nullif(r.handling, ''), $3), nullif(nullif(r.efficiency, ''), $3),
                 nullif(nullif(r.quality, ''), $3), nullif(nullif(r.attitude, ''), $3),
                 nullif(nullif(r.suggestions, ''), $3),
                 (SELECT string_agg(value, '; ' ORDER BY key) FROM jsonb_each_text(r.areas) WHERE value <> $3))
           AS said,
       coalesce(c.project, d.project) AS project, coalesce(c.name, '') AS name, coalesce(c.contact, '') AS contact,
       coalesce((SELECT min(h.building || ' ' || h.unit) FROM homes AS h WHERE h.customer = r.customer), m.building)
           AS home,
       k.number
FROM revisits_as_they_stand AS r
JOIN draws AS d ON d.id = r.draw
JOIN draw_members AS m ON m.draw = r.draw AND m.customer = r.customer
LEFT JOIN customers AS c ON c.id = r.customer
LEFT JOIN complaints AS k ON k.source = 'revisit' AND k.external_id = r.draw || '/' || r.customer
WHERE r.satisfaction = 'unsatisfied' AND ($1::text IS NULL OR d.project = $1) AND ($2::text IS NULL OR r.draw = $2)
  {SEEN}
ORDER BY r.day, r.draw, m.nth
"""
_CUSTOMERS = """
SELECT h.project, count(DISTINCT h.customer) AS customers
FROM homes AS h JOIN customers AS c ON c.id = h.customer AND c.project = h.project
WHERE $1::text IS NULL OR h.project = $1
GROUP BY h.project
"""
_QUOTA = """
SELECT d.project, d.rule, d.subject, array_agg(DISTINCT d.period) AS periods,
       sum(d.wanted) FILTER (WHERE d.supplement = 0) AS wanted,
       sum(d.size) - sum(n.replaced) AS drawn, sum(n.done) AS done, sum(n.size - n.done - n.replaced) AS open,
       sum(n.satisfied) AS satisfied, sum(n.unsatisfied) AS unsatisfied
FROM draws AS d
CROSS JOIN LATERAL (
    SELECT count(*) AS size, count(g.draw) AS replaced, count(r.result) AS done,
           count(*) FILTER (WHERE r.satisfaction = 'satisfied') AS satisfied,
           count(*) FILTER (WHERE r.satisfaction = 'unsatisfied') AS unsatisfied
    FROM draw_members AS m
    LEFT JOIN revisits_as_they_stand AS r ON r.draw = m.draw AND r.customer = m.customer AND r.reached
    LEFT JOIN draw_replaced AS g ON g.draw = m.draw AND g.customer = m.customer
    WHERE m.draw = d.id
) AS n
WHERE extract(year FROM d.ends) = $1 AND ($2::text IS NULL OR d.project = $2)
GROUP BY d.project, d.rule, d.subject
ORDER BY d.project, d.rule, d.subject
"""

Pair = tuple[str, str]
"""The ids of a draw and of one of its customers."""

PATIENCE = 60.0
COUNTING = [kind.value for kind, shape in SHAPES.items() if "draws" in shape.tables]
"""The kinds of reports that count routine revisits."""


class Entered(Frozen):
    """The result of entering a list of results. With `problems`, by index in the list, nothing was entered."""

    entered: int = 0
    known: int = 0
    problems: dict[int, ResultProblem] = {}
    unsatisfied: tuple[int, ...] = ()  # indexes of results with an unsatisfied customer


class Revisits(Store):
    """The revisits in PostgreSQL. Every method raises `RecordsAway` while PostgreSQL is unavailable."""

    async def enter(self, results: Sequence[RevisitResult], by: str, at: datetime) -> Entered:
        """Enter results, all or none; one that exists already changes nothing."""
        async with self._database.transaction(PATIENCE) as connection:
            known, _, zones = await _standings(connection, [(one.draw, one.customer) for one in results])
            today = max((local(at, zone).date() for zone in zones), default=local(at, CHINA).date())
            problems = objections(results, known, today)
            if problems:
                return Entered(problems=problems)
            fresh = 0
            for result in results:
                if result in known[result.draw, result.customer].corrected:
                    continue
                added = await connection.fetchval(_ENTER, *_columns(result), by, at)
                fresh += added is not None
        unsatisfied = tuple(place for place, one in enumerate(results) if one.said.unsatisfied)
        return Entered(entered=fresh, known=len(results) - fresh, unsatisfied=unsatisfied)

    async def correct(self, asked: ResultCorrection, at: datetime) -> Corrected:
        """Add a version of a result, which counts from now on; earlier versions stay.

        Writes nothing if the newest version says the same. Raises `RecordsRefused` if no directory is loaded.
        """
        pair = (asked.draw, asked.customer)
        async with self._database.transaction(PATIENCE) as connection:
            known, versions, zones = await _standings(connection, [pair])
            stands = meant(asked, versions[pair])
            if pair not in known or stands is None:
                code = "not-entered" if pair in known else "not-drawn"
                return _refused(code, draw=asked.draw, customer=asked.customer, day=str(asked.of or ""))
            its = [one for one in versions[pair] if one.result == stands.result]
            directory = await _directory(connection)
            if problem := await _stranger(connection, asked, its[0].noted_by, directory):
                return Corrected(problem=problem)
            result, problem = corrected(asked, stands)
            if result is None:
                return Corrected(problem=problem)
            if result == stands.said:
                return await _told(connection, Corrected(known=True, was=its[-2] if its[1:] else None, now=stands))
            today, people = local(at, *zones).date(), {one.id for one in directory.people}
            if problem := hindrance(asked, stands, result, known[pair], today, people):
                return Corrected(problem=problem)
            now = ResultVersion(
                result=stands.result,
                version=stands.version + 1,
                said=result,
                noted_by=asked.by,
                noted_at=max(at, stands.noted_at),
                reason=asked.reason,
            )
            values = (now.result, now.version, *_columns(result)[2:], now.reason, now.noted_by, now.noted_at)
            await connection.execute(_CORRECT, *values)
            return await _told(connection, Corrected(was=stands, now=now))

    async def draws(
        self,
        project: str | None = None,
        year: int | None = None,
        rule: str | None = None,
        seen: RecordsSeen | None = None,
    ) -> tuple[DrawLine, ...]:
        """Return the draws, the newest first; with `seen`, those that may be seen."""
        condition = visible.of_records(seen, 4, "d.project", _ITS_ROUNDS)
        async with self._database.connection(LONG) as connection:
            rows = await connection.fetch(condition.put_into(_DRAWS), project, year, rule, *condition.params)
        return tuple(DrawLine.model_validate(dict(row)) for row in rows)

    async def members(self, draw: str) -> tuple[Member, ...]:
        """Return the customers of a draw in its order, with the data needed to call them."""
        async with self._database.connection(LONG) as connection:
            rows = await connection.fetch(_MEMBERS, draw, NOT_SAID[0], _percent())
            versions = [_version(row) for row in await connection.fetch(_CORRECTED, draw)]
        history: dict[str, list[ResultVersion]] = defaultdict(list)
        for one in versions:
            history[one.said.customer].append(one)
        return tuple(Member.model_validate({**row, "history": history[row["customer"]]}) for row in rows)

    async def unsatisfied(
        self, project: str | None = None, draw: str | None = None, seen: RecordsSeen | None = None
    ) -> tuple[Unsatisfied, ...]:
        """Return the customers who were not satisfied, with the number of the complaint that was opened, if any."""
        condition = visible.of_records(seen, 4, "d.project", _ITS_ROUNDS)
        async with self._database.connection(LONG) as connection:
            rows = await connection.fetch(
                condition.put_into(_UNSATISFIED), project, draw, NOT_SAID[0], *condition.params
            )
        return tuple(Unsatisfied.model_validate(dict(row)) for row in rows)

    async def quota(self, year: int, today: date, project: str | None = None) -> tuple[QuotaLine, ...]:
        """Return how every estate fulfils RV-5.3 in a year, including estates without any draw."""
        async with self._database.connection(LONG) as connection:
            customers = {row["project"]: row["customers"] for row in await connection.fetch(_CUSTOMERS, project)}
            rows = await connection.fetch(_QUOTA, year, project)
        found: dict[str, list[Any]] = defaultdict(list)
        # A consultant's list belongs to no estate.
        drawn = {rule for rule, share in shares().items() if not share.everyone}
        for row in rows:
            if row["rule"] in drawn:
                found[row["project"]].append(row)
        return tuple(
            line
            for estate in sorted({*customers, *found})
            for line in _quota_lines(estate, customers.get(estate, 0), found[estate], year, today)
        )


async def _standings(
    connection: Connection, pairs: Sequence[Pair]
) -> tuple[dict[Pair, CustomerStanding], dict[Pair, list[ResultVersion]], set[str]]:
    """Return the standing of drawn customers, all versions of their results, and the time zones of their estates."""
    named = ([draw for draw, _ in pairs], [customer for _, customer in pairs])
    members = await connection.fetch(_NAMED, *named)
    versions: dict[Pair, list[ResultVersion]] = defaultdict(list)
    for row in await connection.fetch(_RESULTS, *named):
        versions[row["draw"], row["customer"]].append(_version(row))
    known: dict[Pair, CustomerStanding] = {}
    for row in members:
        its = versions[pair := (row["draw"], row["customer"])]
        newest = {one.result: one.said for one in its}
        known[pair] = CustomerStanding(
            drawn_on=local(row["at"], row["zone"]).date(),
            replaced=row["replaced"],
            results=tuple(newest.values()),
            corrected=tuple(one.said for one in its if one.said not in newest.values()),
            asks=_asks(row["rule"], row["edition"]),
        )
    return known, versions, {row["zone"] for row in members}


def _asks(rule: str, edition: str | None) -> tuple[str, ...]:
    """Return the questions that a draw's results must answer, by the edition of its round, else by the newest.

    Under an edition whose revisits of complaints ask every question of RV-4.2, the routine ones do, too; those of the
    office manager ask about every area of the office's work besides (RV-5.3a).
    """
    chosen = next((one for one in editions.installed() if one.name == edition), editions.newest())
    asked = chosen.rules.get("RV-4.3")
    if asked is None or asked.form != "case_revisit":
        return ()
    return (*QUESTIONS, *OFFICE_AREAS) if rule == "RV-5.3a" else QUESTIONS


def _percent() -> int:
    """Return the share of a draw, in percent, that the head of the department makes in person (RV-2)."""
    rule = editions.newest().rules.get("RV-2")
    return (rule.figures.percent or 0) if rule is not None else 0


async def _directory(connection: Connection) -> Directory:
    row = await connection.fetchrow(NEWEST_DIRECTORY)
    if row is None:
        raise RecordsRefused("no directory is loaded: nobody is known who may correct a result")
    return load(row["text"], "directory.toml")


async def _stranger(
    connection: Connection, asked: ResultCorrection, entered: str, directory: Directory
) -> ResultProblem | None:
    draw = await connection.fetchrow(_DRAW, asked.draw)
    shelf = (editions.newest(), *editions.installed())
    rule = next(one.rules[draw["rule"]] for one in shelf if draw["rule"] in one.rules)
    whose = DrawOwner(project=draw["project"], department=draw["department"], person=draw["person"])
    return stranger(asked.by, entered, rule, whose, directory)


async def _told(connection: Connection, corrected: Corrected) -> Corrected:
    """Add the consequences of the old version: issued reports that counted it, and a complaint opened because of it."""
    if (was := corrected.was) is None:
        return corrected
    said = was.said
    rows = await connection.fetch(_COUNTED, said.draw, said.day, was.noted_at, COUNTING)
    reports = tuple(CountedReport(id=row["id"], revision=row["revision"]) for row in rows)
    complaint = await connection.fetchval(_COMPLAINT, said.draw, said.customer) if said.said.unsatisfied else None
    return corrected.but(reports=reports, complaint=complaint)


def _refused(code: str, **params: str) -> Corrected:
    return Corrected(problem=ResultProblem(code=code, params=params))


def _columns(result: RevisitResult) -> tuple[Any, ...]:
    said = result.said
    answer = said.satisfaction.value if said.satisfaction else None
    words = (said.handling, said.efficiency, said.quality, said.attitude, said.suggestions, said.areas)
    return (result.draw, result.customer, result.day, result.by, said.way.value, said.reached, answer, *words)


def _version(row: Any) -> ResultVersion:
    fields = dict(row)
    own = {name: fields.pop(name) for name in ("result", "version", "reason", "noted_by", "noted_at")}
    whose = {name: fields.pop(name) for name in ("draw", "customer", "day", "by")}
    return ResultVersion.model_validate({**own, "said": {**whose, "said": fields}})


def _quota_lines(project: str, customers: int, rows: Iterable[Any], year: int, today: date) -> Iterable[QuotaLine]:
    begun = [f"{year}-{month:02d}" for month in range(1, 13) if (year, month) <= (today.year, today.month)]
    by_rule: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_rule[row["rule"]].append(row)
    for rule, share in shares().items():
        if share.everyone:
            continue
        for row in by_rule[rule] or [None]:
            periods = tuple(row["periods"]) if row else ()
            figures = {name: row[name] if row else 0 for name in ("drawn", "done", "open", "satisfied", "unsatisfied")}
            yield QuotaLine(
                project=project,
                rule=rule,
                subject=row["subject"] if row else project,
                customers=customers,
                target=target(share, customers, row["wanted"] if row else 0, len(periods)),
                periods=periods,
                missing=tuple(month for month in begun if month not in periods),
                **figures,
            )
