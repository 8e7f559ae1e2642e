"""What happens to a duty: it is opened, time passes over it, somebody acts on it, it is closed."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import AwareDatetime, Field, model_validator

from complaints.case.event import ByAct, Event, Noticed, OfDuty
from complaints.case.file import Duty, DutyStatus, Escalation, File, gathered

# --- it begins and ends


class _Brings(Event):
    """A duty that was not there before."""

    changes_duty: ClassVar[bool] = True
    opened: Duty

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.duty != self.opened.id:  # whoever reads the line finds the duty by its name
            raise ValueError("the event names another duty than the one it opens")
        return self

    def changes(self, file: File) -> dict[str, Any]:
        return {"duties": {**file.duties, self.opened.id: self.opened}}


class DutyOpened(_Brings):
    kind: ClassVar[str] = "duty.opened"


class DutyWaived(_Brings):
    """A duty that something else, the rule `cause`, has done already."""

    kind: ClassVar[str] = "duty.waived"
    cause: str


class DutySuperseded(OfDuty):
    """Something else, `cause`, has overtaken it; nobody did it."""

    kind: ClassVar[str] = "duty.superseded"
    cause: str

    def on(self, duty: Duty) -> Duty:
        return duty.but(status=DutyStatus.SUPERSEDED, closed_at=self.at, superseded_by=self.cause)


class _Ends(ByAct, OfDuty):
    """An act that closes the duty."""

    def on(self, duty: Duty) -> Duty:
        return duty.but(status=DutyStatus.DONE, closed_at=self.at, closed_by=self.by, act=self.seq)


class DutyDone(_Ends):
    """It is done, approved or returned."""

    kind: ClassVar[str] = "duty.done"


class DutyPassedUp(_Ends):
    """CH-7.2.2: it goes to the next step of the ladder."""

    kind: ClassVar[str] = "duty.passed-up"


class DutyWithdrawn(_Ends):
    """Whoever submitted the paper takes it back: the duty is closed without being done."""

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
    """It was not done by its due moment, which is `at`."""

    kind: ClassVar[str] = "duty.breached"
    owner: str
    reminded: int = 0

    def on(self, duty: Duty) -> Duty:
        return duty.but(breached_at=self.at, reminded=self.reminded)


class DutyEscalated(Noticed, OfDuty):
    """CR-5.4.4: the breach comes to whoever is above, or to all whom an outage kept from hearing of it."""

    kind: ClassVar[str] = "duty.escalated"
    owner: str
    climb: tuple[Escalation, ...]

    def on(self, duty: Duty) -> Duty:
        return duty.but(escalations=gathered((*duty.escalations, *self.climb)))


class ClimbForgotten(OfDuty):
    """What these people heard of a breach, or answered to it, counts no more: they are complained about."""

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
    """Somebody has answered the escalation: the climbing stops, the duty stays."""

    kind: ClassVar[str] = "duty.acknowledged"

    def on(self, duty: Duty) -> Duty:
        answered: dict[str, Any] = {"acknowledged_by": self.by, "acknowledged_at": self.at}
        return duty.but(
            escalations=tuple(one.but(**answered) if one.to == self.by else one for one in duty.escalations)
        )


class CountersignatureAsked(ByAct):
    """加签: another person is to sign first, by a duty of their own."""

    kind: ClassVar[str] = "duty.countersignature-asked"


# --- another owner


class _Entrusted(OfDuty):
    """Another person owes it from now on, by the act `act` on the case as a whole; its clock goes on."""

    act_seq: int = Field(alias="act")
    before: str  # who owed it
    to: str
    reason: str = ""
    because: str

    def on(self, duty: Duty) -> Duty:
        return duty.but(owner=self.to, because=self.because, in_place_of=self.before)


class DutyHandedOver(_Entrusted):
    """移交: its owner leaves."""

    kind: ClassVar[str] = "duty.handed-over"


class DutyTakenOver(_Entrusted):
    """Its owner is complained about."""

    kind: ClassVar[str] = "duty.taken-over"


class DutyHandedOn(OfDuty):
    """It goes on with the complaint, to whoever the answer to the duty `cause` makes its owner."""

    kind: ClassVar[str] = "duty.handed-on"
    before: str  # who owed it
    to: str
    cause: str
    role: str

    def on(self, duty: Duty) -> Duty:
        return duty.but(
            owner=self.to, because="handed_on", in_place_of=self.before, handed_on=self.cause, role=self.role
        )


class DutyKept(OfDuty):
    """The answer to the duty `cause` leaves it with the owner it has."""

    kind: ClassVar[str] = "duty.kept"
    owner: str
    cause: str
    role: str

    def on(self, duty: Duty) -> Duty:
        return duty.but(handed_on=self.cause, role=self.role)


class OwnerLeft(OfDuty):
    """Its owner is not in the directory any more: the superiors they had stay known."""

    kind: ClassVar[str] = "duty.owner-left"
    owner: str
    superiors: tuple[str, ...] = ()

    def on(self, duty: Duty) -> Duty:
        return duty.but(superiors=self.superiors)


class NoticeCopied(Event):
    """Somebody is told something about a duty, for their information."""

    kind: ClassVar[str] = "notice.copied"
    to: str
    params: dict[str, str] = {}


class DutyRecalculated(OfDuty):
    """A new calendar or directory gives it another date or another owner."""

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
