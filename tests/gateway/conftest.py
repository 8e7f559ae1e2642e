from collections.abc import AsyncIterator

import pytest_asyncio

from tests.gateway.desk import Desk, desk
from tests.gateway.house import House, house
from tests.store.postgres import postgres, template, url

__all__ = ["postgres", "template", "url"]


@pytest_asyncio.fixture
async def gateway(url: str) -> AsyncIterator[House]:
    async with house(url) as built:
        yield built


@pytest_asyncio.fixture
async def api(url: str) -> AsyncIterator[Desk]:
    """A gateway over cases in memory."""
    async with desk(url) as built:
        yield built
