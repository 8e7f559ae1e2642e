"""What a customer sees of their own complaint: what they have said, and what they were told. Pure.

Everything here is chosen field by field, and nothing is masked or cut out of something larger: so a new field of a case
is not shown by accident. It names no colleague, grade, duty, act, number of another case, and nothing that was said
about the customer.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.base.masking import masked_contact
from complaints.case.complaint import Category, Channel
from complaints.case.file import Act, ActKind, CaseFile, LinkKind
from complaints.case.residents import RESIDENT, ResidentWord
from complaints.clock.local_time import local
from complaints.editions.model import Edition
from complaints.intake import promises
from complaints.people.model import DirectorySlice
from complaints.texts import say

ANSWERS = {
    "answer": "opinion",
    "customer_answer": "opinion",
    "clear_answer": "answer",
    "resident_answer": "answer",
    "enquiry_answer": "answer",
    "gathered_reply": "told",
    "result_told": "told",
}
"""Forms in which somebody says what the customer was told → the field that has it."""
GIVEN = (ActKind.DISCHARGE, ActKind.REVISE)


class ResidentStage(StrEnum):
    RECEIVED = "received"
    HANDLING = "handling"
    HANDLED = "handled"
    CLOSED = "closed"
    TOGETHER = "together"  # merged into another complaint, which is handled for both
    AGAIN = "again"  # closed, and taken up again as a new complaint


class AnswerIs(StrEnum):
    """What the customer may expect."""

    OPEN = "open"  # they were told no date
    PROMISED = "promised"
    LATE = "late"  # the promised moment has passed without an answer
    GIVEN = "given"
    OVER = "over"  # the complaint is closed, and no answer is on record


class OwnWords(Frozen):
    """Something that they wrote by this link."""

    at: AwareDatetime
    word: ResidentWord
    said: str


class ResidentView(Frozen):
    """A complaint as its customer sees it. `answered_by` is a department."""

    number: str | None
    received_at: AwareDatetime
    channel: Channel
    category: Category
    building: str
    matter: str
    demand: str
    contact: str  # masked: a link can be passed on
    stage: ResidentStage
    handled_at: AwareDatetime | None
    closed_at: AwareDatetime | None
    promised: AwareDatetime | None
    answered_by: str
    answer_is: AnswerIs
    answer: str
    answered_at: AwareDatetime | None
    written: tuple[OwnWords, ...]
    may_write: bool

    def words(self, lang: str, zone: str) -> tuple[str, str]:
        """Return the stage and what to expect as sentences in `lang`, with local times of the `zone`."""
        at = self.answered_at if self.answer_is is AnswerIs.GIVEN else self.promised
        said = {"by": self.answered_by, "at": f"{local(at, zone):%Y-%m-%d %H:%M}" if at is not None else ""}
        key = f"resident.answer.{self.answer_is.value}" + ("" if self.answered_by else "-nobody")
        return say(f"resident.stage.{self.stage.value}", lang), say(key, lang, **said)


def resident_view(
    file: CaseFile, people: DirectorySlice, now: datetime, *, edition: Edition | None = None, link: str | None = None
) -> ResidentView:
    """Return what the customer sees of their case at `now`, by the link with this id.

    Without the `edition` of the case it is not known which acts were answers.
    """
    said, told = file.complaint, promises.in_force(file)
    answer = _answer(file, edition)
    return ResidentView(
        number=file.number,
        received_at=said.received_at,
        channel=said.channel,
        category=said.category,
        building=file.building,
        matter=said.matter,
        demand=said.demand,
        contact=masked_contact(said.contact),
        stage=_stage(file),
        handled_at=file.handled_at,
        closed_at=file.closed_at,
        promised=told.date if told is not None else None,
        answered_by=_by(file, people, edition),
        answer_is=_answer_is(file, told.date if told is not None else None, answer is not None, now),
        answer=answer[1] if answer is not None else "",
        answered_at=answer[0].at if answer is not None else None,
        written=tuple(_own(act) for act in file.contacts if act.by == RESIDENT and act.form.get("link") == link),
        may_write=not file.closed and (edition is None or "CONTACT" in edition.rules),
    )


def _stage(file: CaseFile) -> ResidentStage:
    links = {link.kind for link in file.links if link.agreed or link.kind is LinkKind.REOPENED_AS}
    if LinkKind.REOPENED_AS in links:
        return ResidentStage.AGAIN
    if LinkKind.MERGED_INTO in links:
        return ResidentStage.TOGETHER
    if file.closed:
        return ResidentStage.CLOSED
    if file.handled_at is not None:
        return ResidentStage.HANDLED
    return ResidentStage.RECEIVED if file.level is None else ResidentStage.HANDLING


def _answer(file: CaseFile, edition: Edition | None) -> tuple[Act, str] | None:
    """Return the newest answer that the customer was given, and its words."""
    for act in reversed(file.acts):
        rule = edition.rules.get(act.rule) if edition is not None else None
        field = ANSWERS.get(rule.form or "") if rule is not None and act.kind in GIVEN else None
        if field is not None and (words := str(act.form.get(field, ""))):
            return act, words
    return None


def _answer_is(file: CaseFile, promised: datetime | None, given: bool, now: datetime) -> AnswerIs:
    if given:
        return AnswerIs.GIVEN
    if file.closed:
        return AnswerIs.OVER
    if promised is None:
        return AnswerIs.OPEN
    return AnswerIs.PROMISED if now <= promised else AnswerIs.LATE


def _by(file: CaseFile, people: DirectorySlice, edition: Edition | None) -> str:
    """Return the department of whoever owes the customer something now, else of whoever took the complaint."""
    owed = sorted(file.open_duties, key=lambda duty: (duty.deadline.due, duty.id))
    talks = (one.owner for one in owed if edition is not None and _talks(edition, one.rule))
    person = people.person(next(talks, file.received_by) or "")
    department = people.department(person.department) if person is not None else None
    return department.name if department is not None else ""


def _talks(edition: Edition, rule: str) -> bool:
    found = edition.rules.get(rule)
    return found is not None and (found.contact or found.form in ANSWERS)


def _own(act: Act) -> OwnWords:
    return OwnWords(at=act.at, word=ResidentWord(act.form["word"]), said=str(act.form["said"]))
