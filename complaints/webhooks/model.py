"""Webhooks, what happened in a case, and deliveries, as frozen values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from complaints.base import Frozen
from complaints.webhooks.errors import WebhookRefused

MOST_WEBHOOKS = 20
"""Webhooks that one token may have."""


class WebhookKind(StrEnum):
    """What a webhook is told of. A name never changes its meaning."""

    OPENING = "opening"  # a complaint was taken in
    STAGE = "stage"  # it was graded, changed its track, became major, was handled, or is handled again
    BREACH = "breach"  # a duty was not done in time
    CLOSING = "closing"  # the case is closed


class DeliveryState(StrEnum):
    """What has become of a delivery."""

    PENDING = "pending"  # to be sent, for the first time or again
    DELIVERED = "delivered"  # the receiver has answered with 2xx
    FAILED = "failed"  # set aside after about three days, or because its receiver is disabled
    WITHHELD = "withheld"  # not sent: the token has ended, or may not read


class SendingFault(StrEnum):
    """Why a delivery was not taken. It never quotes what the receiver says."""

    STATUS = "status"  # an answer other than 2xx, redirections included
    GONE = "gone"  # 410: the receiver wants nothing more
    TIMEOUT = "timeout"
    NAME = "name"  # its name is not found
    NOT_PUBLIC = "not-public"  # its name leads to an address that is not of the public internet
    UNREACHABLE = "unreachable"
    TLS = "tls"  # its certificate does not count
    PROTOCOL = "protocol"  # what it says is no HTTP
    ADDRESS = "address"  # its address is not allowed any more
    DISABLED = "disabled"  # its webhook was disabled before
    TOKEN = "token"  # the token of its webhook has ended


class DisabledBecause(StrEnum):
    """Why nothing is sent to a receiver any more."""

    GONE = "gone"  # it has answered 410
    FAILING = "failing"  # it has taken nothing for three days


class WebhookEvent(Frozen):
    """What a webhook is told of a case: one line of its journal, without anything about the customer."""

    kind: WebhookKind
    seq: int
    hash: str  # of the journal's line
    at: datetime
    data: dict[str, Any]


class Webhook(Frozen):
    """An address that is told of cases. Its secret is not stored: `signing.secret_of` derives it."""

    id: str
    token: str  # id of the token of the backend whom it belongs to
    url: str
    kinds: tuple[WebhookKind, ...]
    key_id: str
    created_by: str
    created_at: datetime
    failures: int = 0  # in a row
    failing_since: datetime | None = None
    disabled_at: datetime | None = None
    disabled_because: DisabledBecause | None = None
    token_counts: bool = True  # it has not ended, and may read
    pending: int = 0
    failed: int = 0


class WebhookDelivery(Frozen):
    """One message to one receiver. `id` is the same whenever it is sent."""

    id: str
    webhook: str
    key: str
    kind: WebhookKind
    at: datetime
    data: dict[str, Any]
    state: DeliveryState = DeliveryState.PENDING
    created_at: datetime
    attempts: int = 0
    first_try: datetime | None = None
    last_try: datetime | None = None
    next_try: datetime | None = None
    last_fault: SendingFault | None = None
    last_status: int | None = None
    delivered_at: datetime | None = None


def checked_kinds(said: Iterable[str]) -> tuple[WebhookKind, ...]:
    """Return the kinds that are named, each once and in their order. Raises `WebhookRefused`."""
    wanted = set(said)
    found = tuple(kind for kind in WebhookKind if kind.value in wanted)
    if not found or len(found) != len(wanted):
        raise WebhookRefused("webhook-kinds", known=", ".join(WebhookKind))
    return found
