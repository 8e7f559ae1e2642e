from collections.abc import AsyncIterator

import pytest_asyncio

from complaints.store.retention import RetentionStore
from tests.store.drawn import draw, draws, revisits
from tests.store.postgres import postgres, records, template, url

__all__ = ["draw", "draws", "postgres", "records", "revisits", "template", "url"]


@pytest_asyncio.fixture
async def keeping(url: str) -> AsyncIterator[RetentionStore]:
    opened = RetentionStore(url)
    yield opened
    await opened.close()
