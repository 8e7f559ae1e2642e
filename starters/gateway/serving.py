"""The composition root: builds the gateway of its settings, and serves it."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import uvicorn

from complaints.base.error_text import described, traced
from complaints.base.faults import RecordsAway
from complaints.case.file import File
from complaints.connection.running_stack import default_home
from complaints.connection.settings import DRILL, Settings
from complaints.connection.temporal import connect
from complaints.connection.variables import Variables
from complaints.notify.mail import MailSettings
from complaints.private_keys.folder import KeyFolder
from complaints.private_keys.keeper import LEAD, KeyKeeper
from complaints.private_keys.places import place_of
from complaints.private_keys.webhook_key import WebhookKey
from complaints.store.accounts import Accounts
from complaints.store.api_tokens import ApiTokens
from complaints.store.database import Database
from complaints.store.looks import LookBook
from complaints.store.migrate import migrate
from complaints.store.records import PostgresRecords
from complaints.store.references import StoredReferences
from complaints.store.sessions import Sessions
from complaints.store.signing_keys import SigningKeys
from starters.client.temporal.calls import of_objects
from starters.gateway import security_log
from starters.gateway.app import create_app
from starters.gateway.clients import Clients, NoClients, SigningKeyFolder, TemporalClients
from starters.gateway.config import GatewayConfig, Practice
from starters.gateway.hashing import Passwords
from starters.gateway.oidc import IdentityProvider
from starters.gateway.parts import GatewayParts
from starters.gateway.rates import RateLimits
from starters.gateway.security_log import SecurityLog
from starters.gateway.stores import Stores
from workflows.interface import is_round

log = logging.getLogger(__name__)

CONNECTIONS = 12
"""Connections to PostgreSQL at most."""
HOUSEKEEPING = 3600.0
"""Seconds between two deletions of what counts no more."""
AGAIN = 10.0
"""Seconds after which housekeeping that failed is tried again."""
STOPPING = 5
"""Seconds that requests have to end when the gateway stops."""
MOST_AT_ONCE = 500
"""Requests at the same time; further ones get 503."""
IDLE = 15
"""Seconds after which an idle connection is closed."""


def now() -> datetime:
    """Return the time: UTC."""
    return datetime.now(UTC)


def practice_of(said: Variables) -> Practice | None:
    """Return the practice password with the version of the directory that it is for; None if none is set."""
    if said.practice_password is None:
        return None
    from complaints.store.reference_tables import version_of
    from starters.drill.examples import example

    return Practice(said.practice_password, version_of(example("directory.toml")))


def clients_of(settings: Settings, stores: Stores) -> Clients:
    """Build the clients of the gateway: on a connection to the Temporal server, if one is set."""
    if settings.temporal_address is None:
        return NoClients()
    address, records = settings.temporal_address, stores(PostgresRecords)
    place = place_of(settings.home or default_home(), settings.namespace)
    lead = timedelta(0) if settings.drill else LEAD
    name = DRILL if settings.drill else "gateway"
    keeper = KeyKeeper(KeyFolder(place), stores(SigningKeys), name, lead=lead)

    async def kept(key: str) -> File | None:
        try:
            return await (records.round(key) if is_round(key) else records.case(key))
        except RecordsAway:
            return None

    return TemporalClients(
        connecting=lambda: connect(address, settings.namespace, identity=f"gateway {os.getpid()}"),
        keys=SigningKeyFolder(place, keeper),
        kept=kept,
        objects=of_objects(settings),
        drill=settings.drill,
    )


@asynccontextmanager
async def composed(config: GatewayConfig, settings: Settings) -> AsyncGenerator[GatewayParts]:
    """Build the parts of a gateway; they are connected only here. Raises `Unsettled` without a database."""
    database = Database(settings.need_database(), CONNECTIONS)
    stores = Stores(database)
    references = StoredReferences(stores(PostgresRecords))
    try:
        yield GatewayParts(
            config=config,
            accounts=Accounts(database, size=4),
            sessions=Sessions(database, size=6),
            tokens=ApiTokens(database, size=4),
            looks=LookBook(database, size=2),
            passwords=Passwords(),
            security=SecurityLog(now),
            now=now,
            random=secrets.token_bytes,
            stores=stores,
            directory=lambda: references.directory(newest=True),
            limits=RateLimits.of(config.rate, config.unknown_rate, time.monotonic),
            clients=clients_of(settings, stores),
            drill=settings.drill,
            provider=IdentityProvider(config.provider) if config.provider else None,
            webhook_key=WebhookKey(settings.home or default_home(), settings.namespace, settings.webhook_key),
            webhook_hosts=settings.webhook_hosts,
            mail=MailSettings.from_url(settings.smtp_url, settings.mail_from) if settings.smtp_url else None,
        )
    finally:
        await database.close()


def serve(settings: Settings, *, with_parent: bool = False) -> None:
    """Serve until a signal; with `with_parent` also until stdin closes, because the parent process ended.

    Raises `Unsettled` if an address is missing, `WrongSetting` if one cannot be used, or `RecordsRefused` if the
    schema of the database is of another release.
    """
    said = Variables.read()
    config = GatewayConfig.of(said, settings.lang, practice_of(said))
    settings.need_database()
    security_log.to_stderr()
    asyncio.run(_serve(config, settings, with_parent=with_parent))


async def _serve(config: GatewayConfig, settings: Settings, *, with_parent: bool) -> None:
    url = settings.need_database()
    async with composed(config, settings) as parts:
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(parts),
                host=config.host,
                port=config.port,
                log_level="warning",
                access_log=False,  # it would write the codes in addresses
                server_header=False,
                date_header=True,
                proxy_headers=bool(config.proxies),
                forwarded_allow_ips=list(config.proxies),
                timeout_graceful_shutdown=STOPPING,
                timeout_keep_alive=IDLE,
                limit_concurrency=MOST_AT_ONCE,
            )
        )
        beside = [asyncio.create_task(keep_house(parts, url)), asyncio.create_task(_announce(server, config))]
        if isinstance(parts.clients, TemporalClients) and parts.clients.keys is not None:
            beside.append(asyncio.create_task(parts.clients.keys.run()))
        if with_parent:
            beside.append(asyncio.create_task(_end_with_parent(server)))
        await serve_beside(server, beside)


async def serve_beside(server: uvicorn.Server, beside: Sequence[asyncio.Task[None]]) -> None:
    """Serve until a signal, or until one of the tasks beside fails, and raise what it raised."""

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("the gateway stops: %s", traced(error))
            server.should_exit = True

    for task in beside:
        task.add_done_callback(ended)
    try:
        await server.serve()
    finally:
        for task in beside:
            task.cancel()
        left = await asyncio.gather(*beside, return_exceptions=True)
    for error in left:
        if isinstance(error, Exception):
            raise error


async def keep_house(parts: GatewayParts, url: str) -> None:
    """Migrate the database, then delete what counts no more, again and again.

    What fails is logged and tried again. Raises `RecordsRefused` if the schema is of another release: that does not
    pass, and what this release would write there may be wrong.
    """
    while True:
        try:
            await migrate(url)
            break
        except RecordsAway as fault:
            log.warning("the records are away: %s", described(fault))
            await asyncio.sleep(AGAIN)
    while True:
        try:
            await forget(parts)
        except RecordsAway as fault:
            log.warning("the records are away: %s", described(fault))
            await asyncio.sleep(AGAIN)
        except Exception as error:  # one that nobody foresaw must not end the housekeeping in silence
            log.error("housekeeping failed: %s", traced(error))
            await asyncio.sleep(AGAIN)
        else:
            await asyncio.sleep(HOUSEKEEPING)


async def forget(parts: GatewayParts) -> None:
    """Delete what counts no more: attempts to sign in, sessions, and looks that are older than they are kept."""
    await parts.accounts.forget_attempts(parts.now())
    await parts.sessions.forget(parts.now())
    await parts.looks.forget()


async def _announce(server: uvicorn.Server, config: GatewayConfig) -> None:
    """Say on standard output where people reach it, once it listens."""
    while not server.started:  # noqa: ASYNC110 (the server has no event for it)
        await asyncio.sleep(0.02)
    print(config.origin, flush=True)


async def _end_with_parent(server: uvicorn.Server) -> None:
    held = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(held), sys.stdin)
    await held.read()
    server.should_exit = True
    log.info("the process %d has ended", os.getppid())
