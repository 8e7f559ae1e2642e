"""When people get to what they owe, where a scenario does not say: in their own time, and by day if it can wait."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from complaints.case.file import Duty
from complaints.clock import deadlines
from complaints.clock.local_time import local

BEGINS, ENDS = time(8, 30), time(20)
PROMISED = 0.9
"""What is promised by a date is ready shortly before it."""


def moment(duty: Duty, nth: int, now: datetime, share: float) -> datetime:
    """When its owner does this duty: after `share` of its limit, not at night or on a free day if the limit allows.

    `nth` tells duties apart, so that not everybody acts in the same minute of the morning.
    """
    limit = deadlines.from_canonical(duty.deadline.why.limit)
    if isinstance(limit, deadlines.Promised):
        share = PROMISED
    since, due = duty.since, duty.deadline.due
    at = max(since + (due - since) * share, now + timedelta(minutes=2))
    by_day = _by_day(local(at, duty.deadline.why.zone), nth, free_days=deadlines.by_days(limit))
    return by_day if by_day < due else at


def _by_day(at: datetime, nth: int, *, free_days: bool) -> datetime:
    """The same time, or the next morning. The Chinese calendar is the workflow's matter: weekends will do here."""
    while not BEGINS <= at.time() <= ENDS or (free_days and at.isoweekday() > 5):
        days = 0 if at.time() < BEGINS and not (free_days and at.isoweekday() > 5) else 1
        morning = datetime.combine(at.date() + timedelta(days=days), BEGINS, at.tzinfo)
        at = morning + timedelta(minutes=7 * (nth % 5))
    return at
