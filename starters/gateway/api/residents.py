"""Customers' links: made and revoked by whoever may act on the case; and what a customer does with one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import ConfigDict, Field

from complaints.access.policy import Access
from complaints.access.principal import Principal
from complaints.access.resident_view import AnswerIs, OwnWords, ResidentStage, resident_view
from complaints.accounts.credentials import RANDOM_BYTES, CredentialKind, NewCredential, minted
from complaints.accounts.resident_links import DAYS, MOST_DAYS, MOST_LINKS, ResidentLink, customer_digest
from complaints.acts.contact import CustomerContact
from complaints.base.errors import Refusal, Refused
from complaints.case.complaint import Channel
from complaints.case.file import ActKind, ActRequest, CaseFile
from complaints.case.forms import Words
from complaints.case.residents import RESIDENT, ResidentWord
from complaints.clock.local_time import local
from complaints.people.model import UnknownProject
from complaints.store.resident_links import ResidentLinks
from complaints.texts import say
from starters.gateway.api import examples
from starters.gateway.api.acting import allowed_case
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cases import SeenCase, case_file, seen_case
from starters.gateway.api.documented import documented
from starters.gateway.api.models import ApiAnswer, ApiBody, CaseName
from starters.gateway.api.preconditions import IdempotencyKey, act_id
from starters.gateway.clients import VIA
from starters.gateway.middleware import address_of
from starters.gateway.problems import ApiProblem
from starters.gateway.recognition import Recognised, parts_of, principal, recognised, unproved
from starters.gateway.security_log import SecurityEvent

router = APIRouter(prefix="/api/v1", tags=["residents"])

PAGE = "/r/"
"""What the path of the page for customers begins with; the link's secret follows."""
READS_ONLY = (Refused.CASE_CLOSED, Refused.WRONG_ACT)
"""Refusals of a case into which its customer cannot write: it is closed, or began under edition 2026.1."""

LINK = {
    "id": "mfrggzdfmztwq",
    "made_by": "zhou.min",
    "made_at": "2026-01-12T01:10:00Z",
    "expires_at": "2026-04-12T01:10:00Z",
    "revoked_by": None,
    "revoked_at": None,
}
NEW_LINK = {
    "id": "mfrggzdfmztwq",
    "token": "duly_link_…",
    "url": "http://127.0.0.1:7281/r/duly_link_…",
    "expires_at": "2026-04-12T01:10:00Z",
    "receipt": "Complaint HF01-2026-000123. With this link you can see how it stands: …",
}
MESSAGE: dict[str, Any] = {"word": "not-solved", "said": "今天下雨，还是漏水。"}
WRITTEN = {"word": "not-solved", "at": "2026-01-13T01:00:00Z"}


class LinkBody(ApiBody):
    """For how many days the link counts."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"days": 90}]})

    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = DAYS


class LinkAnswer(ApiAnswer):
    """A link, without what makes it one."""

    id: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    revoked_by: str | None
    revoked_at: datetime | None


class LinksAnswer(ApiAnswer):
    """The links of a case, the newest first."""

    items: list[LinkAnswer]


class NewLinkAnswer(ApiAnswer):
    """A new link. `token` and `url` are shown this once; `receipt` is for the customer, in the language asked for."""

    id: str
    token: str
    url: str
    expires_at: datetime
    receipt: str


class MessageBody(ApiBody):
    """What the customer wants to say. `not-solved` urges, `withdraw` asks us to end it: somebody calls back."""

    model_config = ConfigDict(json_schema_extra={"examples": [MESSAGE]})

    word: Annotated[ResidentWord, Field(strict=False)] = ResidentWord.MESSAGE
    said: Words


class MessageAnswer(ApiAnswer):
    """What was put on record, and when."""

    word: ResidentWord
    at: datetime


class OwnComplaint(ApiAnswer):
    """A complaint as its customer sees it. `stage_text` and `answer_text` say the same in words, in local time."""

    number: str | None
    received_at: datetime
    building: str
    matter: str
    demand: str
    contact: str
    stage: ResidentStage
    stage_text: str
    handled_at: datetime | None
    closed_at: datetime | None
    promised: datetime | None
    answered_by: str
    answer_is: AnswerIs
    answer_text: str
    answer: str
    answered_at: datetime | None
    written: list[OwnWords]
    may_write: bool
    link_ends_at: datetime


@dataclass(frozen=True)
class ResidentCall:
    """One call of a customer: the call with a policy that knows their case, and their link."""

    call: ApiCall
    link: ResidentLink


async def resident_call(
    request: Request,
    found: Annotated[Recognised, Depends(recognised)],
    who: Annotated[Principal, Depends(principal)],
) -> ResidentCall:
    """Build the call of a customer. Raises `ApiProblem` (`not-for-you`) for everybody else."""
    parts = parts_of(request)
    if found.link is None:
        address = address_of(request.scope)
        parts.security.write(SecurityEvent.SCOPE_REFUSED, address=address, who=who.id, why=who.kind)
        raise ApiProblem(403, "not-for-you")
    return await call_of(request, who, found.link)


async def call_of(request: Request, who: Principal, link: ResidentLink) -> ResidentCall:
    """Build the call of the customer whose link it is. Raises `RecordsAway` before a directory is loaded."""
    parts = parts_of(request)
    directory = await parts.directory()
    call = ApiCall(request, parts, who, directory, Access(who, directory, parts.now(), own_case=link.key))
    request.state.call = call
    return ResidentCall(call, link)


OfResident = Annotated[ResidentCall, Depends(resident_call)]
LinkId = Annotated[str, Path(min_length=1, max_length=64, description="Id of the link.", examples=["mfrggzdfmztwq"])]


# --- for whoever may act on the case


@router.post(
    "/complaints/{case}/links",
    **documented(
        "Make a customer's link.",
        NEW_LINK,
        *("case-unknown", "server-unreachable", "not-entitled", "links-many"),
        status=201,
        body=True,
    ),
)
async def make(call: Call, case: CaseName, body: LinkBody) -> NewLinkAnswer:
    """Make a link by which the customer sees their case and writes to us, for whoever may put a contact on record.

    It is shown this once. Who has made it is kept, and so is who revokes it. Scopes `read` and `act:contact`.
    """
    call.access.cases()  # whoever has the link sees the case
    file = await _acted_on(call, case)
    parts, now = call.parts, call.parts.now()
    new = minted(CredentialKind.LINK, parts.random(RANDOM_BYTES))
    link = await call.store(ResidentLinks).add(
        new,
        file.key,
        customer_digest(file.key, file.complaint.customer),
        by=call.principal.id,
        via=_via(call),
        now=now,
        expires_at=now + timedelta(days=body.days),
        most=MOST_LINKS,
    )
    if link is None:
        raise ApiProblem(409, "links-many", {"most": MOST_LINKS})
    _note(call, SecurityEvent.LINK_MADE, link.id)
    return _new(call, file, new, link)


@router.get(
    "/complaints/{case}/links",
    **documented("List the links of a case.", {"items": [LINK]}, "case-unknown", "server-unreachable", "not-entitled"),
)
async def links(call: Call, case: CaseName) -> LinksAnswer:
    """List all links that were ever made to the case: by whom, until when, and who has revoked them."""
    file = await _acted_on(call, case)
    found = await call.store(ResidentLinks).of_case(file.key)
    fields = LinkAnswer.model_fields
    return LinksAnswer(items=[LinkAnswer.model_validate(one.model_dump(include=set(fields))) for one in found])


@router.delete(
    "/complaints/{case}/links/{link}",
    **documented(
        "Revoke a link.",
        None,
        *("case-unknown", "record-unknown", "server-unreachable", "not-entitled"),
        status=204,
    ),
)
async def revoke(call: Call, case: CaseName, link: LinkId) -> Response:
    """Revoke a link: the next request with it is refused. One that was revoked before stays so."""
    file = await _acted_on(call, case)
    done = await call.store(ResidentLinks).revoke(
        file.key, link, by=call.principal.id, via=_via(call), now=call.parts.now()
    )
    if done is None:
        raise Refusal(Refused.RECORD_UNKNOWN, record=link)
    _note(call, SecurityEvent.LINK_REVOKED, done.id)
    return Response(status_code=204)


# --- for the customer


@router.get("/resident", **documented("See one's own complaint.", examples.OWN_COMPLAINT, "server-unreachable"))
async def show(own: OfResident) -> OwnComplaint:
    """Show the complaint to which the link belongs: what was said, how it stands, and what may be expected.

    Nothing of how it is handled inside is shown. The look is logged.
    """
    return (await read(own))[0]


@router.post(
    "/resident/messages",
    **documented(
        "Write into one's own complaint.",
        WRITTEN,
        *("link-reads-only", "too-many-messages", "case-full", "act-id-taken", "server-unreachable"),
        status=201,
        body=True,
    ),
)
async def write(own: OfResident, body: MessageBody, key: IdempotencyKey = None) -> MessageAnswer:
    """Put something on record in the case. Whoever owes the customer something is told; nobody's duty is done by it.

    Sent again under the same `Idempotency-Key`, it is answered as at first.
    """
    return await written(own, body.word, body.said, key)


async def read(own: ResidentCall) -> tuple[OwnComplaint, str]:
    """Return the complaint as its customer sees it, and the zone of its project. Raises `ApiProblem`, `Refusal`."""
    found = await _own(own)
    call, zone = own.call, _zone(own.call, found.file)
    view = resident_view(
        found.file, call.directory.slice(""), call.parts.now(), edition=found.edition, link=own.link.id
    )
    stage, answer = view.words(call.lang, zone)
    said = view.model_dump(exclude={"channel", "category", "written"})
    more = {"stage_text": stage, "answer_text": answer, "link_ends_at": own.link.expires_at}
    return OwnComplaint.model_validate({**said, **more, "written": list(view.written)}), zone


async def written(own: ResidentCall, word: ResidentWord, said: str, key: str | None) -> MessageAnswer:
    """Put something of the customer on record. Raises `ApiProblem` and `Refusal`."""
    found = await _own(own, looked=False)
    form = CustomerContact(
        channel=Channel.ONLINE, said=said, urging=word is ResidentWord.NOT_SOLVED, word=word, link=own.link.id
    )
    request = ActRequest(
        by=RESIDENT,
        kind=ActKind.CONTACT,
        form=form.model_dump(mode="json"),
        act_id=act_id(own.call.principal, key),
    )
    try:
        receipt = await (await own.call.duly()).act(found.file.key, request)
    except Refusal as refusal:
        if refusal.code in READS_ONLY:
            raise ApiProblem(409, "link-reads-only") from None
        raise
    return MessageAnswer(word=word, at=receipt.recorded_at)


async def _own(own: ResidentCall, *, looked: bool = True) -> SeenCase:
    """Return the customer's case. Raises `ApiProblem` (`credential`) if it is not, or no longer, theirs."""
    link = own.link
    try:
        found = await (seen_case(own.call, link.key) if looked else seen_case(own.call, link.key, None))
    except Refusal as refusal:
        if refusal.code is not Refused.CASE_UNKNOWN:
            raise
        found = None
    if found is None or not link.is_for(found.file.key, found.file.complaint.customer):
        why = "gone" if found is None else "other-customer"
        address = address_of(own.call.request.scope)
        own.call.parts.security.write(SecurityEvent.TOKEN_REFUSED, address=address, why=why, ref=link.id)
        raise unproved("credential")
    return found


async def _acted_on(call: ApiCall, named: str) -> CaseFile:
    """Return the case to which the principal may put a contact on record. Raises `Refusal`."""
    concern = await allowed_case(call, named, ActKind.CONTACT)
    file = await case_file(call, concern.key)
    call.access.act(ActKind.CONTACT, concern.but(about=concern.about | file.about))  # the read model lags behind
    return file


def _new(call: ApiCall, file: CaseFile, new: NewCredential, link: ResidentLink) -> NewLinkAnswer:
    url = f"{call.parts.config.base(call.request.headers.get('host', ''))}{PAGE}{new.text}"
    until = f"{local(link.expires_at, _zone(call, file)):%Y-%m-%d %H:%M}"
    receipt = say("resident.receipt", call.lang, number=file.name, url=url, until=until)
    return NewLinkAnswer(id=link.id, token=new.text, url=url, expires_at=link.expires_at, receipt=receipt)


def _zone(call: ApiCall, file: CaseFile) -> str:
    try:
        return call.directory.zone(file.complaint.project)
    except UnknownProject:  # it has left the directory
        return call.directory.zone("")


def _via(call: ApiCall) -> str:
    return f"{VIA[call.principal.kind]} {call.principal.via}"


def _note(call: ApiCall, event: SecurityEvent, link: str) -> None:
    call.parts.security.write(event, address=address_of(call.request.scope), who=call.principal.id, ref=link)
