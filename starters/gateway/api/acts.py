"""`/api/v1/complaints/{case}/acts`: what people do on a case, and the recalculation of its duties."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from complaints.access.concern import Concern
from complaints.base.errors import Refused
from complaints.case.file import ActKind, ActReceipt
from complaints.case.recalculation import DutyChange
from starters.gateway.api import examples
from starters.gateway.api.act_bodies import EXAMPLES, ActBody
from starters.gateway.api.acting import allowed_case, perform
from starters.gateway.api.call import Call
from starters.gateway.api.cases import seen_case
from starters.gateway.api.complaint_bodies import RecalculationBody
from starters.gateway.api.documented import documented
from starters.gateway.api.models import CaseName
from starters.gateway.api.preconditions import IdempotencyKey, IfMatch

router = APIRouter(prefix="/api/v1/complaints", tags=["acts"])

ACT_REFUSALS = tuple(
    code.value
    for code in Refused
    if code
    not in {
        *(Refused.INVALID, Refused.UNKNOWN_ROLE, Refused.CASE_OPEN, Refused.NOT_AGAIN, Refused.CONFLICT),
        *(Refused.CLOSED_BEFORE, Refused.NOT_RUNNING, Refused.ABSENT_ALREADY, Refused.DEPUTY_AWAY, Refused.NOT_ABSENT),
        *(Refused.FILE_EMPTY, Refused.FILE_TOO_LARGE, Refused.FILE_TYPE, Refused.FILE_LIES, Refused.FILE_UNSAFE),
        *(Refused.ATTACHMENTS_FULL, Refused.ATTACHED_BEFORE, Refused.ATTACHMENT_DAMAGED, Refused.NO_COPY),
        *(Refused.STORE_AWAY, Refused.STORE_FULL, Refused.RECORD_UNKNOWN, Refused.NOT_ENTITLED),
        *(Refused.SCOPE_MISSING, Refused.ADMINISTRATOR, Refused.LOOK_NEEDS_REASON),
    }
)
"""Refusals that an act may get."""


@router.post("/{case}/acts", **documented("Act on a case.", examples.RECEIPT, *ACT_REFUSALS, body=True))
async def act(
    call: Call,
    case: CaseName,
    body: Annotated[ActBody, Body(openapi_examples=EXAMPLES)],
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> ActReceipt:
    """Do an act of any kind. `kind` says which; each has its fields.

    Whether it is permitted, the case decides: by person, role, state of the duty, revision and time. A backend needs
    the scope `act:<kind>`, and names in `by` in whose name it acts. With an `Idempotency-Key` it happens once, for as
    long as the case exists.
    """
    kind = ActKind(body.kind)
    concern = await allowed_case(call, case, kind)
    return await perform(call, concern, kind, body, idempotency_key, if_match)


@router.post(
    "/{case}/recalculation",
    **documented(
        "Recalculate the open duties.",
        [],
        *("case-unknown", "case-closed", "not-yours", "other-person", "unknown-person", "not-entitled"),
        *("no-key", "server-unreachable"),
        body=True,
    ),
)
async def recalculate(call: Call, case: CaseName, body: RecalculationBody) -> list[DutyChange]:
    """Give the open duties of a case the dates and owners of the newest calendar and directory.

    For the customer-service supervisor and personnel. Sent again, it changes nothing. Scope `act:amend`.
    """
    if call.principal.kind != "person":
        call.access.act(ActKind.AMEND, Concern(key=""))
    found = await seen_case(call, case, look=None)
    changed = await (await call.duly()).recalculate(found.file.key, by=call.person(body.by), reason=body.reason)
    return list(changed)
