"""The effect of pauses, in which a duty waits for the customer, on its limit.

A pause is a half-open pair of instants, [start, end). Clock time and office time stand still in it. For limits by
days, no day counts on which the duty was paused at any time: an owner who got the answer on Wednesday afternoon still
has a whole day.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from complaints.clock.local_time import local

Span = tuple[datetime, datetime]


def moved_on(since: datetime, length: timedelta, pauses: Iterable[Span]) -> datetime:
    """Return the instant at which `length` of clock time has passed since `since`, not counting pauses."""
    end = since + length
    for start, until in sorted(pauses):
        if start < end and until > since:
            end += until - max(start, since)
    return end


def days(pauses: Iterable[Span], zone: str) -> frozenset[date]:
    """Return every local day that a pause touches."""
    found: set[date] = set()
    for start, until in pauses:
        day, last = local(start, zone).date(), local(until - timedelta(microseconds=1), zone).date()
        while day <= last:
            found.add(day)
            day += timedelta(days=1)
    return frozenset(found)
