"""What came of the draws: results, lists, quotas, and the complaints that grow out of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from complaints.base import Frozen
from complaints.draws import shares
from complaints.draws.lines import DrawLine, Member, QuotaLine, Unsatisfied, target
from complaints.draws.results import Problem, Result, Standing, objections
from complaints.localtime import CHINA, local
from complaints.records import revisit_sql as sql
from complaints.records.database import Connection, Database

PATIENCE = 60.0


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
            known, zones = await _standings(connection, results)
            today = max((local(at, zone).date() for zone in zones), default=local(at, CHINA).date())
            problems = objections(results, known, today)
            if problems:
                return Entered(problems=problems)
            fresh = 0
            for result in results:
                added = await connection.fetchval(sql.ENTER, *_columns(result), by, at)
                fresh += added is not None
        unsatisfied = tuple(place for place, one in enumerate(results) if one.said.unsatisfied)
        return Entered(entered=fresh, known=len(results) - fresh, unsatisfied=unsatisfied)

    async def draws(
        self, project: str | None = None, year: int | None = None, rule: str | None = None
    ) -> tuple[DrawLine, ...]:
        """Draws, the newest first."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(sql.DRAWS, project, year, rule)
        return tuple(DrawLine.model_validate(dict(row)) for row in rows)

    async def members(self, draw: str) -> tuple[Member, ...]:
        """The customers of a draw in its order, with everything for whoever calls them."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(sql.MEMBERS, draw)
        return tuple(Member.model_validate(dict(row)) for row in rows)

    async def unsatisfied(self, project: str | None = None, draw: str | None = None) -> tuple[Unsatisfied, ...]:
        """Customers who were not satisfied, with the number of the complaint where one was opened."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(sql.UNSATISFIED, project, draw)
        return tuple(Unsatisfied.model_validate(dict(row)) for row in rows)

    async def quota(self, year: int, today: date, project: str | None = None) -> tuple[QuotaLine, ...]:
        """Where every estate stands with RV-5.3 in a year, estates without any draw included."""
        async with self._database.connection() as connection:
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
    connection: Connection, results: Sequence[Result]
) -> tuple[dict[tuple[str, str], Standing], set[str]]:
    """What is known of each drawn customer that the results name, and the time zones of their estates."""
    pairs = ([one.draw for one in results], [one.customer for one in results])
    members = await connection.fetch(sql.NAMED, *pairs)
    before: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for row in await connection.fetch(sql.RESULTS, *pairs):
        one = _result(row)
        before[one.draw, one.customer].append(one)
    known = {
        (row["draw"], row["customer"]): Standing(
            drawn_on=local(row["at"], row["zone"]).date(),
            replaced=row["replaced"],
            results=tuple(before[row["draw"], row["customer"]]),
        )
        for row in members
    }
    return known, {row["zone"] for row in members}


def _columns(result: Result) -> tuple[Any, ...]:
    said = result.said
    answer = said.satisfaction.value if said.satisfaction else None
    words = (said.handling, said.efficiency, said.quality, said.attitude, said.suggestions)
    return (result.draw, result.customer, result.day, result.by, said.way.value, said.reached, answer, *words)


def _result(row: Any) -> Result:
    fields = dict(row)
    own = {name: fields.pop(name) for name in ("draw", "customer", "day", "by")}
    return Result.model_validate({**own, "said": fields})


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
