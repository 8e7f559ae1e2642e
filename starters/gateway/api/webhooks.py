"""`/api/v1/webhooks`: the addresses of a backend that are told of cases, and what they were told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import ConfigDict, Field, StringConstraints

from complaints.private_keys.places import KeyFileUnusable
from complaints.store.webhooks import Webhooks
from complaints.webhooks import signing
from complaints.webhooks.addresses import LONGEST_URL
from complaints.webhooks.errors import WebhookRefused
from complaints.webhooks.model import (
    DeliveryState,
    DisabledBecause,
    SendingFault,
    Webhook,
    WebhookDelivery,
    WebhookKind,
)
from complaints.webhooks.registering import new_webhook
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cursors import CursorText, Limit, PagePlace, next_page, place_of
from starters.gateway.api.documented import documented
from starters.gateway.api.models import ApiAnswer, ApiBody
from starters.gateway.problems import ApiProblem
from starters.gateway.recognition import check_scope

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])

ID, DELIVERY = "whk_mfrggzdfmztwq2lk", "msg_5d41402abc4b2a76b9719d911017c592ae41e464"
EXAMPLE: dict[str, Any] = {
    "id": ID,
    "url": "https://crm.example/duly",
    "kinds": ["opening", "closing"],
    "created_at": "2026-01-12T01:04:00Z",
    "failing_since": None,
    "disabled_at": None,
    "disabled_because": None,
    "pending": 0,
    "failed": 0,
}
DELIVERY_EXAMPLE: dict[str, Any] = {
    "id": DELIVERY,
    "kind": "opening",
    "timestamp": "2026-01-12T01:04:00Z",
    "data": {
        "event": "case.opened",
        "key": "crm-0123456789abcdef",
        "number": "HF01-2026-000123",
        "project": "hf01",
        "track": "intake",
        "level": None,
    },
    "state": "delivered",
    "created_at": "2026-01-12T01:04:01Z",
    "attempts": 1,
    "last_try": "2026-01-12T01:04:02Z",
    "next_try": None,
    "last_fault": None,
    "last_status": 200,
}

_NAME: Any = {"min_length": 1, "max_length": 100, "pattern": "^[!-~]+$"}
WebhookName = Annotated[str, Path(**_NAME, description="Id of the webhook.", examples=[ID])]
DeliveryName = Annotated[str, Path(**_NAME, description="Id of the delivery: its `webhook-id`.", examples=[DELIVERY])]
StateQuery = Annotated[DeliveryState | None, Query(description="Only deliveries in this state.")]


class WebhookBody(ApiBody):
    """An address to be told, and of what."""

    model_config = ConfigDict(
        strict=False,  # kinds come as words
        json_schema_extra={"examples": [{"url": "https://crm.example/duly", "kinds": ["opening", "closing"]}]},
    )

    url: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_URL)]
    kinds: Annotated[list[WebhookKind], Field(min_length=1, max_length=len(WebhookKind))]


class WebhookAnswer(ApiAnswer):
    """A webhook. `pending` and `failed` count what is to be sent, and what was set aside."""

    id: str
    url: str
    kinds: list[WebhookKind]
    created_at: datetime
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_because: DisabledBecause | None
    pending: int
    failed: int


class NewWebhookAnswer(WebhookAnswer):
    """A webhook that was just added. The secret is shown this once."""

    secret: str


class WebhookListAnswer(ApiAnswer):
    """The webhooks of a token."""

    webhooks: list[WebhookAnswer]


class WebhookDeliveryAnswer(ApiAnswer):
    """A delivery: what was told, and what became of it. `next_try` is given while it is pending."""

    id: str
    kind: WebhookKind
    timestamp: datetime
    data: dict[str, Any]
    state: DeliveryState
    created_at: datetime
    attempts: int
    last_try: datetime | None
    next_try: datetime | None
    last_fault: SendingFault | None
    last_status: int | None


class WebhookDeliveriesAnswer(ApiAnswer):
    """A page of deliveries, the newest first. `next` is the cursor of the page that follows, if there is one."""

    deliveries: list[WebhookDeliveryAnswer]
    next: str | None = None


class ResentAnswer(ApiAnswer):
    """How many deliveries are sent again."""

    resent: int


class DeliveryPlace(PagePlace):
    """Where a page of deliveries ends."""

    nth: int


@router.post(
    "",
    **documented(
        "Add a webhook.",
        {**EXAMPLE, "secret": "whsec_…"},
        *("webhook-address", "webhook-scheme", "webhook-not-public", "webhook-many", "webhook-token", "webhook-key"),
        status=201,
        body=True,
    ),
)
async def add(call: Call, body: WebhookBody, response: Response) -> NewWebhookAnswer:
    """Have an https address told of the kinds of event that you name, as far as your token may read.

    The secret with which the requests are signed is shown this once. The address is looked up when something is sent,
    and has to be of the public internet.
    """
    token = _token(call)
    new = new_webhook(
        body.url,
        body.kinds,
        key=_key(call),
        random=call.parts.random(signing.ID_BYTES),
        allowed=call.parts.webhook_hosts,
    )
    added = await call.store(Webhooks).add(
        new.id, token, new.url, new.kinds, key_id=new.key_id, by=f"token {token}", now=call.parts.now()
    )
    response.headers["cache-control"] = "no-store"
    return NewWebhookAnswer(**_shown(added).model_dump(), secret=new.secret)


@router.get("", **documented("List your webhooks.", {"webhooks": [EXAMPLE]}))
async def list_(call: Call) -> WebhookListAnswer:
    """Return the webhooks of your token, the oldest first."""
    found = await call.store(Webhooks).webhooks(call.parts.now(), token=_token(call))
    return WebhookListAnswer(webhooks=[_shown(one) for one in found])


@router.get("/{webhook}", **documented("Show a webhook.", EXAMPLE, "webhook-unknown"))
async def show(call: Call, webhook: WebhookName) -> WebhookAnswer:
    """Return one webhook of your token, and how it stands."""
    return _shown(await call.store(Webhooks).webhook(webhook, call.parts.now(), token=_token(call)))


@router.delete("/{webhook}", **documented("Remove a webhook.", None, "webhook-unknown", status=204))
async def remove(call: Call, webhook: WebhookName) -> Response:
    """Tell an address nothing any more; what waits to be sent to it is deleted."""
    token = _token(call)
    await call.store(Webhooks).remove(webhook, by=f"token {token}", now=call.parts.now(), token=token)
    return Response(status_code=204)


@router.post("/{webhook}/enable", **documented("Enable a webhook that was disabled.", EXAMPLE, "webhook-unknown"))
async def enable(call: Call, webhook: WebhookName) -> WebhookAnswer:
    """Send to an address again that was disabled. What was set aside stays so until you ask for it to be sent."""
    token = _token(call)
    found = await call.store(Webhooks).enable(webhook, by=f"token {token}", now=call.parts.now(), token=token)
    return _shown(found)


@router.get(
    "/{webhook}/deliveries",
    **documented("List deliveries.", {"deliveries": [DELIVERY_EXAMPLE], "next": None}, "webhook-unknown"),
)
async def deliveries(
    call: Call, webhook: WebhookName, state: StateQuery = None, limit: Limit = 50, cursor: CursorText = None
) -> WebhookDeliveriesAnswer:
    """Return what a webhook was told, the newest first, for 30 days."""
    token, webhooks = _token(call), call.store(Webhooks)
    filters = {"webhook": webhook, "state": state}
    place = place_of(DeliveryPlace, cursor, **filters)
    await webhooks.webhook(webhook, call.parts.now(), token=token)
    before = place.nth if place else None
    found = await webhooks.deliveries(webhook, token=token, state=state, before=before, limit=limit + 1)
    more = next_page(DeliveryPlace(nth=found[limit - 1].nth), **filters) if len(found) > limit else None
    return WebhookDeliveriesAnswer(deliveries=[_told(one.delivery) for one in found[:limit]], next=more)


@router.post(
    "/{webhook}/deliveries/resend",
    **documented("Send again all that was set aside.", {"resent": 3}, "webhook-unknown", status=202),
)
async def resend_failed(call: Call, webhook: WebhookName) -> ResentAnswer:
    """Send again all deliveries of a webhook that were set aside, each under its id."""
    count = await call.store(Webhooks).resend_failed(webhook, call.parts.now(), token=_token(call))
    return ResentAnswer(resent=count)


@router.post(
    "/{webhook}/deliveries/{delivery}/resend",
    **documented(
        "Send a delivery again.", {"resent": 1}, "webhook-unknown", "delivery-unknown", "delivery-pending", status=202
    ),
)
async def resend(call: Call, webhook: WebhookName, delivery: DeliveryName) -> ResentAnswer:
    """Send a delivery again under the same id, whatever has become of it."""
    token, webhooks = _token(call), call.store(Webhooks)
    await webhooks.webhook(webhook, call.parts.now(), token=token)
    await webhooks.resend(delivery, call.parts.now(), token=token, webhook=webhook)
    return ResentAnswer(resent=1)


def _token(call: ApiCall) -> str:
    """Return the id of the token that asks. Raises `ApiProblem` for people, and for a token that may not read."""
    if call.principal.kind != "backend":
        check_scope(call.request, call.principal, "read", frozenset({"backend"}))
    call.access.cases()
    return call.principal.id


def _key(call: ApiCall) -> bytes:
    """Return the webhook key; make it if there is none. Raises `WebhookRefused`, or `ApiProblem` if it is unusable."""
    if call.parts.webhook_key is None:
        raise WebhookRefused("webhook-key")
    try:
        return call.parts.webhook_key.made()
    except (KeyFileUnusable, OSError):
        raise ApiProblem(503, "away", headers={"retry-after": "60"}) from None


def _shown(one: Webhook) -> WebhookAnswer:
    return WebhookAnswer(**one.model_dump(include=set(WebhookAnswer.model_fields)))


def _told(one: WebhookDelivery) -> WebhookDeliveryAnswer:
    said = one.model_dump(include=set(WebhookDeliveryAnswer.model_fields))
    said["data"] = {"key": one.key, **one.data}
    said["next_try"] = one.next_try if one.state is DeliveryState.PENDING else None
    return WebhookDeliveryAnswer(**said, timestamp=one.at)
