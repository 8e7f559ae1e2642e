"""`/api/v1/holds` and `/api/v1/destruction`: what must stay longer, what is due to go, and what has gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from complaints import editions
from complaints.access.concern import CaseConcern
from complaints.access.looks import LookKind, at_record
from complaints.clock.local_time import CHINA, local
from complaints.printing.sheets.destruction import sheet
from complaints.retention.certificate import Certificate, Gone
from complaints.retention.holds import Hold, HoldScope
from complaints.retention.listing import DueRecords, RemovableRecord, Spared
from complaints.retention.terms import RecordKind, terms_of
from complaints.store.holds import Holds
from complaints.store.retention import RetentionStore, Run
from starters.gateway.api import record_examples as examples
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cursors import CursorText, Limit
from starters.gateway.api.documented import documented
from starters.gateway.api.fields import Choice, Chosen, Day, MonthName, Name, Reason, example
from starters.gateway.api.lists import page_of
from starters.gateway.api.models import ApiAnswer, ApiBody
from starters.gateway.api.papers import Paper, documented_file, paper, words_of
from starters.gateway.api.record_problems import answered, invalid_field, unknown_record

router = APIRouter(prefix="/api/v1", tags=["holds"])

NOON = timedelta(hours=4)
"""Noon in China, after midnight UTC."""
HoldNumber = Annotated[int, Path(ge=1, le=2_000_000_000)]


class HoldPage(ApiAnswer):
    """Holds in the order in which they were set."""

    holds: list[Hold]
    next: str | None = None


class HoldAsked(ApiBody):
    """A hold on a case (number or key), a customer (name, telephone number or id) or a project (code)."""

    model_config = example(scope="case", target="HF01-2026-000123", reason="法院来函要求保全。")

    scope: Choice[HoldScope]
    target: Name
    reason: Reason


class HoldLifted(ApiBody):
    """Why a hold is lifted."""

    model_config = example(reason="案件已审结。")

    reason: Reason


class DuePage(ApiAnswer):
    """What may be destroyed on a day, and what is spared, of the projects and cases that you may see."""

    day: str
    going: list[RemovableRecord]
    spared: list[Spared]
    next: str | None = None


class ListAsked(ApiBody):
    """The month whose list is made; by default, this one."""

    model_config = example(period="2026-11")

    period: MonthName | None = None


class DestructionProposal(ApiAnswer):
    """The list of a month. Its approval names the digest."""

    id: str
    period: str
    digest: str
    counts: dict[str, int]
    spared: int


class RunPage(ApiAnswer):
    """The lists of all months, the newest first."""

    runs: list[Run]
    next: str | None = None


class ShownCertificate(ApiAnswer):
    """A certificate of destruction, with what was destroyed of the projects that you may ask about."""

    certificate: Certificate
    destroyed: list[Gone]
    next: str | None = None


@router.get("/holds", **documented("List holds.", examples.HOLDS, "not-entitled"))
async def list_holds(
    call: Call,
    lifted: Annotated[bool, Query(description="Also those that were lifted.")] = False,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> HoldPage:
    """List the holds on cases that you may see, on projects, and on customers."""
    found = await call.store(Holds).holds(lifted=lifted, seen=call.access.holds())
    page, next = page_of(found, lambda one: str(one.id), limit, cursor, lifted=lifted)
    return HoldPage(holds=page, next=next)


@router.post(
    "/holds",
    **documented("Set a hold.", examples.HOLD, "not-entitled", "case-unknown", "not-possible", status=201, body=True),
)
async def set_hold(call: Call, body: HoldAsked) -> Hold:
    """Put a case, a customer or a project on hold, at once: nothing of it is destroyed until the hold is lifted."""
    call.access.holds()
    target = body.target.strip()
    if body.scope is HoldScope.CASE:
        concern = await call.concern(target)
        call.access.set_hold(case=concern)
        target = concern.key
    elif body.scope is HoldScope.PROJECT:
        if target not in {one.code for one in call.directory.projects}:
            raise invalid_field("body.target", "choice")
        call.access.set_hold(project=target)
    else:
        call.access.set_hold()
    with answered():
        return await call.store(Holds).set_hold(body.scope, target, body.reason, call.principal.id, call.parts.now())


@router.post(
    "/holds/{hold}/lift",
    **documented(
        "Lift a hold.", examples.HOLD, "record-unknown", "not-entitled", "case-unknown", "not-possible", body=True
    ),
)
async def lift_hold(call: Call, hold: HoldNumber, body: HoldLifted) -> Hold:
    """Lift a hold. It stays in the list, with who lifted it and why."""
    there = await call.store(Holds).holds(lifted=True, seen=call.access.holds())
    found = next((one for one in there if one.id == hold), None)
    if found is None:
        raise unknown_record(str(hold))
    await _check(call, found)
    with answered():
        return await call.store(Holds).lift_hold(hold, body.reason, call.principal.id, call.parts.now())


@router.get("/destruction/due", **documented("List what is due for destruction.", examples.DUE, "not-entitled"))
async def due(
    call: Call,
    on: Annotated[Day | None, Query(description="By default, today.")] = None,
    project: Chosen = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> DuePage:
    """List the records whose terms are over on a day, and those of them that a hold or another case keeps."""
    call.access.holds()
    at = datetime.combine(on, datetime.min.time(), call.parts.now().tzinfo) + NOON if on else call.parts.now()
    listing = await _keeping(call).due(at, project)
    going, spared = await _seen(call, listing)
    page, next = page_of(going, lambda one: f"{one.kind.value} {one.key}", limit, cursor, on=on, project=project)
    return DuePage(day=str(listing.day), going=page, spared=spared if cursor is None else [], next=next)


@router.get("/destruction/lists", **documented("List the lists of all months.", examples.RUNS, "not-entitled"))
async def list_runs(call: Call, limit: Limit = 50, cursor: CursorText = None) -> RunPage:
    """List the destruction lists of all months: proposed, approved, carried out."""
    call.access.certificates()
    page, next = page_of(await _keeping(call).runs(), lambda one: one.id, limit, cursor)
    return RunPage(runs=page, next=next)


@router.post(
    "/destruction/lists",
    **documented("Make the list of a month.", examples.DESTRUCTION_LIST, "not-entitled", body=True),
)
async def propose(call: Call, body: ListAsked) -> DestructionProposal:
    """Make the list of a month, or find it: it is made once and never changes. For whoever works for all projects."""
    call.access.propose_destruction()
    period = body.period or f"{local(call.parts.now(), CHINA):%Y-%m}"
    made = await _keeping(call).propose(period, call.parts.now())
    return DestructionProposal(
        id=made.id, period=made.period, digest=made.digest, counts=made.counts, spared=made.spared
    )


@router.get(
    "/destruction/lists/{id}/certificate",
    **documented("Show a certificate.", examples.CERTIFICATE, "record-unknown", "not-entitled"),
)
async def certificate(call: Call, id: Name, limit: Limit = 50, cursor: CursorText = None) -> ShownCertificate:
    """Show the certificate of a list that was carried out: who approved it, when, and what is gone."""
    found, gone = await _certified(call, id)
    page, next = page_of(gone, lambda one: f"{one.kind.value} {one.name}", limit, cursor, list=id)
    return ShownCertificate(certificate=found, destroyed=page, next=next)


@router.get(
    "/destruction/lists/{id}/certificate/print",
    **documented_file("Print a certificate.", ("pdf", "docx", "html", "txt"), "record-unknown", "not-entitled"),
)
async def print_certificate(call: Call, id: Name, format: Paper = "pdf") -> Response:
    """Return the certificate of a list as a paper, to sign and to keep."""
    found, gone = await _certified(call, id)
    await call.parts.looks.note(at_record(call.principal, LookKind.PRINT, found.id, None))
    return await paper(found.id, format, lambda: [sheet(words_of(call), found, gone)])


# --- what the operations share


def _keeping(call: ApiCall) -> RetentionStore:
    """Return the store of retention with the terms of the newest edition."""
    return RetentionStore(call.parts.stores.database, lambda: terms_of(editions.newest()), size=2)


async def _check(call: ApiCall, hold: Hold) -> None:
    """Raise `Refusal` unless the principal may lift the hold: whoever may set it may."""
    case: CaseConcern | None = await call.concern(hold.target) if hold.scope is HoldScope.CASE else None
    call.access.set_hold(hold.target if hold.scope is HoldScope.PROJECT else None, case)


async def _seen(call: ApiCall, listing: DueRecords) -> tuple[list[RemovableRecord], list[Spared]]:
    """Return what of a list the principal may know: their cases, and reports of the projects they may ask about."""
    cases, within = call.access.holds(), call.access.certificates()
    keys = {one.key for one in (*listing.going, *listing.spared) if one.kind is RecordKind.CASE}
    seen = await call.reading.seen_ones(cases, keys)

    def is_seen(one: RemovableRecord | Spared) -> bool:
        if one.kind is RecordKind.CASE:
            return one.key in seen
        return within is None or one.project in within

    names = {one.name for one in (*listing.going, *listing.spared) if is_seen(one)}
    going = [
        one.but(with_others=tuple(name for name in one.with_others if name in names))
        for one in listing.going
        if is_seen(one)
    ]
    spared = [one.but(other=one.other if one.other in names else None) for one in listing.spared if is_seen(one)]
    return going, spared


async def _certified(call: ApiCall, id: str) -> tuple[Certificate, Sequence[Gone]]:
    """Return a certificate, and what was destroyed of the projects that the principal may ask about."""
    within, keeping = call.access.certificates(), _keeping(call)
    with answered():
        found, gone = await keeping.certificate(id), await keeping.gone(id)
    if found is None:
        raise unknown_record(id)
    return found, [one for one in gone if within is None or one.project in within]
