"""A worker on the run's stack for tests that are not coroutines themselves, with real records. It can be crashed."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from complaints.records import PostgresRecords
from complaints.records.migrate import migrate
from starters.client import Duly
from starters.drill.skipping import Skipper
from tests.fakes import ExampleReferences, MemoryRetention
from tests.places import EXAMPLE_DIRECTORY
from tests.world import World
from worker.connection import connect
from worker.follower import Follower
from worker.running import build_worker
from worker.stack import StackInfo
from worker.stack.namespaces import DRILL

T = TypeVar("T")
PATIENCE = 180.0


class Office:
    """Server, records and a worker of its own task queue, on a thread of its own."""

    def __init__(self, stack: StackInfo, name: str) -> None:
        self._stack = stack
        self._name = name
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._working: list[asyncio.Task[Any]] = []
        self.references = ExampleReferences()
        self.retention = MemoryRetention()
        self.crashes = 0

    def __enter__(self) -> Office:
        self._thread.start()
        self.run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it on the office's thread; the answer, or what it raised."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def world(self) -> World:
        """A world of its own for one life."""
        return World(self.duly, self.skipper, self._name, self.references)

    async def pause(self) -> None:
        """A moment of real time."""
        await asyncio.sleep(0.02)

    async def crash(self) -> None:
        """The worker is gone with everything it had in memory, and another takes its place."""
        await self._stop()
        await self._start()
        self.crashes += 1

    async def _open(self) -> None:
        await migrate(self._stack.drill_database_url)
        self.records = PostgresRecords(self._stack.drill_database_url)
        await self.records.load_directory(EXAMPLE_DIRECTORY.read_text(encoding="utf-8"), by="tests")
        self._client = await connect(self._stack.temporal_address, DRILL)
        self.skipper = Skipper(self._client)
        self.duly = Duly(self.skipper.client, task_queue=f"property-{self._name}", answer_within=60)
        await self._start()

    async def _start(self) -> None:
        follower = Follower(self._client, self.records, task_queue=f"property-{self._name}")
        worker = build_worker(
            self._client,
            self.records,
            self.references,
            follower,
            self.retention,
            task_queue=f"property-{self._name}",
            strict=True,
        )
        self._working = [asyncio.create_task(follower.run()), asyncio.create_task(worker.run())]

    async def _stop(self) -> None:
        for task in self._working:
            task.cancel()
        for task in self._working:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _close(self) -> None:
        await self._stop()
        await self.records.close()
