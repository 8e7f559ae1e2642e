"""Events of a case as a whole: opening, grading, tracks, plan, watch list, acts on the case."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import AwareDatetime, Field

from complaints.case.complaint import Complaint, Facts, Proposal, Reason, Track
from complaints.case.event import ByAct, Event, Noticed, OpeningEvent, case_of
from complaints.case.file import CaseFile, EarlierReceipt, File, Link, PlanRevision, Related
from complaints.clock.moments import Deadline
from complaints.editions.pin import EditionPin


class CaseOpened(OpeningEvent[CaseFile]):
    """CR-5.1.1: the complaint was taken in. Its number follows later if the read model was unreachable."""

    kind: ClassVar[str] = "case.opened"
    key: str
    complaint: Complaint
    edition: str
    digest: str
    reference: str  # version of directory and calendar
    proposal: Proposal
    opened_at: AwareDatetime
    number: str | None = None
    related: tuple[Related, ...] = ()
    links: tuple[Link, ...] = ()
    received_on_duty: AwareDatetime | None = None
    urgent_since: AwareDatetime | None = None

    @classmethod
    def of(cls, file: CaseFile, reference: str) -> CaseOpened:
        """Build the opening event of this file."""
        return cls(
            at=file.complaint.received_at,
            by=file.complaint.received_by,
            rule="CR-5.1.1",
            key=file.key,
            complaint=file.complaint,
            edition=file.edition.name,
            digest=file.edition.digest,
            reference=reference,
            proposal=file.proposal,
            opened_at=file.opened_at,
            number=file.number,
            related=file.related,
            links=file.links,
            received_on_duty=file.received_on_duty,
            urgent_since=file.urgent_since,
        )

    @property
    def level(self) -> int:
        return self.proposal.level

    def begins(self) -> CaseFile:
        return CaseFile(
            key=self.key,
            edition=EditionPin(name=self.edition, digest=self.digest),
            opened_at=self.opened_at,
            complaint=self.complaint,
            number=self.number,
            proposal=self.proposal,
            related=self.related,
            links=self.links,
            received_on_duty=self.received_on_duty,
            urgent_since=self.urgent_since,
        )


class Reopens(Event):
    """RV-4.2: the case reopens a closed one; the link to it exists since the opening."""

    kind: ClassVar[str] = "case.reopens"
    key: str
    number: str | None = None
    reason: str = ""


class Numbered(Event):
    """CR-5.1.4: the read model assigned a number and found related complaints of the customer or the building."""

    kind: ClassVar[str] = "case.numbered"
    number: str | None
    related: tuple[Related, ...] = ()
    proposal: Proposal | None = None  # a repeat may lead to a higher grade (CR-5.1.2)

    def changes(self, file: File) -> dict[str, Any]:
        proposed = {"proposal": self.proposal} if self.proposal is not None else {}
        return {"number": self.number, "related": self.related, **proposed}


class CancellationIgnored(Event):
    """A cancellation request for the workflow was ignored."""

    kind: ClassVar[str] = "case.cancellation-ignored"
    reason: str = ""


# --- grades and tracks


class Proposed(Event):
    """CR-5.2.1a: the current facts lead to this grade. After the grading the stored proposal no longer changes.

    What is then kept of a later one is whether it is urgent.
    """

    kind: ClassVar[str] = "case.proposed"
    proposal: Proposal

    def changes(self, file: File) -> dict[str, Any]:
        return {"proposal": self.proposal} if case_of(file).level is None else {"proposed_urgent": self.proposal.urgent}


class BecameUrgent(Event):
    """Decision 15: the complaint knows no night any more. What waited for the office to open counts from now on."""

    kind: ClassVar[str] = "case.became-urgent"

    def changes(self, file: File) -> dict[str, Any]:
        received = case_of(file).received_on_duty
        return {"urgent_since": self.at, "received_on_duty": None if received is None else min(received, self.at)}


class NoLongerUrgent(Event):
    """Decision 15: the complaint keeps office hours again; open deadlines stay as they are."""

    kind: ClassVar[str] = "case.no-longer-urgent"

    def changes(self, file: File) -> dict[str, Any]:
        return {"urgent_since": None}


class Graded(Event):
    """CR-5.2.1a: the level, and whether the complaint is major, were decided."""

    kind: ClassVar[str] = "case.graded"
    level: int
    major: bool = False

    def changes(self, file: File) -> dict[str, Any]:
        return {"level": self.level, "major": self.major}


class RegradeAsked(ByAct):
    """A lower grade was requested and waits for approval."""

    kind: ClassVar[str] = "case.regrade-asked"


class Regraded(ByAct):
    """The case was regraded by a regrade act; `case.graded` has the resulting grade."""

    kind: ClassVar[str] = "case.regraded"


class LowerGradeApproved(Event):
    """The lower grade requested by the act `asked` (its number) was approved."""

    kind: ClassVar[str] = "case.regrade-approved"
    asked: int
    level: int
    major: bool = False
    reason: str = ""


class BecameMajor(Noticed):
    """MC-3c: the complaint became major because it was not solved within a month of its receipt."""

    kind: ClassVar[str] = "case.became-major"
    month: Deadline

    def changes(self, file: File) -> dict[str, Any]:
        return {"major": True, "unsolved": self.month}


class MonthOver(Noticed):
    """MC-3c: it was not solved within a month of its receipt, and is not about the property service (decision 21)."""

    kind: ClassVar[str] = "case.month-over"
    month: Deadline

    def changes(self, file: File) -> dict[str, Any]:
        return {"month_over": self.month}


class TrackEntered(Event):
    """A new leg began on a track; its clocks start at `at`."""

    kind: ClassVar[str] = "track.entered"
    track: Track
    level: int | None = None
    leg: int

    def changes(self, file: File) -> dict[str, Any]:
        return {"track": self.track, "track_since": self.at, "leg": self.leg}


class TrackLeft(Event):
    """The track ended and leads to another, whose clocks start at `at`."""

    kind: ClassVar[str] = "track.left"

    def changes(self, file: File) -> dict[str, Any]:
        return {"track_since": self.at}


class Handled(Event):
    """The handling ended; only revisits and paperwork remain."""

    kind: ClassVar[str] = "case.handled"

    def changes(self, file: File) -> dict[str, Any]:
        return {"handled_at": self.at}


class Reopened(Event):
    """RV-4.2: a customer is not satisfied, so the case is handled again; the next leg's clocks start at `at`."""

    kind: ClassVar[str] = "case.reopened"
    leg: int
    reason: str = ""

    def changes(self, file: File) -> dict[str, Any]:
        return {"track_since": self.at, "handled_at": None, "outcome": None}


class OutcomeReached(Event):
    """The outcome of the case or the round was set; a later event may change it."""

    kind: ClassVar[str] = "outcome.reached"
    outcome: str | None

    def changes(self, file: File) -> dict[str, Any]:
        return {"outcome": self.outcome}


class CaseClosed(Event):
    kind: ClassVar[str] = "case.closed"
    outcome: str = ""

    def changes(self, file: File) -> dict[str, Any]:
        return {"closed_at": self.at}


# --- the plan of a crisis


class PlanBegun(Event):
    """CR-5.2.2e: work on a new revision of the plan began."""

    kind: ClassVar[str] = "plan.begun"
    revision: int

    def changes(self, file: File) -> dict[str, Any]:
        return {"revision": max(self.revision, case_of(file).revision)}


class PlanKept(Event):
    """CR-5.2.2e, CR-5.3.3a: a revision of the plan was completed."""

    kind: ClassVar[str] = "plan.kept"
    plan: PlanRevision

    def changes(self, file: File) -> dict[str, Any]:
        case = case_of(file)
        return {"plans": (*case.plans, self.plan), "revision": max(self.plan.revision, case.revision)}


class OpinionJoined(Event):
    """CR-5.2.2d: an opinion came after the plan; it joins the revision and reopens nothing."""

    kind: ClassVar[str] = "plan.opinion-joined"
    revision: int
    who: str  # the department, or the person assigned

    def changes(self, file: File) -> dict[str, Any]:
        plans = case_of(file).plans
        return {
            "plans": tuple(
                plan.but(joined=(*plan.joined, self.who)) if plan.revision == self.revision else plan for plan in plans
            )
        }


# --- the watch list


class WatchEntered(Event):
    """CR-5.1.3: a complaint that might become a crisis, or major, was put on the watch list for the supervisor."""

    kind: ClassVar[str] = "watch.entered"
    watch: tuple[Reason, ...] = Field(alias="reasons")

    def changes(self, file: File) -> dict[str, Any]:
        return {"watch": self.watch}


class WatchOver(Event):
    """CR-5.1.3: the supervisor decided on the watch list entry."""

    kind: ClassVar[str] = "watch.over"

    def changes(self, file: File) -> dict[str, Any]:
        return {"watch": ()}


# --- acts on the case


class Amended(ByAct):
    """更正: the facts were corrected."""

    kind: ClassVar[str] = "case.amended"
    amended: Facts
    also_about: tuple[str, ...] = ()  # people newly complained about
    site: str | None = None

    def changes(self, file: File) -> dict[str, Any]:
        about = (*case_of(file).also_about, *self.also_about)
        site = {"site": self.site} if self.site is not None else {}
        return {**super().changes(file), "amended": self.amended, "also_about": about, **site}


class IntakeCorrected(ByAct):
    """更正: fields of the intake were corrected (decision 18); the act's form has what they said before."""

    kind: ClassVar[str] = "case.corrected"
    fields: dict[str, Any] = {}  # of the complaint, as JSON values
    amended: Facts | None = None
    site: str | None = None
    also_about: tuple[str, ...] = ()
    not_about: tuple[str, ...] = ()
    recounts: bool = False  # the receipt was corrected; then these are as it should have been received (decision 22)
    received_on_duty: AwareDatetime | None = None
    urgent_since: AwareDatetime | None = None

    def changes(self, file: File) -> dict[str, Any]:
        case = case_of(file)
        out = set(self.not_about)
        said = case.complaint.model_dump() | self.fields
        said["about"] = tuple(person for person in case.complaint.about if person not in out)
        also = tuple(person for person in (*case.also_about, *self.also_about) if person not in out)
        changed: dict[str, Any] = {"complaint": Complaint.model_validate(said), "also_about": also}
        if self.amended is not None:
            changed["amended"] = self.amended
        if self.site is not None:
            changed["site"] = self.site
        if self.recounts:
            changed |= {"received_on_duty": self.received_on_duty, "urgent_since": self.urgent_since}
        if (was := case.complaint.received_at) != changed["complaint"].received_at:
            earlier = EarlierReceipt(received_at=was, corrected_at=self.recorded_at)
            changed["receipts"] = (*case.receipts, earlier)
        return {**super().changes(file), **changed, "corrected": self.seq}


class Contacted(ByAct):
    """联系记录: the customer called, wrote or urged, or was tried in vain. It starts no clock."""

    kind: ClassVar[str] = "case.contacted"


class RepeatsFound(Event):
    """CR-5.1.2: related complaints were looked for again after the correction `act`."""

    kind: ClassVar[str] = "case.repeats-found"
    act_seq: int = Field(alias="act")
    related: tuple[Related, ...] = ()
    later: tuple[str, ...] = ()  # keys of later cases, which are told of whom this one is now

    def changes(self, file: File) -> dict[str, Any]:
        return {"related": self.related, "repeats_of": self.act_seq}


class ProjectCorrected(Event):
    """更正: the complaint is of another project, by the act `act`; its number stays."""

    kind: ClassVar[str] = "case.project-corrected"
    act_seq: int = Field(alias="act")
    project: str
    also_about: tuple[str, ...] = Field(default=(), exclude_if=lambda people: not people)  # known to that project only

    def changes(self, file: File) -> dict[str, Any]:
        case = case_of(file)
        added = tuple(person for person in self.also_about if person not in case.about)
        return {
            "complaint": case.complaint.but(project=self.project),
            "also_about": (*case.also_about, *added),
            "project_of": self.act_seq,
            "corrected": self.act_seq,
        }


class ProjectUnknown(Event):
    """更正: the directory lacks the project that the act `act` names, or these people of it; the project stays."""

    kind: ClassVar[str] = "case.project-unknown"
    act_seq: int = Field(alias="act")
    project: str
    people: tuple[str, ...] = Field(default=(), exclude_if=lambda people: not people)

    def changes(self, file: File) -> dict[str, Any]:
        return {"project_of": self.act_seq}


class Asks(ByAct):
    """Another case was asked to merge or gather; the link stays pending until it agrees."""

    link: Link

    def changes(self, file: File) -> dict[str, Any]:
        return {**super().changes(file), "links": (*case_of(file).links, self.link)}


class Merging(Asks):
    """并案: another case was asked to take this one in."""

    kind: ClassVar[str] = "case.merging"


class Gathering(Asks):
    """集中处理: another case was asked to be handled in this one."""

    kind: ClassVar[str] = "case.gathering"


class Dropped(ByAct):
    """撤诉: the customer withdrew the complaint."""

    kind: ClassVar[str] = "case.dropped"


class InvalidityAsked(ByAct):
    """认定无效: the supervisor has found that it is nothing a customer said; somebody else has to confirm it."""

    kind: ClassVar[str] = "case.invalidity-asked"


class TurnedEnquiry(ByAct):
    """转为咨询: the customer only asked something."""

    kind: ClassVar[str] = "case.turned-enquiry"


class HandedOver(ByAct):
    """移交: all open duties of a person who leaves were handed over; `duty.handed-over` records each of them."""

    kind: ClassVar[str] = "case.handed-over"


class Attached(ByAct):
    """附上: a letter, a photograph, a recording … was attached; its bytes are in the object store (decision 19)."""

    kind: ClassVar[str] = "case.attached"


class Detached(ByAct):
    """撤下: an attachment was struck out; it stays as a line, and its bytes as evidence."""

    kind: ClassVar[str] = "case.detached"


class Commented(ByAct):
    """留言. The reason of the act is the text; `people` of its form are those whom it mentions."""

    kind: ClassVar[str] = "case.commented"


class CopiedTo(ByAct):
    """抄送: other people were told of the case, for information."""

    kind: ClassVar[str] = "case.copied"


class Read(ByAct):
    """已阅: somebody has read what they were told for information."""

    kind: ClassVar[str] = "case.read"


class ActRefused(Event):
    """An act that came by signal, so without an answer to the caller, was refused.

    If it was signed, `statement` is the digest of its text, which is not taken again until it expires.
    """

    kind: ClassVar[str] = "act.refused"
    what: str = Field(alias="kind")
    refused: str | None
    statement: str | None = None
    exp: AwareDatetime | None = None
