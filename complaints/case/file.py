"""The words of Duly as types: complaint, duty, act, notice, case file.

Times are aware datetimes in UTC. Money is `Decimal` in RMB yuan. Ids of people, departments and projects are the keys
of the directory. Nothing here reads a clock, a file or a network.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import blake2b
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, StringConstraints, field_validator
from typing_extensions import TypeVar

from complaints.base import Frozen, size_limits
from complaints.base.canonical import kept
from complaints.base.fields import Key, Nth
from complaints.case.complaint import TAKING_IN, Complaint, Facts, Proposal, Reason, Track
from complaints.clock.moments import Deadline
from complaints.editions.pin import EditionPin


class DutyStatus(StrEnum):
    OPEN = "open"
    DONE = "done"
    SUPERSEDED = "superseded"


def _unless_none() -> Any:
    """A field that is not carried while it is None: who does not know it yet, or goes back, understands the rest."""
    return Field(default=None, exclude_if=lambda value: value is None)


class Escalation(Frozen):
    """One step of the climb: who was told, when it was to be, when it was.

    Steps that one person missed during an outage are one escalation, from `step` through `through`: what is kept of a
    duty does not grow with the length of an outage.
    """

    step: int
    to: str
    at: AwareDatetime  # the (first) step's own moment
    told_at: AwareDatetime  # when it could be sent (later than `at` only after an outage)
    through: int | None = _unless_none()  # the last of several steps
    last_at: AwareDatetime | None = _unless_none()  # that one's own moment
    acknowledged_by: str | None = None
    acknowledged_at: AwareDatetime | None = None

    @property
    def steps(self) -> int:
        """How many steps it stands for."""
        return 1 if self.through is None else self.through - self.step + 1


STEPS_APART = 30
"""Escalations of one duty that are kept apart. Older ones to the same person become one, as after an outage."""
STEPS_ALWAYS_APART = 10
"""The newest of them, which never do."""


def gathered(climb: tuple[Escalation, ...]) -> tuple[Escalation, ...]:
    """The climb of a breach that nobody answers: what is kept of it stays short, however long that lasts."""
    while len(climb) > STEPS_APART:
        pairs = enumerate(pairwise(climb[:-STEPS_ALWAYS_APART]))
        nth = next((nth for nth, (one, other) in pairs if _follow(one, other)), None)
        if nth is None:
            break
        one, other = climb[nth : nth + 2]
        both = one.but(through=other.step + other.steps - 1, last_at=other.last_at or other.at)
        climb = (*climb[:nth], both, *climb[nth + 2 :])
    return climb


def _follow(one: Escalation, other: Escalation) -> bool:
    """Whether these are steps of the same person, one after the other, that nobody has answered."""
    unanswered = one.acknowledged_by is None and other.acknowledged_by is None
    return unanswered and one.to == other.to and other.step == one.step + one.steps


class PlanRevision(Frozen):
    """One revision of the plan for a crisis, as it was completed (CR-5.2.2e)."""

    revision: int
    text: str
    by: str
    at: AwareDatetime
    complete_by: AwareDatetime | None = None
    missing: tuple[str, ...] = ()  # departments whose opinion was not given (CR-5.2.2d)


class DateChange(Frozen):
    """A date that was promised anew, with the customer's understanding (CH-7.3.3)."""

    at: AwareDatetime
    by: str
    old: AwareDatetime
    new: AwareDatetime
    reason: str


class DutyPause(Frozen):
    """A time in which a duty waited for the customer, where the edition allows it."""

    since: AwareDatetime
    until: AwareDatetime  # when it goes on by itself, or went on
    by: str
    reason: str


class Duty(Frozen):
    """Who must do what, by which moment, by which clause."""

    id: str  # "[<matter>/]<rule>[@<department>][#<nth>][~<leg>]": stable and readable, unique in the case
    rule: str
    leg: int  # which leg of the case's way through the tracks it belongs to; 0: it stays through all of them
    matter: str | None = None  # the repair or corrective action it belongs to
    role: str
    department: str | None = None
    owner: str
    because: str = "holder"  # holder | named | deputy | superior | delegated …: why this person
    in_place_of: str | None = None
    superiors: tuple[str, ...] = ()  # of an owner who has left the directory: the reporting line they had
    handed_on: str | None = None  # id of the duty whose answer made this person the owner
    about: str | None = None  # id of the duty it serves (a countersignature)
    revision: int | None = None  # the plan revision it is for
    needs: tuple[str, ...] = ()  # duties, or rules whose duties of the same leg, that must be done before this one
    returns_to: tuple[str, ...] = ()  # earlier steps an approver may return it to (rules)
    withdrawable_by: str | None = None  # who submitted it and may take it back
    passes_up: bool = False  # its owner may hand it to the next step of the ladder
    since: AwareDatetime
    opened_at: AwareDatetime
    acts_before: int = Field(default=0, exclude_if=lambda n: n == 0)  # how many acts there were when it was opened
    deadline: Deadline
    status: DutyStatus = DutyStatus.OPEN
    closed_at: AwareDatetime | None = None  # the closing event's own time
    closed_by: str | None = None
    act: int | None = None  # seq of the act that closed it
    superseded_by: str | None = None
    changes: tuple[DateChange, ...] = ()
    pauses: tuple[DutyPause, ...] = ()
    reminded: int = 0  # reminders passed
    redated: int = Field(default=0, exclude_if=lambda n: n == 0)  # how often it was given another deadline
    breached_at: AwareDatetime | None = None  # the true time: always the due moment
    escalations: tuple[Escalation, ...] = ()

    @property
    def open(self) -> bool:
        return self.status is DutyStatus.OPEN

    @property
    def late(self) -> bool:
        return self.breached_at is not None

    def waits(self, at: datetime) -> bool:
        """Whether it waits for the customer at this moment."""
        return any(pause.since <= at < pause.until for pause in self.pauses)

    @property
    def climbed(self) -> int:
        """How many steps of the climb have been taken."""
        return sum(escalation.steps for escalation in self.escalations)

    @property
    def acknowledged(self) -> bool:
        return any(step.acknowledged_by for step in self.escalations)


BY_ACT = "act-"
"""`about` of a duty that an act opened and no chapter asks for: with the act's number."""


class ActKind(StrEnum):
    DISCHARGE = "discharge"  # 办结: do what the duty asks
    APPROVE = "approve"  # 批准
    RETURN = "return"  # 退回 to an earlier step, with a reason
    DELEGATE = "delegate"  # 转办
    COUNTERSIGN = "countersign"  # 加签: ask another person to sign first
    ACKNOWLEDGE = "acknowledge"  # 知悉 of an escalation
    WITHDRAW = "withdraw"  # 撤回 of a submitted plan
    PASS_UP = "pass-up"  # 上交 to the next step of the ladder (CH-7.2.2)
    RESCHEDULE = "reschedule"  # 改期 of a promised date (CH-7.3.3)
    PAUSE = "pause"  # 暂停: waiting for the customer
    RESUME = "resume"  # 恢复
    # On the case as a whole
    REGRADE = "regrade"  # 改级
    AMEND = "amend"  # 更正 of the facts
    OPEN_MATTER = "open-matter"  # 立项: a repair or a corrective action
    MERGE = "merge"  # 并案 of a duplicate into another case
    GATHER = "gather"  # 集中处理: this case leads others about the same
    DROP = "drop"  # 撤诉 by the customer
    HAND_OVER = "hand-over"  # 移交 of all open duties of a person who leaves


ActId = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class ActRequest(Frozen):
    """What a person asks to do. The one shape in which acts enter, whatever carried them."""

    by: Key
    kind: ActKind
    duty: Annotated[str, StringConstraints(max_length=80)] | None = None  # every kind but those on the case as a whole
    at: AwareDatetime | None = None  # when it happened, if earlier than now
    form: dict[str, Any] = {}
    reason: Annotated[str, StringConstraints(max_length=size_limits.WORDS)] = ""
    revision: Nth | None = None  # approvals name the revision they are for
    to: Annotated[str, StringConstraints(max_length=80)] | None = None  # delegate, countersign: person; return: step
    act_id: ActId | None = _unless_none()  # idempotency key: the same act sent again under it happens once
    seen: int | None = _unless_none()  # `journal_seq` of the file they have, to hear what has happened since

    @field_validator("duty", "form", "reason", "to", "act_id")
    @classmethod
    def _can_be_kept(cls, value: Any) -> Any:
        return kept(value)

    @property
    def content(self) -> str:
        """Digest of what is asked, by which two acts under one id are told apart: 16 hex digits."""
        asked = self.model_dump(mode="json", exclude={"act_id", "seen"})
        return blake2b(json.dumps(asked, sort_keys=True).encode(), digest_size=8).hexdigest()


class Attempt(Frozen):
    """Under which idempotency key an act was sent, and what it was answered with if that was a refusal."""

    id: str
    content: str  # `ActRequest.content`
    refused: str | None = (
        _unless_none()
    )  # a code of `complaints.base.errors`: the act is kept, and refused all the same
    params: dict[str, str] = Field(default={}, exclude_if=lambda params: not params)


class Act(Frozen):
    """What was done, by whom, when, under which clause."""

    seq: int
    kind: ActKind
    by: str
    at: AwareDatetime
    recorded_at: AwareDatetime
    duty: str | None = None
    rule: str
    form: dict[str, Any] = {}
    reason: str = ""
    revision: int | None = None
    to: str | None = None
    attempt: Attempt | None = _unless_none()


class NoticeKind(StrEnum):
    TOLD = "told"  # a new duty is yours
    REMINDER = "reminder"
    LATE = "late"  # to the owner: the duty is late
    ESCALATION = "escalation"  # to a superior: answer or acknowledge
    COPY = "copy"  # for information (CR-5.4.4, CR-5.3.3b)
    CLOSED = "closed"  # your duty was closed by something else (superseded, withdrawn)


class Notice(Frozen):
    """A message owed to a person; its text is made from the catalogue when it is shown or sent."""

    id: str  # "<duty>/<moment>/<person>": once each
    kind: NoticeKind
    to: str
    duty: str
    rule: str
    at: AwareDatetime
    due: AwareDatetime | None = None
    params: dict[str, str] = {}


class JournalLine(Frozen):
    """One line of the append-only journal, chained to the one before by hash."""

    seq: int
    at: AwareDatetime
    kind: str
    by: str | None = None
    duty: str | None = None
    rule: str | None = None
    data: dict[str, Any] = {}
    prev: str
    hash: str


class Related(Frozen):
    """An earlier complaint of the same customer, or of the same building and subject (CR-5.1.2)."""

    key: str
    number: str | None = None
    why: str  # "customer" | "building"
    open: bool


class MatterKind(StrEnum):
    REPAIR = "repair"  # 维修 (CS-4.3)
    CORRECTIVE = "corrective"  # 纠正预防措施 (CH-7.6)


class Matter(Frozen):
    """Something of its own within a case, beside the track: a repair, a corrective action."""

    id: str  # "R1", "C1"
    kind: MatterKind
    what: str
    by: str
    since: AwareDatetime
    department: str | None = None  # responsible for it
    cause: str = ""  # the duty, act or rule it came of
    begun: int = 0  # how many acts there were when it began
    finished: int | None = None  # seq of the act with which its work was done; paper may follow
    contractor: str | None = None  # who owes a repair, or does it
    company_paid: bool = False  # nobody else bears a repair's cost
    signed: bool = False  # the customer signed for a repair on the spot (RV-4.4)
    audited: Decimal | None = None  # what a repair cost (CS-4.3.4a)
    deducted: Decimal | None = None  # of it, taken from the contractor's retention money (CS-4.3.4b)
    shortfall: Decimal | None = None  # of it, still to be claimed from the contractor
    outcome: str | None = None
    ended_at: AwareDatetime | None = None

    @property
    def open(self) -> bool:
        return self.ended_at is None


class LinkKind(StrEnum):
    MERGED_INTO = "merged-into"  # this one is a duplicate of that
    MERGED = "merged"  # that one is a duplicate of this
    GATHERED_INTO = "gathered-into"  # that one leads, this one is handled with it
    GATHERED = "gathered"  # this one leads
    REOPENS = "reopens"  # this one takes up that closed one again
    REOPENED_AS = "reopened-as"


class Link(Frozen):
    """Another case this one has to do with."""

    kind: LinkKind
    key: str
    number: str | None = None
    at: AwareDatetime
    households: int = 0  # of a gathered case: how many sue, or may
    customer: str = ""  # of a gathered case: the evidence for the number of households; of a merged one: if another
    receiver: str = ""  # of a merged case: who took it, and revisits its customer
    agreed: bool = False  # the other case knows of it: merging and gathering take effect only then
    over: AwareDatetime | None = None  # of gathering: the leading case was handled, or let the other go
    released: bool = False  # let go without having been handled


class File(Frozen):
    """All that is known and done about something that runs by duties: a complaint's case, a round.

    What a duty needs to be held by the one mechanism, and nothing else. One query returns it; records keep it.
    """

    key: str
    edition: EditionPin
    opened_at: AwareDatetime
    leg: int = 0  # counts the tracks a case has been on; 0 is the intake, and all there is of a round
    track_since: AwareDatetime | None = None  # the event the track's clocks start at: grading, regrading, judgement
    closed_at: AwareDatetime | None = None
    outcome: str | None = None
    duties: dict[str, Duty] = {}
    acts: tuple[Act, ...] = ()
    notices: tuple[Notice, ...] = ()
    journal_seq: int = 0  # the journal itself is in the records; the file keeps its end to go on from
    journal_hash: str = ""
    gates: tuple[str, ...] = ()  # changes of behaviour that it follows (`complaints.case.gates`)
    trimmed: int = Field(default=0, exclude_if=lambda n: n == 0)
    """Journal line by which it was trimmed (`complaints.case.trimming`); 0: it has everything."""

    @property
    def called(self) -> str | None:
        """How people call it; None while it has no number yet."""
        return self.key

    @property
    def name(self) -> str:
        return self.called or self.key

    @property
    @abstractmethod
    def place(self) -> str:
        """The project whose people and time zone it goes by; "" for the whole company."""

    @property
    def about(self) -> frozenset[str]:
        """Everybody who owes, decides and hears nothing of it."""
        return frozenset()

    @property
    def received_by(self) -> str | None:
        """Who took it in, if anybody did."""
        return None

    @property
    def unfinished(self) -> bool:
        """Whether something beside its duties is still under way."""
        return False

    @property
    def open_duties(self) -> list[Duty]:
        return [duty for duty in self.duties.values() if duty.open]

    def awaited_by(self, duty: Duty) -> tuple[str, ...]:
        """The open duties that must be done before this one can be."""
        needs = set(duty.needs)
        return tuple(
            one.id
            for one in self.open_duties
            if one.about == duty.id or one.id in needs or (one.leg == duty.leg and one.rule in needs)
        )

    @property
    def closed(self) -> bool:
        return self.closed_at is not None


class CaseFile(File):
    """All that is known and done about a complaint (案卷). One query returns it; records keep it."""

    complaint: Complaint
    number: str | None = None
    proposal: Proposal
    amended: Facts | None = None  # the facts as they were corrected since; until then those of the complaint
    also_about: tuple[str, ...] = ()  # people complained about who became known later
    site: str | None = None  # the building as it was corrected since
    level: int | None = None
    major: bool = False
    track: Track = Track.INTAKE
    watch: tuple[Reason, ...] = ()
    related: tuple[Related, ...] = ()
    revision: int = 0  # the current revision of the plan
    plans: tuple[PlanRevision, ...] = ()
    handled_at: AwareDatetime | None = None  # the handling's end; from here on it is revisits and paper
    unsolved: Deadline | None = None  # the month in which it was not solved, once that made it a major one (MC-3c)
    matters: tuple[Matter, ...] = ()
    links: tuple[Link, ...] = ()

    @property
    def called(self) -> str | None:
        return self.number

    @property
    def place(self) -> str:
        return self.complaint.project

    @property
    def received_by(self) -> str | None:
        return self.complaint.received_by

    @property
    def unfinished(self) -> bool:
        return any(matter.open for matter in self.matters)

    @property
    def facts(self) -> Facts:
        """The facts of this complaint, as they are known now."""
        return self.amended or self.complaint.facts

    @property
    def members(self) -> tuple[Link, ...]:
        """The cases about the same that are handled in this one."""
        return tuple(link for link in self.links if link.kind is LinkKind.GATHERED and link.agreed)

    @property
    def known(self) -> Facts:
        """The facts as they are known now. Complaints gathered in this case count with their households (CR-3.1c)."""
        if not self.members:
            return self.facts
        together = max(1, self.facts.households) + sum(max(1, member.households) for member in self.members)
        return self.facts.but(households=together)

    @property
    def building(self) -> str:
        """The building as it is known now."""
        return self.complaint.building if self.site is None else self.site

    @property
    def about(self) -> frozenset[str]:
        """Everybody complained about: they owe, decide and hear nothing of it."""
        return frozenset((*self.complaint.about, *self.also_about))

    @property
    def lacks(self) -> tuple[str, ...]:
        """What its taking-in still lacks, after what was done about it since."""
        done = {duty.rule for duty in self.duties.values() if duty.status is DutyStatus.DONE}
        return tuple(name for name in self.complaint.lacks if TAKING_IN[name] not in done)


FileT = TypeVar("FileT", bound=File, default=CaseFile)
"""The file that is worked on: a complaint's case, where nothing else is said."""


class EarlierCase(Frozen):
    """A case that the records have from before under the id with which a complaint comes in now."""

    number: str
    closed_at: AwareDatetime | None  # None: open, as far as the records know
    proposal: Proposal
    differs: tuple[str, ...] = ()  # fields in which the complaint that came in then was another one


class Written(Frozen):
    """What the records answer to additions."""

    number: str | None = None
    related: tuple[Related, ...] = ()
    reference: str | None = None  # newest version of directory and calendar
    earlier: EarlierCase | None = _unless_none()  # the id is that of another case, and nothing was written


class OpenReceipt(Frozen):
    """What whoever opened a complaint gets back."""

    key: str  # the workflow id
    number: str | None  # None while the records are away; it follows
    proposal: Proposal
    duties: tuple[Duty, ...]  # the first duties, with their deadlines
    lacks: tuple[str, ...] = ()  # what the taking-in still lacks: "promised" (CH-7.1.1), "confirmed" (CH-7.1.2)
    closed_at: AwareDatetime | None = _unless_none()  # the case was there already, and this is when it was closed
    new: bool = Field(default=True, exclude_if=lambda new: new)  # False: the case was there already
    ended: bool = Field(default=False, exclude_if=lambda ended: not ended)  # an operator ended it, and it is not closed


class ActReceipt(Frozen):
    """What whoever did an act gets back.

    `events` are the journal lines since the one they had `seen`, whoever caused them: `complaints.case.fold.go_on`
    makes of these and of the file they have the file as it is now. None if they did not say what they had seen, or if
    it lies too far back: then they ask for the file.
    """

    seq: int
    recorded_at: AwareDatetime
    opened: tuple[str, ...] = ()  # duties this act opened
    events: tuple[JournalLine, ...] | None = _unless_none()
