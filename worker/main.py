"""The composition root: a worker with everything it needs, from settings. Only here do the parts meet."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from temporalio.client import Client
from temporalio.service import RPCError

from complaints import editions
from complaints.calendar import from_libraries
from complaints.directory import DirectoryError, load
from complaints.editions import EditionError
from complaints.errors import Refusal
from complaints.faults import RecordsAway
from complaints.notify import Dispatcher, Mail, MailSettings
from complaints.records import Outbox, PostgresRecords, RetentionBook, StoredReferences
from complaints.records.migrate import migrate
from worker.connection import connect
from worker.follower import Follower
from worker.machines import Machines, machines
from worker.running import build_worker
from worker.schedules import Done, sync
from worker.settings import Settings, Unsettled
from worker.spool import Spool
from worker.stack.namespaces import add_search_attributes
from worker.stack.places import default_home

log = logging.getLogger(__name__)

LOOK_AT_DIRECTORY = 30.0
"""Seconds between two looks whether another directory is in force."""

ADDING = 10.0
"""Seconds that a server has to take search attributes."""

AGAIN = 5.0
"""Seconds between two tries at a server or a database that is away."""


@dataclass
class Parts:
    """What a worker is put together from."""

    client: Client
    records: PostgresRecords
    references: StoredReferences
    retention: RetentionBook
    mail: Mail | None
    outbox: Outbox | None
    ports: Machines


async def run_worker(settings: Settings, stop: asyncio.Event, ready: Callable[[], None] | None = None) -> None:
    """Work in the settings' namespace until `stop` is set, then finish what is under way.

    `ready` is called once tasks are being taken. A server that is away is waited for; so is PostgreSQL, without which
    the worker works all the same. Raises `Unsettled` when addresses are missing.
    """
    async with _parts(settings, stop) as parts:
        if parts is None:
            return
        spool = Spool(_kept(settings, "spool.db"), parts.mail, parts.references) if parts.mail else None
        follower = Follower(parts.client, parts.records, spool)
        try:
            await _work(settings, parts, follower, stop, ready)
        finally:
            if spool:
                spool.close()


async def _work(
    settings: Settings, parts: Parts, follower: Follower, stop: asyncio.Event, ready: Callable[[], None] | None
) -> None:
    dispatcher = (
        Dispatcher(parts.outbox, parts.mail, parts.records.mail_waiting) if parts.outbox and parts.mail else None
    )
    prepared = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        beside = [
            tasks.create_task(_prepare(settings.need_database(), parts.records, prepared)),
            tasks.create_task(follower.run()),
            tasks.create_task(parts.ports.destruction.run()),
        ]
        if parts.ports.archivist:
            beside.append(tasks.create_task(parts.ports.archivist.run()))
        if not settings.drill:  # exercises have no days of their own
            beside.append(tasks.create_task(keep_schedules(parts.client, parts.records)))
        if dispatcher:
            tasks.create_task(dispatcher.run())
        await prepared.wait()
        worker = build_worker(
            parts.client, parts.records, parts.references, follower, parts.retention, parts.ports.for_rounds
        )
        async with worker:
            log.info("working on %s", parts.client.namespace)
            if ready:
                ready()
            await stop.wait()
            log.info("finishing what is under way on %s", parts.client.namespace)
        for task in beside:
            task.cancel()
        if dispatcher:
            dispatcher.stop()  # it finishes the message under way: cut off, that one would go out twice


@asynccontextmanager
async def _parts(settings: Settings, stop: asyncio.Event) -> AsyncIterator[Parts | None]:
    """The parts; None when `stop` came before the server did."""
    url, mail = settings.need_database(), _mail(settings)
    client = await _connected(settings, stop)
    if client is None:
        yield None
        return
    records = PostgresRecords(url)
    outbox = Outbox(url) if mail else None
    retention = RetentionBook(url)
    try:
        references = StoredReferences(records, _kept(settings, "reference.json"))
        async with machines(url, client, records, settings.archive) as ports:
            yield Parts(client, records, references, retention, mail, outbox, ports)
    finally:
        await records.close()
        await retention.close()
        if outbox:
            await outbox.close()


async def _connected(settings: Settings, stop: asyncio.Event) -> Client | None:
    address = settings.need_address()
    identity = f"duly@{socket.gethostname()}:{os.getpid()}"
    while not stop.is_set():
        try:
            client = await connect(address, settings.namespace, identity=identity)
            await add_what_is_new(client)
            return client
        except Refusal:
            log.warning("no answer from the Temporal server at %s; trying again", address)
        await _pause(stop, AGAIN)
    return None


async def add_what_is_new(client: Client) -> None:
    """The search attributes that came with this release. Where a worker may not add any, somebody else has to."""
    try:
        async with asyncio.timeout(ADDING):
            await add_search_attributes(client)
    except (RPCError, TimeoutError) as fault:
        why = fault.status.name if isinstance(fault, RPCError) else "no answer"
        missing = "if one is missing, cases stand still until `python -m worker.prepare` has added it"
        log.warning("search attributes of %s not added (%s): %s", client.namespace, why, missing)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


async def _prepare(url: str, records: PostgresRecords, prepared: asyncio.Event) -> None:
    """Schema and calendar. While PostgreSQL is away the worker starts without, and this goes on trying."""
    while True:
        try:
            await migrate(url)
            await keep_calendar(records, datetime.now(UTC))
            if await records.directory() is None:
                log.warning("no directory is loaded: cases wait for it (duly directory load FILE)")
            prepared.set()
            return
        except RecordsAway as fault:
            log.warning("the records are away (%s); working without them and trying again", fault.message)
            prepared.set()
            await asyncio.sleep(AGAIN)


async def keep_calendar(records: PostgresRecords, now: datetime) -> str:
    """Put the working days that the installed libraries know in force, if these announce more than what is there.

    A calendar that an administrator loaded, for instance on the day of the State Council's notice, is thus left alone.
    Returns the version in force. Deadlines may count from last year and end in the year after next.
    """
    there = await records.calendar()
    known = from_libraries(range(now.year - 1, now.year + 3))
    if there is not None and not set(there.years) < set(known.years):
        return there.version
    return await records.load_calendar(known, by="worker")


async def keep_schedules(client: Client, records: PostgresRecords) -> None:
    """Make the server's schedules those of the newest edition and the directory, at the start and when it changes."""
    known: str | None = None
    while True:
        try:
            stored = await records.directory()
            if stored is not None and stored[0] != known:
                changes = await sync(client, editions.newest(), load(stored[1], "directory.toml"))
                known = stored[0]
                if changed := [change for change in changes if change.done is not Done.SAME]:
                    log.info("schedules of rounds: %s", ", ".join(f"{one.id} {one.done.value}" for one in changed))
        except (RecordsAway, RPCError, DirectoryError, EditionError) as fault:
            log.warning("schedules of rounds put off: %s", fault)
        await asyncio.sleep(LOOK_AT_DIRECTORY)


def _mail(settings: Settings) -> Mail | None:
    if settings.smtp_url is None:
        log.warning("DULY_SMTP_URL is not set: notices wait in the inbox, and no mail is sent")
        return None
    try:
        return Mail(MailSettings.from_url(settings.smtp_url, settings.mail_from))
    except ValueError as wrong:
        raise Unsettled("settings.bad-mail", value=_without_password(settings.smtp_url)) from wrong


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if rest else url.rpartition("@")[2]


def _kept(settings: Settings, name: str) -> Path:
    """Where a worker keeps what it must still know when it starts while PostgreSQL is away."""
    return (settings.home or default_home()) / "worker" / settings.namespace / name
