"""`/api/v1/complaints/{case}/attachments`: papers, photographs, recordings, with their bytes."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response

from complaints.access.looks import LookKind, at_file
from complaints.access.policy import Sight
from complaints.access.views import seen_by
from complaints.acts.detach import attachment as attached
from complaints.attachments.access import sees_original
from complaints.base import size_limits
from complaints.base.fields import Key
from complaints.case.attachments import Attachment, attachments
from complaints.case.file import ActKind, DutyId
from starters.gateway.api import examples
from starters.gateway.api.acting import allowed_case
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cases import SeenCase, seen_case
from starters.gateway.api.documented import documented
from starters.gateway.api.models import ApiAnswer, CaseName, Instant
from starters.gateway.api.preconditions import IdempotencyKey, act_id
from starters.gateway.api.spool import spooled
from starters.gateway.middleware import BodyRule

router = APIRouter(prefix="/api/v1/complaints", tags=["attachments"])

UPLOAD = "/api/v1/complaints/{case}/attachments"
UPLOADS = {UPLOAD: BodyRule((), size_limits.ATTACHMENT, streamed=True)}
KINDS = Literal["letter", "photo", "recording", "signature", "voucher", "other"]
ANY = "application/octet-stream"
AttachmentId = Annotated[str, Path(min_length=1, max_length=20, description="Id of the attachment.", examples=["A12"])]
REFUSALS = (
    *("case-unknown", "case-closed", "case-full", "unknown-person", "about-you", "wrong-time", "unknown-duty"),
    *("file-empty", "file-too-large", "file-type", "file-lies", "file-unsafe", "form-incomplete", "attachments-full"),
    *("attached-before", "act-id-taken", "other-person", "not-ready", "store-away", "store-full"),
    *("no-key", "server-unreachable", "body-too-large", "content-encoding"),
)


class Attachments(ApiAnswer):
    """The attachments of a case, the oldest first, those struck out included."""

    attachments: list[Attachment]


@router.post(
    "/{case}/attachments",
    **documented("Attach a file.", examples.ATTACHMENT, *REFUSALS, status=201),
    openapi_extra={
        "requestBody": {"required": True, "content": {ANY: {"schema": {"type": "string"}, "example": "%PDF-1.7 …"}}}
    },
)
async def attach(
    call: Call,
    request: Request,
    case: CaseName,
    name: Annotated[str, Query(min_length=1, max_length=255, description="Name of the file.")],
    kind: KINDS,
    brought_by: Annotated[str, Query(min_length=1, max_length=100, description="Who brought it, in words.")],
    by: Annotated[Key | None, Query(description="In whose name, for backends.")] = None,
    at: Annotated[Instant | None, Query(description="When it was brought, if earlier than now.")] = None,
    reason: Annotated[str, Query(max_length=size_limits.WORDS)] = "",
    for_duty: Annotated[DutyId | None, Query(description="The duty that it belongs to.")] = None,
    idempotency_key: IdempotencyKey = None,
) -> Attachment:
    """Keep a file with a case. The body is the file itself, of 25 MB at most; its type is found in its content.

    With an `Idempotency-Key` it is attached once. Scope `act:attach`.
    """
    concern = await allowed_case(call, case, ActKind.ATTACH)
    person, duly = call.person(by), await call.duly()
    more: dict[str, Any] = {"reason": reason} if reason else {}
    async with spooled(call, request) as file, call.parts.attaching:
        return await duly.attach(
            concern.key,
            file,
            by=person,
            kind=kind,
            brought_by=brought_by,
            name=name,
            duty=for_duty,
            at=at,
            act_id=act_id(call.principal, idempotency_key),
            **more,
        )


@router.get(
    "/{case}/attachments",
    **documented("List the attachments of a case.", {"attachments": [examples.ATTACHMENT]}, "case-unknown"),
)
async def list_attachments(call: Call, case: CaseName) -> Attachments:
    """List what is attached to a case. Scope `read`."""
    found = await seen_case(call, case)
    return Attachments(attachments=list(seen_by(found.sight, attachments(found.file), found.identity)))


@router.get(
    "/{case}/attachments/{attachment}",
    **documented(
        "Fetch an attachment.",
        None,
        *("case-unknown", "attachment-unknown", "attachment-damaged", "no-copy", "not-entitled"),
        *("store-away", "server-unreachable"),
    ),
    response_class=Response,
)
async def fetch(
    call: Call,
    case: CaseName,
    attachment: AttachmentId,
    variant: Annotated[Literal["copy", "preview", "original"], Query()] = "copy",
) -> Response:
    """Fetch a copy without traces of place and maker, a small preview, or the original.

    The original is for the customer-service supervisor, the archivist, whoever attached it, and those who may export
    the case. The look is logged. Scope `read`; for originals `contacts` too.
    """
    found = await seen_case(call, case, look=None)
    one = attached(found.file, attachment)
    original = variant == "original"
    if original:
        _may_have_original(call, found, one)
    look = at_file(call.principal, LookKind.EXPORT if original else LookKind.ATTACHMENT, found.concern, one.id)
    duly = await call.duly()
    reading = duly.attachment(found.file.key, one.id, original=original, preview=variant == "preview")
    content = await call.looked(look, reading)
    return Response(
        content.content,
        headers={"content-disposition": f"attachment; filename*=UTF-8''{quote(content.file or one.id, safe='')}"},
        media_type=content.media_type.value,
    )


def _may_have_original(call: ApiCall, found: SeenCase, one: Attachment) -> Sight | None:
    """Allow the original. Raises `Refusal` (`NOT_ENTITLED`, `SCOPE_MISSING`)."""
    if call.principal.kind == "person":
        people = call.directory.slice(found.file.place)
        if sees_original(call.principal.id, one, found.file, people, call.parts.now()):
            return None
    return call.access.export_case(found.concern)
