"""A worker as it is started in production tells a receiver of a case from its opening on."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from complaints.connection.running_stack import StackInfo
from complaints.private_keys.webhook_key import WebhookKey
from complaints.store.webhooks import Webhooks
from complaints.webhooks import signing
from complaints.webhooks.addresses import allowed_hosts
from complaints.webhooks.registering import new_webhook
from starters.client import Duly
from tests.server.office import open_office, set_apart
from tests.webhooks.office import Clock, Registry
from tests.webhooks.receiver import receiving

PATIENCE = 120
COMPLAINT: dict[str, Any] = {
    "source": "crm",
    "external_id": "webhook-1",
    "project": "hf01",
    "received_at": "2026-01-12T09:04:00+08:00",
    "received_by": "zhou.min",
    "channel": "phone",
    "category": "engineering",
    "customer": "钱女士",
    "contact": "138 0000 0017",
    "matter": "地下室渗水",
}


@pytest.mark.long(20)
async def test_a_worker_tells_a_receiver_of_a_case(stack: StackInfo, tmp_path: Path):
    apart = await set_apart(stack, f"webhooks-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}-{os.getpid()}")
    async with receiving(None) as receiver, Webhooks(apart.need_database()) as webhooks:
        quarters = replace(
            apart,
            webhook_hosts=allowed_hosts(f"http://127.0.0.1:{receiver.port}"),
            gateway_url="http://127.0.0.1:7281",
            health_address="off",
        )
        async with open_office(quarters, tmp_path):
            registry = Registry(apart.need_database(), webhooks, Clock())
            token = await registry.token("read")
            key = WebhookKey(tmp_path, apart.namespace).made()
            new = new_webhook(
                receiver.url, ["opening", "breach"], key=key, random=bytes(10), allowed=quarters.webhook_hosts
            )
            await webhooks.add(new.id, token, new.url, new.kinds, key_id=new.key_id, by="test", now=registry.clock())
            duly = await Duly.connect(apart.need_address(), apart.namespace)
            receipt = await duly.open_complaint(COMPLAINT)
            async with asyncio.timeout(PATIENCE):
                while not any(one["type"] == "breach" for one in map(_body, receiver.got)):
                    receiver.arrived.clear()
                    await receiver.arrived.wait()
    opening, breach = _body(receiver.got[0]), next(one for one in map(_body, receiver.got) if one["type"] == "breach")
    assert opening["type"] == "opening"
    assert opening["data"]["key"] == receipt.key
    assert opening["data"]["link"].startswith("http://127.0.0.1:7281/api/v1/complaints/HF01-")
    assert breach["data"]["rule"], "it was received long ago, so something is late at once"
    said = json.dumps([_body(got) for got in receiver.got], ensure_ascii=False)
    assert not [word for word in ("钱", "0017", "地下室", "zhou.min", "li.na") if word in said]
    secret = signing.secret_of(key, new.id)
    for got in receiver.got:
        id, moment = got.headers["webhook-id"], datetime.fromtimestamp(int(got.headers["webhook-timestamp"]), UTC)
        assert got.headers["webhook-signature"] == signing.headers_of(id, moment, got.body, secret)["webhook-signature"]


def _body(got: Any) -> dict[str, Any]:
    return json.loads(got.body)
