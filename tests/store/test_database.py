"""How the connections to PostgreSQL behave, whatever is asked over them."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from complaints.store import database
from complaints.store.database import Database

FORCED = "force_custom_plan"
OPTIONAL = "SELECT count(*) FROM complaints WHERE $1::text IS NULL OR project = $1"


@pytest.mark.parametrize("keeps_plans", [False, True])
async def test_a_statement_is_planned_for_the_values_it_has_however_often_it_was_asked(url: str, keeps_plans: bool):
    """After five times PostgreSQL may take one plan for all values, and for some of them that is a very bad one."""
    own = Database(url, size=1, keeps_plans=keeps_plans)
    async with own.connection() as connection:
        for _ in range(8):
            await connection.fetch(OPTIONAL, None)
        plans = await connection.fetchrow(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1", OPTIONAL
        )
    await own.close()
    assert (plans["generic_plans"] > 0) is keeps_plans
    assert plans["custom_plans"] > 0


async def test_two_users_of_a_connection_plan_each_in_their_own_way(url: str):
    """A pool gives the connection of one to the other; which mode it has is not asked each time, but remembered."""
    own = Database(url, size=1)
    keeping, anew = own.share(1, keeps_plans=True), own.share(1, keeps_plans=False)
    for _ in range(2):
        for user, mode in ((keeping, "auto"), (keeping, "auto"), (anew, FORCED), (anew, FORCED)):
            async with user.connection() as connection:
                assert await connection.fetchval("SHOW plan_cache_mode") == mode
    await own.close()


async def test_one_user_leaves_connections_to_the_others(url: str):
    own = Database(url, size=2)
    greedy, other = own.share(1, keeps_plans=True), own.share(1, keeps_plans=True)
    async with greedy.connection():
        waiting = asyncio.create_task(_asked(greedy))
        assert await asyncio.wait_for(_asked(other), 5) == 1
        assert not waiting.done()
    assert await asyncio.wait_for(waiting, 5) == 1
    await own.close()


async def _asked(database: Database) -> int:
    async with database.connection() as connection:
        return await connection.fetchval("SELECT 1")


async def test_a_pool_that_does_not_close_is_cut_off(monkeypatch: pytest.MonkeyPatch):
    """Also if it ignores that it is cancelled, as it may while it waits for PostgreSQL."""
    cut_off = asyncio.Event()

    class Stuck:
        async def close(self) -> None:
            while not cut_off.is_set():
                with contextlib.suppress(asyncio.CancelledError):
                    await cut_off.wait()

        def terminate(self) -> None:
            cut_off.set()

    pool = database._Pool("postgresql://", 1)
    pool._pool = Stuck()
    monkeypatch.setattr(database, "STATEMENT", 0.05)
    await asyncio.wait_for(pool.close(), timeout=5)
    assert cut_off.is_set()
    assert pool._pool is None


@pytest.mark.parametrize("fault", [OSError("gone"), None])
async def test_a_pool_that_closes_or_fails_to_is_left(fault: OSError | None):
    terminated: list[bool] = []

    class Quick:
        async def close(self) -> None:
            if fault is not None:
                raise fault

        def terminate(self) -> None:
            terminated.append(True)

    pool = database._Pool("postgresql://", 1)
    pool._pool = Quick()
    await pool.close()
    assert terminated == ([True] if fault else [])
