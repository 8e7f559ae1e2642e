"""Compute due moments, reminders and escalation times from a limit, an anchor and a calendar, with an explanation.

Decision. A deadline is computed once, when its duty opens, from values only: the event's own time (not the time at
which a worker processed it), the limit, the calendar and the zone. The result contains its whole arithmetic, so that
it can be put into words (`explain`) or recomputed with a newer calendar (`recomputed`) without the edition.

Rules (decisions 4 to 6 of the procedures' common rules). A deadline is never earlier than its limit. Elapsed limits
and limits in office hours are exact, and their reminders are sent at shares of them. Limits by days end at 24:00 local,
and their notices are sent at 09:00 local: reminders on the day on which the share falls (for working days the share
counts working days, so it never falls on a day off), the first escalation on the morning after, so that no person is
woken at midnight; the breach keeps its true time. An elapsed limit given in days alone ("one week") is exact, and its
reminders are sent at 09:00 too: an owner who has a week is not notified at night. A limit that contains no 09:00 at
all, such as "the same day" in the afternoon, is reminded at its shares like an elapsed one, because there must be a
reminder.

Where the house keeps office hours (decision 15), nobody is woken by a matter that is not urgent: a reminder that falls
outside them is sent at the next opening or, if the limit ends before that, shortly before the last closing; escalations
wait for the next opening, and their intervals count office time. Due moments and breaches keep their true time.
"""

from __future__ import annotations

import calendar as months
import math
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from complaints.base import Frozen
from complaints.clock.calendar import Calendar
from complaints.clock.limits import (
    DayOfMonth,
    Days,
    Elapsed,
    EndOfMonth,
    EndOfPeriod,
    Every,
    Limit,
    LimitError,
    Months,
    OfficeHours,
    Promised,
    SameDay,
    SameWorkday,
    Workdays,
    by_days,
    canonical,
    from_canonical,
)
from complaints.clock.local_time import CHINA, end_of_day, local, morning
from complaints.clock.moments import Deadline, Explanation, Moment, MomentKind
from complaints.clock.office import Office, OfficeClock
from complaints.clock.pauses import Span, moved_on
from complaints.clock.pauses import days as paused_days

REMINDERS = (0.5, 0.8)  # house default: at half and at 80 % of the limit
LONG_PROMISE = timedelta(days=1)  # a promise further away than this is reminded at 09:00, like a limit by days
BEFORE_CLOSING = timedelta(minutes=30)
"""House: how long before the closing a reminder is sent that cannot wait for the next opening: time left to act."""


class _Span(Frozen):
    """The computed end of a limit and the days counted and skipped on the way."""

    due: datetime
    counted: tuple[date, ...] = ()
    skipped: tuple[tuple[date, str], ...] = ()
    provisional: bool = False


def deadline(
    limit: Limit,
    anchor: str,
    anchor_at: datetime,
    *,
    calendar: Calendar,
    zone: str = CHINA,
    reminders: Iterable[float] = REMINDERS,
    source: str = "document",
    promised: datetime | date | None = None,
    pauses: tuple[Span, ...] = (),
    office: Office | None = None,
) -> Deadline:
    """Compute when a duty is due and when its owner is reminded, with the explanation.

    `anchor` is the key of the event (texts `anchor.<key>`), `anchor_at` its own time (aware). `reminders` are shares of
    the limit between 0 and 1. `promised` is required by `Promised` limits, and by `EndOfPeriod` as the end of the
    period, and ignored by all others: a moment, or a day, which lasts until its 24:00 local. Callers refuse promises
    before the event; here such a promise is simply overdue. `pauses` apply only to limits in clock time, office time,
    days and working days. `office` are the office hours that reminders keep; None if they know no night. Raises
    `LimitError` for a missing promise and `ValueError` for a time without a zone.
    """
    span = _span(limit, local(anchor_at, zone).date(), anchor_at.astimezone(UTC), calendar, zone, promised, pauses)
    why = Explanation(
        anchor=anchor,
        anchor_at=anchor_at.astimezone(UTC),
        limit=canonical(limit),
        counted=tuple(day.isoformat() for day in span.counted),
        skipped=tuple((day.isoformat(), reason) for day, reason in span.skipped),
        result=span.due,
        zone=zone,
        provisional=span.provisional,
        pauses=pauses,
    )
    return Deadline(
        due=span.due,
        reminders=tuple(_reminders(limit, why, sorted(set(reminders)), calendar, office)),
        why=why,
        source=source,
        calendar=calendar.version if isinstance(limit, OfficeHours | SameWorkday | Workdays) else None,
    )


def recomputed(
    old: Deadline, calendar: Calendar, reminders: Iterable[float] = REMINDERS, *, office: Office | None = None
) -> Deadline:
    """Recompute a deadline with another calendar: for provisional ones, once the holidays are announced."""
    return _again(old, calendar, reminders, old.why.pauses, office)


def paused(
    old: Deadline,
    pauses: tuple[Span, ...],
    calendar: Calendar,
    reminders: Iterable[float],
    *,
    office: Office | None = None,
) -> Deadline:
    """Recompute a deadline with `pauses`, the complete list and not only the newest."""
    return _again(old, calendar, reminders, pauses, office)


def _again(
    old: Deadline, calendar: Calendar, reminders: Iterable[float], pauses: tuple[Span, ...], office: Office | None
) -> Deadline:
    limit = from_canonical(old.why.limit)
    return deadline(
        limit,
        old.why.anchor,
        old.why.anchor_at,
        calendar=calendar,
        zone=old.why.zone,
        reminders=reminders,
        source=old.source,
        promised=old.due if isinstance(limit, Promised | EndOfPeriod) else None,
        pauses=pauses,
        office=office,
    )


def escalation_at(
    due: datetime,
    step: int,
    every: Every,
    zone: str,
    calendar: Calendar,
    *,
    limit: Limit | None = None,
    office: Office | None = None,
) -> datetime:
    """Return when a breach climbs to its n-th step (0 is the owner's superior), in UTC.

    Step 0 is at `due` or, for limits by days, at 09:00 local on the morning after. Further steps follow at the interval
    `every`; steps in working days are at 09:00 local. Without `limit`, an interval in working days implies a limit by
    days. With `office`, step 0 waits for the next opening, intervals count office time, and steps in working days are
    at the opening.
    """
    overnight = by_days(limit) if limit is not None else bool(every.workdays)
    first = _morning_after(due, zone) if overnight else due.astimezone(UTC)
    if office is not None:
        clock = OfficeClock(office, calendar, zone)
        first = clock.next_open(first)
        if step == 0 or not every.workdays:
            return clock.later(first, step * every.length)
        opening, _ = clock.hours(calendar.workday_after(local(first, zone).date(), step * every.workdays))
        return opening
    if step == 0 or not every.workdays:
        return first + step * every.length
    return morning(calendar.workday_after(local(first, zone).date(), step * every.workdays), zone)


def _morning_after(due: datetime, zone: str) -> datetime:
    """Return 09:00 of the day after the due moment's day. Midnight belongs to the day that it ends."""
    last_day = local(due - timedelta(microseconds=1), zone).date()
    return morning(last_day + timedelta(days=1), zone)


def _span(
    limit: Limit,
    day: date,
    anchor_at: datetime,
    calendar: Calendar,
    zone: str,
    promised: datetime | date | None,
    pauses: tuple[Span, ...],
) -> _Span:
    match limit:
        case Elapsed():
            return _Span(due=moved_on(anchor_at, limit.length, pauses))
        case OfficeHours():
            spent = OfficeClock(limit.office, calendar, zone).spend(anchor_at, limit.length, pauses)
            return _worked(spent.end, spent.counted, spent.skipped, calendar)
        case Promised() | EndOfPeriod():
            return _Span(due=_promise(promised, zone))
        case SameDay():
            return _Span(due=end_of_day(day, zone), counted=(day,))
        case SameWorkday():
            span = _counted(1, day - timedelta(days=1), calendar.reason, frozenset(), zone)
            return _worked(span.due, span.counted, span.skipped, calendar)
        case Days():
            return _counted(limit.n, day, lambda _: None, paused_days(pauses, zone), zone)
        case Months():
            return _Span(due=end_of_day(_in_month(day, limit.n, day.day), zone))
        case EndOfMonth():
            return _Span(due=end_of_day(_in_month(day, 0, 31), zone))
        case DayOfMonth():
            this = _in_month(day, 0, limit.n)
            return _Span(due=end_of_day(this if day <= this else _in_month(day, 1, limit.n), zone))
        case Workdays():
            span = _counted(limit.n, day, calendar.reason, paused_days(pauses, zone), zone)
            return _worked(span.due, span.counted, span.skipped, calendar)


def _counted(n: int, day: date, off: Callable[[date], str | None], paused: frozenset[date], zone: str) -> _Span:
    """Count to the n-th day after `day` that is not in `paused` and for which `off` returns no reason."""
    counted: list[date] = []
    skipped: list[tuple[date, str]] = []
    while len(counted) < n:
        day += timedelta(days=1)
        if reason := off(day) or ("paused" if day in paused else None):
            skipped.append((day, reason))
        else:
            counted.append(day)
    return _Span(due=end_of_day(counted[-1], zone), counted=tuple(counted), skipped=tuple(skipped))


def _worked(
    due: datetime, counted: tuple[date, ...], skipped: tuple[tuple[date, str], ...], calendar: Calendar
) -> _Span:
    """Return the span of a limit that counts working days; provisional if a later notice may change one of its days."""
    certain = all(calendar.certain(day) for day in (*counted, *(day for day, _ in skipped)))
    return _Span(due=due, counted=counted, skipped=skipped, provisional=not certain)


def _promise(promised: datetime | date | None, zone: str) -> datetime:
    if promised is None:
        raise LimitError("a promised limit needs the promised moment or day")
    if isinstance(promised, datetime):
        return local(promised, zone).astimezone(UTC)
    return end_of_day(promised, zone)


def _in_month(day: date, later: int, number: int) -> date:
    """Return day `number` of the month `later` months after that of `day`, at most that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + later, 12)
    return date(year, month + 1, min(number, months.monthrange(year, month + 1)[1]))


def _reminders(
    limit: Limit, why: Explanation, shares: list[float], calendar: Calendar, office: Office | None
) -> Iterator[Moment]:
    """Yield the reminders strictly between event and due, in order, without duplicate times."""
    if isinstance(limit, Elapsed):
        exact = [(moved_on(why.anchor_at, limit.length * share, why.pauses), share) for share in shares]
    elif isinstance(limit, OfficeHours):
        clock = OfficeClock(limit.office, calendar, why.zone)
        ends = [clock.spend(why.anchor_at, limit.length * share, why.pauses).end for share in shares]
        exact = [(clock.next_open(end), share) for end, share in zip(ends, shares, strict=True)]
    else:
        exact = [(why.anchor_at + (why.result - why.anchor_at) * share, share) for share in shares]
    mornings = [(morning(_share_day(limit, why, share, at), why.zone), share) for at, share in exact]
    if not _written_in_the_morning(limit, why):
        mornings = exact
    keeping = OfficeClock(office, calendar, why.zone) if office is not None else None
    last = why.anchor_at
    for at, share in mornings:
        if keeping is not None:
            at = _in_office(at, why, keeping)
        if last < at < why.result:
            last = at
            yield Moment(kind=MomentKind.REMINDER, at=at, share=share)


def _in_office(at: datetime, why: Explanation, clock: OfficeClock) -> datetime:
    """Return when the reminder of `at` is sent: at the next opening, or before the last closing if that is too late.

    If the whole time since the event lies outside office hours, it is sent at its own time: a limit of the documents
    knows no night.
    """
    opening = clock.next_open(at)
    if opening < why.result or at >= why.result:
        return opening
    closing = clock.last_closing(at)
    before = max(closing - BEFORE_CLOSING, clock.hours(local(closing, why.zone).date())[0])
    return before if before > why.anchor_at else at


def _share_day(limit: Limit, why: Explanation, share: float, at: datetime) -> date:
    """Return the local day on which a share of the limit falls."""
    if isinstance(limit, SameWorkday):
        return date.fromisoformat(why.counted[0])
    if isinstance(limit, Workdays) or (isinstance(limit, Days) and why.pauses):
        return date.fromisoformat(why.counted[math.ceil(Decimal(str(share)) * limit.n) - 1])
    return local(at, why.zone).date()


def _written_in_the_morning(limit: Limit, why: Explanation) -> bool:
    """Return whether reminders are sent at 09:00: limits in days and long promises, if they contain a 09:00."""
    if isinstance(limit, OfficeHours) or (isinstance(limit, Elapsed) and not limit.days_alone):
        return False
    if isinstance(limit, Promised) and why.result - why.anchor_at <= LONG_PROMISE:
        return False
    first_day = local(why.anchor_at, why.zone).date()
    return any(why.anchor_at < morning(first_day + timedelta(days=n), why.zone) < why.result for n in range(2))
