"""How the connections to PostgreSQL behave, whatever is asked over them."""

from __future__ import annotations

import pytest

from complaints.store.database import Database

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
