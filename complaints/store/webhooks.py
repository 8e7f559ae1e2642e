"""Webhooks and the outbox of what they are told. The outbox is filled by `complaints.store.writing`, with the journal.

A worker takes one receiver at a time, by a lease, and sends what is due for it in order. It holds no lock and no
connection meanwhile. If it dies, the lease ends, and another worker sends again what was not noted as delivered, under
the same id. Whether a message may be sent is asked anew before each: the token must still count.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from complaints.accounts.model import AccountDeed
from complaints.base import Frozen
from complaints.store.account_events import record
from complaints.store.database import Connection, Store
from complaints.webhooks import retries
from complaints.webhooks.errors import WebhookRefused
from complaints.webhooks.model import (
    MOST_WEBHOOKS,
    DeliveryState,
    DisabledBecause,
    SendingFault,
    Webhook,
    WebhookDelivery,
    WebhookKind,
)

COUNTS = "(t.revoked_at IS NULL AND t.expires_at > $1 AND 'read' = ANY (t.scopes))"
COLUMNS = f"""
w.id, w.token, w.url, w.kinds, w.key_id, w.created_by, w.created_at, w.failures, w.failing_since, w.disabled_at,
w.disabled_because, {COUNTS} AS token_counts
"""
COUNTED = """
(SELECT count(*) FROM webhook_deliveries AS d WHERE d.webhook = w.id AND d.state = 'pending') AS pending,
(SELECT count(*) FROM webhook_deliveries AS d WHERE d.webhook = w.id AND d.state = 'failed') AS failed
"""
DELIVERY = """
d.id, d.webhook, d.key, d.kind, d.at, d.data::text AS data, d.state, d.created_at, d.attempts, d.first_try, d.last_try,
d.next_try, d.last_fault, d.last_status, d.delivered_at
"""
TOKEN = f"SELECT t.id FROM api_tokens AS t WHERE t.id = $2 AND {COUNTS} FOR UPDATE"
OTHER_KEY = "SELECT EXISTS (SELECT FROM webhooks WHERE key_id <> $1)"
ADD = """
INSERT INTO webhooks (id, token, url, kinds, key_id, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
LIST = f"""
SELECT {COLUMNS}, {COUNTED} FROM webhooks AS w JOIN api_tokens AS t ON t.id = w.token
WHERE ($2::text IS NULL OR w.token = $2) AND ($3::text IS NULL OR w.id = $3)
ORDER BY w.created_at, w.id LIMIT 1000
"""
REMOVE = "DELETE FROM webhooks WHERE id = $1 AND ($2::text IS NULL OR token = $2) RETURNING token, url"
DROP_ITS = "DELETE FROM webhook_deliveries WHERE webhook = $1"
ENABLE = """
UPDATE webhooks SET (disabled_at, disabled_because, failures, failing_since, paused_until) = (NULL, NULL, 0, NULL, NULL)
WHERE id = $1 AND ($2::text IS NULL OR token = $2) RETURNING token
"""
DELIVERIES = f"""
SELECT {DELIVERY}, d.nth FROM webhook_deliveries AS d JOIN webhooks AS w ON w.id = d.webhook
WHERE ($1::text IS NULL OR w.id = $1) AND ($2::text IS NULL OR w.token = $2) AND ($3::text IS NULL OR d.state = $3)
      AND ($4::bigint IS NULL OR d.nth < $4)
ORDER BY d.nth DESC LIMIT $5
"""
SENT_AGAIN = "(state, attempts, first_try, next_try) = ('pending', 0, NULL, $1)"
LOCKED = """
SELECT d.state, w.disabled_at FROM webhook_deliveries AS d JOIN webhooks AS w ON w.id = d.webhook
WHERE d.id = $1 AND ($2::text IS NULL OR w.token = $2) AND ($3::text IS NULL OR w.id = $3) FOR UPDATE OF d
"""
AGAIN = f"UPDATE webhook_deliveries SET {SENT_AGAIN} WHERE id = $2"
ALL_AGAIN = f"""
UPDATE webhook_deliveries SET {SENT_AGAIN} WHERE webhook = $2 AND state = 'failed'
"""
LEASE = """
UPDATE webhooks SET lease = $1, leased_until = now() + $2 * interval '1 second' WHERE id = (
    SELECT w.id FROM webhooks AS w
    WHERE w.disabled_at IS NULL AND w.key_id = $3 AND (w.leased_until IS NULL OR w.leased_until <= now())
          AND (w.paused_until IS NULL OR w.paused_until <= $4)
          AND EXISTS (SELECT FROM webhook_deliveries AS d
                      WHERE d.webhook = w.id AND d.state = 'pending' AND d.next_try <= $4)
    ORDER BY w.leased_until NULLS FIRST, w.id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
) RETURNING id
"""
HOLD = """
UPDATE webhooks SET leased_until = now() + $3 * interval '1 second'
WHERE id = $1 AND lease = $2 AND leased_until > now() AND disabled_at IS NULL RETURNING id
"""
RELEASE = "UPDATE webhooks SET lease = NULL, leased_until = now() WHERE id = $1 AND lease = $2"
NEXT = f"""
SELECT {DELIVERY}, w.url, w.failing_since, {COUNTS} AS token_counts
FROM webhook_deliveries AS d JOIN webhooks AS w ON w.id = d.webhook JOIN api_tokens AS t ON t.id = w.token
WHERE d.webhook = $2 AND d.state = 'pending' AND d.next_try <= $1
ORDER BY d.nth LIMIT 1
"""
DELIVERED = """
UPDATE webhook_deliveries
SET (state, attempts, first_try, last_try, delivered_at, last_status, last_fault) =
    ('delivered', attempts + 1, coalesce(first_try, $2), $2, $2, $3, NULL)
WHERE id = $1
"""
WELL = """
UPDATE webhooks SET (failures, failing_since, paused_until) = (0, NULL, NULL)
WHERE id = $1 AND (failures > 0 OR failing_since IS NOT NULL OR paused_until IS NOT NULL)
"""
FAILED = """
UPDATE webhook_deliveries
SET (state, attempts, first_try, last_try, next_try, last_fault, last_status) =
    ($2, attempts + 1, coalesce(first_try, $3), $3, coalesce($4, next_try), $5, $6)
WHERE id = $1
"""
PAUSED = """
UPDATE webhooks SET (failures, failing_since, paused_until) = (failures + 1, coalesce(failing_since, $2), $2)
WHERE id = $1 RETURNING failures, failing_since
"""
PAUSE = "UPDATE webhooks SET paused_until = $2 WHERE id = $1"
WITHHELD = "UPDATE webhook_deliveries SET (state, last_fault) = ('withheld', 'token') WHERE id = $1"
DISABLE = """
UPDATE webhooks SET (disabled_at, disabled_because) = ($2, $3) WHERE id = $1 AND disabled_at IS NULL RETURNING id
"""
SET_ITS_ASIDE = """
UPDATE webhook_deliveries SET (state, last_fault) = ('failed', coalesce(last_fault, 'disabled'))
WHERE webhook = $1 AND state = 'pending'
"""
DELETE_OLD = """
DELETE FROM webhook_deliveries WHERE nth IN (
    SELECT nth FROM webhook_deliveries AS d
    WHERE d.state <> 'pending' AND d.created_at < $1 OR NOT EXISTS (SELECT FROM webhooks WHERE id = d.webhook)
    LIMIT 5000
)
"""
STANDING = """
SELECT (SELECT count(*) FROM webhooks WHERE disabled_at IS NOT NULL) AS disabled,
       (SELECT count(*) FROM webhooks WHERE failing_since <= $2 AND disabled_at IS NULL) AS failing,
       (SELECT count(*) FROM webhooks AS w WHERE $1::text IS NOT NULL AND w.key_id <> $1) AS other_key,
       (SELECT count(*) FROM webhooks) AS webhooks,
       (SELECT count(*) FROM webhook_deliveries WHERE state = 'pending') AS pending,
       (SELECT count(*) FROM webhook_deliveries WHERE state = 'failed') AS failed
"""


class DueDelivery(Frozen):
    """A delivery that is due now, with where it goes."""

    delivery: WebhookDelivery
    url: str
    token_counts: bool


class WebhookStanding(Frozen):
    """How webhooks stand, for operators: counts of webhooks and of deliveries."""

    webhooks: int
    disabled: int
    failing: int  # for an hour or longer
    other_key: int  # they need another key than the one that is here
    pending: int
    failed: int


class ListedDelivery(Frozen):
    """A delivery in a list. `nth` is where the next page goes on (`before`)."""

    nth: int
    delivery: WebhookDelivery


class Webhooks(Store):
    """Webhooks and their deliveries. Every method raises `RecordsAway` while PostgreSQL is unavailable.

    `token` limits a method to the webhooks of one token; None is an operator, who sees all of them.
    """

    keeps_plans = True

    # --- registering and listing

    async def add(
        self, id: str, token: str, url: str, kinds: tuple[WebhookKind, ...], *, key_id: str, by: str, now: datetime
    ) -> Webhook:
        """Store a webhook whose address was checked. Raises `WebhookRefused`."""
        async with self._database.transaction() as connection:
            if await connection.fetchrow(TOKEN, now, token) is None:
                raise WebhookRefused("webhook-token")
            if await connection.fetchval(OTHER_KEY, key_id):
                raise WebhookRefused("webhook-key")
            if len(await connection.fetch(LIST, now, token, None)) >= MOST_WEBHOOKS:
                raise WebhookRefused("webhook-many", most=MOST_WEBHOOKS)
            await connection.execute(ADD, id, token, url, [kind.value for kind in kinds], key_id, by, now)
            note = f"{token}: {' '.join(kinds)}"
            await record(connection, AccountDeed.WEBHOOK_NEW, id, by=by, now=now, note=note)
            return _webhook(await connection.fetchrow(LIST, now, token, id))

    async def webhooks(self, now: datetime, *, token: str | None = None) -> tuple[Webhook, ...]:
        """Return the webhooks, the oldest first."""
        async with self._database.connection() as connection:
            return tuple(_webhook(row) for row in await connection.fetch(LIST, now, token, None))

    async def webhook(self, id: str, now: datetime, *, token: str | None = None) -> Webhook:
        """Return one webhook. Raises `WebhookRefused`."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(LIST, now, token, id)
        if row is None:
            raise WebhookRefused("webhook-unknown")
        return _webhook(row)

    async def remove(self, id: str, *, by: str, now: datetime, token: str | None = None) -> None:
        """Remove a webhook with all that was to be sent to it. Raises `WebhookRefused`."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(REMOVE, id, token)
            if row is None:
                raise WebhookRefused("webhook-unknown")
            await connection.execute(DROP_ITS, id)
            await record(connection, AccountDeed.WEBHOOK_REMOVED, id, by=by, now=now, note=row["token"])

    async def enable(self, id: str, *, by: str, now: datetime, token: str | None = None) -> Webhook:
        """Send to a webhook again that was disabled. What was set aside stays so. Raises `WebhookRefused`."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(ENABLE, id, token)
            if row is None:
                raise WebhookRefused("webhook-unknown")
            await record(connection, AccountDeed.WEBHOOK_ENABLED, id, by=by, now=now, note=row["token"])
            return _webhook(await connection.fetchrow(LIST, now, token, id))

    async def deliveries(
        self,
        webhook: str | None = None,
        *,
        token: str | None = None,
        state: DeliveryState | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> tuple[ListedDelivery, ...]:
        """Return deliveries, the newest first; `before` goes on after the one with this number."""
        async with self._database.connection() as connection:
            wanted = state.value if state else None
            rows = await connection.fetch(DELIVERIES, webhook, token, wanted, before, limit)
        return tuple(ListedDelivery(nth=row["nth"], delivery=_delivery(row)) for row in rows)

    async def resend(self, id: str, now: datetime, *, token: str | None = None, webhook: str | None = None) -> None:
        """Send a delivery again, under the same id and with three days anew, whatever has become of it.

        Raises `WebhookRefused`, also if it is still being sent, or is of another webhook than `webhook`.
        """
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(LOCKED, id, token, webhook)
            if row is None:
                raise WebhookRefused("delivery-unknown")
            if row["state"] == DeliveryState.PENDING:
                raise WebhookRefused("delivery-pending")
            await connection.execute(AGAIN, now, id)

    async def resend_failed(self, webhook: str, now: datetime, *, token: str | None = None) -> int:
        """Send again all that was set aside for a webhook; return how many. Raises `WebhookRefused`."""
        await self.webhook(webhook, now, token=token)
        async with self._database.connection() as connection:
            return _count(await connection.execute(ALL_AGAIN, now, webhook))

    # --- sending

    async def lease(self, holder: str, seconds: float, key_id: str, now: datetime) -> str | None:
        """Take a receiver for which something is due, for so many seconds; return its webhook, or None."""
        async with self._database.connection() as connection:
            return await connection.fetchval(LEASE, holder, seconds, key_id, now)

    async def next(self, webhook: str, holder: str, seconds: float, now: datetime) -> DueDelivery | None:
        """Return what is due first for a receiver, and hold its lease longer.

        None if nothing is due, the lease was lost, or the webhook was disabled or removed.
        """
        async with self._database.connection() as connection:
            if await connection.fetchval(HOLD, webhook, holder, seconds) is None:
                return None
            row = await connection.fetchrow(NEXT, now, webhook)
        return DueDelivery(delivery=_delivery(row), url=row["url"], token_counts=row["token_counts"]) if row else None

    async def release(self, webhook: str, holder: str) -> None:
        """Give a receiver back."""
        async with self._database.connection() as connection:
            await connection.execute(RELEASE, webhook, holder)

    async def delivered(self, delivery: WebhookDelivery, status: int, now: datetime) -> None:
        """Note that the receiver has taken it."""
        async with self._database.transaction() as connection:
            await connection.execute(DELIVERED, delivery.id, now, status)
            await connection.execute(WELL, delivery.webhook)

    async def withheld(self, delivery: WebhookDelivery) -> None:
        """Note that it is not sent, because the token of its webhook does not count."""
        async with self._database.connection() as connection:
            await connection.execute(WITHHELD, delivery.id)

    async def failed(
        self,
        delivery: WebhookDelivery,
        fault: SendingFault,
        status: int | None,
        now: datetime,
        chance: float,
        asked: timedelta = retries.NOTHING,
    ) -> DisabledBecause | None:
        """Note that it was not taken: it is sent again later, or set aside. Return why its webhook is now disabled.

        A webhook is disabled when its receiver says that it is gone, or when one of its deliveries is set aside while
        it has taken nothing for as long. What else waits for it is then set aside too. `asked` is the pause for which
        the receiver has asked.
        """
        again = retries.next_try(delivery.attempts + 1, delivery.first_try or now, now, chance, asked)
        if fault is SendingFault.GONE:
            again = None
        state = DeliveryState.PENDING if again is not None else DeliveryState.FAILED
        async with self._database.transaction() as connection:
            await connection.execute(FAILED, delivery.id, state.value, now, again, fault.value, status)
            row = await connection.fetchrow(PAUSED, delivery.webhook, now)
            if row is None:  # it was removed meanwhile
                return None
            await connection.execute(PAUSE, delivery.webhook, now + retries.receiver_pause(row["failures"], asked))
            because = None
            if fault is SendingFault.GONE:
                because = DisabledBecause.GONE
            elif again is None and retries.is_failing(row["failing_since"], now):
                because = DisabledBecause.FAILING
            if because is not None:
                await _disable(connection, delivery.webhook, because, now)
        return because

    async def delete_old(self, now: datetime) -> int:
        """Delete deliveries that were dealt with and are older than `retries.KEPT`, up to 5,000; return how many."""
        async with self._database.connection() as connection:
            return _count(await connection.execute(DELETE_OLD, now - retries.KEPT))

    async def standing(self, key_id: str | None, now: datetime) -> WebhookStanding:
        """Return how webhooks stand. `key_id` names the key that is here, if there is one."""
        async with self._database.connection() as connection:
            return WebhookStanding.model_validate(
                dict(await connection.fetchrow(STANDING, key_id, now - retries.REPORTED_AFTER))
            )


async def _disable(connection: Connection, webhook: str, because: DisabledBecause, now: datetime) -> None:
    await connection.execute(DISABLE, webhook, now, because.value)
    await connection.execute(SET_ITS_ASIDE, webhook)


def _webhook(row: Mapping[str, Any]) -> Webhook:
    return Webhook.model_validate(dict(row))


def _delivery(row: Mapping[str, Any]) -> WebhookDelivery:
    said = {name: row[name] for name in WebhookDelivery.model_fields}
    return WebhookDelivery.model_validate(said | {"data": json.loads(said["data"])})


def _count(tag: str) -> int:
    return int(tag.rpartition(" ")[2])
