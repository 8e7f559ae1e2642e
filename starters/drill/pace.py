"""When owners do their duties if a scenario does not say: at their own pace, and by day if the limit allows."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from complaints.case.file import Duty
from complaints.clock import deadlines
from complaints.clock.local_time import local

BEGINS, ENDS = time(8, 30), time(20)
PROMISED = 0.9
"""Share of the limit after which a promised duty is done: shortly before its date."""


def moment(duty: Duty, nth: int, now: datetime, share: float) -> datetime:
    """Return when the owner does this duty: after `share` of its limit, by day and on a workday if the limit allows.

    `nth` spreads the duties, so that not all owners act in the same minute of the morning.
    """
    limit = deadlines.from_canonical(duty.deadline.why.limit)
    if isinstance(limit, deadlines.Promised):
        share = PROMISED
    since, due = duty.since, duty.deadline.due
    at = max(since + (due - since) * share, now + timedelta(minutes=2))
    by_day = _by_day(local(at, duty.deadline.why.zone), nth, free_days=deadlines.by_days(limit))
    return by_day if by_day < due else at


def _by_day(at: datetime, nth: int, *, free_days: bool) -> datetime:
    """Return `at`, or the next morning. Weekends suffice here; only the workflow needs the Chinese calendar."""
    while not BEGINS <= at.time() <= ENDS or (free_days and at.isoweekday() > 5):
        days = 0 if at.time() < BEGINS and not (free_days and at.isoweekday() > 5) else 1
        morning = datetime.combine(at.date() + timedelta(days=days), BEGINS, at.tzinfo)
        at = morning + timedelta(minutes=7 * (nth % 5))
    return at
