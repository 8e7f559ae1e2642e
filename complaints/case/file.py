"""The central domain types: duty, act, notice, journal line, matter, link, case file.

Times are aware datetimes in UTC. Money is `Decimal` in RMB yuan. Ids of people, departments and projects are the keys
of the directory. Pure: no clock, no I/O.
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
from complaints.base.fields import Key, Nth, unless_none
from complaints.case.complaint import CRISIS, TAKING_IN, Complaint, Facts, Proposal, Reason, Track
from complaints.clock.moments import Deadline
from complaints.editions.pin import EditionPin


class DutyStatus(StrEnum):
    OPEN = "open"
    DONE = "done"
    SUPERSEDED = "superseded"


class Escalation(Frozen):
    """One step of an escalation: who was notified, when it was due, when it was done.

    Consecutive steps to one person that were missed during an outage are one escalation, from `step` through `through`,
    so that a duty does not grow with the length of an outage.
    """

    step: int
    to: str
    at: AwareDatetime  # when the (first) step was due
    told_at: AwareDatetime  # when it was recorded (later than `at` only after an outage)
    through: int | None = unless_none()  # the last step, if it stands for several
    last_at: AwareDatetime | None = unless_none()  # when the last step was due
    acknowledged_by: str | None = None
    acknowledged_at: AwareDatetime | None = None

    @property
    def steps(self) -> int:
        """The number of steps that it stands for."""
        return 1 if self.through is None else self.through - self.step + 1


STEPS_APART = 30
"""Maximum escalations kept for one duty. Beyond it older ones to the same person are merged, as after an outage."""
STEPS_ALWAYS_APART = 10
"""The number of newest escalations that are never merged."""


def gathered(climb: tuple[Escalation, ...]) -> tuple[Escalation, ...]:
    """Merge older unanswered escalations to the same person, so that the climb stays short however long it lasts."""
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
    """Return whether these are consecutive, unacknowledged steps to the same person."""
    unanswered = one.acknowledged_by is None and other.acknowledged_by is None
    return unanswered and one.to == other.to and other.step == one.step + one.steps


class PlanRevision(Frozen):
    """One completed revision of the plan for a crisis (CR-5.2.2e)."""

    revision: int
    text: str
    by: str
    at: AwareDatetime
    complete_by: AwareDatetime | None = None
    missing: tuple[str, ...] = ()  # departments, and people assigned, whose opinion was not given (CR-5.2.2d)
    joined: tuple[str, ...] = Field(default=(), exclude_if=lambda keys: not keys)  # of those, whoever gave it later
    cost: Decimal | None = unless_none()  # of the whole plan


class DateChange(Frozen):
    """One change of a promised date, agreed with the customer (CH-7.3.3)."""

    at: AwareDatetime
    by: str
    old: AwareDatetime
    new: AwareDatetime
    reason: str


class DutyPause(Frozen):
    """A period in which a duty waits for the customer, if the edition allows it."""

    since: AwareDatetime
    until: AwareDatetime  # latest end, at which the clock resumes by itself; the actual end once it has resumed
    by: str
    reason: str


class Duty(Frozen):
    """An obligation: who must do what, by when, under which clause."""

    id: str  # "[<matter>/]<rule>[@<department>][#<nth>][~<leg>]": stable and readable, unique in the case
    rule: str
    leg: int  # the case's leg that it belongs to; 0: it stays open through all legs
    matter: str | None = None  # the repair or corrective action it belongs to
    role: str
    department: str | None = None
    owner: str
    because: str = "holder"  # why this person owns it: holder | named | deputy | superior | delegated …
    in_place_of: str | None = None
    superiors: tuple[str, ...] = ()  # former reporting line of an owner who has left the directory
    handed_on: str | None = None  # id of the duty whose answer made this person the owner
    about: str | None = None  # id of the duty it serves (a countersignature); or an act, see `BY_ACT`
    revision: int | None = None  # the plan revision it is for
    needs: tuple[str, ...] = ()  # duty ids, or rules (their duties of the same leg), that must be done first
    returns_to: tuple[str, ...] = ()  # earlier steps an approver may return it to (rules)
    withdrawable_by: str | None = None  # the person who submitted it and may withdraw it
    passes_up: bool = False  # whether the owner may pass it up to the next step of the ladder
    in_person: bool = Field(default=False, exclude_if=lambda yes: not yes)  # its owner may not delegate it (RV-2)
    since: AwareDatetime
    opened_at: AwareDatetime
    acts_before: int = Field(default=0, exclude_if=lambda n: n == 0)  # number of acts in the file when it was opened
    deadline: Deadline
    status: DutyStatus = DutyStatus.OPEN
    closed_at: AwareDatetime | None = None  # the closing event's own time
    closed_by: str | None = None
    act: int | None = None  # seq of the act that closed it
    superseded_by: str | None = None
    changes: tuple[DateChange, ...] = ()
    pauses: tuple[DutyPause, ...] = ()
    reminded: int = 0  # number of reminders passed
    redated: int = Field(default=0, exclude_if=lambda n: n == 0)  # number of changes of its deadline
    breached_at: AwareDatetime | None = None  # the true time: always the due moment
    counted_before: AwareDatetime | None = unless_none()  # the breach was counted before this correction (decision 23)
    held_by: str | None = unless_none()  # whoever kept it from its owner: the owner could begin only at `opened_at`
    own_due: AwareDatetime | None = unless_none()  # then the end of the time that the owner has had themself
    waited_for: str | None = unless_none()  # at the breach: the person who was waited for, if not the owner
    own_breach_at: AwareDatetime | None = unless_none()  # then when it became late by the owner's own delay, too
    escalations: tuple[Escalation, ...] = ()
    climb_from: int = Field(default=0, exclude_if=lambda n: n == 0)  # first step of the present climb; others are over
    climb_since: AwareDatetime | None = unless_none()  # since when a climb that began anew climbs; else the due moment

    @property
    def open(self) -> bool:
        return self.status is DutyStatus.OPEN

    @property
    def late(self) -> bool:
        return self.breached_at is not None

    @property
    def answerable(self) -> str:
        """The person whom a breach names: whoever was waited for, else the owner (decision 14)."""
        return self.owner if self.waited_for is None else self.waited_for

    def waits(self, at: datetime) -> bool:
        """Return whether it is paused, waiting for the customer, at `at`."""
        return any(pause.since <= at < pause.until for pause in self.pauses)

    @property
    def dated_anew(self) -> bool:
        """Whether it was late already when it got the date that it has."""
        return self.climb_since is not None and self.climb_since == self.deadline.due

    @property
    def climb(self) -> tuple[Escalation, ...]:
        """The escalations of the present climb. An earlier one ended when somebody else became answerable."""
        return tuple(one for one in self.escalations if one.step >= self.climb_from)

    @property
    def climbed(self) -> int:
        """The number of steps that the present climb has taken."""
        return sum(escalation.steps for escalation in self.climb)

    @property
    def acknowledged(self) -> bool:
        """Whether somebody has answered the present climb."""
        return any(step.acknowledged_by for step in self.climb)

    @property
    def next_step(self) -> int:
        """The number of the next escalation; a climb that begins anew goes on counting, so that no two are alike."""
        return max((one.step + one.steps for one in self.escalations), default=self.climb_from)


BY_ACT = "act-"
"""Prefix of `Duty.about` for a duty that an act opened and no chapter asks for; the act's number follows."""


class ActKind(StrEnum):
    DISCHARGE = "discharge"  # 办结: do what the duty requires
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
    UNREACHED = "unreached"  # 联系不上: a talk is put forward to be given up, as nobody was reached
    ASK_DATE = "ask-date"  # 申请改期 of a date that somebody in the company set
    TRY = "try"  # 联系未果: the customer or the media were not reached
    REVISE = "revise"  # 更改 an answer already given
    ENTRUST = "entrust"  # 委派: another person prepares it, and it comes back
    RECALL = "recall"  # 收回 of what another person was asked for: a countersignature (减签), or preparing (收回委派)
    CLAIM = "claim"  # 认领 by another holder of the role
    URGE = "urge"  # 催办
    # On the case as a whole
    REGRADE = "regrade"  # 改级
    AMEND = "amend"  # 更正 of the facts
    OPEN_MATTER = "open-matter"  # 立项: a repair or a corrective action
    CANCEL_MATTER = "cancel-matter"  # 撤销立项 of one that was opened by mistake
    MERGE = "merge"  # 并案 of a duplicate into another case
    GATHER = "gather"  # 集中处理: this case leads others about the same subject
    DROP = "drop"  # 撤诉 by the customer
    INVALIDATE = "invalidate"  # 认定无效: nothing a customer said
    ENQUIRY = "enquiry"  # 转为咨询: the customer only asked something
    HAND_OVER = "hand-over"  # 移交 of all open duties of a person who leaves
    ATTACH = "attach"  # 附上 a letter, a photograph, a recording …
    DETACH = "detach"  # 撤下 what was attached by mistake
    COMMENT = "comment"  # 留言
    COPY = "copy"  # 抄送 of the case to other people
    READ = "read"  # 已阅
    CONTACT = "contact"  # 联系记录 of the customer's calls and urging, and of tries


ACT_ID = 100
ActId = Annotated[str, StringConstraints(min_length=1, max_length=ACT_ID)]


DutyId = Annotated[str, StringConstraints(max_length=80)]


class ActRequest(Frozen):
    """A request to do an act: the one input shape, whether it came by update or by signal."""

    by: Key
    kind: ActKind
    duty: DutyId | None = None  # None for acts on the case as a whole
    at: AwareDatetime | None = None  # when it happened, if earlier than now
    form: dict[str, Any] = {}
    reason: Annotated[str, StringConstraints(max_length=size_limits.WORDS)] = ""
    revision: Nth | None = None  # approvals name the revision they are for
    to: Annotated[str, StringConstraints(max_length=80)] | None = None  # delegate, countersign: person; return: step
    act_id: ActId | None = unless_none()  # idempotency key
    seen: int | None = unless_none()  # `journal_seq` of the caller's file, to receive the events since then
    base_version: int | None = unless_none()  # the `journal_seq` that it holds for: refused if the case has gone on

    @field_validator("duty", "form", "reason", "to", "act_id")
    @classmethod
    def _can_be_kept(cls, value: Any) -> Any:
        return kept(value)

    @property
    def content(self) -> str:
        """Digest of the request (16 hex digits), which detects two different acts under one `act_id`."""
        asked = self.model_dump(mode="json", exclude={"act_id", "seen", "base_version"})
        return blake2b(json.dumps(asked, sort_keys=True).encode(), digest_size=8).hexdigest()


class Attempt(Frozen):
    """The idempotency key of a recorded act, and its refusal if it was answered with one."""

    id: str
    content: str  # `ActRequest.content`
    refused: str | None = (
        unless_none()
    )  # code of `complaints.base.errors`: the act is recorded, yet answered with this refusal
    params: dict[str, str] = Field(default={}, exclude_if=lambda params: not params)


class Act(Frozen):
    """A recorded act: what was done, by whom, when, under which clause."""

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
    attempt: Attempt | None = unless_none()
    on_behalf: str | None = unless_none()  # the absent owner of the duty for whom a deputy did it


class NoticeKind(StrEnum):
    TOLD = "told"  # to the owner: a new duty
    REMINDER = "reminder"
    LATE = "late"  # to the owner: the duty is late
    ESCALATION = "escalation"  # to a superior: answer or acknowledge
    COPY = "copy"  # for information (CR-5.4.4, CR-5.3.3b)
    CLOSED = "closed"  # to the owner: the duty was closed without an act of theirs (superseded, withdrawn)
    HANDED = "handed"  # to whoever is told by a duty: what was handed over, in the act that the notice names
    URGED = "urged"  # to the owner: somebody urges
    MENTIONED = "mentioned"  # to whoever a comment names


class Notice(Frozen):
    """A notification for a person; its text is rendered from the catalogue when it is shown or sent."""

    id: str  # "<duty>/<moment>/<person>": idempotency key
    kind: NoticeKind
    to: str
    duty: str
    rule: str
    at: AwareDatetime
    due: AwareDatetime | None = None
    params: dict[str, str] = {}
    not_before: AwareDatetime | None = unless_none()  # it is sent only then, at the next opening (decision 15)


class JournalLine(Frozen):
    """One line of the append-only journal, chained to the previous one by hash."""

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
    same_subject: bool | None = unless_none()  # whether both are about the same category
    unsolved: bool | None = unless_none()  # whether it was neither handled nor closed when this complaint came in


class MatterKind(StrEnum):
    REPAIR = "repair"  # 维修 (CS-4.3)
    CORRECTIVE = "corrective"  # 纠正预防措施 (CH-7.6)


CANCELLED = "cancelled"
"""`Matter.outcome` of a matter that was opened by mistake."""


class Matter(Frozen):
    """A matter of a case, beside its track: a repair or a corrective action."""

    id: str  # "R1", "C1"
    kind: MatterKind
    what: str
    by: str
    since: AwareDatetime
    department: str | None = None  # the responsible department
    cause: str = ""  # the duty, act or rule that led to it
    begun: int = 0  # number of acts in the file when it began
    finished: int | None = None  # seq of the act that finished the work; paperwork may follow
    contractor: str | None = None  # the contractor liable for a repair, or doing it
    company_paid: bool = False  # the company bears a repair's cost
    signed: bool = False  # the customer signed for a repair on the spot (RV-4.4)
    audited: Decimal | None = None  # audited cost of a repair (CS-4.3.4a)
    deducted: Decimal | None = None  # part of it deducted from the contractor's retention money (CS-4.3.4b)
    shortfall: Decimal | None = None  # part of it still to be claimed from the contractor
    third_party: str | None = unless_none()  # the firm that repaired in the contractor's place
    recovered: Decimal | None = unless_none()  # part of the shortfall that the contractor has paid
    waived: Decimal | None = unless_none()  # part of the shortfall that the general manager has waived
    cancelled: int | None = unless_none()  # seq of the act by which it was cancelled
    outcome: str | None = None
    ended_at: AwareDatetime | None = None

    @property
    def open(self) -> bool:
        return self.ended_at is None


class LinkKind(StrEnum):
    MERGED_INTO = "merged-into"  # this case is a duplicate of the other
    MERGED = "merged"  # the other case is a duplicate of this one
    GATHERED_INTO = "gathered-into"  # the other case leads; this one is handled with it
    GATHERED = "gathered"  # this case leads
    REOPENS = "reopens"  # this case reopens the other, which is closed
    REOPENED_AS = "reopened-as"


class Link(Frozen):
    """A link to another case."""

    kind: LinkKind
    key: str
    number: str | None = None
    at: AwareDatetime
    households: int = 0  # of a gathered case: households suing, or likely to
    customer: str = ""  # gathered case: evidence for the number of households; merged case: only if another customer
    receiver: str = ""  # of a merged case: its receiver, who revisits its customer
    agreed: bool = False  # the other case has agreed: merging and gathering take effect only then
    over: AwareDatetime | None = None  # gathering: when the leading case was handled or released the member
    released: bool = False  # released without having been handled


SIGNED = "signed"
"""Among `File.gates` of cases and rounds that began while the installation had a key ring."""


class File(Frozen):
    """The state of anything that runs by duties: a complaint's case or a round.

    It has the fields that `DutyEngine` needs, and no others. A query returns it; the read model stores it.
    """

    key: str
    edition: EditionPin
    opened_at: AwareDatetime
    leg: int = 0  # number of the case's present leg; 0 is the intake, and the only leg of a round
    track_since: AwareDatetime | None = None  # start of the track's clocks: time of grading, regrading or judgement
    closed_at: AwareDatetime | None = None
    outcome: str | None = None
    duties: dict[str, Duty] = {}
    acts: tuple[Act, ...] = ()
    notices: tuple[Notice, ...] = ()
    journal_seq: int = 0  # end of the journal, to append to; the lines themselves are in the read model
    journal_hash: str = ""
    gates: tuple[str, ...] = ()  # version gates passed (`complaints.case.gates`)
    trimmed: int = Field(default=0, exclude_if=lambda n: n == 0)
    """Seq of the journal line that trimmed it (`complaints.case.trimming`); 0: never trimmed."""

    @property
    def called(self) -> str | None:
        """Its display number; None while a case has no number yet."""
        return self.key

    @property
    def name(self) -> str:
        return self.called or self.key

    @property
    @abstractmethod
    def place(self) -> str:
        """The project whose directory slice and time zone apply; "" for the whole company."""

    @property
    def about(self) -> frozenset[str]:
        """People shut out: they own no duties, decide nothing and get no notices."""
        return frozenset()

    @property
    def received_by(self) -> str | None:
        """The person who received the complaint; None for a round."""
        return None

    @property
    def signed(self) -> bool:
        """Whether it began under signing, and therefore takes signed statements only."""
        return SIGNED in self.gates

    @property
    def unfinished(self) -> bool:
        """Whether matters are still open."""
        return False

    @property
    def urgent(self) -> bool:
        """Whether it knows no night; a round is never urgent."""
        return False

    def counted_before(self, duty: Duty) -> datetime | None:
        """Return when what the late duty counts from was corrected, after its breach; None if it was not."""
        return duty.counted_before

    @property
    def open_duties(self) -> list[Duty]:
        return [duty for duty in self.duties.values() if duty.open]

    def awaited_by(self, duty: Duty) -> tuple[str, ...]:
        """Return the ids of open duties that must be done before this one."""
        needs = set(duty.needs)
        return tuple(
            one.id
            for one in self.duties.values()
            if (one.about == duty.id or one.id in needs or (one.rule in needs and one.leg == duty.leg)) and one.open
        )

    def act_of(self, duty: Duty) -> Act | None:
        """Return the act that has closed the duty; None while it is open, and if it was superseded."""
        return None if duty.act is None else next(act for act in self.acts if act.seq == duty.act)

    def answers(self, duty: Duty) -> list[Act]:
        """Return the acts that gave the duty's answer, and changed it since, oldest first; the last one holds."""
        return [act for act in self.acts if act.seq == duty.act or (act.kind, act.duty) == (ActKind.REVISE, duty.id)]

    def asked_by(self, duty: Duty) -> Act | None:
        """Return the act that has asked for this duty; None if a chapter opened it."""
        if duty.about is None or not duty.about.startswith(BY_ACT):
            return None
        return next((act for act in self.acts if f"{BY_ACT}{act.seq}" == duty.about), None)

    @property
    def closed(self) -> bool:
        return self.closed_at is not None


class EarlierReceipt(Frozen):
    """A time of receipt that was corrected (decision 23)."""

    received_at: AwareDatetime
    corrected_at: AwareDatetime


class CaseFile(File):
    """The state of a complaint's case (案卷). A query returns it; the read model stores it."""

    complaint: Complaint
    number: str | None = None
    proposal: Proposal
    receipts: tuple[EarlierReceipt, ...] = Field(default=(), exclude_if=lambda some: not some)  # corrected ones
    corrected: int | None = unless_none()  # seq of the newest act that corrected the complaint itself
    repeats_of: int | None = unless_none()  # seq of the correction after which related ones were looked for
    project_of: int | None = unless_none()  # seq of the correction of the project that was followed, or refused
    amended: Facts | None = None  # corrected facts; None: those of the complaint
    also_about: tuple[str, ...] = ()  # people complained about, added later
    site: str | None = None  # corrected building; None: that of the complaint
    level: int | None = None
    major: bool = False
    track: Track = Track.INTAKE
    watch: tuple[Reason, ...] = ()
    related: tuple[Related, ...] = ()
    revision: int = 0  # the current revision of the plan
    plans: tuple[PlanRevision, ...] = ()
    handled_at: AwareDatetime | None = None  # end of the handling; after it only revisits and paperwork remain
    unsolved: Deadline | None = None  # the month it was not solved in, once that made it major (MC-3c)
    month_over: Deadline | None = unless_none()  # the same, where it did not make it major (decision 21)
    received_on_duty: AwareDatetime | None = unless_none()  # see `received`
    urgent_since: AwareDatetime | None = unless_none()  # in an edition with office hours, while it is `urgent`
    proposed_urgent: bool | None = unless_none()  # whether the facts since the grading propose level 1 or major
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
    def project_corrected(self) -> Act | None:
        """The newest correction of the project, until it is followed or refused."""
        if self.corrected is None:
            return None
        since = self.project_of or 0
        acts = (act for act in reversed(self.acts) if act.kind is ActKind.AMEND)
        return next((act for act in acts if act.seq > since and "project" in act.form), None)

    @property
    def unfinished(self) -> bool:
        return any(matter.open for matter in self.matters)

    @property
    def received(self) -> datetime:
        """When the complaint was received by somebody on duty: the clocks of the receipt count from it (decision 22).

        For one that came in writing outside office hours, and is not urgent, it is the next opening; for others the
        receipt itself.
        """
        return self.received_on_duty or self.complaint.received_at

    @property
    def contacts(self) -> tuple[Act, ...]:
        """The contacts on record besides what was owed, oldest first (decision 20)."""
        return tuple(sorted((act for act in self.acts if act.kind is ActKind.CONTACT), key=lambda act: act.at))

    @property
    def urged(self) -> int:
        """How often the customer has urged."""
        return sum(bool(act.form.get("urging")) for act in self.contacts)

    def counted_before(self, duty: Duty) -> datetime | None:
        """Return when what the late duty counts from was corrected, after its breach (decision 23); else None."""
        if not duty.late:
            return None
        earlier = (one.corrected_at for one in self.receipts if one.received_at == duty.since)
        return duty.counted_before or next(earlier, None)

    @property
    def urgent(self) -> bool:
        """Whether it knows no night (decision 15): proposed or graded as level 1 or major, or somebody is injured.

        One that is major only because a month has passed can wait for the morning (MC-3c).
        """
        proposed = self.proposal.urgent if self.proposed_urgent is None else self.proposed_urgent
        major = self.major and self.unsolved is None
        return proposed or major or self.level == CRISIS or self.facts.injured

    @property
    def facts(self) -> Facts:
        """The current facts of this complaint, without gathered cases."""
        return self.amended or self.complaint.facts

    @property
    def members(self) -> tuple[Link, ...]:
        """Links to the gathered cases that are handled in this one."""
        return tuple(link for link in self.links if link.kind is LinkKind.GATHERED and link.agreed)

    @property
    def known(self) -> Facts:
        """The current facts; the households of gathered cases are added (CR-3.1c)."""
        if not self.members:
            return self.facts
        together = max(1, self.facts.households) + sum(max(1, member.households) for member in self.members)
        return self.facts.but(households=together)

    @property
    def building(self) -> str:
        """The current building."""
        return self.complaint.building if self.site is None else self.site

    @property
    def about(self) -> frozenset[str]:
        """People complained about: they own no duties, decide nothing and get no notices."""
        return frozenset((*self.complaint.about, *self.also_about))

    @property
    def lacks(self) -> tuple[str, ...]:
        """What the intake still lacks, after the duties done since."""
        done = {duty.rule for duty in self.duties.values() if duty.status is DutyStatus.DONE}
        return tuple(name for name in self.complaint.lacks if TAKING_IN[name] not in done)


FileT = TypeVar("FileT", bound=File, default=CaseFile)
"""The file type worked on; defaults to `CaseFile`."""


class EarlierCase(Frozen):
    """An earlier case in the read model that used the external id of an incoming complaint."""

    number: str
    closed_at: AwareDatetime | None  # None: open, as far as the read model knows
    proposal: Proposal
    differs: tuple[str, ...] = ()  # fields in which the earlier complaint differs


class Written(Frozen):
    """The read model's answer to additions."""

    number: str | None = None
    related: tuple[Related, ...] = ()
    reference: str | None = None  # newest version of directory and calendar in the store
    earlier: EarlierCase | None = unless_none()  # the external id belongs to this case; nothing was written


class OpenReceipt(Frozen):
    """The answer to the caller who opened a complaint."""

    key: str  # the workflow id
    number: str | None  # None while the read model is unreachable; it follows later
    proposal: Proposal
    duties: tuple[Duty, ...]  # the first duties, with their deadlines
    lacks: tuple[str, ...] = ()  # what the intake still lacks: "promised" (CH-7.1.1), "confirmed" (CH-7.1.2)
    closed_at: AwareDatetime | None = unless_none()  # set if the case existed already and is closed
    new: bool = Field(default=True, exclude_if=lambda new: new)  # False: the case existed already
    ended: bool = Field(default=False, exclude_if=lambda ended: not ended)  # an operator ended it, and it is not closed


class ActReceipt(Frozen):
    """The answer to the caller of an act.

    `events` are all journal lines after the request's `seen`, from any source: `complaints.case.fold.go_on` applies
    them to the caller's file. None if the request had no `seen`, or if it lies too far back: then the caller queries
    the file.
    """

    seq: int
    recorded_at: AwareDatetime
    opened: tuple[str, ...] = ()  # ids of the duties that this act opened
    events: tuple[JournalLine, ...] | None = unless_none()
