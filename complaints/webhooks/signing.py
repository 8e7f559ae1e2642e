"""Secrets of webhooks and the signatures made with them, in the form of Standard Webhooks (version 1).

A secret is derived from the installation's webhook key and the id of its webhook, so none is stored. The key is in a
file of the programs that need it (`complaints.private_keys.webhook_key`) or in a setting, never in the database, which
has its fingerprint alone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b32encode, b64encode
from datetime import UTC, datetime

from complaints.webhooks.model import WebhookDelivery

KEY_BYTES = 32
ID_BYTES = 10
SECRET_PREFIX = "whsec_"

ID_HEADER, TIME_HEADER, SIGNATURE_HEADER = "webhook-id", "webhook-timestamp", "webhook-signature"


def webhook_id(random: bytes) -> str:
    """Return the id of a new webhook from `ID_BYTES` random bytes."""
    if len(random) != ID_BYTES:
        raise ValueError(f"{ID_BYTES} random bytes are needed")
    return f"whk_{b32encode(random).decode().lower()}"


def key_id(key: bytes) -> str:
    """Return the fingerprint of a webhook key, by which the database names it."""
    return _mac(key, b"duly webhook key").hex()[:16]


def secret_of(key: bytes, webhook: str) -> bytes:
    """Return the secret of a webhook: 32 bytes."""
    return _mac(key, b"duly webhook secret " + webhook.encode())


def shown_secret(secret: bytes) -> str:
    """Return a secret as it is shown to its receiver, once: `whsec_` and Base64."""
    return SECRET_PREFIX + b64encode(secret).decode()


def body_of(delivery: WebhookDelivery, gateway: str | None) -> bytes:
    """Return the body of a delivery: the same bytes whenever it is sent. `gateway` is the address before its links."""
    link = f"{(gateway or '').rstrip('/')}/api/v1/complaints/{delivery.data.get('number') or delivery.key}"
    said = {
        "type": delivery.kind.value,
        "timestamp": delivery.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "data": {"key": delivery.key, **delivery.data, "link": link},
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def headers_of(delivery: str, at: datetime, body: bytes, secret: bytes) -> dict[str, str]:
    """Return the headers that sign a body: the id of the delivery, the moment in seconds, and the signature."""
    moment = str(int(at.timestamp()))
    signed = b".".join((delivery.encode(), moment.encode(), body))
    signature = f"v1,{b64encode(_mac(secret, signed)).decode()}"
    return {ID_HEADER: delivery, TIME_HEADER: moment, SIGNATURE_HEADER: signature}


def _mac(key: bytes, said: bytes) -> bytes:
    return hmac.new(key, said, hashlib.sha256).digest()
