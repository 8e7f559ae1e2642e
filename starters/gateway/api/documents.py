"""`/api/v1/documents`: plans, schemes and forms that departments review and the general manager approves."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from difflib import unified_diff
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import StringConstraints, ValidationError

from complaints.access.looks import LookKind, at_record
from complaints.access.views import seen_by
from complaints.base.errors import Refusal, Refused
from complaints.documents.course import DocumentRefusal, DocumentRefused
from complaints.documents.model import (
    LARGEST,
    Document,
    DocumentFile,
    DocumentKind,
    DocumentRef,
    DocumentRevision,
    Draft,
)
from complaints.intake.checking import problems_of
from complaints.printing.sheets import documents as sheets
from complaints.store.documents import DocumentShelf
from starters.gateway.api import record_examples as examples
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cursors import CursorText, Limit
from starters.gateway.api.documented import documented
from starters.gateway.api.fields import Choice, Chosen, Words, example
from starters.gateway.api.lists import page_of
from starters.gateway.api.models import ApiAnswer, ApiBody
from starters.gateway.api.papers import Paper, documented_file, file, paper, words_of
from starters.gateway.api.record_problems import answered, invalid_field, not_possible, unknown_record
from starters.gateway.api.uploads import ANY, content, taking
from starters.gateway.middleware import BodyRule

router = APIRouter(prefix="/api/v1", tags=["documents"])

ATTACHMENT = BodyRule((ANY, "application/pdf", "application/msword"), LARGEST, streamed=True)
FILES = {"/api/v1/documents/{document}/versions/file": ATTACHMENT}

DocumentId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Title = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Number = Annotated[int | None, Query(ge=1, le=1_000_000, description="By default, the newest.")]


class DocumentPage(ApiAnswer):
    """Documents with their versions, without the texts of these."""

    documents: list[Document]
    next: str | None = None


class VersionWritten(ApiBody):
    """A new version, in Markdown. `kind` is needed for a new document; the title is by default the first heading."""

    model_config = example(
        kind="scheme",
        project="hf01",
        title="外墙渗漏处理方案",
        summary="增加雨季复查。",
        text="# 外墙渗漏处理方案\n\n1. 两小时内到场查看。",
    )

    kind: Choice[DocumentKind] | None = None
    project: DocumentId | None = None
    title: Title | None = None
    summary: Words = ""
    text: Annotated[str, StringConstraints(min_length=1, max_length=200_000, pattern=r"\S")]


class VersionsCompared(ApiAnswer):
    """Two versions compared, line by line, as `diff -u` writes it."""

    document: str
    old: int
    new: int
    lines: list[str]


@router.get("/documents", **documented("List documents.", examples.DOCUMENTS))
async def list_documents(
    call: Call,
    kind: DocumentKind | None = None,
    project: Chosen = None,
    waiting: Annotated[bool, Query(description="Only those under review.")] = False,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> DocumentPage:
    """List the documents of the company and of the projects that you work for."""
    call.access.documents()
    found = await call.store(DocumentShelf).documents(kind, project)
    mine = [one for one in found if _may_open(call, one) and (not waiting or one.under_review)]
    page, next = page_of(mine, lambda one: one.id, limit, cursor, kind=kind, project=project, waiting=waiting)
    return DocumentPage(documents=[_without_texts(one) for one in page], next=next)


@router.get("/documents/{document}", **documented("Show a document.", examples.DOCUMENT, "record-unknown"))
async def show(call: Call, document: DocumentId) -> Document:
    """Show a document: every version with its opinions and its decision."""
    return seen_by(call.access.open_document(document, (found := await _get(call, document)).project), found)


@router.post(
    "/documents/{document}/versions",
    **documented(
        "Write a version.", examples.DOCUMENT_REF, "record-unknown", "not-entitled", "not-possible", body=True
    ),
)
async def write(call: Call, document: DocumentId, body: VersionWritten) -> DocumentRef:
    """Write a version, and with the first one the document. The same content again is the same version."""
    text = body.text.strip()
    said = {"kind": body.kind, "project": body.project, "title": body.title or _heading(text), "summary": body.summary}
    return await _written(call, document, {**said, "text": text, "attachment": None}, None)


@router.post(
    "/documents/{document}/versions/file",
    **documented(
        "Write a version as a file.",
        *(examples.DOCUMENT_REF, "record-unknown", "not-entitled", "not-possible"),
        body=True,
    ),
    **taking(ATTACHMENT, "%PDF-1.7 …"),
)
async def write_file(
    call: Call,
    request: Request,
    document: DocumentId,
    filename: Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^/\\\x00-\x1f]+$")],
    kind: DocumentKind | None = None,
    title: Annotated[Title | None, Query()] = None,
    summary: Annotated[str, Query(max_length=4_000)] = "",
    project: Annotated[DocumentId | None, Query()] = None,
) -> DocumentRef:
    """Write a version that is a file of any kind, of 20 MB at most."""
    call.access.write_document(document, project)
    if not filename.strip():
        raise invalid_field("query.filename", "missing")
    data = await content(request)
    attachment = DocumentFile(name=filename, size=len(data), sha256=hashlib.sha256(data).hexdigest())
    said = {"kind": kind, "project": project, "title": title, "summary": summary, "text": "", "attachment": attachment}
    return await _written(call, document, said, data)


@router.get(
    "/documents/{document}/difference",
    **documented("Compare two versions.", examples.DIFFERENCE, "record-unknown", "not-possible"),
)
async def difference(
    call: Call,
    document: DocumentId,
    new: Number = None,
    old: Annotated[
        int | None, Query(ge=1, le=1_000_000, description="By default, the one in force, or the one before.")
    ] = None,
) -> VersionsCompared:
    """Compare a version with an older one."""
    found = await _opened(call, document)
    after = _version(found, new)
    before = _version(found, old) if old else _before(found, after)
    lines = list(unified_diff(before.text.splitlines(), after.text.splitlines(), n=2, lineterm=""))[2:]
    return VersionsCompared(document=found.id, old=before.number, new=after.number, lines=lines)


@router.get(
    "/documents/{document}/file",
    **documented_file("Get the file of a version.", ("bin",), "record-unknown"),
)
async def attached(call: Call, document: DocumentId, version: Number = None) -> Response:
    """Return the file that a version is, or that comes with its text."""
    found = await _opened(call, document)
    wanted = _version(found, version)
    data = await call.store(DocumentShelf).file(document, wanted.number)
    if wanted.attachment is None or data is None:
        raise unknown_record(document)
    await call.parts.looks.note(at_record(call.principal, LookKind.EXPORT, document, found.project))
    return file(wanted.attachment.name, data, "bin")


@router.get(
    "/documents/{document}/print",
    **documented_file("Print a version.", ("pdf", "docx", "html", "txt"), "record-unknown"),
)
async def print_version(call: Call, document: DocumentId, version: Number = None, format: Paper = "pdf") -> Response:
    """Return a version as a paper, with its opinions and its decision."""
    found = await _get(call, document)
    seen = seen_by(call.access.print_document(document, found.project), found)
    wanted = _version(seen, version)
    await call.parts.looks.note(at_record(call.principal, LookKind.PRINT, document, found.project))
    return await paper(f"{document}-{wanted.number}", format, lambda: [sheets.document(words_of(call), seen, wanted)])


# --- what the operations share


async def _get(call: ApiCall, document: str) -> Document:
    call.access.documents()
    with answered():
        return await call.store(DocumentShelf).get(document)


async def _opened(call: ApiCall, document: str) -> Document:
    """Return a document as the principal may see it. Raises `Refusal`, `ApiProblem`."""
    found = await _get(call, document)
    return seen_by(call.access.open_document(document, found.project), found)


async def _known(call: ApiCall, document: str) -> Document | None:
    try:
        return await call.store(DocumentShelf).get(document)
    except DocumentRefused as refused:
        if refused.code is not DocumentRefusal.UNKNOWN:
            raise
        return None


async def _written(call: ApiCall, document: str, said: Mapping[str, object], data: bytes | None) -> DocumentRef:
    """Write a version for somebody who may write it. Raises `Refusal`, `ApiProblem`."""
    call.access.write_document(document, None)
    before = await _known(call, document)
    project = said["project"] or (before.project if before else None)
    call.access.write_document(document, before.project if before else str(project) if project else None)
    if project is not None and project not in {one.code for one in call.directory.projects}:
        raise invalid_field("body.project", "choice")
    filled = {
        **said,
        "document": document,
        "project": project,
        "kind": said["kind"] or (before.kind if before else None),
        "title": said["title"] or (before.title if before else None),
    }
    for name in ("kind", "title"):
        if filled[name] is None:
            raise invalid_field(f"body.{name}", "missing")
    try:
        draft = Draft.model_validate(filled)
    except ValidationError as invalid:
        raise Refusal(Refused.INVALID, problems=problems_of(invalid)) from None
    # The same content sent again, after an answer that was lost, is the version that there is.
    same = before is not None and before.newest.digest == draft.digest
    number = (before.newest.number if before else 0) + (not same)
    with answered():
        return await call.store(DocumentShelf).write(
            draft, call.principal.id, call.parts.now(), f"new/{number}/{draft.digest}", data
        )


def _may_open(call: ApiCall, one: Document) -> bool:
    try:
        call.access.open_document(one.id, one.project)
    except Refusal as refusal:
        if refusal.code is not Refused.RECORD_UNKNOWN:
            raise
        return False
    return True


def _without_texts(one: Document) -> Document:
    return one.but(versions=tuple(version.but(text="") for version in one.versions))


def _version(document: Document, number: int | None) -> DocumentRevision:
    found = document.version(number)
    if found is None:
        raise unknown_record(document.id)
    return found


def _before(document: Document, after: DocumentRevision) -> DocumentRevision:
    """Return the version to compare with: the one in force if it is older, else the one before. Raises `ApiProblem`."""
    in_force = document.in_force
    if in_force and in_force.number < after.number:
        return in_force
    before = document.version(after.number - 1) if after.number > 1 else None
    if before is None:
        raise not_possible("one-version")
    return before


def _heading(text: str) -> str | None:
    """Return the first heading of a text in Markdown."""
    found: Sequence[str] = [line for line in text.splitlines() if line.startswith("#")]
    return found[0].lstrip("#").strip()[:200] or None if found else None
