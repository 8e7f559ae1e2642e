"""`/api/v1/inbox`: what a person owes, has to answer, may claim and has not read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from complaints.access.views import seen_by
from complaints.base.errors import Refusal, Refused
from complaints.base.fields import Key
from complaints.case.pools import claimable
from complaints.people.model import UnknownProject
from complaints.store.cases import InboxItem, OpenDuty
from starters.gateway.api import examples
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.documented import documented
from starters.gateway.api.models import ApiAnswer
from starters.gateway.problems import ApiProblem

router = APIRouter(prefix="/api/v1/inbox", tags=["inbox"])

Whose = Annotated[Key | None, Query(description="Whose, for backends; a person has their own.")]


class InboxPage(ApiAnswer):
    """Items of an inbox, the most urgent first."""

    items: list[InboxItem]


@router.get("", **documented("Show an inbox.", {"items": [examples.INBOX_ITEM]}, "unknown-person", "other-person"))
async def inbox(call: Call, person: Whose = None) -> InboxPage:
    """Return the open duties, the escalations to answer, and the notices to read: your own, and the duties of absent
    people for whom you stand in (`instead_of`). Scope `read`.
    """
    seen, whose = call.access.cases(), _whose(call, person)
    items = await call.reading.inbox(whose, seen)
    for absent in call.directory.slice("").acts_for(whose, call.parts.now()):
        theirs = await call.reading.inbox(absent, seen)
        items += [one.but(instead_of=absent) for one in theirs if one.kind == "duty"]
    return InboxPage(items=[seen_by(call.access.list_line(one.project), one) for one in items])


@router.get(
    "/pool",
    **documented("What may be claimed.", {"items": [examples.INBOX_ITEM]}, "unknown-person", "other-person"),
)
async def pool(call: Call, person: Whose = None) -> InboxPage:
    """Return the open duties of your roles that another holder has and that you may claim (`claim`). Scope `read`."""
    seen, whose = call.access.cases(), _whose(call, person)
    holder = call.directory.person(whose)
    assert holder is not None
    found = await call.reading.of_roles(holder.roles, whose, seen)
    items = [_item(one) for one in found if _claimable(call, one, whose)]
    return InboxPage(items=[seen_by(call.access.list_line(one.project), one) for one in items])


def _whose(call: ApiCall, named: str | None) -> str:
    if call.principal.kind == "backend" and named is None:
        raise ApiProblem(422, "invalid", fields=({"field": "query.person", "code": "missing"},))
    person = call.person(named)
    if call.directory.person(person) is None:
        raise Refusal(Refused.UNKNOWN_PERSON, person=person)
    return person


def _claimable(call: ApiCall, one: OpenDuty, person: str) -> bool:
    try:
        people = call.directory.slice(one.project)
    except UnknownProject:
        return False
    return claimable(one.duty, person, people, call.parts.now())


def _item(one: OpenDuty) -> InboxItem:
    fields = {name: getattr(one, name) for name in OpenDuty.model_fields}
    return InboxItem(kind="pool", due=one.duty.deadline.due, **fields)
