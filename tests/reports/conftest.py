from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from complaints.store.reports import ReportStore
from tests.store.postgres import postgres, records, template, url

__all__ = ["postgres", "records", "reports", "template", "url"]


@pytest_asyncio.fixture
async def reports(url: str) -> AsyncIterator[ReportStore]:
    opened = ReportStore(url)
    yield opened
    await opened.close()
