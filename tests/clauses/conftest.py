"""The world of the procedure tests: the run's server, a worker in this process, the people of the example directory."""

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
from tests.toys import Toys
from tests.world import World


@pytest.fixture(scope="session")
def references() -> ExampleReferences:
    return ExampleReferences()


@pytest.fixture(scope="session")
def retention() -> MemoryRetention:
    return MemoryRetention()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def followed(
    stack: StackInfo, references: ExampleReferences, retention: MemoryRetention
) -> AsyncGenerator[Followed]:
    queue = f"duly-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    async with followed_worker(stack.temporal_address, references, queue, retention) as followed:
        yield followed


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Toys:
    """Rules and a chapter of the test's own. The test is marked `memory(anew=True)`: a server knows them not."""
    return Toys(monkeypatch)


@pytest.fixture
def world(
    request: pytest.FixtureRequest, driver: str, references: ExampleReferences, retention: MemoryRetention
) -> Generator[World]:
    company, working_days = references.directory, references.calendar
    retention.entries.clear()
    retention.deposit("hongji", "hf01", "1000000", "存-0")  # enough for every repair, unless a test says otherwise
    if driver == SERVER:
        followed: Followed = request.getfixturevalue("followed")
        duly, skipper, records = followed
    else:
        duly = MemoryDuly(references, retention, anew=driver == ANEW)
        skipper, records = MemorySkipper(), duly.records
    world = World(duly, skipper, os.environ.get("PYTEST_XDIST_WORKER", "main"), references)
    yield world
    references.directory, references.calendar = company, working_days
    world.check()
    unlike, records.unlike = records.unlike, []
    assert unlike == []
