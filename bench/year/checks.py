"""Checks of what must hold when the simulated year is over, made on the raw rows in plain SQL."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg

from bench.year.company import Company
from bench.year.conductor import DESTRUCTION, Happened
from bench.year.plan import ZONE
from complaints.clock.local_time import local
from complaints.rounds import plan
from complaints.store.records import PostgresRecords


@dataclass(frozen=True)
class Finding:
    """One check: what must hold, in words with its numbers, and the rows that violate it."""

    words: str
    wrong: Sequence[Any] = ()

    @property
    def holds(self) -> bool:
        return not self.wrong


async def all_of(company: Company, happened: Happened, database: str, until: datetime) -> list[Finding]:
    """Run all checks, in the order in which they are to be read."""
    rows = await asyncpg.connect(database)
    try:
        found = [one async for one in _simple(rows)]
        found += [one async for one in _rounds(rows, company, until)]
        found += [one async for one in _outage(rows, company, happened)]
        found += [one async for one in _draws(rows)]
        found += [one async for one in _destroyed(rows, company, happened)]
        found.append(await _followed(rows, company))
        found.append(await _journals(rows, database))
        return found
    finally:
        await rows.close()


EARLY = """
SELECT j.key, j.duty, j.kind, j.at, coalesce((j.data ->> 'recorded_at')::timestamptz, j.at) AS noticed, d.due
FROM journal AS j JOIN duties AS d ON d.key = j.key AND d.id = j.duty
WHERE j.kind IN ('duty.breached', 'duty.escalated')
  AND (j.at < d.due OR j.kind = 'duty.breached' AND j.at <> d.breached_at
       OR coalesce((j.data ->> 'recorded_at')::timestamptz, j.at) < j.at)
"""
TOLD_EARLY = """
SELECT key, id, at, due FROM notices WHERE kind IN ('late', 'escalation') AND at < due
UNION ALL
SELECT n.key, n.id, n.at, n.due FROM notices AS n JOIN duties AS d ON d.key = n.key AND d.id = n.duty
WHERE n.kind = 'reminder' AND (n.at < d.since OR n.at > n.due)
"""
MISSED = """
SELECT key, id, due, closed_at FROM duties
WHERE breached_at IS NULL AND closed_at IS NOT NULL AND closed_at > due AND status = 'done'
"""
UNTRUE = "SELECT key, id, due, breached_at FROM duties WHERE breached_at <> due"
TWICE = """
SELECT key, duty, kind, "to", at, count(*) FROM notices
WHERE kind IN ('late', 'escalation') GROUP BY key, duty, kind, "to", at HAVING count(*) > 1
UNION ALL
SELECT key, duty, kind, "to", NULL, count(*) FROM notices
WHERE kind = 'late' GROUP BY key, duty, kind, "to" HAVING count(*) > 1
"""


async def _simple(rows: asyncpg.Connection) -> AsyncIterator[Finding]:
    cases = await rows.fetchval("SELECT count(*) FROM complaints")
    closed = await rows.fetchval("SELECT count(*) FROM complaints WHERE closed_at IS NOT NULL")
    yield Finding(f"{cases} complaints in the records, {closed} of them closed")
    duties = await rows.fetchval("SELECT count(*) FROM duties")
    late = await rows.fetchval("SELECT count(*) FROM duties WHERE breached_at IS NOT NULL")
    yield Finding(f"no breach or escalation of {duties} duties came early", await rows.fetch(EARLY))
    yield Finding("nobody was told early that something is late", await rows.fetch(TOLD_EARLY))
    yield Finding(f"{late} late duties have the moment they were due as their breach", await rows.fetch(UNTRUE))
    yield Finding("no duty was done late without a breach", await rows.fetch(MISSED))
    notices = await rows.fetchval("SELECT count(*) FROM notices")
    yield Finding(f"none of {notices} notices was sent twice", await rows.fetch(TWICE))
    gaps = await rows.fetch(
        "SELECT c.project, c.year, c.last, count(n.number) FROM number_counters AS c LEFT JOIN ("
        "  SELECT number FROM complaints UNION SELECT name FROM destroyed WHERE kind = 'case'"
        ") AS n ON n.number LIKE upper(c.project) || '-' || c.year || '-%' "
        "GROUP BY 1, 2, 3 HAVING count(n.number) <> c.last"
    )
    yield Finding("the numbers have no gaps", gaps)


async def _rounds(rows: asyncpg.Connection, company: Company, until: datetime) -> AsyncIterator[Finding]:
    """Every round that was planned for the year exists once, and each of its reports was issued once."""
    place, year = company.place, company.place.year
    planned = plan.rounds(place.edition, place.directory, place.calendar, year.since, year.until)
    after = plan.rounds(place.edition, place.directory, place.calendar, year.until, until)
    expected = {one.key: one for one in [*planned, *(one for one in after if one.rule == DESTRUCTION)]}
    there = {row["key"]: row for row in await rows.fetch("SELECT key, report, last_day, closed_at FROM rounds")}
    yield Finding(f"{len(expected)} rounds were to begin, and each did once", sorted(set(expected) ^ set(there)))
    reporting = {one.key for one in expected.values() if place.edition.rule(one.rule).report is not None}
    closed = {key for key, row in there.items() if row["closed_at"] is not None}
    issued = await rows.fetch(
        "SELECT kind, period, project, department, person, count(*) FILTER (WHERE issued_at IS NOT NULL) AS issued "
        "FROM reports GROUP BY 1, 2, 3, 4, 5"
    )
    wrong = [tuple(row.values()) for row in issued if row["issued"] > 1]
    yield Finding(f"no report of {len(issued)} was issued twice", wrong)
    due = [key for key in sorted(reporting & closed) if '"issued_at": null' in (there[key]["report"] or "null")]
    lacking = [key for key in sorted(reporting & closed) if not there[key]["report"]]
    yield Finding(f"{len(reporting & closed)} rounds that ended have their report, issued", [*due, *lacking])
    left = [key for key in sorted(set(there) - closed) if there[key]["last_day"] < year.until.date()]
    yield Finding(f"{len(closed)} rounds are closed, {len(there) - len(closed)} go on ({', '.join(left[:3])} …)")


async def _outage(rows: asyncpg.Connection, company: Company, happened: Happened) -> AsyncIterator[Finding]:
    """Duties that fell due while no worker ran have their true time, and were noticed when workers ran again."""
    outage = company.place.year.outage
    if outage is None:
        return
    since, until = outage
    days = f"{since:%m-%d} to {until:%m-%d}"
    yield Finding(
        f"{happened.slept} of {happened.away} open cases and rounds slept through the outage, {days}",
        [] if happened.slept else ["none did"],
    )
    lines = await rows.fetch(
        "SELECT key, duty, at, (data ->> 'recorded_at')::timestamptz AS noticed FROM journal "
        "WHERE kind = 'duty.breached' AND at >= $1 AND at < $2",
        since,
        until,
    )
    asleep = [line for line in lines if line["noticed"] is not None and line["noticed"] >= until]
    yield Finding(f"{len(lines)} duties fell due in it, {len(asleep)} of them were noticed after its end")
    acted = await rows.fetch("SELECT key, seq, at FROM acts WHERE recorded_at > $1 AND recorded_at < $2", since, until)
    yield Finding("nobody acted in it", [tuple(row.values()) for row in acted])


async def _draws(rows: asyncpg.Connection) -> AsyncIterator[Finding]:
    """Quotas by independent arithmetic: shares of the population as each draw itself recorded it."""
    draws = await rows.fetch(
        "SELECT d.*, (SELECT count(*) FROM draw_members AS m WHERE m.draw = d.id) AS members, "
        "(SELECT count(*) FROM revisits_as_they_stand AS r WHERE r.draw = d.id AND r.reached) AS asked "
        "FROM draws AS d ORDER BY d.nth"
    )
    yield Finding(
        f"{len(draws)} draws have as many customers as they were to have",
        [(d["id"], d["size"], d["wanted"]) for d in draws if not d["size"] == d["members"] == d["wanted"]],
    )
    closed = await rows.fetch(
        "SELECT key, draw, outcome FROM rounds WHERE rule LIKE 'RV-5.%' AND closed_at IS NOT NULL"
    )
    done = {one["key"] for one in closed if one["outcome"] == "quota-met"}
    yield Finding(
        f"{len(done)} rounds of revisits ended with their quota met",
        [(one["key"], one["outcome"]) for one in closed if one["outcome"] not in ("quota-met", "nobody-drawn", "done")],
    )
    again = await rows.fetch(
        "SELECT m.customer, m.cycle, count(*) FROM draw_members AS m JOIN draws AS d ON d.id = m.draw "
        "WHERE m.cycle > 0 GROUP BY m.customer, m.cycle HAVING count(*) > 1"
    )
    people = await rows.fetchval("SELECT count(DISTINCT customer) FROM draw_members WHERE cycle > 0")
    yield Finding(
        f"of {people} customers who were drawn, nobody was twice in a cycle", [tuple(row.values()) for row in again]
    )


async def _destroyed(rows: asyncpg.Connection, company: Company, happened: Happened) -> AsyncIterator[Finding]:
    """Cases that had been closed for a year when a run made its list are gone, and no others."""
    gone = {row["name"]: row for row in await rows.fetch("SELECT name, run, since FROM destroyed WHERE kind = 'case'")}
    days = {row["id"]: row["day"] for row in await rows.fetch("SELECT id, day FROM destruction_runs")}
    ended = [row["day"] for row in await rows.fetch("SELECT day FROM destruction_runs WHERE certificate IS NOT NULL")]
    closed = {one.file.number: one.file.closed_at for one in company.cases if one.file and one.file.closed_at}
    closed |= {one.full_number: one.closed_at for one in company.place.year.olds}
    early = [name for name, row in gone.items() if days[row["run"]] <= _a_year_after(closed[name])]
    yield Finding(f"{len(gone)} cases were destroyed in {len(ended)} runs, none before its year was over", early)
    yield Finding(f"the one that is under a hold, {happened.held}, is there", [n for n in gone if n == happened.held])
    linked = await rows.fetch("SELECT number FROM complaints WHERE links <> '[]'")
    stays = {happened.held, *(row["number"] for row in linked)}
    last = max(ended, default=company.place.year.since.date())
    over = {number for number, at in closed.items() if _a_year_after(at) < last} - stays
    yield Finding(f"{len(over)} cases had been closed for a year on {last}, and are gone", sorted(over - set(gone)))
    left = await rows.fetch("SELECT number FROM complaints WHERE number = ANY($1::text[])", list(gone))
    yield Finding("nothing of them is left among the complaints", [row["number"] for row in left])


def _a_year_after(at: datetime) -> date:
    day = local(at, ZONE).date()
    return day.replace(year=day.year + 1) if (day.month, day.day) != (2, 29) else date(day.year + 1, 2, 28)


async def followed(database: str, company: Company, within: float = 60.0) -> None:
    """Wait until the read model has the final state of all workflows; if it never does, the check of it fails."""
    rows = await asyncpg.connect(database)
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while not (await _followed(rows, company)).holds:  # noqa: ASYNC110 - another process writes the rows
                    await asyncio.sleep(0.2)
    finally:
        await rows.close()


async def _followed(rows: asyncpg.Connection, company: Company) -> Finding:
    """The read model has every line of every case and round, with the same end, except for destroyed ones."""
    there = {
        row["key"]: (row["cursor"], row["journal_hash"], row["closed_at"] is not None)
        for row in await rows.fetch(
            "SELECT key, cursor, journal_hash, closed_at FROM complaints WHERE imported IS NULL "
            "UNION ALL SELECT key, cursor, journal_hash, closed_at FROM rounds"
        )
    }
    gone = {row["key"] for row in await rows.fetch("SELECT key FROM destroyed")}
    wrong: list[Any] = []
    for life in company.lives:
        if (file := life.file) is not None and life.key not in gone:
            ours = (file.journal_seq, file.journal_hash, file.closed)
            if there.get(life.key) != ours:
                wrong.append((life.key, "records", there.get(life.key), "workflow", ours))
    return Finding(f"{len(there)} cases and rounds stand in the records as their workflows ended or go on", wrong)


async def _journals(rows: asyncpg.Connection, database: str) -> Finding:
    """Every journal is intact, and all rows of its case or round equal its fold."""
    keys = [row["key"] for row in await rows.fetch("SELECT key FROM files ORDER BY key")]
    records = PostgresRecords(database)
    broken: list[str] = []
    lines = 0
    for key in keys:
        found = await records.examine(key)
        lines += found.lines
        broken += [f"{key}: {one.table} {one.id} {one.field} {one.what.value}" for one in found.differences]
    await records.close()
    return Finding(f"{len(keys)} journals with {lines} lines are whole, and the rows are their fold", broken)
