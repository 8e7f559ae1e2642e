"""A signer, its key ring and its statements, for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from complaints.case.file import ActKind, ActRequest
from complaints.signing.jws import SigningKey
from complaints.signing.key_ring import KeyRing
from complaints.signing.statement import ANSWERED, ActStatement

CASE = "crm-0123456789abcdef"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SECRET = (
    '{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",'
    '"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
)
"""The key of RFC 8037, appendix A.1."""
GATEWAY = SigningKey.read(SECRET)
VALID_FROM = NOW - timedelta(days=30)
RING = KeyRing().adding(GATEWAY.public("gateway", VALID_FROM))


def act(**changes: Any) -> ActRequest:
    """An act with a value in every field."""
    said: dict[str, Any] = {
        "by": "li.na",
        "kind": ActKind.RETURN,
        "duty": "CR-5.3.2a.1",
        "at": NOW - timedelta(minutes=3),
        "form": {"why": "漏水范围不清", "households": 12, "items": [{"what": "屋面"}]},
        "reason": "请补充影响范围",
        "revision": 2,
        "to": "CR-5.2.2",
        "act_id": "a-1",
        "seen": 41,
        "base_version": 41,
    }
    return ActRequest(**said | changes)


def statement(request: ActRequest | None = None, **changes: Any) -> ActStatement:
    """The statement of an act, made at `NOW`."""
    said: dict[str, Any] = {
        "act": request or act(),
        "workflow_id": CASE,
        "person": "li.na",
        "via": "gateway",
        "iat": NOW,
        "exp": NOW + ANSWERED,
    }
    return ActStatement(**said | changes)
