"""`/api/v1/complaints`: cases, one by one."""

from __future__ import annotations

from fastapi import APIRouter, Response

from complaints.case.file import CaseFile
from starters.gateway.api import examples
from starters.gateway.api.call import Call
from starters.gateway.api.cases import seen_case
from starters.gateway.api.documented import documented
from starters.gateway.api.models import CaseName
from starters.gateway.api.preconditions import IfNoneMatch, etag, is_known

router = APIRouter(prefix="/api/v1/complaints", tags=["complaints"])


@router.get(
    "/{case}", **documented("Show a case.", examples.CASE, "case-unknown", "server-unreachable", unchanged=True)
)
async def show(call: Call, case: CaseName, response: Response, if_none_match: IfNoneMatch = None) -> CaseFile:
    """Return the case of this number or key as you may see it: contacts are masked unless you need to know them.

    The look is logged. `ETag` is its version, for `If-Match`.
    """
    found = await seen_case(call, case)
    response.headers["etag"] = etag(found.file.journal_seq)
    if is_known(if_none_match, found.file.journal_seq):
        return Response(status_code=304, headers={"etag": etag(found.file.journal_seq)})  # pyright: ignore[reportReturnType]
    return found.shown
