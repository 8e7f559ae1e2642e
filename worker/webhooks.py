"""Sends what the webhooks are to be told: a part of the worker, beside its workflows.

One receiver is served by one worker at a time, its messages one after the other, in the order of the journal; after a
failure it is left alone for a while. Many receivers are served at the same time, so a slow one holds up nobody else.
What was sent and not yet noted when a worker dies is sent again with the same id: never lost, and known as a repeat.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

from complaints.base.error_text import described, traced
from complaints.base.faults import RecordsAway, WebhooksHeldUp
from complaints.private_keys.places import KeyFileUnusable
from complaints.store.webhooks import DueDelivery, Webhooks
from complaints.webhooks import retries, signing
from complaints.webhooks.model import SendingFault
from worker.supervisor import Supervisor
from worker.webhook_http import NotTaken

log = logging.getLogger(__name__)

RECEIVERS = "webhook-receivers"
AT_ONCE = 16
"""Receivers that a worker serves at the same time."""
POLL = 5.0
"""Seconds between two looks for what no wake-up announced: retries, and writes of other workers."""
LEASE = 60.0
"""Seconds for which a receiver is a worker's, from each message on; longer than one attempt."""
TURN = 20
"""Messages in a row to one receiver; then those that wait for a place have their turn."""
CLEANING = 600.0
"""Seconds between two deletions of old deliveries."""
LOOKING = 60.0
"""Seconds between two looks at how webhooks stand."""


class Posts(Protocol):
    """Sends one message: `worker.webhook_http.WebhookHttp`."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int: ...


class ReadKey(Protocol):
    """The webhook key: `complaints.private_keys.webhook_key.WebhookKey`."""

    def read(self) -> bytes | None: ...


def _now() -> datetime:
    return datetime.now(UTC)


class WebhookSender:
    """Sends what the outbox of webhooks holds. Any number of workers may run one.

    `wake` is set by the writer of the outbox in this process (`PostgresRecords.webhooks_waiting`). `chance` returns a
    number from 0 to 1 by which retries are spread.
    """

    def __init__(
        self,
        webhooks: Webhooks,
        http: Posts,
        key: ReadKey,
        *,
        gateway: str | None = None,
        wake: asyncio.Event | None = None,
        supervisor: Supervisor | None = None,
        now: Callable[[], datetime] = _now,
        chance: Callable[[], float] = random.random,
        poll: float = POLL,
        lease: float = LEASE,
        at_once: int = AT_ONCE,
    ) -> None:
        self._webhooks = webhooks
        self._http = http
        self._key = key
        self._gateway = gateway
        self._wake = wake or asyncio.Event()
        self._supervisor = supervisor or Supervisor()
        self._now = now
        self._chance = chance
        self._poll = poll
        self._lease = lease
        self._slots = asyncio.Semaphore(at_once)
        self._turns: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._away = False

    def stop(self) -> None:
        """Make `run` end after the messages in progress."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Send, delete old deliveries and report on receivers, until `stop` or until cancelled."""
        beside = [
            asyncio.create_task(self._every(CLEANING, self.clean)),
            asyncio.create_task(self._every(LOOKING, self.look)),
        ]
        try:
            while not self._stopping:
                self._wake.clear()
                if not await self._served():
                    await self._called_for()
        finally:
            for task in beside:
                task.cancel()
            if self._turns and self._stopping:
                await asyncio.wait(self._turns)
            for turn in self._turns:
                turn.cancel()

    async def drain(self) -> None:
        """Send what is due until nothing is left. Raises `RecordsAway`."""
        while await self._begin_turn():
            await asyncio.gather(*self._turns)

    async def clean(self) -> None:
        """Delete old deliveries. Raises `RecordsAway`."""
        while await self._webhooks.delete_old(self._now()):
            pass

    async def look(self) -> None:
        """Report to operators what holds webhooks up. Raises `RecordsAway`."""
        key = self._read_key()
        found = await self._webhooks.standing(signing.key_id(key) if key else None, self._now())
        said: list[str] = []
        if found.disabled:
            said.append(f"{found.disabled} disabled")
        if found.failing:
            said.append(f"{found.failing} failing")
        if found.other_key or (found.webhooks and key is None):
            said.append(f"{found.other_key or found.webhooks} with a key that is not here")
        self._supervisor.note(RECEIVERS, webhooks=found.webhooks, pending=found.pending, set_aside=found.failed)
        if said:
            held_up = WebhooksHeldUp(f"webhooks: {', '.join(said)}")
            self._supervisor.troubled(RECEIVERS, held_up, "duly webhooks list says which")
        else:
            self._supervisor.well(RECEIVERS)

    async def _served(self) -> bool:
        """Begin the turn of a receiver, and return whether there was one."""
        try:
            begun = await self._begin_turn()
            self._away = False
            return begun
        except RecordsAway as fault:
            if not self._away:
                log.warning("no webhooks are sent: %s", fault)
            self._away = True
            return False

    async def _begin_turn(self) -> bool:
        key = self._read_key()
        if key is None:
            return False
        await self._slots.acquire()
        begun = False
        try:
            holder = secrets.token_hex(16)
            webhook = await self._webhooks.lease(holder, self._lease, signing.key_id(key), self._now())
            if webhook is not None:
                turn = asyncio.create_task(self._turn(webhook, holder, key))
                self._turns.add(turn)
                turn.add_done_callback(self._turn_over)
                begun = True
        finally:
            if not begun:
                self._slots.release()
        return begun

    def _turn_over(self, turn: asyncio.Task[None]) -> None:
        self._turns.discard(turn)
        self._slots.release()
        self._wake.set()  # there may be more for this receiver, or one that waited for a place

    async def _turn(self, webhook: str, holder: str, key: bytes) -> None:
        """Send what is due for one receiver, until something fails."""
        try:
            for _ in range(TURN):
                due = await self._webhooks.next(webhook, holder, self._lease, self._now())
                if due is None or not await self._sent(due, key) or self._stopping:
                    break
            await self._webhooks.release(webhook, holder)
        except RecordsAway as fault:
            log.warning("what was sent to the webhook %s is not noted, and will be sent again: %s", webhook, fault)
        except Exception as error:
            self._supervisor.troubled(RECEIVERS, error, "the receiver's turn comes again")

    async def _sent(self, due: DueDelivery, key: bytes) -> bool:
        """Send one message and note what came of it; return whether the receiver may get the next one at once."""
        delivery = due.delivery
        if not due.token_counts:
            await self._webhooks.withheld(delivery)
            return True
        try:
            body = signing.body_of(delivery, self._gateway)
            secret = signing.secret_of(key, delivery.webhook)
            status = await self._http.post(due.url, signing.headers_of(delivery.id, self._now(), body, secret), body)
        except NotTaken as not_taken:
            await self._not_taken(due, not_taken.fault, not_taken.status, not_taken.asked)
            return False
        except Exception as error:  # one message that cannot be sent must not hold up the others for ever
            log.error("the delivery %s cannot be sent: %s\n%s", delivery.id, described(error), traced(error))
            await self._not_taken(due, SendingFault.PROTOCOL)
            return False
        await self._webhooks.delivered(delivery, status, self._now())
        return True

    async def _not_taken(
        self,
        due: DueDelivery,
        fault: SendingFault,
        status: int | None = None,
        asked: timedelta = retries.NOTHING,
    ) -> None:
        delivery = due.delivery
        because = await self._webhooks.failed(delivery, fault, status, self._now(), self._chance(), asked)
        if because is not None:
            log.warning("the webhook %s is disabled (%s); what waited for it is set aside", delivery.webhook, because)
        elif delivery.attempts == 0:
            log.info("the delivery %s was not taken (%s %s)", delivery.id, fault, status or "")

    def _read_key(self) -> bytes | None:
        try:
            return self._key.read()
        except (KeyFileUnusable, OSError) as error:
            self._supervisor.troubled(RECEIVERS, error, "no webhooks are sent")
            return None

    async def _called_for(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), timeout=self._poll)
        except TimeoutError:
            return

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except RecordsAway:
                pass  # the sending says so
            except Exception as error:
                self._supervisor.troubled(RECEIVERS, error, "it is tried again")
            await asyncio.sleep(seconds)
