"""What a new webhook is made of: its address is checked, its id drawn, its secret derived."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from complaints.webhooks import signing
from complaints.webhooks.addresses import AllowedHost, target_of
from complaints.webhooks.model import WebhookKind, checked_kinds


@dataclass(frozen=True)
class NewWebhook:
    """A webhook to be stored. `secret` is shown once, and stored nowhere."""

    id: str
    url: str
    kinds: tuple[WebhookKind, ...]
    key_id: str
    secret: str = field(repr=False)


def new_webhook(
    url: str, kinds: Iterable[str], *, key: bytes, random: bytes, allowed: Iterable[AllowedHost] = ()
) -> NewWebhook:
    """Check what is wanted, and make a webhook of `signing.ID_BYTES` random bytes. Raises `WebhookRefused`."""
    wanted = checked_kinds(kinds)
    target_of(url, allowed)
    id = signing.webhook_id(random)
    secret = signing.shown_secret(signing.secret_of(key, id))
    return NewWebhook(id=id, url=url, kinds=wanted, key_id=signing.key_id(key), secret=secret)
