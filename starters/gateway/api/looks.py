"""`/api/v1/looks`: who has looked at a case or a customer, and why where contacts were unmasked."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from complaints.access.looks import LoggedLook
from starters.gateway.api import record_examples as examples
from starters.gateway.api.call import Call
from starters.gateway.api.cursors import CursorText, Limit, PagePlace, next_page, place_of
from starters.gateway.api.documented import documented
from starters.gateway.api.fields import Chosen, Moment
from starters.gateway.api.models import ApiAnswer

router = APIRouter(prefix="/api/v1", tags=["looks"])


class BeforeLook(PagePlace):
    """Before the look with this id."""

    id: Annotated[int, Field(ge=0, le=2**62)]


class LookPage(ApiAnswer):
    """Looks, the newest first."""

    looks: list[LoggedLook]
    next: str | None = None


@router.get("/looks", **documented("List looks.", examples.LOOKS, "not-entitled"))
async def list_looks(
    call: Call,
    case: Annotated[Chosen, Query(description="Number or key of a case, or the id of a customer or a report.")] = None,
    person: Annotated[Chosen, Query(description="Whose looks. Everybody may list their own.")] = None,
    since: Annotated[Moment | None, Query()] = None,
    until: Annotated[Moment | None, Query()] = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> LookPage:
    """List your own looks, or, for whoever watches over them, those at the cases and records of your projects."""
    seen = call.access.looks(of=person)
    filters = {"case": case, "person": person, "since": since, "until": until}
    place = place_of(BeforeLook, cursor, said=filters)
    found = await call.parts.looks.looks(
        case, person, since, until, seen=seen, before=place.id if place else None, limit=limit + 1
    )
    page = list(found[:limit])
    next = next_page(BeforeLook(id=page[-1].id), said=filters) if len(found) > limit else None
    return LookPage(looks=page, next=next)
