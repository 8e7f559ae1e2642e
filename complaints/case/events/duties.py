"""Events of a duty: opening, closing, reminders and escalations, acts on it, changes of owner."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import AwareDatetime, Field, model_validator

from complaints.case.event import ByAct, Event, Noticed, OfDuty
from complaints.case.file import Duty, DutyStatus, Escalation, File, gathered

# --- opening and closing


class _Brings(Event):
    """An event that adds a duty to the file."""

    changes_duty: ClassVar[bool] = True
    opened: Duty

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.duty != self.opened.id:  # readers of the journal look the duty up by the line's `duty` column
            raise ValueError("the event names another duty than the one it opens")
        return self

    def changes(self, file: File) -> dict[str, Any]:
        return {"duties": {**file.duties, self.opened.id: self.opened}}


class DutyOpened(_Brings):
    kind: ClassVar[str] = "duty.opened"


class DutyWaived(_Brings):
    """A duty was added as already done, because something else (`cause`) has done it."""

    kind: ClassVar[str] = "duty.waived"
    cause: str


class DutySuperseded(OfDuty):
    """The duty was closed without being done, because something else (`cause`) made it obsolete."""

    kind: ClassVar[str] = "duty.superseded"
    cause: str

    def on(self, duty: Duty) -> Duty:
        return duty.but(status=DutyStatus.SUPERSEDED, closed_at=self.at, superseded_by=self.cause)


class _Ends(ByAct, OfDuty):
    """An act closed the duty."""

    def on(self, duty: Duty) -> Duty:
        return duty.but(status=DutyStatus.DONE, closed_at=self.at, closed_by=self.by, act=self.seq)


class DutyDone(_Ends):
    """The duty was discharged, approved or returned."""

    kind: ClassVar[str] = "duty.done"


class DutyPassedUp(_Ends):
    """CH-7.2.2: the owner passed the duty up to the next step of the ladder."""

    kind: ClassVar[str] = "duty.passed-up"


class DutyWithdrawn(_Ends):
    """The submitter took the submission back: the duty is closed without being done."""

    kind: ClassVar[str] = "duty.withdrawn"

    def on(self, duty: Duty) -> Duty:
        return super().on(duty).but(status=DutyStatus.SUPERSEDED, superseded_by="withdrawn")


# --- time


class DutyReminded(Noticed, OfDuty):
    kind: ClassVar[str] = "duty.reminded"
    owner: str
    reminded: int  # how many reminders have passed

    def on(self, duty: Duty) -> Duty:
        return duty.but(reminded=self.reminded)


class DutyBreached(Noticed, OfDuty):
    """The duty was not done by its due moment, which is `at`."""

    kind: ClassVar[str] = "duty.breached"
    owner: str
    reminded: int = 0
    waited_for: str | None = None  # the person who was waited for, if not the owner (decision 14)

    def on(self, duty: Duty) -> Duty:
        return duty.but(breached_at=self.at, reminded=self.reminded, waited_for=self.waited_for)


class DutyBreachedByOwner(Noticed, OfDuty):
    """Decision 14: the owner, who had waited for somebody else, has let their own time pass as well, at `at`.

    The climb begins anew, from the owner's superior.
    """

    kind: ClassVar[str] = "duty.breached-by-owner"
    owner: str

    def on(self, duty: Duty) -> Duty:
        return duty.but(own_breach_at=self.at, climb_since=self.at, climb_from=duty.next_step)


class DutyWaits(OfDuty):
    """Decision 14: what the late duty waited for is done, and it still waits, for this person now: it climbs anew."""

    kind: ClassVar[str] = "duty.waits"
    waits_for: str

    def on(self, duty: Duty) -> Duty:
        return duty.but(climb_since=self.at, climb_from=duty.next_step)


class DutyFreed(OfDuty):
    """Decision 14: what the duty waited for is done, too late for the owner. They have until `own_due`.

    If it is late already, it climbs no further until then.
    """

    kind: ClassVar[str] = "duty.freed"
    held_by: str  # whoever was waited for
    own_due: AwareDatetime

    def on(self, duty: Duty) -> Duty:
        freed = duty.but(held_by=self.held_by, own_due=self.own_due)
        return freed.but(climb_since=self.own_due, climb_from=duty.next_step) if duty.late else freed


class DutyEscalated(Noticed, OfDuty):
    """CR-5.4.4: the breach was escalated one step, or all the steps that were missed during an outage."""

    kind: ClassVar[str] = "duty.escalated"
    owner: str
    climb: tuple[Escalation, ...]

    def on(self, duty: Duty) -> Duty:
        before = duty.escalations[: len(duty.escalations) - len(duty.climb)]
        return duty.but(escalations=(*before, *gathered((*duty.climb, *self.climb))))


class ClimbForgotten(OfDuty):
    """Escalations to these people, and their acknowledgements, were voided: they are complained about now."""

    kind: ClassVar[str] = "duty.climb-forgotten"
    people: tuple[str, ...]

    def on(self, duty: Duty) -> Duty:
        return duty.but(escalations=tuple(one for one in duty.escalations if one.to not in self.people))


# --- acts


class DutyDelegated(ByAct, OfDuty):
    kind: ClassVar[str] = "duty.delegated"

    def on(self, duty: Duty) -> Duty:
        return duty.but(owner=self.to or duty.owner, because="delegated", in_place_of=duty.owner)


class DutyAcknowledged(ByAct, OfDuty):
    """An escalation was acknowledged: the climb stops, the duty stays open."""

    kind: ClassVar[str] = "duty.acknowledged"

    def on(self, duty: Duty) -> Duty:
        answered: dict[str, Any] = {"acknowledged_by": self.by, "acknowledged_at": self.at}
        return duty.but(
            escalations=tuple(
                one.but(**answered) if one.to == self.by and one in duty.climb else one for one in duty.escalations
            )
        )


class DateAsked(ByAct):
    """Another date was asked for; it holds once it is approved."""

    kind: ClassVar[str] = "duty.date-asked"


class UnreachedReported(ByAct):
    """A talk was put forward to be given up, because the customer was not reached; it ends once that is approved."""

    kind: ClassVar[str] = "duty.unreached"


class ContactTried(ByAct):
    """The customer or the media were not reached. The clock goes on."""

    kind: ClassVar[str] = "duty.tried"


class AnswerRevised(ByAct):
    """The answer to a duty that was done was changed; the form of the act is the new answer."""

    kind: ClassVar[str] = "duty.revised"


class CountersignatureAsked(ByAct):
    """加签: another person was asked to sign first, by a duty of their own."""

    kind: ClassVar[str] = "duty.countersignature-asked"


class PreparationAsked(ByAct):
    """委派: another person was asked to prepare what the duty requires, by a duty of their own."""

    kind: ClassVar[str] = "duty.preparation-asked"


class DutyUrged(ByAct):
    """催办: somebody asked the owner to hurry. The clock goes on as before."""

    kind: ClassVar[str] = "duty.urged"


# --- another owner


class DutyClaimed(ByAct, OfDuty):
    """认领: another holder of the role took the duty."""

    kind: ClassVar[str] = "duty.claimed"

    def on(self, duty: Duty) -> Duty:
        return duty.but(owner=self.by, because="claimed", in_place_of=duty.owner)


class _Entrusted(OfDuty):
    """The act `act` on the case as a whole gave the duty another owner; its clock goes on."""

    act_seq: int = Field(alias="act")
    before: str  # the previous owner
    to: str
    reason: str = ""
    because: str

    def on(self, duty: Duty) -> Duty:
        instead = self.before if self.before != self.to else None
        return duty.but(owner=self.to, because=self.because, in_place_of=instead)


class DutyHandedOver(_Entrusted):
    """移交: the duty was handed over because its owner leaves."""

    kind: ClassVar[str] = "duty.handed-over"


class DutyTakenOver(_Entrusted):
    """The duty was reassigned because its owner is complained about, or would decide about themselves."""

    kind: ClassVar[str] = "duty.taken-over"


class DutyHandedOn(OfDuty):
    """The answer to the duty `cause` gave the duty another owner."""

    kind: ClassVar[str] = "duty.handed-on"
    before: str  # the previous owner
    to: str
    cause: str
    role: str

    def on(self, duty: Duty) -> Duty:
        return duty.but(
            owner=self.to, because="handed_on", in_place_of=self.before, handed_on=self.cause, role=self.role
        )


class DutyKept(OfDuty):
    """The answer to the duty `cause` left the duty with its present owner."""

    kind: ClassVar[str] = "duty.kept"
    owner: str
    cause: str
    role: str

    def on(self, duty: Duty) -> Duty:
        return duty.but(handed_on=self.cause, role=self.role)


class OwnerLeft(OfDuty):
    """The owner is no longer in the directory; their former reporting line is kept on the duty."""

    kind: ClassVar[str] = "duty.owner-left"
    owner: str
    superiors: tuple[str, ...] = ()

    def on(self, duty: Duty) -> Duty:
        return duty.but(superiors=self.superiors)


class NoticeCopied(Event):
    """A copy about a duty was sent to a person for information."""

    kind: ClassVar[str] = "notice.copied"
    to: str
    params: dict[str, str] = {}


class NoticeHanded(Event):
    """Decision 13: what the act `act` handed over was sent to whom the notices name: they are to be told by it."""

    kind: ClassVar[str] = "notice.handed"
    seq: int = Field(alias="act")


class DutyRecalculated(OfDuty):
    """A new calendar or directory gave the duty another date or another owner."""

    kind: ClassVar[str] = "duty.recalculated"
    reason: str
    reference: str
    old_due: AwareDatetime
    new_due: AwareDatetime
    old_owner: str
    new_owner: str
    becomes: Duty

    def on(self, duty: Duty) -> Duty:
        redated = duty.redated + (self.new_due != self.old_due)
        return self.becomes.but(redated=redated)
