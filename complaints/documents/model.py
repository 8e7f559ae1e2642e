"""A document that departments review and the general manager approves: versions, opinions, decisions.

A plan for emergencies or a scheme for a common defect (CS-4.3.1), a revisit plan (CS-4.5), a survey form (RV-5.1), the
plan for major complaints (MC-5.2.4b). A version never changes once it was written: a mistake is corrected by the next
version.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from complaints.base import Frozen
from complaints.base.fields import Key, unless_none
from complaints.case.stand_ins import StandIn

ActId = Annotated[str, StringConstraints(min_length=1, max_length=200)]
LARGEST = 20_000_000
"""Maximum size of an attached file, in bytes."""


class DocumentKind(StrEnum):
    CONTINGENCY = "contingency"  # 应急处理预案 of the quick-repair team (CS-4.3.1)
    SCHEME = "scheme"  # 常见质量问题处理方案 (CS-4.3.1)
    REVISIT_PLAN = "revisit_plan"  # 回访计划 (CS-4.5.1)
    SURVEY_FORM = "survey_form"  # 客户意见调查表 (RV-5.1)
    EMERGENCY_PLAN = "emergency_plan"  # 重大投诉应急预案 (MC-5.2.4b)


CLAUSES = {
    DocumentKind.CONTINGENCY: "CS-4.3.1",
    DocumentKind.SCHEME: "CS-4.3.1",
    DocumentKind.REVISIT_PLAN: "CS-4.5.1",
    DocumentKind.SURVEY_FORM: "RV-5.1",
    DocumentKind.EMERGENCY_PLAN: "MC-5.2.4b",
}
"""The rule that asks for each kind."""


class DocumentState(StrEnum):
    DRAFT = "draft"  # written, not submitted yet
    REVIEW = "review"  # with the departments, or with the general manager
    RETURNED = "returned"  # with a reason: the next version answers it
    APPROVED = "approved"  # in force
    REPLACED = "replaced"  # was in force until a newer version was approved
    OVERTAKEN = "overtaken"  # never decided: a newer version was submitted


class DocumentFile(Frozen):
    """A file that is the document, or comes with its text; its bytes are in the store."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    size: int = Field(gt=0, le=LARGEST)
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Draft(Frozen):
    """A version as its author wrote it: Markdown, a file, or both."""

    document: Key
    kind: DocumentKind
    project: Key | None = None  # None: the whole company
    title: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    summary: Annotated[str, StringConstraints(max_length=4_000)] = ""  # what is new in it
    text: Annotated[str, StringConstraints(max_length=200_000)] = ""
    attachment: DocumentFile | None = None

    @model_validator(mode="after")
    def _has_content(self) -> Draft:
        if not self.text and self.attachment is None:
            raise ValueError("text or attachment")
        return self

    @property
    def digest(self) -> str:
        """SHA-256 of what is approved: the hashes of title, text and file."""
        parts = (self.title.encode(), self.text.encode())
        hashes = [hashlib.sha256(part).hexdigest() for part in parts]
        hashes.append(self.attachment.sha256 if self.attachment else "")
        return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


class Review(Frozen):
    """Submission of a version; `departments` have to give their opinions. If it is empty, any department may."""

    departments: tuple[Key, ...]
    by: Key
    at: AwareDatetime
    act: ActId


class DepartmentOpinion(Frozen):
    """A department's opinion on a version."""

    department: Key
    agrees: bool
    opinion: Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
    by: Key
    at: AwareDatetime
    act: ActId
    stand_in: StandIn | None = unless_none()  # for whom it was given


class DocumentDecision(Frozen):
    """The general manager's decision on a version; a return gives the reason."""

    approved: bool
    reason: Annotated[str, StringConstraints(max_length=4_000)] = ""
    by: Key
    at: AwareDatetime
    act: ActId
    stand_in: StandIn | None = unless_none()  # for whom it was decided


class DocumentRevision(Frozen):
    """One version, with its review, opinions and decision."""

    number: int
    title: str
    summary: str
    text: str
    attachment: DocumentFile | None
    digest: str
    by: Key
    at: AwareDatetime
    act: ActId
    review: Review | None = None
    opinions: tuple[DepartmentOpinion, ...] = ()
    decision: DocumentDecision | None = None

    @property
    def awaited(self) -> tuple[str, ...]:
        """The departments that still owe their opinion."""
        given = {one.department for one in self.opinions}
        return tuple(one for one in (self.review.departments if self.review else ()) if one not in given)


class Document(Frozen):
    """A document with all its versions, the oldest first."""

    id: Key
    kind: DocumentKind
    project: Key | None
    versions: tuple[DocumentRevision, ...]

    @property
    def newest(self) -> DocumentRevision:
        return self.versions[-1]

    @property
    def title(self) -> str:
        return self.newest.title

    @property
    def in_force(self) -> DocumentRevision | None:
        """The newest approved version."""
        return next((one for one in reversed(self.versions) if one.decision and one.decision.approved), None)

    @property
    def state(self) -> DocumentState:
        return self.state_of(self.newest)

    @property
    def under_review(self) -> DocumentRevision | None:
        """The version that waits for opinions or a decision."""
        return next((one for one in self.versions if self.state_of(one) is DocumentState.REVIEW), None)

    def state_of(self, version: DocumentRevision) -> DocumentState:
        """The present state of a version, given the later ones."""
        if version.decision is not None:
            if not version.decision.approved:
                return DocumentState.RETURNED
            return DocumentState.APPROVED if version == self.in_force else DocumentState.REPLACED
        if any(one.review for one in self.versions if one.number > version.number):
            return DocumentState.OVERTAKEN
        return DocumentState.REVIEW if version.review else DocumentState.DRAFT

    def version(self, number: int | None = None) -> DocumentRevision | None:
        """A version by number, by default the newest."""
        return next((one for one in reversed(self.versions) if number in (None, one.number)), None)


class DocumentRef(Frozen):
    """The result of an act on a document, for the caller."""

    document: str
    version: int
    state: DocumentState
    digest: str
    awaited: tuple[str, ...] = ()  # departments whose opinion is still missing
