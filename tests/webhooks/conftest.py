from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from complaints.store.webhooks import Webhooks
from tests.store.postgres import postgres, records, template, url
from tests.webhooks.office import Clock, Registry
from tests.webhooks.receiver import authority

__all__ = ["authority", "postgres", "records", "template", "url"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def registry(url: str, clock: Clock) -> AsyncIterator[Registry]:
    async with Webhooks(url, size=8) as webhooks:
        yield Registry(url, webhooks, clock)
