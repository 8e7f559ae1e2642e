"""How people of a drilled year go about what they owe: most in time, some late, some only when others press them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from complaints import deadlines
from complaints.calendar import Calendar
from complaints.localtime import local
from complaints.model import Duty
from starters.drill.year import share

BEGINS, ENDS = time(8, 30), time(20)
A_WHILE = timedelta(minutes=2)
EARLY = (0.1, 0.9)  # of the time before anybody is reminded
REMINDED = (0.55, 0.95)  # of the limit
LATE = (1.05, 1.6)
AT_MOST = timedelta(days=2)  # that somebody is late by
IN_TIME, WITH_REMINDER, BY_THEMSELVES = 0.84, 0.93, 0.98
"""Up to which share of duties are done early, after a reminder, late; the rest only after an escalation was heard."""

PRESSED = 1  # steps of the escalation that such a person hears of before they act


def moment(case: str, duty: Duty, now: datetime, calendar: Calendar, strict: bool) -> datetime | None:
    """When its owner gets to this duty; None while they wait to be pressed. `strict` people are always in time."""
    drawn, within = share(case, duty.id, "habit"), share(case, duty.id, "moment")
    since, due = duty.since, duty.deadline.due
    if strict or drawn < IN_TIME:
        unasked = duty.deadline.reminders[0].at if duty.deadline.reminders else due
        at = _by_day(duty, since + (unasked - since) * _between(EARLY, within), unasked, within, calendar)
    elif drawn < WITH_REMINDER:
        at = _by_day(duty, since + (due - since) * _between(REMINDED, within), due, within, calendar)
    elif drawn < BY_THEMSELVES:
        at = min(since + (due - since) * _between(LATE, within), due + AT_MOST)
    elif len(duty.escalations) < PRESSED:
        return None
    else:
        at = duty.escalations[-1].at + timedelta(minutes=30 + 120 * within)
    return max(at, now + A_WHILE)


def _between(range: tuple[float, float], share: float) -> float:
    return range[0] + (range[1] - range[0]) * share


def _by_day(duty: Duty, at: datetime, before: datetime, share: float, calendar: Calendar) -> datetime:
    """The same, or the next morning that people work, if it comes before that moment."""
    free_days = deadlines.by_days(deadlines.from_canonical(duty.deadline.why.limit))
    moved = local(at, duty.deadline.why.zone)
    while not BEGINS <= moved.time() <= ENDS or (free_days and not calendar.is_workday(moved.date())):
        same_day = moved.time() < BEGINS and not (free_days and not calendar.is_workday(moved.date()))
        morning = datetime.combine(moved.date() + timedelta(days=0 if same_day else 1), BEGINS, moved.tzinfo)
        moved = morning + timedelta(minutes=60 * share)
    return moved.astimezone(UTC) if moved.astimezone(UTC) < before else at
