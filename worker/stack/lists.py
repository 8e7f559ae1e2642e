"""The server's lists of workflows, in a stack that is soon thrown away."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import asyncpg

LISTS = "temporal_visibility"
KEPT = ("executions_visibility_pkey", "default_idx", "by_workflow_id", "by_workflow_type", "by_status")


async def with_few_indexes(database_url: str) -> None:
    """Drop those indexes of the workflow lists that only very long lists need.

    The schema (1.32) has more than seventy, for everything that a list may be searched by. They make no list better,
    and without them PostgreSQL has an eighth less to do in a year that is played. Not for a stack that lasts.
    """
    parts = urlsplit(database_url)
    connection = await asyncpg.connect(urlunsplit(parts._replace(path=f"/{LISTS}")))
    try:
        found = await connection.fetch(
            "SELECT indexname FROM pg_indexes WHERE tablename = 'executions_visibility' AND indexname <> ALL ($1)", KEPT
        )
        names = ", ".join(f'"{row["indexname"]}"' for row in found)
        if names:
            await connection.execute(f"DROP INDEX {names}")
    finally:
        await connection.close()
