"""The server's lists of workflows, in a stack that is soon thrown away."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import asyncpg

LISTS = "temporal_visibility"
KEPT = ("executions_visibility_pkey", "default_idx", "by_workflow_id", "by_workflow_type", "by_status")
UNUSED = (  # patterns; the server itself lists schedules by TemporalLowCardinalityKeyword01
    *("binarychecksums", "buildids", "double0_", "text0_", "temporal%version%", "temporal%payload%"),
    *("temporalbool0_", "temporaldatetime0_", "temporaldouble0_", "temporalint0_", "temporalkeyword%0_"),
)


async def made_light(database_url: str) -> None:
    """Drop what the workflow lists have for very long lists and for what nobody here lists by.

    The schema (1.32) has more than seventy indexes, for everything that a list may be searched by. They make no short
    list better, and without them PostgreSQL has an eighth less to do in a year that is played; a twentieth less again
    without half of the fifty-nine columns that it derives at every change of a workflow. Not for a stack that lasts.
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
