from collections.abc import AsyncIterator

import pytest_asyncio

from tests.gateway.house import House, house
from tests.store.postgres import postgres, template, url

__all__ = ["postgres", "template", "url"]


@pytest_asyncio.fixture
async def gateway(url: str) -> AsyncIterator[House]:
    async with house(url) as built:
        yield built
