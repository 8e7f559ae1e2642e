"""When people of the simulated year do their duties: most in time, some late, some only after an escalation."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from bench.year.plan import share
from complaints.case.file import Duty
from complaints.clock import deadlines
from complaints.clock.calendar import Calendar
from complaints.clock.local_time import local

BEGINS, ENDS = time(8, 30), time(20)
A_WHILE = timedelta(minutes=2)
EARLY = (0.1, 0.9)  # of the time before the first reminder
REMINDED = (0.55, 0.95)  # of the limit
LATE = (1.05, 1.6)
AT_MOST = timedelta(days=2)  # maximum delay of a late duty
IN_TIME, WITH_REMINDER, BY_THEMSELVES = 0.88, 0.95, 0.99
"""Cumulative shares of duties that are done early, after a reminder, late; the rest are done after an escalation."""

AT_ONCE = 0.7  # share of a person's further duties in a case that they do when they act in it anyhow
# Checks of a result or a progress, which needs time to show:
NOT_AT_ONCE = ("RV-", "CS-4.2.3", "CR-5.4.2", "CR-5.1.3", "CS-4.3.6", "CR-5.3.2c.track")

PRESSED = 1  # steps of the escalation before such a person acts


def moment(case: str, duty: Duty, now: datetime, calendar: Calendar, strict: bool) -> datetime | None:
    """Return when its owner does this duty; None while they wait for an escalation. `strict`: always in time."""
    drawn, within = share(case, duty.id, "habit"), share(case, duty.id, "moment")
    since, due = duty.since, duty.deadline.due
    if strict or drawn < IN_TIME:
        unasked = duty.deadline.reminders[0].at if duty.deadline.reminders else due
        at = _by_day(duty, since + (unasked - since) * _between(EARLY, within), unasked, within, calendar)
    elif drawn < WITH_REMINDER:
        at = _by_day(duty, since + (due - since) * _between(REMINDED, within), due, within, calendar)
    elif drawn < BY_THEMSELVES:
        at = min(since + (due - since) * _between(LATE, within), due + AT_MOST)
    elif duty.climbed < PRESSED:
        return None
    else:
        at = duty.escalations[-1].at + timedelta(minutes=30 + 120 * within)
    return max(at, now + A_WHILE)


def at_once(case: str, duty: Duty) -> bool:
    """Return whether a person who has just acted in this case does this duty as well, if they own it."""
    asked_later = duty.rule.startswith(NOT_AT_ONCE)
    in_time = share(case, duty.id, "habit") < IN_TIME
    return in_time and not asked_later and share(case, duty.id, "at once") < AT_ONCE


def _between(range: tuple[float, float], share: float) -> float:
    return range[0] + (range[1] - range[0]) * share


def _by_day(duty: Duty, at: datetime, before: datetime, share: float, calendar: Calendar) -> datetime:
    """Return `at`; outside working hours, the next working morning instead, if that is before `before`."""
    free_days = deadlines.by_days(deadlines.from_canonical(duty.deadline.why.limit))
    moved = local(at, duty.deadline.why.zone)
    while not BEGINS <= moved.time() <= ENDS or (free_days and not calendar.is_workday(moved.date())):
        same_day = moved.time() < BEGINS and not (free_days and not calendar.is_workday(moved.date()))
        morning = datetime.combine(moved.date() + timedelta(days=0 if same_day else 1), BEGINS, moved.tzinfo)
        moved = morning + timedelta(minutes=60 * share)
    return moved.astimezone(UTC) if moved.astimezone(UTC) < before else at
