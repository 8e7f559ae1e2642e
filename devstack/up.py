"""`duly up`: runs the stack, its schema, a sample directory and a worker for each namespace, until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from complaints.connection.settings import DRILL, OFF, Settings
from complaints.connection.tokens import TokenRole, token_file
from complaints.connection.variables import Variables
from starters.cli.ui.errors import Told
from starters.cli.ui.session import Session
from starters.cli.ui.wrapped_text import Prose
from starters.drill.examples import example

if TYPE_CHECKING:
    from devstack.stack import Stack

AGAIN = 2.0
"""Seconds before a worker that ended by itself is restarted."""
GRACE = 7.0
"""Seconds that a worker has to finish its current tasks. The next worker does what it cannot finish."""


async def run_up(here: Session, *, ui: bool = True) -> None:
    """Start everything, show the addresses, and keep it running until cancelled; then stop it in order."""
    from devstack.stack import running

    async with AsyncExitStack() as started:
        stack = await started.enter_async_context(running(here.home, ui=ui, progress=here.progress))
        has_directory = await _records(here, stack)
        await _keys(stack)
        async with asyncio.TaskGroup() as tasks:
            first: list[asyncio.Event] = []
            for namespace, url in (("default", stack.database_url), ("drill", stack.drill_database_url)):
                ready = asyncio.Event()
                first.append(ready)
                tasks.create_task(_keep_working(here, stack, namespace, url, ready))
            practice = await _practice(stack)
            listening = asyncio.Event()
            tasks.create_task(_keep_serving(here, stack, practice, listening))
            await asyncio.gather(*(ready.wait() for ready in first), listening.wait())
            _say_where(here, stack, has_directory, practice)


async def _records(here: Session, stack: Stack) -> bool:
    """Migrate both databases; load the sample directory where there is none. Return whether both have a directory."""
    from complaints.store.migrate import migrate
    from complaints.store.records import PostgresRecords

    sample = sample_directory()
    missing = False
    for url in (stack.database_url, stack.drill_database_url):
        await migrate(url)
        records = PostgresRecords(url, size=1)
        try:
            if await records.directory() is None:
                missing = True
                if sample is not None:
                    await records.load_directory(sample, by="duly up", filename="directory.toml")
        finally:
            await records.close()
    if missing and sample is not None:
        here.note(here.say("up.sample"))  # once, even if both databases had none
    return sample is not None or not missing


async def _keys(stack: Stack) -> None:
    """Make the first signing key of each namespace, so that its cases begin under signing.

    Not where `DATABASE_URL` names the database: then an installation is there already, with a gateway of its own.
    """
    from complaints.private_keys.folder import KeyFolder
    from complaints.private_keys.keeper import KeyKeeper
    from complaints.private_keys.places import place_of
    from complaints.store.signing_keys import SigningKeys

    if Settings.from_env().database_url is not None:
        return
    for namespace, url in (("default", stack.database_url), (DRILL, stack.drill_database_url)):
        name = DRILL if namespace == DRILL else "gateway"
        async with SigningKeys(url, size=1) as table:
            await KeyKeeper(KeyFolder(place_of(stack.home, namespace)), table, name).begin()


def _inherited(namespace: str) -> dict[str, str]:
    """Return the environment for our workers, without variables that would contradict the addresses they are given.

    Settings that secure the connection to Temporal are dropped if the environment names no server: ours uses no TLS.
    The drill worker has its health endpoints on a free port: two workers cannot share one address.
    """
    said = Settings.from_env()
    named = said.temporal_address is not None
    given = ("TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "DATABASE_URL", "DULY_DRILL_DATABASE_URL", "DULY_HOME")
    dropped = {f"{name}_FILE" for name in (*given, "DULY_ARCHIVE")}
    if not named:
        dropped |= {"DULY_TEMPORAL_READ_KEY", "DULY_TEMPORAL_READ_KEY_FILE"}
    if namespace == DRILL and said.health_address != OFF:
        dropped |= {name for name in os.environ if name.startswith("DULY_HEALTH_ADDRESS")}
    return {
        name: value
        for name, value in os.environ.items()
        if name not in dropped and (named or not name.startswith("TEMPORAL_"))
    }


def _tokens(stack: Stack, role: TokenRole) -> dict[str, str]:
    """Return the environment by which a worker or the gateway finds its token; empty if the server asks for none.

    A worker also gets the reader's, for what only reads in it.
    """
    if stack.tokens is None:
        return {}
    found = {
        "TEMPORAL_API_KEY_FILE": str(token_file(stack.tokens, role)),
        "TEMPORAL_TLS": "false",  # on this machine alone
    }
    if role is TokenRole.WORKER:
        found["DULY_TEMPORAL_READ_KEY_FILE"] = str(token_file(stack.tokens, TokenRole.READER))
    return found


def sample_directory() -> str | None:
    """The directory of a fictitious company, shipped with the product; None where the examples were left out."""
    try:
        return example("directory.toml")
    except Told:
        return None


async def _keep_working(here: Session, stack: Stack, namespace: str, url: str, ready: asyncio.Event) -> None:
    """Run a worker in a process of its own, so that a drill never delays a complaint; restart it if it ends."""
    log = stack.home / "logs" / f"worker-{namespace}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with log.open("ab") as file:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "worker",
                "--with-parent",
                env={
                    "DULY_ARCHIVE": str(stack.home / "archive"),
                    **_inherited(namespace),
                    **_tokens(stack, TokenRole.WORKER),
                    "TEMPORAL_ADDRESS": stack.temporal_address,
                    "TEMPORAL_NAMESPACE": namespace,
                    "DATABASE_URL": url,
                    "DULY_DRILL_DATABASE_URL": stack.drill_database_url,
                    "DULY_HOME": str(stack.home),
                },
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=file,
                start_new_session=True,  # Ctrl-C must not reach it: we stop it, in order
            )
        try:
            assert process.stdout is not None
            if await process.stdout.readline():
                ready.set()
            code = await process.wait()
        finally:
            if not await _ended(process):
                here.warn(here.say("up.worker-killed", namespace=namespace, seconds=int(GRACE), log=log))
        here.warn(here.say("up.worker-ended", namespace=namespace, code=code, log=log))
        await asyncio.sleep(AGAIN)


async def _practice(stack: Stack) -> str | None:
    """Return the practice password of this home; None where the directory in force is not the sample.

    It is made once and kept, so that a sign-in outlasts a restart. The gateway takes it on this machine alone.
    """
    from complaints.accounts.passwords import PRACTICE_BYTES, practice
    from complaints.store.records import PostgresRecords

    said, sample = Variables.read(), sample_directory()
    if said.gateway_url or said.gateway_proxies or said.oidc_issuer or said.gateway_address or sample is None:
        return None
    async with PostgresRecords(stack.database_url, size=1) as records:
        directory = await records.directory()
    if directory is None or directory[1] != sample:
        return None
    return _kept(stack.home / "practice-password", practice(secrets.token_bytes(PRACTICE_BYTES)))


def _kept(file: Path, made: str) -> str:
    """Write what was made into a file that only its owner reads, unless there is one; return what it says."""
    with contextlib.suppress(FileExistsError):
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(handle, made.encode())
        os.close(handle)
    return file.read_text(encoding="utf-8").strip()


async def _keep_serving(here: Session, stack: Stack, practice: str | None, listening: asyncio.Event) -> None:
    """Run the gateway in a process of its own; restart it if it ends.

    It signs with the keys of the namespace `default` in this home (`_keys`), and has a token of its own.
    """
    log = stack.home / "logs" / "gateway.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    address = Variables.read().gateway_address or f"127.0.0.1:{stack.gateway_port()}"
    env = {
        **_inherited("default"),
        **_tokens(stack, TokenRole.GATEWAY),
        "TEMPORAL_ADDRESS": stack.temporal_address,
        "TEMPORAL_NAMESPACE": "default",
        "DATABASE_URL": stack.database_url,
        "DULY_HOME": str(stack.home),
        "DULY_GATEWAY_ADDRESS": address,
        **({"DULY_PRACTICE_PASSWORD": practice} if practice else {}),
    }
    while True:
        with log.open("ab") as file:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "starters.gateway",
                "--with-parent",
                env=env,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=file,
                start_new_session=True,
            )
        try:
            assert process.stdout is not None
            if url := (await process.stdout.readline()).decode().strip():
                stack.announce_gateway(url)
            listening.set()  # also if it could not start: the rest runs without it
            code = await process.wait()
        finally:
            await _ended(process)
        here.warn(here.say("up.gateway-ended", code=code, log=log))
        await asyncio.sleep(AGAIN)


async def _ended(process: asyncio.subprocess.Process) -> bool:
    """Let the worker finish its current tasks: it ends when its stdin closes. False if it had to be killed."""
    if process.returncode is not None:
        return True
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(GRACE):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
        return False
    return True


def _say_where(here: Session, stack: Stack, has_directory: bool, practice: str | None) -> None:
    """Show the addresses, and the first commands to try."""
    from complaints.connection.running_stack import default_home

    say = here.say
    there = "" if stack.home == default_home() and here.home is None else f"DULY_HOME={stack.home} "
    here.data({**stack.info.__dict__, "home": str(stack.home), "practice_password": practice})
    here.show("", Prose(say("up.running"), style="ok"))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="quiet")
    grid.add_column(overflow="fold")
    if stack.ui_url:
        grid.add_row(say("up.ui"), f"{stack.ui_url}/namespaces/default/workflows")
    grid.add_row(say("up.server"), stack.temporal_address)
    if stack.gateway_url:
        grid.add_row(say("up.gateway"), f"{stack.gateway_url}/sign-in")
        grid.add_row(say("up.api"), f"{stack.gateway_url}/api/v1/openapi.json")
    else:
        grid.add_row(
            say("up.gateway"), Prose(say("up.no-gateway", log=stack.home / "logs" / "gateway.log"), style="late")
        )
    if practice:
        grid.add_row(say("up.practice"), Prose(practice, style="name"))
        grid.add_row(say("up.login"), Prose(f"{there}duly login li.na"))
    grid.add_row(say("up.open"), Prose(f"{there}duly open {_example()}"))
    grid.add_row(say("up.inbox"), Prose(f"{there}duly inbox"))
    grid.add_row(say("up.drill"), Prose(f"{there}duly --namespace drill …"))
    grid.add_row(say("up.logs"), str(stack.home / "logs"))
    here.show(grid)
    if not has_directory:
        here.show(Prose(say("up.no-directory"), style="late"))
    here.show(Prose(say("up.stop"), style="quiet"))


def _example() -> str:
    beside = Path(__file__).parents[1] / "examples" / "crisis.json"
    if not beside.is_file():
        return "FILE"
    here = Path.cwd()
    return str(beside.relative_to(here)) if beside.is_relative_to(here) else str(beside)
