"""How the connections to PostgreSQL behave, whatever is asked over them."""

from __future__ import annotations

import asyncio

import pytest

from complaints.store.database import Database

FORCED = "force_custom_plan"
OPTIONAL = "SELECT count(*) FROM complaints WHERE $1::text IS NULL OR project = $1"


@pytest.mark.parametrize("keeps_plans", [False, True])
async def test_a_statement_is_planned_for_the_values_it_has_however_often_it_was_asked(url: str, keeps_plans: bool):
    """After five times PostgreSQL may take one plan for all values, and for some of them that is a very bad one."""
    database = Database(url, size=1, keeps_plans=keeps_plans)
    async with database.connection() as connection:
        for _ in range(8):
            await connection.fetch(OPTIONAL, None)
        plans = await connection.fetchrow(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1", OPTIONAL
        )
    await database.close()
    assert (plans["generic_plans"] > 0) is keeps_plans
    assert plans["custom_plans"] > 0


async def test_two_users_of_a_connection_plan_each_in_their_own_way(url: str):
    """A pool gives the connection of one to the other; which mode it has is not asked each time, but remembered."""
    database = Database(url, size=1)
    keeping, anew = database.share(1, keeps_plans=True), database.share(1, keeps_plans=False)
    for _ in range(2):
        for user, mode in ((keeping, "auto"), (keeping, "auto"), (anew, FORCED), (anew, FORCED)):
            async with user.connection() as connection:
                assert await connection.fetchval("SHOW plan_cache_mode") == mode
    await database.close()


async def test_one_user_leaves_connections_to_the_others(url: str):
    database = Database(url, size=2)
    greedy, other = database.share(1, keeps_plans=True), database.share(1, keeps_plans=True)
    async with greedy.connection():
        waiting = asyncio.create_task(_asked(greedy))
        assert await asyncio.wait_for(_asked(other), 5) == 1
        assert not waiting.done()
    assert await asyncio.wait_for(waiting, 5) == 1
    await database.close()


async def _asked(database: Database) -> int:
    async with database.connection() as connection:
        return await connection.fetchval("SELECT 1")
