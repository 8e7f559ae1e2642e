"""A token, a key and webhooks of one test, in its own database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from complaints.accounts.credentials import RANDOM_BYTES, CredentialKind, minted
from complaints.store.api_tokens import ApiTokens
from complaints.store.webhooks import Webhooks
from complaints.webhooks import signing
from complaints.webhooks.model import DeliveryState, WebhookDelivery, WebhookKind, checked_kinds
from tests.store.postgres import rows

KEY = bytes(range(32))
ALL = tuple(kind.value for kind in WebhookKind)


class Key:
    """The webhook key, as a program has it."""

    def __init__(self, key: bytes | None = KEY) -> None:
        self.key = key

    def read(self) -> bytes | None:
        return self.key


@dataclass
class Clock:
    """The time, which tests move. It begins an hour after the database's, so that what was just written is due."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(hours=1))

    def __call__(self) -> datetime:
        return self.at

    def later(self, **span: float) -> None:
        self.at += timedelta(**span)


class Registry:
    """Registers tokens and webhooks, and looks at deliveries."""

    def __init__(self, url: str, webhooks: Webhooks, clock: Clock) -> None:
        self.url = url
        self.webhooks = webhooks
        self.clock = clock
        self._given = 0

    async def token(self, *scopes: str, days: float = 400.0) -> str:
        self._given += 1
        new = minted(CredentialKind.BACKEND, bytes([self._given]) * RANDOM_BYTES)
        async with ApiTokens(self.url) as tokens:
            until = self.clock() + timedelta(days=days)
            given = frozenset(scopes or ("read",))
            await tokens.add(new, "crm", given, by="test", now=self.clock() - timedelta(days=1), expires_at=until)
        return new.id

    async def revoke(self, token: str) -> None:
        async with ApiTokens(self.url) as tokens:
            await tokens.revoke(token, by="test", now=self.clock())

    async def webhook(
        self, token: str, address: str = "https://crm.example/duly", *kinds: str, key: bytes = KEY
    ) -> str:
        self._given += 1
        id = signing.webhook_id(self._given.to_bytes(10))
        wanted = checked_kinds(kinds or ALL)
        key_id = signing.key_id(key)
        await self.webhooks.add(id, token, address, wanted, key_id=key_id, by="test", now=self.clock())
        return id

    async def deliveries(self, webhook: str | None = None) -> list[WebhookDelivery]:
        """The deliveries, the oldest first."""
        return [one.delivery for one in reversed(await self.webhooks.deliveries(webhook, limit=1000))]

    async def states(self, webhook: str | None = None) -> list[DeliveryState]:
        return [one.state for one in await self.deliveries(webhook)]

    async def sql(self, statement: str, *params: Any) -> list[Any]:
        return await rows(self.url, statement, *params)
