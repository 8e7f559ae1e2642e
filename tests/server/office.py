"""A worker at work with the example directory in force: what clients and the command line meet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import keyring
import keyring.backends.fail
import pytest
from asyncpg import connect

from complaints.connection.running_stack import StackInfo
from complaints.connection.settings import Settings
from complaints.store import database
from complaints.store.migrate import migrate
from complaints.store.records import PostgresRecords
from starters.cli.app import run
from tests.places import EXAMPLE_DIRECTORY
from worker import namespaces
from worker.main import run_worker


async def set_apart(stack: StackInfo, name: str) -> Settings:
    """A namespace and a database of that name on this stack, with the example directory in force."""
    await namespaces.register(stack.temporal_address, (name,))
    server = await connect(stack.database_url)
    await server.execute(f'CREATE DATABASE "{name}"')
    await server.close()
    url = urlunsplit(urlsplit(stack.database_url)._replace(path=f"/{name}"))
    await migrate(url)
    await load_directory(url)
    return Settings(temporal_address=stack.temporal_address, namespace=name, database_url=url)


async def load_directory(url: str) -> None:
    records = PostgresRecords(url, size=1)
    await records.load_directory(EXAMPLE_DIRECTORY.read_text(encoding="utf-8"), by="tests")
    await records.close()


@asynccontextmanager
async def open_office(quarters: Settings, home: Path) -> AsyncGenerator[Settings]:
    """The settings of a worker that is taking tasks there."""
    await load_directory(quarters.need_database())
    settings = replace(quarters, home=home)
    stop, ready = asyncio.Event(), asyncio.Event()
    working = asyncio.create_task(run_worker(settings, stop, ready.set))
    begun = asyncio.create_task(ready.wait())
    await asyncio.wait({working, begun}, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield settings
    finally:
        begun.cancel()
        stop.set()
        await working


def at_a_terminal(office: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment of a person who types commands for this office, on a terminal of eighty columns."""
    keyring.set_keyring(keyring.backends.fail.Keyring())
    monkeypatch.delenv("DULY_GATEWAY_URL", raising=False)
    for name, value in {
        "TEMPORAL_ADDRESS": office.need_address(),
        "TEMPORAL_NAMESPACE": office.namespace,
        "DATABASE_URL": office.need_database(),
        "COLUMNS": "80",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("DULY_LANG", "DULY_AS"):
        monkeypatch.delenv(name, raising=False)
    for name in ("CONNECT", "QUEUE"):  # the database shares its machine with other tests
        monkeypatch.setattr(database, name, 30.0)


Shell = Callable[..., Awaitable[tuple[int, str, str]]]
"""Types a command: its words → exit code, standard output, standard error."""


def shell_of(capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return a shell that runs the commands of `duly` in this process; none may end with a traceback."""

    async def shell(*arguments: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(run, list(arguments))
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        return code, shown.out, shown.err

    return shell
