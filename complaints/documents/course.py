"""The steps of a document: written, submitted to the departments, their opinions, the decision.

Each function takes the document and returns it changed, or raises `DocumentRefused`. The id of an act is its
idempotency key: an act that was applied before changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from complaints.documents.model import (
    DepartmentOpinion,
    Document,
    DocumentDecision,
    DocumentRef,
    DocumentRevision,
    DocumentState,
    Draft,
    Review,
)
from complaints.texts import say

WORDS = ("title", "summary", "text", "attachment")
"""What an author writes of a version."""


class DocumentRefusal(StrEnum):
    """Codes of refusals; the sentence is `cli.document.refused.<code>`. A code never changes its meaning."""

    UNKNOWN = "unknown"  # no such document
    OTHER_KIND = "other-kind"  # the id belongs to another document
    OTHER_CONTENT = "other-content"  # the same act came before with other words
    SAME = "same"  # the version says the same as the one before it
    STALE = "stale"  # there is no such version, or a newer one was submitted
    NOT_PUT = "not-put"  # this version was not submitted to the departments
    UNDER_REVIEW = "under-review"  # it was submitted to them before
    NOT_ASKED = "not-asked"  # this department was not asked
    GIVEN = "given"  # this department has given its opinion
    OPINIONS_MISSING = "opinions-missing"
    REASON = "reason"  # a return needs one
    DECIDED = "decided"
    FILE = "file"  # the file is not the one that was announced
    FORM = "form"  # a survey form of which no survey can be made


class DocumentRefused(Exception):
    """Raised for a refused step: `code`, and the parameters of its sentence."""

    def __init__(self, code: DocumentRefusal, **params: Any) -> None:
        self.code = code
        self.params = params
        super().__init__(f"{code}: {params}")

    def words(self, lang: str = "zh") -> str:
        return say(f"cli.document.refused.{self.code.value}", lang, **self.params)


def written(document: Document | None, draft: Draft, by: str, at: datetime, act: str) -> Document:
    """Add a version. One that says the same as the newest is refused, and so is an act that is repeated otherwise."""
    if document is not None and (document.kind, document.project) != (draft.kind, draft.project):
        raise DocumentRefused(DocumentRefusal.OTHER_KIND, document=draft.document, title=document.title)
    if document is not None and done(document, act):
        return _repeated(document, draft, act)
    before = document.versions if document else ()
    if before and before[-1].digest == draft.digest:
        raise DocumentRefused(DocumentRefusal.SAME, document=draft.document, version=before[-1].number)
    version = DocumentRevision(
        number=len(before) + 1,
        title=draft.title,
        summary=draft.summary,
        text=draft.text,
        attachment=draft.attachment,
        digest=draft.digest,
        by=by,
        at=at,
        act=act,
    )
    return Document(id=draft.document, kind=draft.kind, project=draft.project, versions=(*before, version))


def _repeated(document: Document, draft: Draft, act: str) -> Document:
    """Return the document, to which this act has added just this version."""
    for version in document.versions:
        same = all(getattr(version, name) == getattr(draft, name) for name in WORDS)
        if version.act == act and not same:
            raise DocumentRefused(DocumentRefusal.OTHER_CONTENT, document=document.id, version=version.number)
    return document


def put(document: Document, number: int, departments: Iterable[str], by: str, at: datetime, act: str) -> Document:
    """Submit a version to these departments for their opinions; if none is named, any department may give one."""
    if done(document, act):
        return document
    version = _current(document, number)
    if version.review is not None:
        raise DocumentRefused(DocumentRefusal.UNDER_REVIEW, document=document.id, version=number)
    review = Review(departments=tuple(dict.fromkeys(departments)), by=by, at=at, act=act)
    return _with(document, version.but(review=review))


def opinion(document: Document, number: int, given: DepartmentOpinion) -> Document:
    """Add a department's opinion on a version: once each, while it is undecided and no newer version was submitted."""
    if done(document, given.act):
        return document
    version = _under_review(document, number)
    asked = version.review.departments if version.review else ()
    if asked and given.department not in asked:
        raise DocumentRefused(
            DocumentRefusal.NOT_ASKED, document=document.id, department=given.department, asked=", ".join(asked)
        )
    if given.department in {one.department for one in version.opinions}:
        raise DocumentRefused(DocumentRefusal.GIVEN, document=document.id, department=given.department, version=number)
    return _with(document, version.but(opinions=(*version.opinions, given)))


def decided(document: Document, number: int, decision: DocumentDecision) -> Document:
    """Record the decision: approval once every department asked has answered, or a return with a reason at any time."""
    if done(document, decision.act):
        return document
    version = _under_review(document, number)
    if decision.approved and version.awaited:
        awaited = ", ".join(version.awaited)
        raise DocumentRefused(DocumentRefusal.OPINIONS_MISSING, document=document.id, version=number, awaited=awaited)
    if not decision.approved and not decision.reason:
        raise DocumentRefused(DocumentRefusal.REASON, document=document.id, version=number)
    return _with(document, version.but(decision=decision))


def ref(document: Document, number: int | None = None) -> DocumentRef:
    """The reference that the caller gets for a version, by default the newest. Raises `DocumentRefused`."""
    version = document.version(number)
    if version is None:
        raise DocumentRefused(DocumentRefusal.STALE, given=number, current=document.newest.number, document=document.id)
    state = document.state_of(version)
    awaited = version.awaited if state is DocumentState.REVIEW else ()
    return DocumentRef(
        document=document.id, version=version.number, state=state, digest=version.digest, awaited=awaited
    )


def done(document: Document, act: str) -> bool:
    """Whether this act was applied before."""
    for version in document.versions:
        acts = [version.act, *(one.act for one in version.opinions)]
        acts += [one.act for one in (version.review, version.decision) if one is not None]
        if act in acts:
            return True
    return False


def _under_review(document: Document, number: int) -> DocumentRevision:
    version = _current(document, number)
    if version.review is None:
        raise DocumentRefused(DocumentRefusal.NOT_PUT, document=document.id, version=number)
    return version


def _current(document: Document, number: int) -> DocumentRevision:
    """This version, if no newer one was submitted and it is undecided."""
    version = document.version(number)
    newer = [one.number for one in document.versions if one.number > number and one.review]
    if version is None or newer:
        current = newer[-1] if newer else document.newest.number
        raise DocumentRefused(DocumentRefusal.STALE, document=document.id, given=number, current=current)
    if version.decision is not None:
        raise DocumentRefused(DocumentRefusal.DECIDED, document=document.id, version=number, by=version.decision.by)
    return version


def _with(document: Document, changed: DocumentRevision) -> Document:
    versions = tuple(changed if one.number == changed.number else one for one in document.versions)
    return document.but(versions=versions)
