"""An office and its terminals: a worker on this process's part of the stack, and a gateway at which people sign in."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator

import pytest
import pytest_asyncio

from complaints.connection.settings import Settings
from tests.server.desk import Terminals, desk
from tests.server.office import open_office


@pytest_asyncio.fixture(scope="module")
async def office(quarters: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Settings]:
    """A worker at work for the tests of a module, in the quarters of this process."""
    async with open_office(quarters, tmp_path_factory.mktemp("office")) as settings:
        yield settings


@pytest.fixture(scope="module")
def terminals(office: Settings) -> Iterator[Terminals]:
    """A gateway over the office, that does not sign, and terminals at which people sign in."""
    with desk(office) as opened:
        yield opened
