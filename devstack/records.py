"""The databases of the records (the read model): in the stack's PostgreSQL, or where `DATABASE_URL` points."""

from __future__ import annotations

from urllib.parse import urlsplit

import asyncpg

from complaints.connection.settings import drill_url
from complaints.connection.variables import Variables
from devstack.errors import StackError

DRILL_DATABASE = "duly_drill"


async def reach(database_url: str) -> str:
    """Check that the database answers, create the drill's beside it, return the drill's URL. Raises `StackError`."""
    chosen = Variables.read().drill_database_url
    other = drill_url(database_url, chosen)
    try:
        connection = await asyncpg.connect(database_url, timeout=10)
        try:
            name = urlsplit(other).path.lstrip("/")
            present = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name)
            if not present and chosen is None:
                await connection.execute(f'CREATE DATABASE "{name}"')
        finally:
            await connection.close()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, TimeoutError) as problem:
        # The URL holds a password: show only the host.
        where = urlsplit(database_url).hostname or "socket"
        raise StackError(
            f"The database that DATABASE_URL names ({where}) cannot be used: {problem}. Check the address and that the "
            "server runs; the drill needs a database of its own beside it (the right to create one, or "
            "DULY_DRILL_DATABASE_URL).",
            f"DATABASE_URL 所指的数据库（{where}）无法使用：{problem}。请检查地址与服务；演练需要单独的数据库"
            "（有权新建，或设置 DULY_DRILL_DATABASE_URL）。",
        ) from problem
    return other
