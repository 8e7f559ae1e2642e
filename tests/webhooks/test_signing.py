"""Secrets, signatures and bodies."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime

import pytest

from complaints.webhooks import signing
from complaints.webhooks.model import WebhookDelivery, WebhookKind

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
AT = datetime(2026, 12, 1, 9, tzinfo=UTC)


def delivery(**changes: object) -> WebhookDelivery:
    said = {
        "id": "msg_1",
        "webhook": "whk_1",
        "key": "hotline-1",
        "kind": WebhookKind.STAGE,
        "at": AT,
        "data": {"number": "HF01-2026-000001", "event": "case.graded", "level": 1, "project": "hf01"},
        "created_at": AT,
    }
    return WebhookDelivery.model_validate(said | changes)


def test_the_signature_is_the_one_that_standard_webhooks_gives_as_an_example():
    secret = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signing.headers_of("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', secret)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_secret_belongs_to_one_webhook_and_one_key():
    secrets = {signing.secret_of(key, webhook) for key in (KEY, OTHER) for webhook in ("whk_1", "whk_2")}
    assert len(secrets) == 4
    assert all(len(one) == 32 for one in secrets)
    assert signing.secret_of(KEY, "whk_1") == signing.secret_of(KEY, "whk_1")
    assert signing.shown_secret(bytes(32)) == "whsec_" + b64encode(bytes(32)).decode()
    assert signing.key_id(KEY) != signing.key_id(OTHER)
    assert len(signing.key_id(KEY)) == 16


def test_an_id_needs_ten_random_bytes():
    assert signing.webhook_id(bytes(10)) == "whk_aaaaaaaaaaaaaaaa"
    with pytest.raises(ValueError, match="10"):
        signing.webhook_id(b"")


def test_the_body_is_the_same_bytes_each_time_and_says_nothing_of_the_customer():
    body = signing.body_of(delivery(), "https://duly.example/")
    assert body == signing.body_of(delivery(attempts=7), "https://duly.example")
    assert json.loads(body) == {
        "type": "stage",
        "timestamp": "2026-12-01T09:00:00Z",
        "data": {
            "event": "case.graded",
            "key": "hotline-1",
            "level": 1,
            "link": "https://duly.example/api/v1/complaints/HF01-2026-000001",
            "number": "HF01-2026-000001",
            "project": "hf01",
        },
    }


def test_without_an_address_of_the_gateway_links_are_paths():
    assert json.loads(signing.body_of(delivery(), None))["data"]["link"] == "/api/v1/complaints/HF01-2026-000001"


def test_another_moment_body_or_id_has_another_signature():
    secret = signing.secret_of(KEY, "whk_1")
    made = {
        signing.headers_of(id, at, body, secret)[signing.SIGNATURE_HEADER]
        for id, at, body in (
            ("msg_1", AT, b"{}"),
            ("msg_2", AT, b"{}"),
            ("msg_1", AT.replace(second=1), b"{}"),
            ("msg_1", AT, b"{ }"),
        )
    }
    assert len(made) == 4
    wanted = hmac.new(secret, f"msg_1.{int(AT.timestamp())}.{{}}".encode(), hashlib.sha256).digest()
    assert f"v1,{b64encode(wanted).decode()}" in made
