"""Another date for a duty: agreed with the customer, or because the clock waits for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from pydantic import AwareDatetime

from complaints.case.event import ByAct, OfDuty
from complaints.case.file import DateChange, Duty, DutyPause
from complaints.clock.moments import Deadline


class _Redated(OfDuty):
    """The duty has another deadline. `reminded` reminders of it lie behind us; nobody is reminded of those."""

    old_due: AwareDatetime
    new_due: AwareDatetime
    deadline: Deadline
    reminded: int = 0

    def on(self, duty: Duty) -> Duty:
        return duty.but(deadline=self.deadline, reminded=self.reminded, redated=duty.redated + 1)


def redated(duty: Duty, deadline: Deadline, now: datetime) -> dict[str, Any]:
    """The arguments that say which date the duty had, and which it has at `now`."""
    dues = {"old_due": duty.deadline.due, "new_due": deadline.due}
    return {**dues, "deadline": deadline, "reminded": deadline.passed(now)}


class DutyRescheduled(ByAct, _Redated):
    """CH-7.3.3: another date was agreed with the customer."""

    kind: ClassVar[str] = "duty.rescheduled"

    def on(self, duty: Duty) -> Duty:
        change = DateChange(at=self.at, by=self.by or "", old=self.old_due, new=self.new_due, reason=self.reason)
        return super().on(duty).but(changes=(*duty.changes, change))


class RescheduleRefused(ByAct):
    """CH-7.3.3: a change of the date too many leaves it, and is on record."""

    kind: ClassVar[str] = "duty.reschedule-refused"


class _Waits(ByAct, _Redated):
    pauses: tuple[DutyPause, ...]

    def on(self, duty: Duty) -> Duty:
        return super().on(duty).but(pauses=self.pauses)


class DutyPaused(_Waits):
    """The customer is waited for: the clock stands still."""

    kind: ClassVar[str] = "duty.paused"


class DutyResumed(_Waits):
    """The customer has answered: the clock goes on."""

    kind: ClassVar[str] = "duty.resumed"


class DutyDated(_Redated):
    """CH-7.1.1: the customer was told a date after all, by which the answer is due now."""

    kind: ClassVar[str] = "duty.dated"
