"""How a database gets its schema, and which databases are refused."""

from __future__ import annotations

from typing import Any

import pytest

from complaints.base.faults import RecordsRefused
from complaints.store.migrate import migrate, newest
from tests.store.postgres import rows

RELATIONS = """
SELECT oid, xmin, relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')
ORDER BY relname
"""
LEFT_AT = "CREATE TABLE alembic_version AS SELECT '{0}'::varchar(32) AS version_num"
FIRST_WITH_0_3_0 = (
    r"the records have schema {0}, this release upgrades databases of 0\.3\.0: "
    r"migrate it with 0\.3\.0 first \(`duly records migrate` of that release\), then install this one"
)


async def test_an_empty_database_gets_the_schema(postgres: Any):
    url = await _database(postgres, "empty")
    assert await migrate(url) == newest()
    assert {"complaints", "rounds", "journal", "deliveries", "case_lines"} <= {name for *_, name in await _has(url)}
    assert (await rows(url, "SELECT count(*) FROM destruction_reach"))[0][0] > 10


async def test_a_database_with_the_newest_schema_stays_as_it_is(url: str):
    assert [tuple(row) for row in await rows(url, "SELECT version_num FROM alembic_version")] == [(newest(),)]
    before = await _has(url)
    assert await migrate(url) == newest()
    assert await _has(url) == before


async def test_what_0_3_0_set_aside_of_its_follower_belongs_to_the_projector(url: str):
    await rows(url, "UPDATE alembic_version SET version_num = '0022'")
    for part, case, tries in (("follower", "a", 1), ("follower", "b", 2), ("projector", "b", 3), ("archive", "c", 4)):
        await rows(url, f"INSERT INTO set_aside VALUES ('{part}', '{case}', 'error', '', now(), {tries}, now())")
    assert await migrate(url) == newest()
    left = await rows(url, "SELECT part, id, tries FROM set_aside ORDER BY id")
    assert [tuple(row) for row in left] == [("projector", "a", 1), ("projector", "b", 3), ("archive", "c", 4)]


@pytest.mark.parametrize("revision", ["0021", "0009", "0001"])
async def test_a_database_of_an_older_release_is_refused_by_name_and_left_as_it_is(postgres: Any, revision: str):
    url = await _database(postgres, f"older_{revision}", LEFT_AT.format(revision))
    before = await _has(url)
    with pytest.raises(RecordsRefused, match=f"^{FIRST_WITH_0_3_0.format(revision)}$"):
        await migrate(url)
    assert await _has(url) == before


async def test_a_database_of_a_newer_release_is_refused_by_name_and_left_as_it_is(postgres: Any):
    url = await _database(postgres, "newer", LEFT_AT.format("9999"))
    before = await _has(url)
    with pytest.raises(RecordsRefused, match=f"schema 9999, this release knows up to {newest()}: install a newer one"):
        await migrate(url)
    assert await _has(url) == before


async def _database(postgres: Any, name: str, *statements: str) -> str:
    await rows(postgres.get_uri(), f"CREATE DATABASE {name}")
    url = postgres.get_uri(name)
    for statement in statements:
        await rows(url, statement)
    return url


async def _has(url: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await rows(url, RELATIONS)]
