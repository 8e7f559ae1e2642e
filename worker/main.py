"""The composition root: builds a worker and its parts from settings. The parts are connected only here."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from temporalio.client import Client
from temporalio.service import RPCError

from complaints import editions
from complaints.base.error_text import described
from complaints.base.errors import Refusal
from complaints.base.faults import CalendarError, RecordsAway
from complaints.clock.calendar import Calendar, calendar, completed, of_libraries, years_around
from complaints.connection.running_stack import default_home
from complaints.connection.settings import Settings, Unsettled
from complaints.connection.temporal import connect, security
from complaints.connection.tokens import TokenRole
from complaints.notify.dispatcher import Dispatcher
from complaints.notify.mail import Mail, MailSettings, is_sender
from complaints.objects.store import Objects
from complaints.people.loader import load
from complaints.private_keys.webhook_key import WebhookKey
from complaints.store.database import Database
from complaints.store.key_source import StoredKeys
from complaints.store.migrate import migrate
from complaints.store.outbox import Outbox
from complaints.store.records import PostgresRecords
from complaints.store.references import StoredReferences
from complaints.store.retention_money import RetentionBook
from complaints.store.signing_keys import SigningKeys
from complaints.store.webhooks import Webhooks
from complaints.store.workers import Workers
from worker.health import HealthServer
from worker.namespaces import add_search_attributes
from worker.projector import Projector
from worker.quarantine import SCHEDULES, Quarantine, away
from worker.schedules import Done, sync
from worker.services import Services, services
from worker.spool import Spool
from worker.status import Reporter, WorkerStatus
from worker.supervisor import Run, Supervisor
from worker.temporal_worker import build_worker
from worker.webhook_http import WebhookHttp
from worker.webhooks import WebhookSender

log = logging.getLogger(__name__)

CALENDAR = "calendar"
KEYS = "signing-keys"

LOOK_AT_DIRECTORY = 30.0
"""Seconds between two checks whether another directory is in force."""

ADDING = 10.0
"""Seconds that the server has to add search attributes."""

FINISHING = 5.0
"""Seconds that a stopping worker has to write the changes of its cases to the records."""

CONNECTIONS = 32
"""Connections to PostgreSQL that a worker uses at most, beside those of its mail: as many as all stores may have."""

AGAIN = 5.0
"""Seconds between two attempts to reach a server or a database that is away."""


@dataclass
class Components:
    """The parts of which a worker is built."""

    client: Client
    reader: Client
    """What only reads the server uses this one: where there are roles, its token can do nothing else."""
    records: PostgresRecords
    references: StoredReferences
    keys: StoredKeys
    retention: RetentionBook
    mail: Mail | None
    outbox: Outbox | None
    webhooks: Webhooks
    ports: Services


async def run_worker(settings: Settings, stop: asyncio.Event, ready: Callable[[], None] | None = None) -> None:
    """Run a worker in the settings' namespace until `stop` is set, then finish the tasks under way.

    `ready` is called once the worker takes tasks. The worker waits for a Temporal server that is away, and works
    without PostgreSQL while that is away. Every part runs under a supervisor, which restarts it when it fails. Raises
    `Unsettled` when addresses are missing, or the server refuses a certificate or the API key.
    """
    url, address, mail, health = settings.need_database(), settings.need_address(), _mail(settings), settings.health()
    identity = f"duly@{socket.gethostname()}:{os.getpid()}"
    status = WorkerStatus(identity, settings.namespace, Supervisor(), Quarantine())
    database = Database(url, CONNECTIONS)
    workers = Workers(database, size=1)
    reporter = Reporter(status, workers)
    beside: list[asyncio.Task[None]] = []
    unsettled: Unsettled | None = None  # raised outside of the task group, which would wrap it
    try:
        async with asyncio.TaskGroup() as tasks:
            if health is not None:
                server = HealthServer(*health, status.shown, elsewhere=settings.health_address is None)
                beside.append(tasks.create_task(status.supervisor.keep("health", server.run)))
            beside.append(tasks.create_task(status.supervisor.keep("status", reporter.run)))
            try:
                client = await _connected(address, settings.namespace, identity, stop)
                if client is not None:
                    async with _parts(settings, database, client, mail, status) as parts:
                        await _work(settings, parts, status, stop, ready)
            except Unsettled as wrong:
                unsettled = wrong
            finally:
                for task in beside:
                    task.cancel()
        await reporter.leave()
        if unsettled is not None:
            raise unsettled
    finally:
        await database.close()


async def _work(
    settings: Settings, parts: Components, status: WorkerStatus, stop: asyncio.Event, ready: Callable[[], None] | None
) -> None:
    supervisor, aside = status.supervisor, status.aside
    spool = _spool(settings, parts, supervisor)
    projector = Projector(parts.reader, parts.records, spool, aside=aside)
    status.on_lapse = projector.call_for_sweep
    dispatcher = (
        Dispatcher(parts.outbox, parts.mail, parts.records.mail_waiting) if parts.outbox and parts.mail else None
    )
    hooks = _webhook_sender(settings, parts, supervisor)
    prepared = asyncio.Event()  # the records are prepared, or known to be away
    try:
        async with asyncio.TaskGroup() as tasks:

            def keep(name: str, run: Run, *, once: bool = False) -> asyncio.Task[None]:
                return tasks.create_task(supervisor.keep(name, run, once=once))

            beside = [
                keep("prepare", lambda: _prepare(settings.need_database(), parts.records, prepared, status), once=True),
                keep("projector", projector.follow),
                keep("sweep", projector.keep_sweeping),
                keep("destruction", parts.ports.destruction.run),
            ]
            if parts.ports.attachments:
                beside.append(keep("attachments", parts.ports.attachments.run))
            if parts.ports.archivist:
                beside.append(keep("archive", parts.ports.archivist.run))
            if not settings.drill:  # drills run in skipped time, not by the calendar
                beside.append(keep("schedules", lambda: keep_schedules(parts.client, parts.records, aside)))
            if dispatcher:
                keep("mail", dispatcher.run)
            keep("webhooks", hooks.run)
            working = keep("temporal", lambda: _take_tasks(parts, projector, prepared, status, stop, ready), once=True)
            try:
                await stop.wait()
                supervisor.stop()
                await working
                status.unwritten = not await projector.finish(FINISHING)
            finally:
                for task in beside:
                    task.cancel()
                if dispatcher:
                    dispatcher.stop()  # it finishes the message under way: interrupted, that would be sent twice
                hooks.stop()
    finally:
        if spool:
            spool.close()


async def _take_tasks(
    parts: Components,
    projector: Projector,
    prepared: asyncio.Event,
    status: WorkerStatus,
    stop: asyncio.Event,
    ready: Callable[[], None] | None,
) -> None:
    """Take Temporal tasks until `stop` is set, then finish those under way. Raises the error of the SDK's worker."""
    stopping = asyncio.create_task(stop.wait())
    waiting = asyncio.create_task(prepared.wait())
    running: asyncio.Task[None] | None = None
    try:
        await asyncio.wait({stopping, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            return
        worker = build_worker(
            await _client_of_its_own(parts.client, status),
            parts.records,
            parts.references,
            projector,
            parts.retention,
            parts.ports.for_rounds,
            keys=parts.keys,
        )
        running = asyncio.create_task(worker.run())
        while not worker.is_running and not running.done():
            await asyncio.wait({running, stopping}, timeout=0.01)
        if not running.done():
            status.taking = True
            log.info("working on %s", parts.client.namespace)
            if ready:
                ready()
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        status.taking = False
        if not running.done():
            log.info("finishing what is under way on %s", parts.client.namespace)
            await worker.shutdown()
        await running
    finally:
        status.taking = False
        stopping.cancel()
        waiting.cancel()
        if running is not None and not running.done():
            running.cancel()
            await asyncio.wait({running})


async def _client_of_its_own(client: Client, status: WorkerStatus) -> Client:
    """Return the client for the SDK's worker: a new one after each failure.

    The SDK allows one worker per client, and may still count one that has failed. Raises `Refusal`.
    """
    if not status.supervisor.parts["temporal"].failures:
        return client
    address = client.service_client.config.target_host
    return await connect(address, client.namespace, identity=status.worker, role=TokenRole.WORKER)


def _webhook_sender(settings: Settings, parts: Components, supervisor: Supervisor) -> WebhookSender:
    key = WebhookKey(settings.home or default_home(), settings.namespace, settings.webhook_key)
    return WebhookSender(
        parts.webhooks,
        WebhookHttp(settings.webhook_hosts),
        key,
        gateway=settings.gateway_url,
        wake=parts.records.webhooks_waiting,
        supervisor=supervisor,
    )


def _spool(settings: Settings, parts: Components, supervisor: Supervisor) -> Spool | None:
    if parts.mail is None:
        return None
    return Spool(_kept(settings, "spool.db"), parts.mail, parts.references, supervisor=supervisor)


@asynccontextmanager
async def _parts(
    settings: Settings, database: Database, client: Client, mail: Mail | None, status: WorkerStatus
) -> AsyncGenerator[Components]:
    """Build the parts of a worker, and close the outbox's connections at the end; `database` stays open."""
    records = PostgresRecords(database)
    # Connections of its own: a delivery holds one until the gateway has answered, and no write may wait for that.
    outbox = Outbox(settings.need_database()) if mail else None
    try:
        references = StoredReferences(records, _kept(settings, "reference.json"), _cached(status.supervisor))
        ports = services(
            database,
            client,
            records,
            settings.archive,
            _objects(settings),
            aside=status.aside,
            supervisor=status.supervisor,
        )
        keys = StoredKeys(SigningKeys(database), _kept(settings, "keys.json"), _key_trouble(status.supervisor))
        reader = await _reader(client)
        yield Components(
            client,
            reader,
            records,
            references,
            keys,
            RetentionBook(database),
            mail,
            outbox,
            Webhooks(database, size=4),
            ports,
        )
    finally:
        if outbox:
            await outbox.close()


def _cached(supervisor: Supervisor) -> Callable[[Exception | None], None]:
    """Return a callback that tells the supervisor of a reference file that cannot be read or written."""

    def cached(error: Exception | None) -> None:
        if error is None:
            supervisor.well("reference-file")
        else:
            supervisor.troubled("reference-file", error, "a start while PostgreSQL is away would find an old one")

    return cached


def _key_trouble(supervisor: Supervisor) -> Callable[[Exception | None], None]:
    """Return a callback that tells the supervisor of a key ring that is not taken, or a file that cannot be written."""

    def trouble(error: Exception | None) -> None:
        if error is None:
            supervisor.well(KEYS)
        else:
            supervisor.troubled(KEYS, error, "the key ring of before stays in use")

    return trouble


async def _connected(address: str, namespace: str, identity: str, stop: asyncio.Event) -> Client | None:
    """Connect to the server, and retry until it answers; None if `stop` is set before."""
    said = False
    while not stop.is_set():
        try:
            client = await connect(address, namespace, identity=identity, role=TokenRole.WORKER)
            await add_what_is_new(client)
            return client
        except Refusal:
            if not said:
                log.warning("no answer from the Temporal server at %s; trying again", address)
            said = True
        await _pause(stop, AGAIN)
    return None


async def _reader(client: Client) -> Client:
    """Return a client with the reader's token, or the given one if there is no such token. Raises `Refusal`."""
    address = client.service_client.config.target_host
    if security(address, TokenRole.READER) == security(address, TokenRole.WORKER):
        return client
    return await connect(address, client.namespace, identity=client.identity, role=TokenRole.READER)


async def add_what_is_new(client: Client) -> None:
    """Add the search attributes that came with this release. If the worker may not, log that an operator has to."""
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


async def _prepare(url: str, records: PostgresRecords, prepared: asyncio.Event, status: WorkerStatus) -> None:
    """Prepare schema and calendar. While PostgreSQL is away, the worker starts without them and this goes on retrying.

    A schema of a newer release is refused: the worker then takes no tasks, logs that, and retries.
    """
    said = ""
    while True:
        try:
            await migrate(url)
            await keep_calendar(records, datetime.now(UTC), status.supervisor)
            if await records.directory() is None:
                log.warning("no directory is loaded: cases wait for it (duly directory load FILE)")
            status.prepared = True
            prepared.set()
            return
        except RecordsAway as fault:
            if said != fault.message:
                log.warning("the records are away (%s); working without them and trying again", fault.message)
            said = fault.message
            prepared.set()
            await asyncio.sleep(AGAIN)


async def keep_calendar(records: PostgresRecords, now: datetime, supervisor: Supervisor | None = None) -> str:
    """Put the installed libraries' working days in force, if they announce years that the stored calendar lacks.

    A calendar that an administrator loaded, for instance on the day of the State Council's notice, is thus not changed.
    Returns the version in force. The years are `years_around` now.

    Where the two libraries disagree, or cannot be read, nothing stops: a stored year stays as it is. A year that is not
    stored gets the days of `chinese_calendar`, or weekends alone if that cannot be read, and counts as not announced:
    deadlines that depend on it are provisional. The log and `duly doctor` report both, until the libraries agree or the
    notice of that year is loaded (`duly calendar load`).
    """
    supervisor = supervisor or Supervisor()
    there = await records.calendar()
    try:
        known, differ = of_libraries(years_around(now))
    except Exception as error:  # another release of the libraries may raise anything; clocks must go on
        known, differ = calendar((), (), (), {}), ()
        kept = f"the calendar {there.version} stays in force" if there else "only weekends are free, provisionally"
        supervisor.troubled(CALENDAR, error, f"{kept}; load the State Council's notice (duly calendar load)")
    if differ:
        days = ", ".join(day.isoformat() for day in differ)
        supervisor.note(CALENDAR, libraries_disagree_on=[day.isoformat() for day in differ])
        doubt = CalendarError(f"the holiday libraries disagree on {days}")
        supervisor.troubled(CALENDAR, doubt, _instead(there, {day.year for day in differ}))
    wanted = completed(there, known, differ)
    if there is not None and wanted.version == there.version:
        return there.version
    return await records.load_calendar(wanted, by="worker")


def _instead(there: Calendar | None, years: set[int]) -> str:
    """Describe which calendar applies to the years on which the libraries disagree."""
    said: list[str] = []
    for year in sorted(years):
        if there is not None and there.announced(year):
            said.append(f"{year} goes by the calendar that is loaded ({there.version})")
        elif there is not None:
            said.append(f"{year} stays provisional as it is stored")
        else:
            said.append(f"{year} goes provisionally by chinese_calendar: load the notice (duly calendar load)")
    return "; ".join(said)


async def keep_schedules(client: Client, records: PostgresRecords, aside: Quarantine | None = None) -> None:
    """Sync the server's schedules with the newest edition and the directory, at the start and when the latter changes.

    A schedule that fails is set aside and retried by itself.
    """
    known: str | None = None
    aside = aside or Quarantine()
    while True:
        try:
            stored = await records.directory()
            if stored is not None and (stored[0] != known or aside.due(SCHEDULES)):
                directory = load(stored[1], "directory.toml")
                changes = await sync(client, editions.newest(), directory, aside=aside)
                known = stored[0]
                if changed := [change for change in changes if change.done is not Done.SAME]:
                    log.info("schedules of rounds: %s", ", ".join(f"{one.id} {one.done.value}" for one in changed))
        except (RecordsAway, RPCError) as fault:
            if isinstance(fault, RPCError) and not away(fault):
                raise
            log.warning("schedules of rounds put off: %s", described(fault))
        await asyncio.sleep(LOOK_AT_DIRECTORY)


def _objects(settings: Settings) -> Objects | None:
    if (place := settings.object_place()) is None:
        log.warning("DULY_ATTACHMENTS is not set: attachments are neither swept, archived nor destroyed")
        return None
    return Objects.at(place)


def _mail(settings: Settings) -> Mail | None:
    if settings.smtp_url is None:
        log.warning("DULY_SMTP_URL is not set: notices wait in the inbox, and no mail is sent")
        return None
    if not is_sender(settings.mail_from):
        raise Unsettled("settings.bad-sender", value=settings.mail_from)
    try:
        return Mail(MailSettings.from_url(settings.smtp_url, settings.mail_from))
    except ValueError as wrong:
        raise Unsettled("settings.bad-mail", value=_without_password(settings.smtp_url)) from wrong


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if rest else url.rpartition("@")[2]


def _kept(settings: Settings, name: str) -> Path:
    """The path of a file that a worker needs when it starts while PostgreSQL is away."""
    return (settings.home or default_home()) / "worker" / settings.namespace / name
