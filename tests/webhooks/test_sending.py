"""Deliveries reach real receivers, once or again, in order; one receiver is in no other's way."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
import trustme

from complaints.base.faults import RecordsAway
from complaints.case.complaint import Track
from complaints.store.records import PostgresRecords
from complaints.store.webhooks import Webhooks
from complaints.webhooks import retries, signing
from complaints.webhooks.addresses import AllowedHost
from complaints.webhooks.model import DeliveryState, DisabledBecause, SendingFault
from tests.places import ROOT
from tests.store.casefiles import Story, graded
from tests.webhooks.office import KEY, Clock, Key, Registry
from tests.webhooks.receiver import NAME, TAKEN, Got, receiving, status, to, trusting
from worker.supervisor import PartState, Supervisor
from worker.webhook_http import WebhookHttp
from worker.webhooks import RECEIVERS, WebhookSender

Posting = Callable[..., WebhookSender]
PATIENCE = 120


@pytest.fixture
def sender(registry: Registry, clock: Clock, authority: trustme.CA) -> Posting:
    """Makes senders on the registry's database; arguments replace what they are made of."""
    http = WebhookHttp((AllowedHost(NAME),), lookup=to("127.0.0.1"), trusted=trusting(authority), whole=60)

    def made(**changes: object) -> WebhookSender:
        parts = {"http": http, "key": Key(), "now": clock, "chance": lambda: 0.5, "poll": 0.05} | changes
        return WebhookSender(registry.webhooks, **parts)  # type: ignore[arg-type]

    return made


async def told(records: PostgresRecords, key: str = "hotline-1", *levels: int) -> None:
    """A case begins, and is graded so often."""
    story = Story(key)
    await records.write(story.goes_on())
    for level in levels:
        await records.write(story.goes_on(events=graded(level, Track.MAJOR)[:1]))


@asynccontextmanager
async def at_work(sender: WebhookSender) -> AsyncIterator[asyncio.Task[None]]:
    running = asyncio.create_task(sender.run())
    try:
        yield running
    finally:
        sender.stop()
        await asyncio.wait({running}, timeout=PATIENCE)
        running.cancel()


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            found = holds()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.02)


def verified(secret: str, got: Got, clock: Clock) -> bool:
    """As the documents say that a receiver verifies it."""
    program = re.search(
        r"^```python\n(.*?)^```$", (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8"), re.M | re.S
    )
    assert program
    names: dict[str, Any] = {}
    exec(program[1], names)
    return names["verified"](secret, got.headers, got.body, clock().timestamp())


async def test_a_delivery_reaches_its_receiver_signed(
    records: PostgresRecords, registry: Registry, sender: Posting, clock: Clock, authority: trustme.CA
):
    async with receiving(authority) as receiver:
        webhook = await registry.webhook(await registry.token(), receiver.url)
        await told(records)
        await sender(gateway="https://duly.example").drain()
    (got,) = receiver.got
    (delivery,) = await registry.deliveries()
    secret = signing.shown_secret(signing.secret_of(KEY, webhook))
    assert verified(secret, got, clock)
    assert not verified(secret, Got(got.line, got.headers, got.body.replace(b"opening", b"closing")), clock)
    clock.later(minutes=6)
    assert not verified(secret, got, clock), "a request that is kept and sent again later does not count"
    clock.later(minutes=-6)
    assert got.headers["webhook-id"] == delivery.id
    assert got.headers["webhook-timestamp"] == str(int(clock().timestamp()))
    said = json.loads(got.body)
    assert said["type"] == "opening"
    assert said["data"]["link"] == "https://duly.example/api/v1/complaints/HF01-2026-000001"
    assert b"\xe5" not in got.body, "no word of Chinese: nothing the customer said"
    assert (delivery.state, delivery.attempts, delivery.last_status) == (DeliveryState.DELIVERED, 1, 200)
    await sender().drain()
    assert len(receiver.got) == 1


async def test_what_fails_comes_again_with_the_same_id_and_body_later_and_later(
    records: PostgresRecords, registry: Registry, sender: Posting, clock: Clock, authority: trustme.CA
):
    async with receiving(authority, status(500), status(503), status(302), TAKEN) as receiver:
        await registry.webhook(await registry.token(), receiver.url)
        await told(records)
        begun = clock()
        for seconds in (0, 16, 46, 136):
            await sender().drain()
            await sender().drain()  # nothing more is due
            clock.later(seconds=seconds)
            await sender().drain()
    (delivery,) = await registry.deliveries()
    assert (delivery.state, delivery.attempts, delivery.first_try) == (DeliveryState.DELIVERED, 4, begun)
    assert len(set(receiver.ids)) == 1
    assert len({got.body for got in receiver.got}) == 1
    moments = [int(got.headers["webhook-timestamp"]) for got in receiver.got]
    assert moments == sorted(set(moments)), "each attempt is signed with its own moment"
    (webhook,) = await registry.webhooks.webhooks(clock())
    assert (webhook.failures, webhook.failing_since) == (0, None)


async def test_a_receiver_is_left_alone_for_as_long_as_it_asks(
    records: PostgresRecords, registry: Registry, sender: Posting, clock: Clock, authority: trustme.CA
):
    async with receiving(authority, status(503, "retry-after: 3600"), TAKEN) as receiver:
        await registry.webhook(await registry.token(), receiver.url)
        await told(records, "hotline-1", 1, 2)
        for _ in range(3):
            await sender().drain()
            clock.later(seconds=1000)
        assert len(receiver.got) == 1
        clock.later(seconds=601)
        await sender().drain()
    levels = [json.loads(got.body)["data"]["level"] for got in receiver.got]
    assert levels == [None, None, 1, 2]


async def test_order_is_kept_while_a_receiver_recovers(
    records: PostgresRecords, registry: Registry, sender: Posting, clock: Clock, authority: trustme.CA
):
    async with receiving(authority, status(500), status(500), TAKEN) as receiver:
        await registry.webhook(await registry.token(), receiver.url)
        await told(records, "hotline-1", 1, 2, 1)
        for seconds in (0, 16, 46):
            clock.later(seconds=seconds)
            await sender().drain()
    levels = [json.loads(got.body)["data"]["level"] for got in receiver.got]
    assert levels == [None, None, None, 1, 2, 1]


async def test_a_message_that_alone_is_not_taken_does_not_hold_the_others_up_for_ever(
    records: PostgresRecords, registry: Registry, sender: Posting, clock: Clock, authority: trustme.CA
):
    async with receiving(authority, *[status(422)] * 5, TAKEN) as receiver:
        await registry.webhook(await registry.token(), receiver.url)
        await told(records, "hotline-1", 1)
        for seconds in (0, 16, 46, 136, 301, 301):
            clock.later(seconds=seconds)
            await sender().drain()
    assert await registry.states() == [DeliveryState.PENDING, DeliveryState.DELIVERED]


async def test_after_three_days_it_is_set_aside_and_the_receiver_disabled_and_reported(
    records: PostgresRecords, registry: Registry, sender: Posting, clock: Clock, authority: trustme.CA
):
    supervisor = Supervisor()
    async with receiving(authority, status(500)) as receiver:
        webhook = await registry.webhook(await registry.token(), receiver.url)
        await told(records)
        for _ in range(40):
            await sender().drain()
            clock.later(hours=6, minutes=1)
        (delivery,) = await registry.deliveries()
        assert delivery.state is DeliveryState.FAILED
        assert (delivery.last_fault, delivery.last_status) == (SendingFault.STATUS, 500)
        assert delivery.first_try is not None
        assert delivery.last_try is not None
        lasted = delivery.last_try - delivery.first_try
        assert retries.GIVE_UP <= lasted <= retries.GIVE_UP + timedelta(hours=8)
        found = await registry.webhooks.webhook(webhook, clock())
        assert (found.disabled_because, found.failed, found.pending) == (DisabledBecause.FAILING, 1, 0)
        await sender(supervisor=supervisor).look()
        assert supervisor.parts[RECEIVERS].state is PartState.TROUBLED
        assert "1 disabled" in supervisor.parts[RECEIVERS].last_error
        await told(records, "another")
        assert len(await registry.deliveries()) == 1, "nothing is written for a receiver that is disabled"

        before = len(receiver.got)
        receiver.answers = [TAKEN]
        await registry.webhooks.enable(webhook, by="op", now=clock())
        await registry.webhooks.resend(delivery.id, clock())
        sending = sender(supervisor=supervisor)
        await sending.drain()
        await sending.look()
    assert receiver.ids[before:] == [delivery.id]
    assert await registry.states() == [DeliveryState.DELIVERED]
    assert supervisor.parts[RECEIVERS].state is PartState.RUNNING


async def test_one_failure_after_days_of_good_ones_disables_nobody(
    records: PostgresRecords, registry: Registry, sender: Posting, clock: Clock, authority: trustme.CA
):
    """A message that nobody can take is set aside after three days; its receiver takes others and stays."""
    async with receiving(authority, status(422)) as receiver:
        webhook = await registry.webhook(await registry.token(), receiver.url)
        await told(records, "poison")
        poison = (await registry.deliveries())[0].id
        for nth in range(14):
            receiver.answers = [status(422)]
            await sender().drain()
            clock.later(minutes=6)
            receiver.answers = [TAKEN]
            await registry.sql(
                "UPDATE webhook_deliveries SET next_try = $2 WHERE id = $1", poison, clock() + timedelta(hours=6)
            )
            await told(records, f"good-{nth}")
            await sender().drain()
            clock.later(hours=6)
        found = await registry.webhooks.webhook(webhook, clock())
    assert found.disabled_at is None
    assert (found.failed, found.pending) == (1, 0)


async def test_410_disables_at_once_and_sets_aside_what_waits(
    records: PostgresRecords, registry: Registry, sender: Posting, clock: Clock, authority: trustme.CA
):
    async with receiving(authority, status(410)) as receiver:
        webhook = await registry.webhook(await registry.token(), receiver.url)
        await told(records, "hotline-1", 1, 2)
        await sender().drain()
        clock.later(days=1)
        await sender().drain()
    assert len(receiver.got) == 1
    found = await registry.webhooks.webhook(webhook, clock())
    assert found.disabled_because is DisabledBecause.GONE
    assert [one.last_fault for one in await registry.deliveries()] == [
        SendingFault.GONE,
        SendingFault.DISABLED,
        SendingFault.DISABLED,
    ]
    assert set(await registry.states()) == {DeliveryState.FAILED}
    await registry.webhooks.enable(webhook, by="op", now=clock())
    assert await registry.webhooks.resend_failed(webhook, clock()) == 3


async def test_a_delivered_one_is_sent_again_by_hand_with_the_same_id(
    records: PostgresRecords, registry: Registry, sender: Posting, clock: Clock, authority: trustme.CA
):
    async with receiving(authority) as receiver:
        await registry.webhook(await registry.token(), receiver.url)
        await told(records)
        await sender().drain()
        (delivery,) = await registry.deliveries()
        await registry.webhooks.resend(delivery.id, clock())
        await sender().drain()
    assert receiver.ids == [delivery.id] * 2


async def test_what_a_token_may_not_see_any_more_is_not_sent(
    records: PostgresRecords, registry: Registry, sender: Posting, clock: Clock, authority: trustme.CA
):
    async with receiving(authority) as receiver:
        revoked, ends, stays = await registry.token(), await registry.token(days=2), await registry.token()
        for token in (revoked, ends, stays):
            await registry.webhook(token, receiver.url)
        await told(records)
        await registry.revoke(revoked)
        clock.later(days=3)
        await sender().drain()
    assert len(receiver.got) == 1
    assert await registry.states() == [DeliveryState.WITHHELD, DeliveryState.WITHHELD, DeliveryState.DELIVERED]


async def test_one_slow_receiver_holds_up_nobody_else(
    records: PostgresRecords, registry: Registry, sender: Posting, authority: trustme.CA
):
    async with AsyncExitStack() as stack:
        slow, quick = [await stack.enter_async_context(receiving(authority)) for _ in range(2)]
        slow.hold = asyncio.Event()
        token = await registry.token()
        await registry.webhook(token, slow.url)
        await registry.webhook(token, quick.url)
        await told(records, "hotline-1", 1, 2)
        async with at_work(sender()):
            await until(lambda: len(quick.got) == 3)
            assert slow.connections == 1, "one message at a time to one receiver"
            slow.hold.set()
            await until(lambda: len(slow.got) == 3)
    assert slow.ids != quick.ids


async def test_two_workers_do_not_send_to_one_receiver_at_the_same_time(
    records: PostgresRecords, registry: Registry, sender: Posting, authority: trustme.CA
):
    async with receiving(authority) as receiver, Webhooks(registry.url) as others:
        receiver.hold = asyncio.Event()
        webhook = await registry.webhook(await registry.token(), receiver.url)
        await told(records, "hotline-1", 1)
        async with at_work(sender()):
            await until(lambda: receiver.connections == 1)
            assert await others.lease("another", 60, signing.key_id(KEY), registry.clock()) is None
            receiver.hold.set()
            await until(lambda: len(receiver.got) == 2)
        assert receiver.connections == 2
        assert webhook


async def test_a_writer_in_the_same_process_wakes_it(
    records: PostgresRecords, registry: Registry, sender: Posting, authority: trustme.CA
):
    async with receiving(authority) as receiver:
        await registry.webhook(await registry.token(), receiver.url)
        async with at_work(sender(wake=records.webhooks_waiting, poll=3600.0)):
            await told(records)
            await until(lambda: receiver.got)


async def test_what_was_sent_and_not_noted_is_sent_again_with_the_same_id(
    records: PostgresRecords, registry: Registry, sender: Posting, clock: Clock, authority: trustme.CA
):
    """The worker dies, or PostgreSQL goes away, between sending and noting."""

    class Dying(Webhooks):
        async def delivered(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
            raise RecordsAway("gone")

    async with receiving(authority) as receiver, Dying(registry.url) as dying:
        await registry.webhook(await registry.token(), receiver.url)
        await told(records)
        first = sender()
        first._webhooks = dying  # pyright: ignore[reportPrivateUsage]
        await first.drain()
        assert len(receiver.got) == 1
        assert await registry.states() == [DeliveryState.PENDING]
        await sender().drain()
        assert len(receiver.got) == 1, "the lease of the dead worker still holds"
        await registry.sql("UPDATE webhooks SET leased_until = now()")
        await sender().drain()
    (delivery,) = await registry.deliveries()
    assert receiver.ids == [delivery.id] * 2
    assert delivery.state is DeliveryState.DELIVERED


async def test_without_the_key_nothing_is_sent_and_operators_are_told(
    records: PostgresRecords, registry: Registry, sender: Posting, authority: trustme.CA
):
    async with receiving(authority) as receiver:
        await registry.webhook(await registry.token(), receiver.url)
        await told(records)
        for key in (None, bytes(range(1, 33))):
            supervisor = Supervisor()
            lacking = sender(key=Key(key), supervisor=supervisor)
            await lacking.drain()
            await lacking.look()
            assert "1 with a key that is not here" in supervisor.parts[RECEIVERS].last_error
        assert receiver.got == []
        await sender().drain()
        assert len(receiver.got) == 1


async def test_one_message_that_cannot_be_made_is_set_back_and_the_next_is_sent(
    records: PostgresRecords, registry: Registry, sender: Posting, clock: Clock, authority: trustme.CA
):
    async with receiving(authority) as receiver:
        await registry.webhook(await registry.token(), receiver.url)
        await told(records, "hotline-1", 1)
        odd = (await registry.deliveries())[0].id
        http = WebhookHttp((AllowedHost(NAME),), lookup=to("127.0.0.1"), trusted=trusting(authority), whole=60)

        class Odd:
            async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
                if headers["webhook-id"] == odd:
                    raise ValueError("odd")
                return await http.post(url, headers, body)

        for seconds in (0, 16, 46, 136, 301, 301):
            clock.later(seconds=seconds)
            await sender(http=Odd()).drain()
    assert await registry.states() == [DeliveryState.PENDING, DeliveryState.DELIVERED]


async def test_old_deliveries_are_deleted_and_those_that_wait_are_not(
    records: PostgresRecords, registry: Registry, sender: Posting, clock: Clock, authority: trustme.CA
):
    async with receiving(authority, TAKEN, status(500)) as receiver:
        await registry.webhook(await registry.token(), receiver.url)
        await told(records, "hotline-1", 1)
        await sender().drain()
    clock.later(days=29)
    await sender().clean()
    assert await registry.states() == [DeliveryState.DELIVERED, DeliveryState.PENDING]
    clock.later(days=2)
    await sender().clean()
    assert await registry.states() == [DeliveryState.PENDING]
    await registry.sql("DELETE FROM webhooks")
    await sender().clean()
    assert (await registry.sql("SELECT count(*) FROM webhook_deliveries"))[0][0] == 0


async def test_it_stops_after_the_message_in_progress(
    records: PostgresRecords, registry: Registry, sender: Posting, authority: trustme.CA
):
    async with receiving(authority) as receiver:
        receiver.hold = asyncio.Event()
        await registry.webhook(await registry.token(), receiver.url)
        await told(records, "hotline-1", 1)
        sending = sender()
        async with at_work(sending) as running:
            await until(lambda: receiver.connections == 1)
            sending.stop()
            receiver.hold.set()
            await asyncio.wait({running}, timeout=PATIENCE)
            assert running.done()
    assert await registry.states() == [DeliveryState.DELIVERED, DeliveryState.PENDING]


async def test_operators_are_told_of_a_receiver_that_fails_for_an_hour_and_not_of_a_hiccup(
    records: PostgresRecords, registry: Registry, sender: Posting, clock: Clock, authority: trustme.CA
):
    supervisor = Supervisor()
    async with receiving(authority, status(500)) as receiver:
        await registry.webhook(await registry.token(), receiver.url)
        await told(records)
        sending = sender(supervisor=supervisor)
        await sending.drain()
        await sending.look()
        assert supervisor.parts[RECEIVERS].state is PartState.RUNNING
        clock.later(minutes=61)
        await sending.look()
        assert "1 failing" in supervisor.parts[RECEIVERS].last_error
        receiver.answers = [TAKEN]
        await sending.drain()
        await sending.look()
    assert supervisor.parts[RECEIVERS].state is PartState.RUNNING
