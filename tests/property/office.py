"""Where random lives take place, for tests that are not coroutines themselves: on a server, or in memory.

On the server there is a worker of the run's stack with real records; it can be crashed. In memory a crash is that every
case is put together again from its journal.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol, TypeVar

from complaints.case.file import CaseFile, JournalLine
from complaints.connection.running_stack import StackInfo
from complaints.connection.temporal import connect
from complaints.people.model import Directory
from complaints.store.migrate import migrate
from complaints.store.records import PostgresRecords
from starters.client import Duly
from starters.drill.skipping import Skipper
from tests.fakes import ExampleReferences, MemoryRecords, MemoryRetention
from tests.memory import MemoryDuly, MemorySkipper
from tests.places import EXAMPLE_DIRECTORY
from tests.world import World
from worker.namespaces import DRILL
from worker.projector import Projector
from worker.temporal_worker import build_worker

T = TypeVar("T")
PATIENCE = 180.0


class Kept(Protocol):
    """What is asked of the records."""

    async def case(self, key: str, /) -> CaseFile | None: ...

    async def journal(self, key: str, /) -> Sequence[JournalLine]: ...


class Office(ABC):
    """What a life finds: a world of its own, records, accounts, and a worker that may crash."""

    references: ExampleReferences
    directory: Directory
    """The directory with which every life begins, unless it has people on leave."""
    retention: MemoryRetention
    records_follow: float
    """Seconds within which the records have what has happened."""

    @property
    @abstractmethod
    def records(self) -> Kept:
        """Where the journals are in the end."""

    @abstractmethod
    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it; the answer, or what it raised."""

    @abstractmethod
    def world(self) -> World:
        """A world of its own for one life."""

    def begins_anew(self, contractor: str, deposit: str) -> None:
        """Let a life begin as every other one does, with everybody there and this sum in the contractor's account."""
        self.references.directory = self.directory
        self.retention.entries.clear()
        self.retention.deposit(contractor, "hf01", deposit, "存-2026-001")

    @abstractmethod
    async def crash(self) -> None:
        """The worker is gone with everything it had in memory, and another takes its place."""

    async def pause(self) -> None:
        """A moment of real time."""
        await asyncio.sleep(0.02)


class ServerOffice(Office):
    """Server, records and a worker of its own task queue, on a thread of its own."""

    records_follow = 120.0  # on a machine that is busy with everything else

    def __init__(self, stack: StackInfo, name: str) -> None:
        self._stack = stack
        self._name = name
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._working: list[asyncio.Task[Any]] = []
        self.references = ExampleReferences()
        self.directory = self.references.directory
        self.retention = MemoryRetention()
        self.crashes = 0

    def __enter__(self) -> ServerOffice:
        self._thread.start()
        self.run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def records(self) -> PostgresRecords:
        return self._records

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it on the office's thread; the answer, or what it raised."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def world(self) -> World:
        return World(self.duly, self.skipper, self._name, self.references)

    async def crash(self) -> None:
        await self._stop()
        await self._start()
        self.crashes += 1

    async def _open(self) -> None:
        await migrate(self._stack.drill_database_url)
        self._records = PostgresRecords(self._stack.drill_database_url)
        await self.records.load_directory(EXAMPLE_DIRECTORY.read_text(encoding="utf-8"), by="tests")
        self._client = await connect(self._stack.temporal_address, DRILL)
        self.skipper = Skipper(self._client)
        self.duly = Duly(self.skipper.client, task_queue=f"property-{self._name}", answer_within=60)
        await self._start()

    async def _start(self) -> None:
        projector = Projector(self._client, self.records, task_queue=f"property-{self._name}")
        worker = build_worker(
            self._client,
            self.records,
            self.references,
            projector,
            self.retention,
            task_queue=f"property-{self._name}",
            strict=True,
        )
        self._working = [asyncio.create_task(projector.run()), asyncio.create_task(worker.run())]

    async def _stop(self) -> None:
        for task in self._working:
            task.cancel()
        for task in self._working:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _close(self) -> None:
        await self._stop()
        await self.records.close()


class MemoryOffice(Office):
    """Cases without a server. `anew` has each put together again from its journal after every step."""

    records_follow = 0.0  # at once

    def __init__(self, *, anew: bool = False) -> None:
        self.anew = anew
        self._runner = asyncio.Runner()
        self._duly: MemoryDuly | None = None
        self.references = ExampleReferences()
        self.directory = self.references.directory
        self.retention = MemoryRetention()

    def __enter__(self) -> MemoryOffice:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.close()

    @property
    def duly(self) -> MemoryDuly:
        assert self._duly is not None, "no life has begun"
        return self._duly

    @property
    def records(self) -> MemoryRecords:
        return self.duly.records

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def world(self) -> World:
        self._duly = MemoryDuly(self.references, self.retention, anew=self.anew)
        return World(self._duly, MemorySkipper(), "memory", self.references)

    async def crash(self) -> None:
        await self.duly.put_together_again()
