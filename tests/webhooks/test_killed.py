"""A worker that is killed between sending and noting leads to a repeat with the same id, and to no loss."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import trustme

from complaints.store.records import PostgresRecords
from complaints.webhooks.addresses import AllowedHost
from complaints.webhooks.model import DeliveryState
from tests.places import ROOT
from tests.store.casefiles import Story
from tests.webhooks.office import Clock, Key, Registry
from tests.webhooks.receiver import NAME, receiving, to, trusting
from worker.webhook_http import WebhookHttp
from worker.webhooks import WebhookSender

PATIENCE = 120


async def test_a_killed_worker_repeats_under_the_same_id_and_loses_nothing(
    records: PostgresRecords, registry: Registry, clock: Clock, authority: trustme.CA, tmp_path: Path
):
    known = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(known))
    async with receiving(authority) as receiver:
        receiver.hold = asyncio.Event()
        await registry.webhook(await registry.token(), receiver.url)
        story = Story()
        await records.write(story.goes_on())
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.webhooks.sender_process", registry.url, str(known)),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        try:
            async with asyncio.timeout(PATIENCE):
                await receiver.arrived.wait()
        finally:
            process.kill()
            await process.wait()
        receiver.hold.set()
        assert await registry.states() == [DeliveryState.PENDING]

        http = WebhookHttp((AllowedHost(NAME),), lookup=to("127.0.0.1"), trusted=trusting(authority), whole=60)
        sender = WebhookSender(registry.webhooks, http, Key(), now=clock)
        await sender.drain()
        assert len(receiver.got) == 1, "the lease of the killed worker still holds"
        await registry.sql("UPDATE webhooks SET leased_until = now()")  # it ends by itself, after a minute
        await sender.drain()
    (delivery,) = await registry.deliveries()
    assert receiver.ids == [delivery.id, delivery.id]
    assert receiver.got[0].body == receiver.got[1].body
    assert (delivery.state, delivery.attempts) == (DeliveryState.DELIVERED, 1)
