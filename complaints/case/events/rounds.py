"""Events of a round: its report, draw, survey, document and destruction list."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import AwareDatetime, Field

from complaints.base.fields import unless_none
from complaints.case.event import Event, Noticed, OpeningEvent
from complaints.case.file import File
from complaints.case.round import DraftedReport, Drawn, Period, RepeatedRound, RoundFile, Subject
from complaints.editions.pin import EditionPin

TRIED = "tried"
"""Entry of a round's `data`: ids of the customers who were tried in vain often enough (RV-5.2)."""
NO_PORT = "none"
"""Stored in place of an id if the worker has no port that could create one."""


class RoundOpened(Noticed, OpeningEvent[RoundFile]):
    kind: ClassVar[str] = "round.opened"
    key: str
    period: str
    spans: Period
    subject: str
    whose: Subject
    edition: str
    digest: str
    reference: str
    opened_at: AwareDatetime
    again: RepeatedRound | None = None

    def begins(self) -> RoundFile:
        return RoundFile(
            key=self.key,
            edition=EditionPin(name=self.edition, digest=self.digest),
            opened_at=self.opened_at,
            rule=self.rule or "",
            period=self.spans,
            subject=self.whose,
            opens_at=self.at,
            again=self.again,
        )


class RoundClosed(Event):
    kind: ClassVar[str] = "round.closed"
    outcome: str = ""

    def changes(self, file: File) -> dict[str, Any]:
        return {"closed_at": self.at}


class _Keeps(Event):
    """An event that stores values in the round's `data`."""

    def keeps(self) -> dict[str, str]:
        """Return the values to store, by name."""
        return {}

    def changes(self, file: File) -> dict[str, Any]:
        kept = self.keeps()
        return {"data": {**round_of(file).data, **kept}} if kept else {}


def round_of(file: File) -> RoundFile:
    """Narrow a file to a `RoundFile`."""
    assert isinstance(file, RoundFile)
    return file


def did(what: str) -> dict[str, str]:
    """Return the `data` entry that marks a step as done, so that it is done only once."""
    return {f"did-{what}": "1"}


# --- reports


class ReportDrafted(Event):
    """The report was drafted for the first time, or again with new content."""

    kind: ClassVar[str] = "report.drafted"
    id: str = Field(alias="report")
    report_kind: str = Field(alias="kind")
    revision: int
    digest: str
    missing: tuple[str, ...] = ()
    issued_at: AwareDatetime | None = None
    counted_at: AwareDatetime

    @property
    def report(self) -> DraftedReport:
        return DraftedReport(
            id=self.id,
            kind=self.report_kind,
            revision=self.revision,
            digest=self.digest,
            missing=self.missing,
            issued_at=self.issued_at,
        )

    def changes(self, file: File) -> dict[str, Any]:
        return {"report": self.report, "counted_at": max(self.counted_at, round_of(file).counted_at or self.counted_at)}


class ReportCounted(Event):
    """The report was drafted again without new content."""

    kind: ClassVar[str] = "report.counted"
    counted_at: AwareDatetime

    def changes(self, file: File) -> dict[str, Any]:
        return {"counted_at": max(self.counted_at, round_of(file).counted_at or self.counted_at)}


class ReportNone(_Keeps):
    """The worker has no port that drafts the report."""

    kind: ClassVar[str] = "report.none"
    report_kind: str = Field(alias="kind")

    def keeps(self) -> dict[str, str]:
        return {"report": NO_PORT}


class ReportIssued(Event):
    kind: ClassVar[str] = "report.issued"
    report: str
    revision: int
    issuer: str

    def changes(self, file: File) -> dict[str, Any]:
        known = round_of(file).report
        return {"report": known.but(issued_at=self.at)} if known is not None else {}


class ReportReturned(_Keeps):
    """An issued report was returned by the act `returning` (its number) and is drafted again."""

    kind: ClassVar[str] = "report.returned"
    returning: int = Field(alias="act")

    def keeps(self) -> dict[str, str]:
        return did(f"corrected-{self.returning}")


# --- draws


class DrawMade(Event):
    """RV-5.3d: customers were drawn for revisits."""

    kind: ClassVar[str] = "draw.made"
    draw: str
    size: int
    digest: str

    def changes(self, file: File) -> dict[str, Any]:
        return {"draw": Drawn(id=self.draw, size=self.size, digest=self.digest)}


class DrawNone(_Keeps):
    """The worker has no port that draws customers."""

    kind: ClassVar[str] = "draw.none"

    def keeps(self) -> dict[str, str]:
        return {**did("without-draw"), "draw": NO_PORT}


class DrawReported(Event):
    """The draw's progress; `tried` names the customers who were tried in vain often enough (RV-5.2), by the act."""

    kind: ClassVar[str] = "draw.results"
    draw: str
    done: int
    left: int = Field(alias="open")
    tried: tuple[str, ...] | None = unless_none()
    reporting: int | None = Field(default=None, alias="act", exclude_if=lambda value: value is None)

    def changes(self, file: File) -> dict[str, Any]:
        round = round_of(file)
        changed: dict[str, Any] = {"draw": round.draw.but(done=self.done)} if round.draw is not None else {}
        if self.tried is not None:
            changed["data"] = {**round.data, **did(f"tried-{self.reporting}"), TRIED: " ".join(self.tried)}
        return changed


class DrawShort(_Keeps):
    """The act `reporting` (its number) reported fewer revisits than customers drawn."""

    kind: ClassVar[str] = "draw.short"
    left: int
    reporting: int = Field(alias="act")

    def keeps(self) -> dict[str, str]:
        return did(f"short-{self.reporting}")


class HeadRevisited(_Keeps):
    """RV-2: how many revisits the head had made in person when the act `reporting` reported them, and how many lack."""

    kind: ClassVar[str] = "draw.by-head"
    draw: str
    head: str
    made: int
    left: int
    reporting: int = Field(alias="act")

    def keeps(self) -> dict[str, str]:
        return {f"in-person-{self.reporting}": str(self.left)}


# --- surveys, documents, lists of records


class SurveyOpened(_Keeps):
    kind: ClassVar[str] = "survey.opened"
    survey: str | None

    def keeps(self) -> dict[str, str]:
        return {**did("survey"), "survey": self.survey or NO_PORT}


class SurveyAddressed(_Keeps):
    """How many customers the survey is for."""

    kind: ClassVar[str] = "survey.addressed"
    recipients: int

    def keeps(self) -> dict[str, str]:
        return {"recipients": str(self.recipients)}


class SurveyUnfit(_Keeps):
    """No survey can be made of the approved version."""

    kind: ClassVar[str] = "survey.unfit"
    document: str
    version: int

    def keeps(self) -> dict[str, str]:
        return did(f"unfit-{self.version}")


class SurveyUnsent(_Keeps):
    """The act `reporting` reported a survey that was not sent to all its customers (RV-5.1)."""

    kind: ClassVar[str] = "survey.unsent"
    survey: str
    unsent: int
    reporting: int = Field(alias="act")

    def keeps(self) -> dict[str, str]:
        return did(f"unsent-{self.reporting}")


class DocumentTold(_Keeps):
    """The document store was told of a step of the document; `told` marks the step's act as told."""

    kind: ClassVar[str] = "document.told"
    document: str
    version: int
    step: str
    told: str

    def keeps(self) -> dict[str, str]:
        return did(self.told)


class DocumentNone(DocumentTold):
    """The document store does not know the document."""

    kind: ClassVar[str] = "document.none"


class DocumentApproved(_Keeps):
    kind: ClassVar[str] = "document.approved"
    document: str
    version: int

    def keeps(self) -> dict[str, str]:
        return {"document": self.document, "version": str(self.version)}


class DestructionListed(_Keeps):
    """CH-8.1: the records due for destruction were listed."""

    kind: ClassVar[str] = "destruction.listed"
    proposal: str
    digest: str
    counts: dict[str, int] = {}

    def keeps(self) -> dict[str, str]:
        return {**did("listed"), "proposal": self.proposal, "digest": self.digest}


class DestructionUnlisted(_Keeps):
    """The worker has no port that lists records for destruction."""

    kind: ClassVar[str] = "destruction.unlisted"

    def keeps(self) -> dict[str, str]:
        return {"proposal": NO_PORT}


class DestructionCarriedOut(_Keeps):
    """CH-8.2: the records of the approved list were destroyed."""

    kind: ClassVar[str] = "destruction.carried-out"
    proposal: str
    certificate: str | None

    def keeps(self) -> dict[str, str]:
        return {**did("destroyed"), "certificate": self.certificate or NO_PORT}
