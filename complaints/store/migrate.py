"""Migrates a database to the newest schema, all or nothing: in one transaction, one migrator at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command, op
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import Connection as Alchemy
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from complaints.base.faults import RecordsRefused
from complaints.store.database import FAULTS, Connection, connect, fault_of

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x44554C59  # "DULY"; advisory lock, so that two workers starting at once do not both migrate


async def migrate(url: str) -> str:
    """Migrate the database at `url` to the newest schema and return its revision. No-op if it has that already.

    `url` is any PostgreSQL URL of libpq's form, Unix sockets included. Raises `RecordsAway` if the database cannot
    be reached, `RecordsRefused` if its schema is of a newer release than this one, or of a release before 0.3.0.
    """

    async def connection() -> Connection:
        return await connect(url, patience=10)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connection, poolclass=NullPool)
    try:
        async with engine.begin() as begun:
            return await begun.run_sync(_upgrade)
    except FAULTS as error:
        raise fault_of(error) from None
    except DBAPIError as error:
        raise fault_of(error.__cause__ or error) from None
    finally:
        await engine.dispose()


def newest() -> str:
    """Return the schema revision that this release works with."""
    head = _scripts().get_current_head()
    if head is None:
        raise RecordsRefused("this installation lacks its migrations: install it again")
    return head


def run_sql(script: Path) -> None:
    """Run an SQL script of several statements within the transaction of the current migration."""
    sql = script.read_text(encoding="utf-8")
    driver: Any = op.get_bind().connection.dbapi_connection

    async def execute(raw: Connection) -> None:
        await raw.execute(sql)

    driver.run_async(execute)


def _upgrade(connection: Alchemy) -> str:
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    _check(MigrationContext.configure(connection).get_current_revision())
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return newest()


def _check(found: str | None) -> None:
    """Raise `RecordsRefused` for a revision from which no migration leads on. None: a database without a schema."""
    scripts = _scripts()
    if found is None or found in {script.revision for script in scripts.walk_revisions()}:
        return
    if found < (scripts.get_base() or ""):
        raise RecordsRefused(
            f"the records have schema {found}, this release upgrades databases of 0.3.0: migrate it with 0.3.0 first "
            "(`duly records migrate` of that release), then install this one"
        )
    raise RecordsRefused(f"the records have schema {found}, this release knows up to {newest()}: install a newer one")


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))
