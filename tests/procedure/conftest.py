"""The world of the procedure tests: the run's server, a worker in this process, the people of the example directory."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from starters.client import Duly
from starters.drill.skipping import Skipper
from tests.fakes import ExampleReferences, MemoryRecords
from tests.world import World
from worker.connection import connect
from worker.follower import Follower
from worker.running import build_worker
from worker.stack import StackInfo
from worker.stack.namespaces import DRILL
from workflows import follow


@pytest.fixture(scope="session")
def references() -> ExampleReferences:
    return ExampleReferences()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def duly(stack: StackInfo, references: ExampleReferences) -> AsyncGenerator[tuple[Duly, Skipper, MemoryRecords]]:
    queue = f"duly-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    client = await connect(stack.temporal_address, DRILL)
    records = MemoryRecords()
    follower = Follower(client, records)
    follow.listen(client.namespace, follower.look_soon)
    following = asyncio.create_task(follower.run())
    skipper = Skipper(client)
    async with build_worker(client, records, references, follower, task_queue=queue, strict=True):
        yield Duly(skipper.client, task_queue=queue), skipper, records
    following.cancel()


@pytest.fixture
def world(duly: tuple[Duly, Skipper, MemoryRecords], references: ExampleReferences):
    company = references.directory
    world = World(duly[0], duly[1], os.environ.get("PYTEST_XDIST_WORKER", "main"), references)
    yield world
    references.directory = company
    world.check()
