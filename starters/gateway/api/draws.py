"""`/api/v1/draws`: draws of customers to ask in a month, the year's quota, and the proof of an honest draw."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from complaints.access.concern import RoundConcern
from complaints.access.looks import LookKind, at_record
from complaints.access.views import seen_by
from complaints.case.round import Period, Subject
from complaints.clock.local_time import CHINA, local
from complaints.revisits import sheet
from complaints.revisits.checking import problems
from complaints.revisits.lines import DrawLine, Member, MemberState, QuotaLine
from complaints.revisits.model import Candidate, Draw, DrawRef, Quota, Share
from complaints.revisits.quota import shares
from complaints.store.draws import DrawStore
from complaints.store.revisits import Revisits
from starters.gateway.api import record_examples as examples
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cursors import CursorText, Limit
from starters.gateway.api.documented import documented
from starters.gateway.api.fields import Chosen, Id, MonthName, Name, Year, example
from starters.gateway.api.lists import page_of
from starters.gateway.api.models import ApiAnswer, ApiBody
from starters.gateway.api.papers import documented_file, file
from starters.gateway.api.record_problems import invalid_field, unknown_record

router = APIRouter(prefix="/api/v1", tags=["draws"])

OFFICE_MANAGERS = "RV-5.3a"
"""The rule whose sheet asks about every area of the office's work."""


class DrawPage(ApiAnswer):
    """Draws, the newest first. Supplements are draws of their own."""

    draws: list[DrawLine]
    next: str | None = None


class DrawAsked(ApiBody):
    """A draw: its rule and month, and the estate, or the consultant whose customers are all asked."""

    model_config = example(rule="RV-5.3c", period="2026-11", project="hf01")

    rule: Name
    period: MonthName
    project: Id | None = None
    department: Id | None = None
    person: Id | None = None


class MadeDraw(ApiAnswer):
    """A draw, with how its size was computed."""

    draw: DrawRef
    quota: Quota
    short: int


class ShownDraw(ApiAnswer):
    """A draw with its customers, as you may see them."""

    draw: DrawRef
    rule: str
    period: str
    subject: Subject
    at: datetime
    share: Share
    supplement: int
    replaces: list[str]
    quota: Quota
    short: int
    members: list[Member]
    left_out: list[Candidate]


class Supplement(ApiAnswer):
    """The draw of others in the place of those who cannot be asked; null while there are none."""

    supplement: DrawRef | None


class QuotaPage(ApiAnswer):
    """How each estate fulfils the year's quota."""

    year: int
    lines: list[QuotaLine]


class CommitmentAsked(ApiBody):
    """An estate and a year."""

    model_config = example(project="hf01", year=2027)

    project: Id
    year: Year


class Commitment(ApiAnswer):
    """What the draws of an estate in a year are bound to. Note it outside of Duly before the year begins."""

    project: str
    year: int
    commitment: str


class FlawFound(ApiAnswer):
    """A mismatch in a draw."""

    code: str
    detail: str


class DrawVerdict(ApiAnswer):
    """Whether a draw is what it says, in itself and beside the others."""

    draw: str
    holds: bool
    flaws: list[FlawFound]


@router.get("/draws", **documented("List draws.", examples.DRAWS))
async def list_draws(
    call: Call,
    project: Chosen = None,
    year: Annotated[Year | None, Query()] = None,
    rule: Chosen = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> DrawPage:
    """List the draws that you may see."""
    found = await call.store(Revisits).draws(project, year, rule, seen=call.access.draws())
    page, next = page_of(found, lambda one: one.id, limit, cursor, project=project, year=year, rule=rule)
    return DrawPage(draws=page, next=next)


@router.post("/draws", **documented("Make a draw.", examples.DRAW_MADE, "not-entitled", "not-possible", body=True))
async def make(call: Call, body: DrawAsked) -> MadeDraw:
    """Draw the customers of a rule for a month, or find the draw: it is made once."""
    call.access.draws()
    share = shares().get(body.rule)
    if share is None:
        raise invalid_field("body.rule", "choice")
    wanted = "person" if share.everyone else "project"
    if getattr(body, wanted) is None:
        raise invalid_field(f"body.{wanted}", "missing")
    subject = Subject(project=body.project, department=body.department, person=body.person)
    call.access.make_draw(subject)
    _check_known(call, subject)
    store = call.store(DrawStore)
    ref = await store.draw(body.rule, Period.named(body.period), subject, call.parts.now())
    return _made(await _read(call, ref.id))


@router.get("/draws/quota", **documented("Show the year's quota.", examples.QUOTA))
async def quota(
    call: Call, project: Chosen = None, year: Annotated[Year | None, Query(description="By default, this year.")] = None
) -> QuotaPage:
    """Show how each estate, whose draws you may see, fulfils the year's quota (RV-5.3)."""
    within, today = call.access.draws().within, local(call.parts.now(), CHINA).date()
    found = await call.store(Revisits).quota(year or today.year, today, project)
    return QuotaPage(year=year or today.year, lines=[one for one in found if within is None or one.project in within])


@router.post(
    "/draws/commitments", **documented("Show a year's commitment.", examples.COMMITMENT, "not-entitled", body=True)
)
async def commitment(call: Call, body: CommitmentAsked) -> Commitment:
    """Return the commitment to which an estate's draws of a year are bound; the first call makes it."""
    call.access.make_draw(subject := Subject(project=body.project))
    _check_known(call, subject)
    told = await call.store(DrawStore).commitment(body.project, body.year)
    return Commitment(project=body.project, year=body.year, commitment=told)


@router.get("/draws/{draw}", **documented("Show a draw.", examples.DRAW, "record-unknown"))
async def show(call: Call, draw: Name) -> ShownDraw:
    """Show a draw with the customers to ask. Contacts are shown to whoever has to call them."""
    subject, its_round = await subject_of(call, draw)
    sight = call.access.open_draw(draw, subject, its_round)
    await call.parts.looks.note(at_record(call.principal, LookKind.DRAW, draw, subject.project))
    made, members = await _read(call, draw), await call.store(Revisits).members(draw)
    asking = made.asking
    return ShownDraw(
        draw=made.ref,
        rule=asking.rule,
        period=asking.period.name,
        subject=asking.subject,
        at=asking.at,
        share=asking.share,
        supplement=asking.supplement,
        replaces=list(asking.replaces),
        quota=made.quota,
        short=made.short,
        members=list(seen_by(sight, members)),
        left_out=[_without_hidden(call, one) for one in made.left_out],
    )


@router.get(
    "/draws/{draw}/sheet",
    **documented_file("Get the sheet to fill in.", ("csv",), "record-unknown", "not-entitled"),
)
async def sheet_of(call: Call, draw: Name) -> Response:
    """Return the customers who are still to be asked, with room for their answers, for a spreadsheet program."""
    subject, its_round = await subject_of(call, draw)
    call.access.export_draw(draw, subject, its_round)
    await call.parts.looks.note(at_record(call.principal, LookKind.EXPORT, draw, subject.project))
    made, members = await _read(call, draw), await call.store(Revisits).members(draw)
    names = {one.id: one.name for one in call.directory.people}
    lines = [
        {
            "draw": draw,
            "customer": one.customer,
            "name": one.name,
            "contact": one.contact,
            "home": "、".join(one.homes),
            "caller": names.get(one.caller, one.caller),
        }
        for one in members
        if one.state in (MemberState.OPEN, MemberState.TRIED)
    ]
    text = sheet.written(lines, call.lang, areas=made.asking.rule == OFFICE_MANAGERS)
    return file(f"{draw}.csv", ("\ufeff" + text).encode(), "csv")


@router.get(
    "/draws/{draw}/proof",
    **documented("Get the proof of a draw.", examples.PROOF, "record-unknown", "not-entitled"),
)
async def proof(call: Call, draw: Name) -> Draw:
    """Return all that is needed to make the draw again: ids of customers and blocks, but no name and no contact."""
    subject, its_round = await subject_of(call, draw)
    call.access.export_draw(draw, subject, its_round)
    made = await _read(call, draw)
    if any(one.left_out is not None and one.left_out.of in call.hidden for one in made.asking.population):
        raise unknown_record(draw)  # a proof cannot leave out a line
    await call.parts.looks.note(at_record(call.principal, LookKind.EXPORT, draw, subject.project))
    return made


@router.get("/draws/{draw}/verification", **documented("Verify a draw.", examples.VERDICT, "record-unknown"))
async def verify(
    call: Call,
    draw: Name,
    digest: Annotated[
        str | None, Query(pattern="^[0-9a-f]{16,64}$", description="As it was noted, or the beginning of it.")
    ] = None,
) -> DrawVerdict:
    """Make the draw again and compare it with what is kept, and with the digest that was noted."""
    subject, its_round = await subject_of(call, draw)
    call.access.open_draw(draw, subject, its_round)
    flaws = await call.store(DrawStore).verify(draw)
    if flaws is None:
        raise unknown_record(draw)
    if digest is not None and not flaws:
        made = await _read(call, draw)
        flaws = problems(made, made.digest if made.digest.startswith(digest) else digest)
    found = [FlawFound(code=one.code, detail=one.words(call.lang)) for one in flaws]
    return DrawVerdict(draw=draw, holds=not found, flaws=found)


@router.post(
    "/draws/{draw}/supplement",
    **documented("Draw others in their place.", examples.SUPPLEMENT, "record-unknown", "not-entitled", body=True),
)
async def supplement(call: Call, draw: Name) -> Supplement:
    """Draw others in place of customers who were tried three times in vain, or cannot be asked any more."""
    subject, its_round = await subject_of(call, draw)
    call.access.open_draw(draw, subject, its_round)
    call.access.make_draw(subject)
    return Supplement(supplement=await call.store(DrawStore).supplement(draw, call.parts.now()))


# --- what the operations share


async def subject_of(call: ApiCall, draw: str) -> tuple[Subject, RoundConcern | None]:
    """Return whose draw it is, and its round. Raises `Refusal`: `RECORD_UNKNOWN`, or for who may see no draws."""
    call.access.draws()
    subject = await call.store(DrawStore).subject(draw)
    if subject is None:
        raise unknown_record(draw)
    return subject, await call.reading.round_of("draw", draw)


async def _read(call: ApiCall, draw: str) -> Draw:
    made = await call.store(DrawStore).read(draw)
    if made is None:
        raise unknown_record(draw)
    return made


def _made(made: Draw) -> MadeDraw:
    return MadeDraw(draw=made.ref, quota=made.quota, short=made.short)


def _without_hidden(call: ApiCall, one: Candidate) -> Candidate:
    """Return who was left out of a draw, without the number of a complaint that may not be named."""
    if one.left_out is not None and one.left_out.of in call.hidden:
        return one.but(left_out=one.left_out.but(of=""))
    return one


def _check_known(call: ApiCall, subject: Subject) -> None:
    """Raise `ApiProblem` for a project, department or person that the directory does not have."""
    known = {
        "project": {one.code for one in call.directory.projects},
        "department": {one.key for one in call.directory.departments},
        "person": {one.id for one in call.directory.people},
    }
    for name, ids in known.items():
        value = getattr(subject, name)
        if value is not None and value not in ids:
            raise invalid_field(f"body.{name}", "choice")
