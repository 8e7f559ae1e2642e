"""Events that change a duty's deadline: a date agreed with the customer, a pause, a resumption."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from pydantic import AwareDatetime, Field

from complaints.case.event import ByAct, OfDuty
from complaints.case.file import DateChange, Duty, DutyPause
from complaints.clock.moments import Deadline


class _Redated(OfDuty):
    """The duty got another deadline. Its first `reminded` reminders have already passed and are not sent."""

    old_due: AwareDatetime
    new_due: AwareDatetime
    deadline: Deadline
    reminded: int = 0

    def on(self, duty: Duty) -> Duty:
        after = duty.but(deadline=self.deadline, reminded=self.reminded, redated=duty.redated + 1)
        if duty.own_due is None or duty.own_breach_at is not None:
            return after
        # The new date is the owner's own; of a late duty it ends the time that they have for themselves (decision 14).
        return after.but(own_due=self.new_due) if duty.late else after.but(held_by=None, own_due=None)


def redated(duty: Duty, deadline: Deadline, now: datetime) -> dict[str, Any]:
    """Return the arguments of an event that gives the duty this deadline at `now`."""
    dues = {"old_due": duty.deadline.due, "new_due": deadline.due}
    return {**dues, "deadline": deadline, "reminded": deadline.passed(now)}


class DutyRescheduled(ByAct, _Redated):
    """CH-7.3.3: a later date was agreed with the customer."""

    kind: ClassVar[str] = "duty.rescheduled"

    def on(self, duty: Duty) -> Duty:
        change = DateChange(at=self.at, by=self.by or "", old=self.old_due, new=self.new_due, reason=self.reason)
        return super().on(duty).but(changes=(*duty.changes, change))


class RescheduleRefused(ByAct):
    """CH-7.3.3: a date change beyond the permitted number was recorded; the date stays."""

    kind: ClassVar[str] = "duty.reschedule-refused"


class _Waits(ByAct, _Redated):
    pauses: tuple[DutyPause, ...]

    def on(self, duty: Duty) -> Duty:
        longer = None if duty.own_due is None else duty.own_due + (self.new_due - self.old_due)
        return super().on(duty).but(pauses=self.pauses, held_by=duty.held_by, own_due=longer)


class DutyPaused(_Waits):
    """The duty's clock was paused to wait for the customer."""

    kind: ClassVar[str] = "duty.paused"


class DutyResumed(_Waits):
    """The duty's clock was resumed because the customer answered."""

    kind: ClassVar[str] = "duty.resumed"


class DateApproved(_Redated):
    """Another date, which the owner had asked for, was approved. If the duty is late already, that stays on record."""

    kind: ClassVar[str] = "duty.date-approved"

    def on(self, duty: Duty) -> Duty:
        after = super().on(duty)
        return after.but(climb_since=self.new_due, climb_from=duty.next_step) if duty.late else after


class DateOrdered(DateApproved):
    """CS-4.2.2a: the order was changed and has another date, which holds for a part that is still to be done."""

    kind: ClassVar[str] = "duty.date-ordered"


class DutyArranged(_Redated):
    """MC-5.2.3d: it was arranged, by the duty `cause`, when it will be done; its owner is reminded then."""

    kind: ClassVar[str] = "duty.arranged"
    arranged_for: AwareDatetime
    cause: str


class DutyHastened(_Redated):
    """Decision 15: the case became urgent, so the duty no longer counts office hours."""

    kind: ClassVar[str] = "duty.hastened"


class DutyDated(_Redated):
    """CH-7.1.1: the customer was told a feedback date later on; the answer is now due by it."""

    kind: ClassVar[str] = "duty.dated"


class DutyRecounted(_Redated):
    """Decision 23: the act `act` has corrected what the duty's clock counts from; a breach from before stays.

    `held_by` is whoever had said it wrongly: by an earlier date the owner is late by themselves only after the old one.
    """

    kind: ClassVar[str] = "duty.recounted"
    act_seq: int = Field(alias="act")
    since: AwareDatetime
    climbs_on: bool = False  # late by the new date as well: the climb goes on
    held_by: str | None = None

    def on(self, duty: Duty) -> Duty:
        after = super().on(duty).but(since=self.since)
        if duty.late:
            marked = after.but(counted_before=self.at, own_due=duty.own_due if self.climbs_on else after.own_due)
            return marked if self.climbs_on else marked.but(climb_since=self.new_due, climb_from=duty.next_step)
        return after if self.held_by is None else after.but(held_by=self.held_by, own_due=self.old_due)
