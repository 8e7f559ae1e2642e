"""The environment of the measurements: its own stack, and both workers in separate processes.

The workers run apart from the client, so that the client's load does not share their interpreter. Both run all the
time; the one that is not measured only polls.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil
from temporalio.client import Client

from bench.bare import plain_client
from complaints.connection.temporal import connect
from complaints.private_keys.folder import KeyFolder
from complaints.private_keys.keeper import KeyKeeper
from complaints.private_keys.places import place_of
from complaints.signing.signer import Signer
from complaints.store.migrate import migrate
from complaints.store.records import PostgresRecords
from complaints.store.signing_keys import SigningKeys
from devstack.stack import Stack, running
from starters.client import Duly

ROOT = Path(__file__).parents[1]
DIRECTORY = ROOT / "examples" / "directory.toml"


@dataclass(frozen=True)
class Stage:
    """What the measurements use. `records` is a pool of plain connections for checking what was written."""

    duly: Duly
    bare: Client
    records: asyncpg.Pool
    duly_worker: psutil.Process
    bare_worker: psutil.Process
    servers: dict[str, psutil.Process]  # the processes of the stack: PostgreSQL, Temporal


def cpu(process: psutil.Process) -> float:
    """Return the CPU seconds of a process and its children, ended ones included."""
    own = process.cpu_times()
    alive = [child.cpu_times() for child in process.children(recursive=True)]
    ended = own.children_user + own.children_system
    return sum(times.user + times.system for times in (own, *alive)) + ended


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Start everything, with production's timer settings and a durable PostgreSQL; stop it afterwards."""
    async with AsyncExitStack() as held:
        home = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="duly-bench-")))
        stack = await held.enter_async_context(running(home, drill_speed=False, ui=False))
        await records_ready(stack.database_url)
        yield Stage(
            duly=Duly(await connect(stack.temporal_address)),
            bare=await plain_client(stack.temporal_address),
            records=await held.enter_async_context(asyncpg.create_pool(stack.database_url, min_size=4, max_size=16)),
            duly_worker=await held.enter_async_context(worker("worker", "--with-parent", env=worker_env(stack, home))),
            bare_worker=await held.enter_async_context(
                worker("bench.bare", stack.temporal_address, env={**os.environ, "DULY_HOME": str(home)})
            ),
            servers={name: psutil.Process(child.pid) for name, child in stack.info.children.items()},
        )


async def records_ready(url: str) -> None:
    await migrate(url)
    records = PostgresRecords(url)
    await records.load_directory(DIRECTORY.read_text(encoding="utf-8"), by="bench")
    await records.close()


async def first_key(url: str, home: Path, namespace: str) -> Signer:
    """Make the key of a gateway, so that cases begin under signing, and return a signer with it."""
    async with SigningKeys(url, size=1) as table:
        keeper = KeyKeeper(KeyFolder(place_of(home, namespace)), table, namespace)
        await keeper.begin()
    return keeper.signer("bench")


def worker_env(stack: Stack, home: Path) -> dict[str, str]:
    """Return the environment of a worker as in production, without a mail gateway, so that mail stays in the outbox."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("DULY_", "TEMPORAL_"))}
    return ours | {
        "TEMPORAL_ADDRESS": stack.temporal_address,
        "DATABASE_URL": stack.database_url,
        "DULY_HOME": str(home),
    }


@asynccontextmanager
async def worker(module: str, *arguments: str, env: Mapping[str, str] | None = None) -> AsyncIterator[psutil.Process]:
    """Run a worker process, from when it prints "ready" until its stdin is closed at the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=env,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        if await process.stdout.readline() != b"ready\n":
            raise RuntimeError(f"{module} did not start")
        yield psutil.Process(process.pid)
    finally:
        process.stdin.close()
        await process.wait()
