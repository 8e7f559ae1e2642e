"""The world of the rounds: what they run on, with stand-ins for what a machine does, and the example directory."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Generator

import pytest
import pytest_asyncio

from complaints.connection.running_stack import StackInfo
from tests.drivers import ANEW, SERVER
from tests.fakes import ExampleReferences, MemoryRetention
from tests.following import Followed, followed_worker
from tests.memory import MemoryDuly, MemorySkipper
from tests.rounds.ports import Machines
from tests.rounds.stage import Rounds
from tests.world import World


@pytest.fixture(scope="session")
def references() -> ExampleReferences:
    return ExampleReferences()


@pytest.fixture(scope="session")
def machines_of_server() -> Machines:
    return Machines()


@pytest.fixture
def machines(request: pytest.FixtureRequest, driver: str) -> Machines:
    """Those of the worker; a test in memory has its own."""
    return request.getfixturevalue("machines_of_server") if driver == SERVER else Machines()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def followed(
    stack: StackInfo, references: ExampleReferences, machines_of_server: Machines
) -> AsyncGenerator[Followed]:
    queue = f"duly-rounds-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    address = stack.temporal_address
    async with followed_worker(address, references, queue, MemoryRetention(), machines_of_server.ports) as followed:
        yield followed


@pytest.fixture
def world(
    request: pytest.FixtureRequest, driver: str, references: ExampleReferences, machines: Machines
) -> Generator[World]:
    company, working_days = references.directory, references.calendar
    if driver == SERVER:
        followed: Followed = request.getfixturevalue("followed")
        duly, skipper, records = followed
    else:
        duly = MemoryDuly(references, ports=machines.ports, anew=driver == ANEW)
        skipper, records = MemorySkipper(), duly.records
    world = World(duly, skipper, os.environ.get("PYTEST_XDIST_WORKER", "main"), references)
    yield world
    references.directory, references.calendar = company, working_days
    world.check()
    unlike, records.unlike = records.unlike, []
    assert unlike == []


@pytest.fixture
def rounds(world: World) -> Rounds:
    return Rounds(world)
