"""A worker as tests run it: in this process, with skipped time, and with a projector and a read model in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from activities.rounds import Ports
from complaints.connection.temporal import connect
from starters.client import Duly
from starters.drill.skipping import Skipper
from tests.fakes import ExampleReferences, MemoryRecords, MemoryRetention
from tests.world import Case, eventually
from worker.namespaces import DRILL
from worker.projector import Projector
from worker.temporal_worker import build_worker
from workflows import interface


class Followed(NamedTuple):
    """What a test uses while the worker runs."""

    duly: Duly
    skipper: Skipper
    records: MemoryRecords

    async def has_all_of(self, *cases: Case) -> None:
        """Wait until the read model has every line of these cases, so that the projector no longer queries them.

        A case that is queried after its code was broken, and is no longer in the worker's cache, cannot answer. It
        would wait for the read model before it continues, and never reach the broken code.
        """
        for case in cases:
            await case.look()

            async def there(case: Case = case) -> bool:
                return await self.records.cursor(case.handle.id) >= case.file.journal_seq

            await eventually(there)


@asynccontextmanager
async def followed_worker(
    address: str,
    references: ExampleReferences,
    task_queue: str = interface.TASK_QUEUE,
    retention: MemoryRetention | None = None,
    ports: Ports | None = None,
) -> AsyncIterator[Followed]:
    """Run a worker for the server at this address, for as long as the context lasts."""
    client = await connect(address, DRILL)
    records = MemoryRecords()
    projector = Projector(client, records, task_queue=task_queue)
    following = asyncio.create_task(projector.run())
    skipper = Skipper(client)
    book = retention or MemoryRetention()
    try:
        async with build_worker(client, records, references, projector, book, ports, task_queue=task_queue):
            # The server shares its machine with other tests: it may need more than 1.5 s for a sign of life.
            duly = Duly(skipper.client, task_queue=task_queue, kept=records.file, patience=30)
            yield Followed(duly, skipper, records)
    finally:
        following.cancel()
