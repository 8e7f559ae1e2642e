"""`/api/v1/complaints`: complaints are opened, found, shown, reopened."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime

from complaints.access.looks import LookKind, at_file
from complaints.access.views import seen_by
from complaints.case.complaint import Track
from complaints.case.file import CaseFile, OpenReceipt
from starters.gateway.api import examples
from starters.gateway.api.call import Call
from starters.gateway.api.cases import case_file, concern_of, seen_case
from starters.gateway.api.complaint_bodies import CasePage, ComplaintBody, ContactsBody, ReopeningBody, ShownContacts
from starters.gateway.api.cursors import CursorText, Limit, PagePlace, next_page, place_of
from starters.gateway.api.documented import documented
from starters.gateway.api.models import CaseName
from starters.gateway.api.opening import discreet_receipt, open_discreetly
from starters.gateway.api.preconditions import IdempotencyKey, IfNoneMatch, etag, external_id, is_known
from starters.gateway.problems import ApiProblem
from workflows.interface import complaint_key

router = APIRouter(prefix="/api/v1/complaints", tags=["complaints"])

OPENING = (
    *("unknown-person", "about-you", "not-yours", "other-person", "conflict", "not-running", "too-large"),
    *("no-key", "server-unreachable"),
)


class AfterCase(PagePlace):
    """After the line of this case."""

    received_at: AwareDatetime
    key: str


@router.post(
    "",
    **documented("Open a complaint.", examples.OPENED, *OPENING, status=201, body=True),
)
async def open_complaint(
    call: Call, body: ComplaintBody, response: Response, idempotency_key: IdempotencyKey = None
) -> OpenReceipt:
    """Take a complaint in: it gets a key, a number, a proposed level and its first duties.

    Sent again with the same `source` and `external_id` it is answered with the same case (`new` is false), whether it
    is open or closed; with another content it is refused (`conflict`). Scope `open`.
    """
    call.access.open_complaint()
    said: dict[str, Any] = body.model_dump(exclude_unset=True)
    said["received_by"] = call.person(body.received_by)
    if body.external_id is None and idempotency_key is not None:
        said["external_id"] = external_id(call.principal, idempotency_key)
    if body.received_at is None:
        said["received_at"] = call.parts.now()
    receipt = await open_discreetly(call, said, timeless=body.received_at is None)
    response.headers["location"] = f"/api/v1/complaints/{receipt.key}"
    return receipt


@router.get(
    "",
    **documented("List cases.", {"complaints": [examples.LINE], "next": None}),
)
async def list_cases(
    call: Call,
    text: Annotated[
        str,
        Query(
            max_length=200,
            description="Words that all occur in what lists show you: number, matter, home, customer …",
        ),
    ] = "",
    project: Annotated[str | None, Query(max_length=64)] = None,
    stage: Annotated[Track | None, Query(description="The track that a case is on.")] = None,
    level: Annotated[int | None, Query(ge=1, le=4)] = None,
    status: Annotated[Literal["open", "closed"] | None, Query()] = None,
    mine: Annotated[bool, Query(description="Only cases in which you have a part.")] = False,
    source: Annotated[str | None, Query(max_length=64, description="With `external_id`: the one case.")] = None,
    external_id: Annotated[str | None, Query(min_length=1, max_length=128)] = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> CasePage:
    """List the cases that you may see, the newest first; by project, stage, level, state, text, or external id."""
    seen = call.access.search_cases() if text else call.access.cases()
    key = _key_of(source, external_id)
    filters: dict[str, Any] = {
        "text": text,
        "project": project,
        "stage": stage,
        "level": level,
        "status": status,
        "mine": mine,
        "key": key,
    }
    place = place_of(AfterCase, cursor, **filters)
    if mine and call.principal.kind != "person":
        raise ApiProblem(422, "invalid", fields=({"field": "query.mine", "code": "invalid"},))
    lines = await call.reading.search(
        text.replace("\0", ""),
        *(project, level, stage, status),
        limit=limit + 1,
        seen=seen,
        key=key,
        part=call.principal.id if mine else None,
        after=(place.received_at, place.key) if place else None,
    )
    shown = [seen_by(call.access.list_line(line.project), line) for line in lines[:limit]]
    more = len(lines) > limit
    last = lines[limit - 1] if more else None
    return CasePage(
        complaints=shown,
        next=next_page(AfterCase(received_at=last.received_at, key=last.key), **filters) if last else None,
    )


@router.get(
    "/{case}", **documented("Show a case.", examples.CASE, "case-unknown", "server-unreachable", unchanged=True)
)
async def show(call: Call, case: CaseName, response: Response, if_none_match: IfNoneMatch = None) -> CaseFile:
    """Return the case of this number or key as you may see it: contacts are masked unless you need to know them.

    The look is logged. `ETag` is its version, for `If-Match`. Scope `read`.
    """
    found = await seen_case(call, case)
    response.headers["etag"] = etag(found.file.journal_seq)
    if is_known(if_none_match, found.file.journal_seq):
        return Response(status_code=304, headers={"etag": etag(found.file.journal_seq)})  # pyright: ignore[reportReturnType]
    return found.shown


@router.post(
    "/{case}/contacts",
    **documented(
        "Look at a customer's contacts.",
        examples.CONTACTS,
        *("case-unknown", "not-entitled", "look-needs-reason"),
        body=True,
    ),
)
async def contacts(call: Call, case: CaseName, body: ContactsBody) -> ShownContacts:
    """Return the customer's name, contact and home unmasked. Why is logged, and everybody entitled can list it."""
    call.access.cases()
    concern = await concern_of(call, case)
    call.access.unmask_case(concern, body.why)
    look = at_file(call.principal, LookKind.UNMASK, concern, body.why)
    file = await call.looked(look, case_file(call, concern.key))
    sight = call.access.unmask_case(concern.but(about=concern.about | file.about), body.why)
    shown = seen_by(sight, file)
    return ShownContacts(customer=shown.complaint.customer, contact=shown.complaint.contact, building=shown.building)


@router.post(
    "/{case}/reopen",
    **documented(
        "Reopen a closed case.",
        examples.OPENED,
        *("case-unknown", "case-open", "reason-needed", *OPENING),
        status=201,
        body=True,
    ),
)
async def reopen(call: Call, case: CaseName, body: ReopeningBody) -> OpenReceipt:
    """Take a closed complaint in again as a new case, which is linked to it (RV-4.2). Scopes `open` and `read`.

    Sent again, it is answered with the same new case until that is closed too.
    """
    call.access.open_complaint()
    found = await seen_case(call, case, look=None)
    receipt = await (await call.duly()).reopen(found.file, by=call.person(body.by), reason=body.reason)
    return await discreet_receipt(call, receipt)


def _key_of(source: str | None, external_id: str | None) -> str | None:
    """Return the key of the case with this external id. Raises `ApiProblem` for one without the other."""
    if source is None and external_id is None:
        return None
    if source is None or external_id is None:
        missing = "query.source" if source is None else "query.external_id"
        raise ApiProblem(422, "invalid", fields=({"field": missing, "code": "missing"},))
    return complaint_key(source, external_id)
