"""`/api/v1/absences`: when people are away, and who stands in for them meanwhile."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import StringConstraints

from complaints.base.errors import Refusal
from complaints.people.own_absences import OwnAbsence
from starters.gateway.api import record_examples as examples
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cursors import CursorText, Limit
from starters.gateway.api.documented import documented
from starters.gateway.api.fields import Chosen, Id, Moment, example
from starters.gateway.api.lists import page_of
from starters.gateway.api.models import ApiAnswer, ApiBody
from starters.gateway.api.telling import CasesTold, tell_cases

router = APIRouter(prefix="/api/v1", tags=["absences"])


class AbsencePage(ApiAnswer):
    """Absences that people have set, the latest first. Reasons are shown to those whom they concern."""

    absences: list[OwnAbsence]
    next: str | None = None


class AbsenceSaid(ApiBody):
    """An absence: by default your own, from now on, with the usual deputy."""

    model_config = example(until="2026-12-08T00:00:00+08:00", deputy="zhou.min", reason="年休假")

    until: Moment
    start: Moment | None = None
    deputy: Id | None = None
    reason: Annotated[str, StringConstraints(max_length=500)] = ""
    person: Id | None = None


class Returned(ApiBody):
    """Whose absences end: by default, yours."""

    model_config = example(person="li.na")

    person: Id | None = None


class ChangedAbsences(ApiAnswer):
    """The absences that were set or ended, and how many open cases were told."""

    absences: list[OwnAbsence]
    cases: CasesTold


@router.get("/absences", **documented("List absences.", examples.ABSENCES))
async def list_absences(call: Call, person: Chosen = None, limit: Limit = 50, cursor: CursorText = None) -> AbsencePage:
    """List the absences that people have set, also those that are over."""
    call.access.directory()
    found = [one for one in await call.reading.absences() if person in (None, one.person)]
    page, next = page_of(found, lambda one: str(one.id), limit, cursor, person=person)
    return AbsencePage(absences=[_seen(call, one) for one in page], next=next)


@router.post(
    "/absences",
    **documented(
        "Set an absence.",
        *(examples.ABSENCES_CHANGED, "not-yours", "not-entitled", "unknown-person", "wrong-time", "wrong-act"),
        *("absent-already", "deputy-away", "server-unreachable"),
        status=201,
        body=True,
    ),
)
async def set_absence(call: Call, body: AbsenceSaid) -> ChangedAbsences:
    """Set an absence: your own, that of somebody below you, or, for personnel, anybody's."""
    call.access.absences()
    one = await call.reading.set_absence(
        body.person or call.principal.id,
        by=call.principal.id,
        start=body.start or call.parts.now(),
        until=body.until,
        deputy=body.deputy,
        reason=body.reason,
    )
    return ChangedAbsences(absences=[one], cases=await tell_cases(call, changed=True))


@router.post(
    "/absences/end",
    **documented(
        "End absences.",
        *(examples.ABSENCES_CHANGED, "not-yours", "not-entitled", "unknown-person", "not-absent", "server-unreachable"),
        body=True,
    ),
)
async def end_absences(call: Call, body: Returned) -> ChangedAbsences:
    """End the absences that somebody has or will have, because they are back."""
    call.access.absences()
    ended = await call.reading.end_absence(body.person or call.principal.id, by=call.principal.id)
    return ChangedAbsences(absences=list(ended), cases=await tell_cases(call, changed=True))


def _seen(call: ApiCall, one: OwnAbsence) -> OwnAbsence:
    """Return an absence, without its reason for all but the person, whoever set it, and personnel."""
    if call.principal.kind == "person" and call.principal.id in (one.person, one.set_by):
        return one
    try:
        call.access.load_directory()
    except Refusal:
        return one.but(reason="")
    return one
