"""Office hours and urgency (decisions 15 and 22): what waits for the morning, and what does not.

Pure. An edition with the policy `OFFICE-HOURS` lets people sleep: a complaint that came in writing at night counts as
received at the next opening, house limits count office time, a breach climbs in office hours, and notices are held back
until somebody reads them. None of this holds for an urgent complaint (`CaseFile.urgent`), nor for rounds. When a
complaint becomes urgent, what waited for the morning begins at once.
"""

from __future__ import annotations

from datetime import datetime

from complaints.case.complaint import Channel, Complaint
from complaints.case.event import Event
from complaints.case.file import CaseFile, Duty, File, Notice, NoticeKind
from complaints.clock import deadlines
from complaints.clock.anchors import Anchor
from complaints.clock.limits import OfficeHours, from_canonical
from complaints.clock.moments import Deadline
from complaints.clock.office import Office, OfficeClock
from complaints.editions.model import Edition, Rule
from complaints.people.reference import Reference

IN_WRITING = (Channel.ONLINE, Channel.MESSAGE, Channel.LETTER)
"""Channels by which a complaint comes in although nobody is there to take it."""


def office(file: File, edition: Edition) -> Office | None:
    """Return the office hours that the file keeps now; None if it knows no night."""
    return edition.office if isinstance(file, CaseFile) and not file.urgent else None


def urgent_since(file: File) -> datetime | None:
    """Return when the case became urgent, in an edition with office hours; None if it is not."""
    return file.urgent_since if isinstance(file, CaseFile) else None


def taken_in(file: CaseFile, edition: Edition, reference: Reference) -> CaseFile:
    """Return the file of a new case with the moment of its receipt by somebody on duty, or since when it is urgent."""
    if edition.office is None:
        return file
    received = file.complaint.received_at
    if file.urgent:
        return file.but(urgent_since=received)
    opening = OfficeClock(edition.office, reference.calendar, reference.zone).next_open(received)
    if file.complaint.channel not in IN_WRITING or opening == received:
        return file
    return file.but(received_on_duty=opening)


def received_anew(
    before: CaseFile, complaint: Complaint, edition: Edition, reference: Reference
) -> tuple[datetime | None, datetime | None]:
    """Return `received_on_duty` and `urgent_since` of a case whose intake is corrected to say this."""
    received = complaint.received_at
    if edition.office is None:
        return None, None
    urgent = before.urgent_since
    if urgent is not None:  # it was urgent from its receipt on, or has become so later
        urgent = received if urgent == before.complaint.received_at else max(urgent, received)
    opening = OfficeClock(edition.office, reference.calendar, reference.zone).next_open(received)
    on_duty = min(opening, urgent) if urgent is not None else opening
    waits = complaint.channel in IN_WRITING and on_duty > received
    return (on_duty if waits else None), urgent


def changed(file: File, edition: Edition) -> bool:
    """Return whether the file has become urgent, or is no longer, without an event that says so."""
    if edition.office is None or not isinstance(file, CaseFile):
        return False
    return file.urgent != (file.urgent_since is not None)


def hastened(
    duty: Duty, rule: Rule, since: datetime, reference: Reference, anchor: Anchor = "urgency"
) -> Deadline | None:
    """Return the earlier deadline of an open duty whose case has become urgent at `since`; None if its own stays.

    The limit for urgent cases counts from the moment at which it became urgent: before that, nobody could know.
    """
    if rule.urgent is None or duty.late or not counts_office_hours(duty):
        return None
    deadline = deadlines.deadline(
        rule.urgent,
        anchor,
        since,
        calendar=reference.calendar,
        zone=reference.zone,
        reminders=rule.reminders,
        source=duty.deadline.source,
        pauses=duty.deadline.why.pauses,
    )
    return deadline if deadline.due < duty.deadline.due else None


def counts_office_hours(duty: Duty) -> bool:
    return isinstance(from_canonical(duty.deadline.why.limit), OfficeHours)


def held_back(event: Event, hours: Office | None, reference: Reference) -> Event:
    """Return the event with its notices held back until the office opens."""
    if hours is None:
        return event
    clock = OfficeClock(hours, reference.calendar, reference.zone)
    return event.but(notices=tuple(_held(notice, clock) for notice in event.notices))


def _held(notice: Notice, clock: OfficeClock) -> Notice:
    """Hold the notice back, unless what it asks for is due before the opening: a document's limit knows no night."""
    opening = clock.next_open(notice.at)
    asks = notice.kind in (NoticeKind.TOLD, NoticeKind.REMINDER)
    cannot_wait = asks and notice.due is not None and notice.at < notice.due <= opening
    return notice if cannot_wait or opening <= notice.at else notice.but(not_before=opening)
