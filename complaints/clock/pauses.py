"""Times in which a duty waits for the customer: what of a limit they take out.

A pause is an instant pair, from until just before. Clock time stands still in it. Of limits by days no day counts on
which the duty waited at any time: whoever got an answer on Wednesday afternoon has until the end of a whole day.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from complaints.clock.local_time import local

Span = tuple[datetime, datetime]


def moved_on(since: datetime, length: timedelta, pauses: Iterable[Span]) -> datetime:
    """The instant at which `length` of clock time has passed since `since`, pauses left out."""
    end = since + length
    for start, until in sorted(pauses):
        if start < end and until > since:
            end += until - max(start, since)
    return end


def days(pauses: Iterable[Span], zone: str) -> frozenset[date]:
    """Every local day on which it paused."""
    found: set[date] = set()
    for start, until in pauses:
        day, last = local(start, zone).date(), local(until - timedelta(microseconds=1), zone).date()
        while day <= last:
            found.add(day)
            day += timedelta(days=1)
    return frozenset(found)
