"""What came of the draws: results, lists, quotas, and the complaints that grow out of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from complaints import editions
from complaints.base import Frozen
from complaints.base.faults import RecordsRefused
from complaints.clock.local_time import CHINA, local
from complaints.people.loader import load
from complaints.people.model import Directory
from complaints.records import revisit_sql as sql
from complaints.records.database import LONG, Connection, Database
from complaints.records.shelf import NEWEST_DIRECTORY
from complaints.reports.kinds import SHAPES
from complaints.revisits.correcting import Corrected, Correction, Counted, Owing, corrected, hindrance, meant, stranger
from complaints.revisits.lines import DrawLine, Member, QuotaLine, Unsatisfied, target
from complaints.revisits.quota import shares
from complaints.revisits.results import Problem, Result, Standing, Version, objections

Pair = tuple[str, str]
"""A draw and one of its customers."""

PATIENCE = 60.0
COUNTING = [kind.value for kind, shape in SHAPES.items() if "draws" in shape.tables]
"""The kinds of reports that count routine revisits."""


class Entered(Frozen):
    """What became of a list of results. With problems, by their places in the list, nothing was entered."""

    entered: int = 0
    known: int = 0
    problems: dict[int, Problem] = {}
    unsatisfied: tuple[int, ...] = ()  # places of those who are not satisfied


class Revisits:
    """The revisits at a PostgreSQL URL. Every method raises `RecordsAway` while PostgreSQL is away."""

    def __init__(self, url: str, size: int = 4) -> None:
        self._database = Database(url, size)

    async def enter(self, results: Sequence[Result], by: str, at: datetime) -> Entered:
        """Enter results, all or none; one that is there already changes nothing."""
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
                added = await connection.fetchval(sql.ENTER, *_columns(result), by, at)
                fresh += added is not None
        unsatisfied = tuple(place for place, one in enumerate(results) if one.said.unsatisfied)
        return Entered(entered=fresh, known=len(results) - fresh, unsatisfied=unsatisfied)

    async def correct(self, asked: Correction, at: datetime) -> Corrected:
        """Keep another version of a result, which counts from now on; the ones before it stay.

        What stands there already is written no second time. Raises `RecordsRefused` where no directory is loaded.
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
            now = Version(
                result=stands.result,
                version=stands.version + 1,
                said=result,
                noted_by=asked.by,
                noted_at=max(at, stands.noted_at),
                reason=asked.reason,
            )
            values = (now.result, now.version, *_columns(result)[2:], now.reason, now.noted_by, now.noted_at)
            await connection.execute(sql.CORRECT, *values)
            return await _told(connection, Corrected(was=stands, now=now))

    async def draws(
        self, project: str | None = None, year: int | None = None, rule: str | None = None
    ) -> tuple[DrawLine, ...]:
        """Draws, the newest first."""
        async with self._database.connection(LONG) as connection:
            rows = await connection.fetch(sql.DRAWS, project, year, rule)
        return tuple(DrawLine.model_validate(dict(row)) for row in rows)

    async def members(self, draw: str) -> tuple[Member, ...]:
        """The customers of a draw in its order, with everything for whoever calls them."""
        async with self._database.connection(LONG) as connection:
            rows = await connection.fetch(sql.MEMBERS, draw)
            versions = [_version(row) for row in await connection.fetch(sql.CORRECTED, draw)]
        history: dict[str, list[Version]] = defaultdict(list)
        for one in versions:
            history[one.said.customer].append(one)
        return tuple(Member.model_validate({**row, "history": history[row["customer"]]}) for row in rows)

    async def unsatisfied(self, project: str | None = None, draw: str | None = None) -> tuple[Unsatisfied, ...]:
        """Customers who were not satisfied, with the number of the complaint where one was opened."""
        async with self._database.connection(LONG) as connection:
            rows = await connection.fetch(sql.UNSATISFIED, project, draw)
        return tuple(Unsatisfied.model_validate(dict(row)) for row in rows)

    async def quota(self, year: int, today: date, project: str | None = None) -> tuple[QuotaLine, ...]:
        """Where every estate stands with RV-5.3 in a year, estates without any draw included."""
        async with self._database.connection(LONG) as connection:
            customers = {row["project"]: row["customers"] for row in await connection.fetch(sql.CUSTOMERS, project)}
            rows = await connection.fetch(sql.QUOTA, year, project)
        found: dict[str, list[Any]] = defaultdict(list)
        drawn = {rule for rule, share in shares().items() if not share.everyone}  # a consultant's list is no estate's
        for row in rows:
            if row["rule"] in drawn:
                found[row["project"]].append(row)
        return tuple(
            line
            for estate in sorted({*customers, *found})
            for line in _quota_lines(estate, customers.get(estate, 0), found[estate], year, today)
        )

    async def close(self) -> None:
        """Let go of all connections."""
        await self._database.close()


async def _standings(
    connection: Connection, pairs: Sequence[Pair]
) -> tuple[dict[Pair, Standing], dict[Pair, list[Version]], set[str]]:
    """What is known of drawn customers, all versions of their results, and the time zones of their estates."""
    named = ([draw for draw, _ in pairs], [customer for _, customer in pairs])
    members = await connection.fetch(sql.NAMED, *named)
    versions: dict[Pair, list[Version]] = defaultdict(list)
    for row in await connection.fetch(sql.RESULTS, *named):
        versions[row["draw"], row["customer"]].append(_version(row))
    known: dict[Pair, Standing] = {}
    for row in members:
        its = versions[pair := (row["draw"], row["customer"])]
        newest = {one.result: one.said for one in its}
        known[pair] = Standing(
            drawn_on=local(row["at"], row["zone"]).date(),
            replaced=row["replaced"],
            results=tuple(newest.values()),
            corrected=tuple(one.said for one in its if one.said not in newest.values()),
        )
    return known, versions, {row["zone"] for row in members}


async def _directory(connection: Connection) -> Directory:
    row = await connection.fetchrow(NEWEST_DIRECTORY)
    if row is None:
        raise RecordsRefused("no directory is loaded: nobody is known who may correct a result")
    return load(row["text"], "directory.toml")


async def _stranger(connection: Connection, asked: Correction, entered: str, directory: Directory) -> Problem | None:
    draw = await connection.fetchrow(sql.DRAW, asked.draw)
    shelf = (editions.newest(), *editions.installed())
    rule = next(one.rules[draw["rule"]] for one in shelf if draw["rule"] in one.rules)
    whose = Owing(project=draw["project"], department=draw["department"], person=draw["person"])
    return stranger(asked.by, entered, rule, whose, directory)


async def _told(connection: Connection, corrected: Corrected) -> Corrected:
    """With what the old version has led to: issued reports that counted it, a complaint that was opened out of it."""
    if (was := corrected.was) is None:
        return corrected
    said = was.said
    rows = await connection.fetch(sql.COUNTED, said.draw, said.day, was.noted_at, COUNTING)
    reports = tuple(Counted(id=row["id"], revision=row["revision"]) for row in rows)
    complaint = await connection.fetchval(sql.COMPLAINT, said.draw, said.customer) if said.said.unsatisfied else None
    return corrected.but(reports=reports, complaint=complaint)


def _refused(code: str, **params: str) -> Corrected:
    return Corrected(problem=Problem(code=code, params=params))


def _columns(result: Result) -> tuple[Any, ...]:
    said = result.said
    answer = said.satisfaction.value if said.satisfaction else None
    words = (said.handling, said.efficiency, said.quality, said.attitude, said.suggestions)
    return (result.draw, result.customer, result.day, result.by, said.way.value, said.reached, answer, *words)


def _version(row: Any) -> Version:
    fields = dict(row)
    own = {name: fields.pop(name) for name in ("result", "version", "reason", "noted_by", "noted_at")}
    whose = {name: fields.pop(name) for name in ("draw", "customer", "day", "by")}
    return Version.model_validate({**own, "said": {**whose, "said": fields}})


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
