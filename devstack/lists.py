"""The server's workflow list (visibility): its table has far more indexes than Duly's queries use.

`lean_visibility.sql` and `full_visibility.sql` in `deploy/` drop and restore the indexes; operators run them too.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

LISTS = "temporal_visibility"
KEPT = ("executions_visibility_pkey", "default_idx", "by_workflow_id", "by_workflow_type", "by_status")
UNUSED = (  # LIKE patterns of columns; not TemporalLowCardinalityKeyword01, by which the server lists schedules
    *("binarychecksums", "buildids", "double0_", "text0_", "temporal%version%", "temporal%payload%"),
    *("temporalbool0_", "temporaldatetime0_", "temporaldouble0_", "temporalint0_", "temporalkeyword%0_"),
)


SQL = Path(__file__).parents[1] / "deploy"
LEAN, FULL = "lean_visibility.sql", "full_visibility.sql"
_STATE = """
SELECT obj_description(to_regclass('duly_dropped_indexes'), 'pg_class') AS server,
       EXISTS (SELECT FROM duly_dropped_indexes) AS lean
"""


async def before_the_schema(url: str, server: str) -> None:
    """Restore the indexes if they were dropped for another server version, because this one's schema may differ.

    `url` is that of the visibility database, `server` a name with the version.
    """
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("SELECT to_regclass('duly_dropped_indexes')") is not None:
            state = await connection.fetchrow(_STATE)
            assert state is not None
            if state["lean"] and state["server"] != server:
                await connection.execute((SQL / FULL).read_text(encoding="utf-8"))
                await connection.execute("DROP TABLE duly_dropped_indexes")
    finally:
        await connection.close()


async def after_the_schema(url: str, server: str) -> None:
    """Drop the indexes that nothing uses, unless an operator has restored them."""
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("SELECT to_regclass('duly_dropped_indexes')") is None:
            async with connection.transaction():
                await connection.execute((SQL / LEAN).read_text(encoding="utf-8"))
                quoted = server.replace("'", "''")
                await connection.execute(f"COMMENT ON TABLE duly_dropped_indexes IS '{quoted}'")
    finally:
        await connection.close()


async def made_light(database_url: str) -> None:
    """In a temporary stack, drop the workflow list's indexes and columns that serve only long lists or unused searches.

    The schema (1.32) has more than seventy indexes, for everything that a list may be searched by. Short lists gain
    nothing from them, and without them PostgreSQL has an eighth less work in a simulated year; a twentieth less again
    without half of the fifty-nine columns that it derives at every change of a workflow. Not for a permanent stack.
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
        found = await connection.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'executions_visibility'::regclass AND attgenerated = 's'"
            " AND attname LIKE ANY ($1)",
            UNUSED,
        )
        if found:
            drops = ", ".join(f'DROP COLUMN "{row["attname"]}"' for row in found)
            await connection.execute(f"ALTER TABLE executions_visibility {drops}")
    finally:
        await connection.close()
