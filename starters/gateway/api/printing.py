"""`/api/v1/complaints/{case}/papers/{paper}`: a form of the procedures, filled in from a case, as a file."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response

from complaints.access.looks import LookKind, at_file
from complaints.access.views import seen_by
from complaints.base.errors import Refusal, Refused
from complaints.case.file import CaseFile
from complaints.printing.sheets import PRINTED, Material, form_key
from starters.gateway.api.call import Call
from starters.gateway.api.cases import case_file, concern_of, edition_if_known
from starters.gateway.api.models import CaseName
from starters.gateway.api.papers import documented_file, paper, words_of
from starters.gateway.problems import ApiProblem

router = APIRouter(prefix="/api/v1/complaints", tags=["complaints"])

PaperName = Annotated[
    str, Path(min_length=1, max_length=40, description=f"One of {', '.join(PRINTED)}.", examples=["complaint"])
]


@router.get(
    "/{case}/papers/{paper}",
    **documented_file("Print a form of a case.", ("pdf", "docx", "html", "txt"), "case-unknown", "record-unknown"),
)
async def print_form(
    call: Call,
    case: CaseName,
    paper: PaperName,
    format: Annotated[Literal["pdf", "docx", "html", "txt"], Query()] = "pdf",
) -> Response:
    """Return a form, filled in from the case as it stands and masked as on the screen. Printing is logged."""
    call.access.cases()
    concern = await concern_of(call, case)
    call.access.print_case(concern)
    key = form_key(paper)
    if key is None:
        raise Refusal(Refused.RECORD_UNKNOWN, record=paper)
    look = at_file(call.principal, LookKind.PRINT, concern)
    file = await call.looked(look, case_file(call, concern.key))
    edition = edition_if_known(file)
    if edition is None:  # its forms cannot be filled in without its rules
        raise ApiProblem(503, "away", headers={"retry-after": "60"})
    seen = seen_by(call.access.print_case(concern.but(about=concern.about | file.about), file, edition), file)
    return await _printed(call, key, seen, format)


async def _printed(call: Call, key: str, file: CaseFile, format: Literal["pdf", "docx", "html", "txt"]) -> Response:
    words = words_of(call)
    material = Material(file=file, names=words.names, lang=words.lang, printed_at=words.printed_at)
    return await paper(f"{file.number or file.key}-{key}", format, lambda: PRINTED[key](material))
