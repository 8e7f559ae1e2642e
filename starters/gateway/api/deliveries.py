"""`/api/v1/deliveries`: notices that the mail gateway refused for good, and sending them again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import StringConstraints

from complaints.store.cases import FailedDelivery
from complaints.store.outbox import Outbox
from starters.gateway.api import record_examples as examples
from starters.gateway.api.call import Call
from starters.gateway.api.cursors import CursorText, Limit
from starters.gateway.api.documented import documented
from starters.gateway.api.fields import example
from starters.gateway.api.lists import page_of
from starters.gateway.api.models import ApiAnswer, ApiBody
from starters.gateway.api.record_problems import unknown_record

router = APIRouter(prefix="/api/v1", tags=["deliveries"])


class FailedPage(ApiAnswer):
    """Notices that were refused for good."""

    deliveries: list[FailedDelivery]
    next: str | None = None


class RetryAsked(ApiBody):
    """One delivery, by the case's key and the notice's id as the list has them; with neither, all that you may see."""

    model_config = example(key="crm-0123456789abcdef", notice="CR-5.2.1b.copy")

    key: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = None
    notice: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = None


class Retried(ApiAnswer):
    """How many deliveries are tried again."""

    retried: int


@router.get("/deliveries/failed", **documented("List failed deliveries.", examples.DELIVERIES, "not-entitled"))
async def failed(call: Call, limit: Limit = 50, cursor: CursorText = None) -> FailedPage:
    """List the notices of cases that you may see whose mail was refused for good, with the reason."""
    found = await call.reading.failed_deliveries(call.access.deliveries())
    page, next = page_of(found, lambda one: f"{one.key} {one.notice}", limit, cursor)
    return FailedPage(deliveries=page, next=next)


@router.post(
    "/deliveries/failed/retry",
    **documented("Try failed deliveries again.", examples.RETRIED, "not-entitled", "record-unknown", body=True),
)
async def retry(call: Call, body: RetryAsked) -> Retried:
    """Send a notice again, or all, after the addresses were corrected. The worker does it at once."""
    seen = call.access.retry_deliveries()
    only = (body.key, body.notice) if body.key is not None and body.notice is not None else None
    if only is None and (body.key is not None or body.notice is not None):
        raise unknown_record()
    count = await call.store(Outbox).retry_failed(only, seen=seen)
    if only is not None and not count:
        raise unknown_record()
    return Retried(retried=count)
