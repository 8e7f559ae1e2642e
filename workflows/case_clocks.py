"""What time does to the duties of a case or round: reminders, breaches, the climb, urgency, and the timers for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from complaints.case import duties, urgency
from complaints.case.duties import Ladder
from complaints.case.event import Event
from complaints.case.events.case import BecameUrgent, NoLongerUrgent
from complaints.case.events.dates import DutyHastened, redated
from complaints.case.file import Duty, FileT, JournalLine, NoticeKind
from complaints.clock import deadlines
from complaints.clock.anchors import Anchor
from complaints.clock.moments import Deadline
from complaints.editions.model import Edition
from complaints.people.reference import Reference
from workflows.case_state import CaseState, Log


@dataclass(frozen=True)
class Clock:
    """A timer that a case needs: the driver must pass it the time at `at`."""

    name: str  # unique in the case: the duty's id, or what a chapter waits for
    at: datetime | None  # None: time does nothing more to the duty
    summary: str  # the timer's summary for operators
    due: datetime | None = None  # the duty's own next moment; `at` is earlier if the owner's superiors change before it
    duty: Duty | None = None
    reference: Reference | None = None
    shut_out: frozenset[str] = frozenset()
    waited_for: str | None = None
    urgent: bool = False

    def holds_for(
        self,
        duty: Duty,
        reference: Reference,
        shut_out: frozenset[str],
        waited_for: str | None,
        urgent: bool,
        now: datetime,
    ) -> bool:
        """Whether this cached clock is still valid for the duty and the directory at `now`.

        The person whom a breach escalates to depends on the time, so a clock is computed anew once `at` has come.
        """
        same = self.reference is reference and self.shut_out == shut_out and self.waited_for == waited_for
        people = not duty.late or (same and self.urgent == urgent)
        return self.duty is duty and people and (self.at is None or now < self.at)


class CaseClocks(CaseState[FileT]):
    """Applies to every open duty what its rule says of time, as of a time that the driver sets."""

    def __init__(
        self,
        file: FileT,
        edition: Edition,
        reference: Reference,
        now: datetime,
        lines: tuple[JournalLine, ...] = (),
        log: Log | None = None,
        untrimmed: tuple[Duty, ...] = (),
    ) -> None:
        super().__init__(file, now, lines, log, untrimmed)
        self.edition = edition
        self.reference = reference
        self._clocks: dict[str, Clock] = {}

    def at(self, now: datetime) -> None:
        """Set the time for what is about to happen. It never goes back."""
        self.now = max(now, self.now)

    def settle(self) -> None:
        """Step the coroutines as far as they can go now, and apply to every open duty what its rule says of time."""
        self.moved = True
        self._keeps_urgency()
        self.scheduler.settle(self.now)
        while self._keeps_urgency() or self._time_has_come():
            self.scheduler.settle(self.now)

    def clocks(self) -> tuple[Clock, ...]:
        """The timers that the case needs; they hold until the case changes."""
        self._clocks = {duty.id: self._clock(duty) for duty in self.file.open_duties}  # drops those of closed duties
        of_duties = self._clocks.values()
        of_chapters = (Clock(f"{wait.name}|{wait.until}", wait.until, wait.name) for wait in self.scheduler.waits)
        return tuple(clock for clock in (*of_duties, *of_chapters) if clock.at is not None)

    def _time_has_come(self) -> bool:
        """Record the reminders, breaches and escalations that have become due; return whether there were any."""
        reached = False
        for duty in self.file.open_duties:
            while (clock := self._clock(duty)).due is not None and clock.due <= self.now:
                rule, ladder = self.edition.rule(duty.rule), self.ladder(duty)
                events = duties.reach(duty, rule, self.now, ladder, self.reference).events
                assert events, f"{duty.id}: its moment {clock.due} has come, and nothing happens"
                self.record(*events)
                reached, duty = True, self.file.duties[duty.id]
        return reached

    def _keeps_urgency(self) -> bool:
        """Record that the case has become urgent, or is no longer; return whether it has changed (decision 15).

        What counted office hours is due sooner then, and its owner is told at once; so is the owner of what is late.
        """
        if not urgency.changed(self.file, self.edition):
            return False
        now, moment = self.now, f"{self.file.journal_seq + 1}.urgent"
        if not self.file.urgent:
            self.record(NoLongerUrgent(at=now))
            return True

        waiting = [duty for duty in self.file.open_duties if urgency.counts_office_hours(duty)]
        late = tuple(duties.notice(one, NoticeKind.TOLD, moment, one.owner, now) for one in waiting if one.late)
        self.record(BecameUrgent(at=now, notices=late))
        for duty in waiting:
            self._hasten(duty, urgency.hastened(duty, self.edition.rule(duty.rule), now, self.reference), moment)
        return True

    def hasten(self, duty_id: str, since: datetime, anchor: Anchor) -> None:
        """Give an open duty that counts office hours the limit of an urgent case, from `since`; tell its owner.

        For a duty that another one needs in time.
        """
        duty = self.file.duties[duty_id]
        if duty.open:
            deadline = urgency.hastened(duty, self.edition.rule(duty.rule), since, self.reference, anchor)
            self._hasten(duty, deadline, f"{self.file.journal_seq + 1}.urgent")

    def _hasten(self, duty: Duty, deadline: Deadline | None, moment: str) -> None:
        """Give the duty the deadline, if it is sooner then, and tell its owner; `moment` is part of the notice's id."""
        if deadline is not None:
            now = self.now
            told = duties.notice(duty.but(deadline=deadline), NoticeKind.TOLD, moment, duty.owner, now)
            moved = redated(duty, deadline, now)
            self.record(DutyHastened(at=now, duty=duty.id, rule=duty.rule, **moved, notices=(told,)))

    def record(self, *events: Event) -> None:
        """Apply each event to the file and append it to the journal; its notices wait for the office (decision 15)."""
        for event in events:
            if event.notices:
                event = urgency.held_back(event, urgency.office(self.file, self.edition), self.reference)
            super().record(event)

    def _clock(self, duty: Duty) -> Clock:
        """The duty's next moment. While a breach escalates, that is also when the owner's superiors change."""
        known = self._clocks.get(duty.id)
        waited = duties.waited_for(self.file, duty, self.edition, self.now) if duty.late else None
        urgent = self.file.urgent
        if known is not None and known.holds_for(duty, self.reference, self.shut_out, waited, urgent, self.now):
            return known
        rule = self.edition.rule(duty.rule)
        due = duties.next_moment(duty, rule, self.ladder(duty), self.reference)
        others = None
        if duty.late and due is not None:
            people = self.reference.directory
            had = () if waited else duty.superiors
            others = people.line_until(waited or duty.owner, self.now, shut_out=self.shut_out, had=had)
        at = min((moment for moment in (due, others) if moment is not None), default=None)
        summary = "" if due is None else self._summary(duty, due)
        clock = Clock(duty.id, at, summary, due, duty, self.reference, self.shut_out, waited, urgent)
        self._clocks[duty.id] = clock
        return clock

    def ladder(self, duty: Duty) -> Ladder:
        return duties.ladder(self.file, duty, self.edition, self.reference.directory, self.now, self.shut_out)

    def _summary(self, duty: Duty, at: datetime) -> str:
        """The timer's summary for operators: clause, owner, when the duty is due and what this timer is for."""
        zone = self.reference.zone
        due = f"{deadlines.local(duty.deadline.due, zone):%m-%d %H:%M}"
        what = "escalation" if duty.late else "breach" if at == duty.deadline.due else "reminder"
        return f"{duty.id} · {duty.owner} · due {due} · {what} {deadlines.local(at, zone):%m-%d %H:%M}"
