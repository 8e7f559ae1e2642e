"""What runs beside the gateway: it is supervised, and what ends it is said."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from typing import Any

import pytest
import uvicorn

from complaints.base.faults import RecordsRefused
from starters.gateway import serving
from tests.gateway.house import House
from tests.store.postgres import rows


async def test_a_schema_of_another_release_ends_the_housekeeping(gateway: House) -> None:
    await rows(gateway.url, "UPDATE alembic_version SET version_num = '9999'")
    async with asyncio.timeout(10):
        with pytest.raises(RecordsRefused, match="9999"):
            await serving.keep_house(gateway.parts, gateway.url)


async def test_housekeeping_goes_on_after_an_unexpected_error(
    gateway: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls = 0
    done = asyncio.Event()

    async def forget(now: datetime) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise KeyError("nobody foresaw this")
        done.set()

    monkeypatch.setattr(gateway.parts.accounts, "forget_attempts", forget)
    monkeypatch.setattr(serving, "AGAIN", 0.01)
    task = asyncio.create_task(serving.keep_house(gateway.parts, gateway.url))
    async with asyncio.timeout(10):
        await done.wait()
    task.cancel()
    assert "housekeeping failed" in caplog.text
    assert "KeyError" in caplog.text


async def test_the_gateway_stops_with_what_fails_beside_it(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None: ...

    async def fails() -> None:
        raise RecordsRefused("the records have schema 9999")

    async def waits() -> None:
        await asyncio.sleep(3600)

    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None))
    beside = [asyncio.create_task(waits()), asyncio.create_task(fails())]
    with caplog.at_level(logging.ERROR), pytest.raises(RecordsRefused, match="9999"):
        async with asyncio.timeout(10):
            await serving.serve_beside(server, beside)
    assert beside[0].cancelled()
    assert "schema 9999" in caplog.text
