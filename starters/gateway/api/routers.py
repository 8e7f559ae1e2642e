"""The routers of the API, and the bodies of it that are no JSON."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter

from starters.gateway.api import (
    acts,
    attachments,
    complaints,
    desk,
    events,
    feed,
    forms,
    identity,
    inbox,
    printing,
    residents,
    round_acts,
    webhooks,
)
from starters.gateway.api.record_routers import RECORD_BODIES, RECORD_ROUTERS
from starters.gateway.middleware import BodyRule

ROUTERS: tuple[APIRouter, ...] = (
    identity.router,
    complaints.router,
    acts.router,
    events.router,
    feed.router,
    attachments.router,
    printing.router,
    inbox.router,
    round_acts.router,
    forms.router,
    webhooks.router,
    residents.router,
    desk.router,
    *RECORD_ROUTERS,
)

BODIES: Mapping[str, BodyRule] = {
    **identity.FORMS,
    **attachments.UPLOADS,
    **RECORD_BODIES,
}
