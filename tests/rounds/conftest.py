"""The world of the rounds: the run's server, a worker with stand-ins for what a machine does, the example directory."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Generator

import pytest
import pytest_asyncio

from tests.fakes import ExampleReferences, MemoryRetention
from tests.following import Followed, followed_worker
from tests.rounds.ports import Machines
from tests.rounds.stage import Rounds
from tests.world import World
from worker.stack import StackInfo


@pytest.fixture(scope="session")
def references() -> ExampleReferences:
    return ExampleReferences()


@pytest.fixture(scope="session")
def machines() -> Machines:
    return Machines()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def followed(stack: StackInfo, references: ExampleReferences, machines: Machines) -> AsyncGenerator[Followed]:
    queue = f"duly-rounds-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    address = stack.temporal_address
    async with followed_worker(address, references, queue, MemoryRetention(), machines.ports) as followed:
        yield followed


@pytest.fixture
def world(followed: Followed, references: ExampleReferences) -> Generator[World]:
    company, working_days = references.directory, references.calendar
    world = World(followed.duly, followed.skipper, os.environ.get("PYTEST_XDIST_WORKER", "main"), references)
    yield world
    references.directory, references.calendar = company, working_days
    world.check()
    unlike, followed.records.unlike = followed.records.unlike, []
    assert unlike == []


@pytest.fixture
def rounds(world: World) -> Rounds:
    return Rounds(world)
