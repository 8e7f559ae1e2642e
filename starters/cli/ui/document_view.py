"""Terminal view of a document under approval."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from starters.cli.ui.directory_names import Book
from starters.cli.ui.errors import Told
from starters.cli.ui.session import Session
from starters.cli.ui.times import CHINA, stamp
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.case.stand_ins import StandIn
    from complaints.documents.model import Document, DocumentRevision


class DocumentView:
    """Terminal view of a document: its head, and the course of each version."""

    def __init__(self, here: Session, book: Book, document: Document) -> None:
        self.here = here
        self.book = book
        self.document = document
        self.zone = book.zone(document.project) if document.project else CHINA

    def show(self, number: int | None) -> None:
        """Show version `number` with its text; without a number the course of all versions and the newest text."""
        version = version_of(self.document, number)
        self.head(version)
        for one in (version,) if number else self.document.versions:
            self._course(one)
        if version.text:
            self.here.show("", Prose(version.text))

    def head(self, version: DocumentRevision) -> None:
        say = self.here.say
        self.here.show(Prose(f"{self.document.id}  {version.title}", style="name"))
        place = self.document.project or say("document.company")
        kind, state = say(f"document.kind.{self.document.kind.value}"), self._state(version)
        said = say("document.head", kind=kind, place=place, version=version.number, state=state)
        self.here.show(indented(Prose(said, style="quiet")))
        if version.awaited:
            named = "、".join(self.book.department(one) for one in version.awaited)
            self.here.show(indented(Prose(say("document.awaited", departments=named), style="soon")))

    def _course(self, version: DocumentRevision) -> None:
        say, at, by, signed = self.here.say, self._at, self.book.person, self._signed
        state = self._state(version)
        self.here.show(
            "", Prose(say("document.version", version=version.number, state=state, digest=version.digest[:16]))
        )
        lines = [say("document.by", by=by(version.by), at=at(version.at))]
        if version.summary:
            lines.append(say("document.summary", summary=version.summary))
        if file := version.attachment:
            lines.append(say("document.attached", name=file.name, size=file.size, sha256=file.sha256))
        if review := version.review:
            named = "、".join(self.book.department(one) for one in review.departments)
            key = "document.put" if named else "document.put-nobody"
            lines.append(say(key, at=at(review.at), by=by(review.by), departments=named))
        for one in version.opinions:
            agrees = say("document.agrees" if one.agrees else "document.disagrees")
            who = {
                "at": at(one.at),
                "department": self.book.department(one.department),
                "by": signed(one.by, one.stand_in),
            }
            lines.append(say("document.opinion", **who, agrees=agrees, opinion=one.opinion))
        if decision := version.decision:
            key = "document.approved" if decision.approved else "document.returned"
            lines.append(
                say(key, at=at(decision.at), by=signed(decision.by, decision.stand_in), reason=decision.reason).rstrip()
            )
        self.here.show(*(indented(Prose(line)) for line in lines))

    def _signed(self, by: str, stand_in: StandIn | None) -> str:
        return self.book.signed(by, stand_in, self.here.lang)

    def _state(self, version: DocumentRevision) -> str:
        return self.here.say(f"document.state.{self.document.state_of(version).value}")

    def _at(self, moment: datetime) -> str:
        return stamp(moment, self.zone, year=0)


def version_of(document: Document, number: int | None) -> DocumentRevision:
    """The version `number`; the newest if None. Raises `Told` for an unknown number."""
    version = document.version(number)
    if version is None:
        current = document.newest.number
        raise Told("document.refused.stale", document=document.id, given=number, current=current)
    return version
