"""`python -m bench.lists`: measures what the workflow list costs PostgreSQL per crisis, with all indexes and with few.

The same crises are played with all indexes and then with those that Duly keeps (`deploy/lean_visibility.sql`).
Statements, their time and the write-ahead log they produce are those of the extension `pg_stat_statements`.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from temporalio.client import WorkflowHistory

from bench.flows import CaseFlow, side_by_side
from bench.kinds import CRISIS
from bench.rehearsal import rehearse
from bench.stage import records_ready, worker, worker_env
from complaints.connection.temporal import connect
from devstack import lists
from devstack.stack import Stack, running
from starters.client import Duly

LANES = 2
SETTLED = 2  # seconds until the last writes are counted
MEASURED = """
SELECT sum(calls)::float AS calls, sum(total_exec_time)::float AS ms, sum(wal_bytes)::float / 1024 AS kilobytes
FROM pg_stat_statements WHERE query ILIKE '%INSERT INTO executions_visibility%'
"""


async def main(cases: int) -> None:
    """Print both measurements."""
    async with AsyncExitStack() as held:
        home = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="duly-lists-")))
        stack = await held.enter_async_context(running(home, ui=False))
        await _with_statistics(stack)
        await records_ready(stack.database_url)
        await held.enter_async_context(worker("worker", "--with-parent", env=worker_env(stack, home)))
        duly = Duly(await connect(stack.temporal_address))
        flow = CaseFlow(duly, {}, CRISIS, await rehearse(duly, CRISIS))
        listed = await asyncpg.connect(_database(stack, lists.LISTS))
        held.push_async_callback(listed.close)
        await listed.execute("CREATE EXTENSION pg_stat_statements")
        for name, script in (("all indexes", lists.FULL), ("those that are kept", lists.LEAN)):
            await listed.execute((lists.SQL / script).read_text(encoding="utf-8"))
            await side_by_side(flow, LANES, LANES)  # warm-up
            await asyncio.sleep(SETTLED)
            await listed.execute("SELECT pg_stat_statements_reset()")
            played = await side_by_side(flow, cases, LANES)
            await asyncio.sleep(SETTLED)
            row = await listed.fetchrow(MEASURED)
            assert row is not None
            history = await duly.client.get_workflow_handle(played[0].id).fetch_history()
            print(
                f"{name}: {row['calls'] / cases:.1f} writes a case of {row['ms'] / row['calls']:.2f} ms and "
                f"{row['kilobytes'] / row['calls']:.1f} KB of log; {_counts(history)}"
            )


def _counts(history: WorkflowHistory) -> str:
    upserts = sum(event.HasField("upsert_workflow_search_attributes_event_attributes") for event in history.events)
    return f"{len(history.events)} events, of these {upserts} upserts"


async def _with_statistics(stack: Stack) -> None:
    connection = await asyncpg.connect(_database(stack, "postgres"))
    await connection.execute("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
    await connection.close()
    await stack.kill_server()
    await stack.kill_postgres()
    await stack.start_postgres()
    await stack.start_server()


def _database(stack: Stack, name: str) -> str:
    return urlunsplit(urlsplit(stack.database_url)._replace(path=f"/{name}"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=12, help="crises for each measurement")
    asyncio.run(main(parser.parse_args().cases))
