"""Whose delay it is (decision 14): who kept an event back, what a duty had to wait for, and what its owner has then.

Pure. What a breach names, and where it climbs from, is in `complaints.case.duties`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from complaints.case.duties import WAITED_FOR
from complaints.case.file import Duty
from complaints.case.port import AtWork
from complaints.clock import deadlines

A_MOMENT = timedelta(minutes=5)
"""An event that is reported within this time counts as reported at once."""


def is_needed(done: Duty, duty: Duty) -> bool:
    """Whether the duty had to wait for the one that is done."""
    return done.id in duty.needs or done.about == duty.id or (done.leg == duty.leg and done.rule in duty.needs)


def due_from(case: AtWork, duty: Duty, since: datetime) -> datetime:
    """When the duty would be due if its clock had started at `since`; a promised date counts a working day."""
    limit = deadlines.from_canonical(duty.deadline.why.limit)
    if isinstance(limit, deadlines.Promised | deadlines.EndOfPeriod):
        limit = case.edition.rule(duty.rule).otherwise or deadlines.Workdays(n=1)
    zone, calendar = case.reference.zone, case.reference.calendar
    return deadlines.deadline(limit, "", since, calendar=calendar, zone=zone, reminders=()).due


def held_by(case: AtWork, duty: Duty) -> str | None:
    """Whoever kept the event from the owner: who reported it late, or took the complaint in late (CR-5.1.1).

    Or whoever did only now what had to come before it. None if the owner heard of the event at once, or if nobody but
    the passing of time is the reason.
    """
    file, began = case.file, duty.deadline.why.anchor_at
    if WAITED_FOR not in case.edition.rules or duty.opened_at - began <= A_MOMENT:
        return None
    if not file.acts:  # an outage after it was handed over is nobody's delay
        return file.received_by if file.opened_at - began > A_MOMENT else None
    last = file.acts[-1]
    if last.recorded_at == case.now:
        return last.by
    late = (act.by for act in file.acts if act.at == duty.since and act.recorded_at - act.at > A_MOMENT)
    return next(late, None)
