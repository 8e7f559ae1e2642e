"""What counts no more is deleted by the gateway itself, again and again."""

from __future__ import annotations

import asyncio

import pytest

from starters.gateway import serving
from tests.gateway.house import House
from tests.store.postgres import rows

OLD_LOOK = """
INSERT INTO looks (at, kind, who, via, what, key, number)
VALUES (now() - $1::int * interval '1 day', 'person', 'li.na', 's', 'customer', $2, $3)
"""


async def test_looks_at_no_case_are_forgotten_after_two_years(gateway: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those at a case go with it, and younger ones stay."""
    for days, key, number in ((732, None, "old"), (729, None, "young"), (732, "a", "of-a-case")):
        await rows(gateway.url, OLD_LOOK, days, key, number)
    monkeypatch.setattr(serving, "HOUSEKEEPING", 0.05)
    keeping = asyncio.create_task(serving.keep_house(gateway.parts, gateway.url))  # pyright: ignore[reportPrivateUsage]

    async def two_are_left() -> None:
        while len(await rows(gateway.url, "SELECT FROM looks")) > 2:  # noqa: ASYNC110 (the database has no event for it)
            await asyncio.sleep(0.05)

    try:
        async with asyncio.timeout(60):
            await two_are_left()
            await rows(gateway.url, OLD_LOOK, 800, None, "old again")
            await two_are_left()
    finally:
        keeping.cancel()
    left = await rows(gateway.url, "SELECT number FROM looks ORDER BY number")
    assert [row["number"] for row in left] == ["of-a-case", "young"]
