"""A worker at work on the run's stack, with the example directory in force: what clients and the command line meet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from complaints.records import PostgresRecords
from complaints.records.migrate import migrate
from tests.places import EXAMPLE_DIRECTORY
from worker.main import run_worker
from worker.settings import Settings
from worker.stack import StackInfo


@asynccontextmanager
async def open_office(stack: StackInfo, home: Path) -> AsyncGenerator[Settings]:
    """The settings of a worker that is taking tasks in the namespace `default`."""
    await migrate(stack.database_url)
    records = PostgresRecords(stack.database_url, size=1)
    await records.load_directory(EXAMPLE_DIRECTORY.read_text(encoding="utf-8"), by="tests")
    await records.close()
    settings = Settings(temporal_address=stack.temporal_address, database_url=stack.database_url, home=home)
    stop, ready = asyncio.Event(), asyncio.Event()
    working = asyncio.create_task(run_worker(settings, stop, ready.set))
    begun = asyncio.create_task(ready.wait())
    await asyncio.wait({working, begun}, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield settings
    finally:
        begun.cancel()
        stop.set()
        await working
