"""A gateway on a fresh database, with a clock that tests move, and clients that behave like a browser or a program."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx2

from complaints.accounts import passwords
from complaints.private_keys.webhook_key import WebhookKey
from complaints.store.accounts import Accounts
from complaints.store.api_tokens import ApiTokens
from complaints.store.database import Database
from complaints.store.looks import LookBook
from complaints.store.records import PostgresRecords
from complaints.store.references import StoredReferences
from complaints.store.sessions import Sessions
from starters.gateway.app import create_app
from starters.gateway.config import GatewayConfig
from starters.gateway.hashing import Passwords
from starters.gateway.oidc import IdentityProvider
from starters.gateway.parts import GatewayParts
from starters.gateway.rates import RateLimits
from starters.gateway.security_log import SecurityLog
from starters.gateway.stores import Stores

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
GOOD = "tram lagoon velvet"
"""A password that may be chosen."""
WEBHOOK_KEY = bytes(range(32))


class CheapHasher:
    """A hash that costs nothing, and counts what is asked of it."""

    def __init__(self) -> None:
        self.verified = 0

    def hash(self, password: str) -> str:
        return "cheap:" + hashlib.sha256(password.encode()).hexdigest()

    def verify(self, hash: str, password: str) -> bool:
        self.verified += 1
        return hash == self.hash(password)

    def check_needs_rehash(self, hash: str) -> bool:
        return not hash.startswith("cheap:")


@dataclass
class House:
    """A gateway and what a test needs to look behind it."""

    parts: GatewayParts
    hasher: CheapHasher
    url: str
    lines: list[dict[str, Any]]
    moment: list[datetime] = field(default_factory=lambda: [NOW])
    app: Any = None

    def later(self, span: timedelta) -> None:
        self.moment[0] += span

    @property
    def now(self) -> datetime:
        return self.moment[0]

    def events(self) -> list[str]:
        return [line["event"] for line in self.lines]

    async def account(
        self, id: str = "li.na", *, password: str = GOOD, generated: bool = False, admin: bool = False
    ) -> None:
        """Add an account with a password that was chosen, or generated."""
        accounts = self.parts.accounts
        hash = self.hasher.hash(passwords.prepared(password))
        await accounts.add(id, hash, administrator=admin, by="test", now=self.now)
        if not generated:
            await accounts.choose_password(id, hash, after=1, now=self.now)

    def browser(self, **headers: str) -> httpx2.AsyncClient:
        """A browser: keeps cookies, and says where its requests come from."""
        origin = self.parts.config.origin
        said = {"accept": "text/html", "accept-language": "en", "origin": origin, "sec-fetch-site": "same-origin"}
        return self._client({**said, **headers})

    def program(self, **headers: str) -> httpx2.AsyncClient:
        """A program, which says nothing about itself."""
        return self._client({"accept-language": "en", **headers})

    def _client(self, headers: Mapping[str, str]) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(self.app, raise_app_exceptions=False, client=("203.0.113.7", 4711))
        return httpx2.AsyncClient(transport=transport, base_url=self.parts.config.origin, headers=dict(headers))

    async def signed_in(self, id: str = "li.na", password: str = GOOD) -> httpx2.AsyncClient:
        """A browser in which somebody has signed in."""
        browser = self.browser()
        answer = await browser.post("/sign-in", data={"account": id, "password": password})
        assert answer.status_code == 303, answer.text
        return browser


class _Lines(logging.Handler):
    def __init__(self, lines: list[dict[str, Any]]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(json.loads(record.getMessage()))


@asynccontextmanager
async def all_counted_before_any_is_added(url: str, table: str) -> AsyncIterator[None]:
    """Let whoever counts the rows of a table before adding one count now, and add after half a second."""
    database = Database(url, 1)
    try:
        async with database.transaction(10) as connection:
            await connection.execute(f"LOCK TABLE {table} IN SHARE MODE")
            yield
            await asyncio.sleep(0.5)
    finally:
        await database.close()


@asynccontextmanager
async def house(
    url: str,
    config: GatewayConfig | None = None,
    provider: IdentityProvider | None = None,
    routers: Any = (),
    **changes: Any,
) -> AsyncIterator[House]:
    """A gateway on the database at `url`."""
    numbers = itertools.count(1)

    def random(size: int) -> bytes:
        return hashlib.shake_256(str(next(numbers)).encode()).digest(size)

    hasher, lines, moment = CheapHasher(), list[dict[str, Any]](), [NOW]
    database = Database(url, 8)
    parts = GatewayParts(
        config=config or GatewayConfig(),
        accounts=Accounts(database),
        sessions=Sessions(database),
        tokens=ApiTokens(database),
        looks=LookBook(database),
        passwords=Passwords(hasher),
        security=SecurityLog(lambda: moment[0]),
        now=lambda: moment[0],
        random=random,
        provider=provider,
        stores=(stores := Stores(database)),
        directory=partial(StoredReferences(stores(PostgresRecords)).directory, newest=True),
        limits=RateLimits.of(100_000, 100_000, lambda: moment[0].timestamp()),
        webhook_key=WebhookKey(Path("nowhere"), "default", WEBHOOK_KEY),
    )
    found = House(replace(parts, **changes), hasher, url, lines, moment)
    found.app = create_app(found.parts, routers)
    handler = _Lines(lines)
    logger = logging.getLogger("duly.security")
    logger.addHandler(handler)
    try:
        yield found
    finally:
        logger.removeHandler(handler)
        await database.close()
