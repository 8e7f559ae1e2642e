"""The routers of everything that is no case: rounds, reports, lists, and what the company keeps."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter

from starters.gateway.api import (
    absences,
    calendar,
    customer_events,
    customers,
    deliveries,
    directory,
    documents,
    draws,
    holds,
    imports,
    library,
    looks,
    meetings,
    reports,
    retention_money,
    revisits,
    rounds,
    surveys,
)
from starters.gateway.middleware import BodyRule

RECORD_ROUTERS: tuple[APIRouter, ...] = (
    rounds.router,
    reports.router,
    draws.router,
    revisits.router,
    surveys.router,
    documents.router,
    meetings.router,
    customer_events.router,
    directory.router,
    absences.router,
    calendar.router,
    holds.router,
    deliveries.router,
    customers.router,
    retention_money.router,
    library.router,
    looks.router,
    imports.router,
)

RECORD_BODIES: Mapping[str, BodyRule] = {
    **revisits.FILES,
    **surveys.FILES,
    **documents.FILES,
    **directory.FILES,
    **calendar.FILES,
    **retention_money.FILES,
    **imports.FILES,
}
