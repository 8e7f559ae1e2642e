"""Parses durations and times of a scenario: "4 h 15 min", "Monday 09:04", "in 5 days at 18:00"."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from complaints.clock.local_time import local

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS = {"day": "days", "days": "days", "d": "days", "h": "hours", "min": "minutes", "s": "seconds"}
_PART = re.compile(r"\s*(\d+)\s*([a-z]+)", re.IGNORECASE)
_START = re.compile(r"([a-z]+)\s+(\d{1,2}:\d{2})", re.IGNORECASE)
_LATER = re.compile(r"in\s+(.+?)(?:\s+at\s+(\d{1,2}:\d{2}))?", re.IGNORECASE)


def span(text: str) -> timedelta:
    """Parse a duration in days, h, min and s: "25 min", "1 day 2 h". Raises `ValueError`."""
    found = list(_PART.finditer(text))
    units = [_UNITS.get(part[2].lower()) for part in found]
    if not found or None in units or "".join(part[0] for part in found).strip() != text.strip():
        raise ValueError(f"{text!r} is no length of time; write it like 25 min, 4 h 15 min or 2 days")
    return sum((timedelta(**{str(unit): int(part[1])}) for unit, part in zip(units, found, strict=True)), timedelta())


def weekday_and_time(text: str) -> tuple[int, time]:
    """Parse "Monday 09:04" into the weekday's number (Monday is 0) and the time of day. Raises `ValueError`."""
    found = _START.fullmatch(text.strip())
    if found is None or found[1].lower() not in WEEKDAYS:
        raise ValueError(f"{text!r} is no weekday and time; write it like Monday 09:04")
    return WEEKDAYS.index(found[1].lower()), time.fromisoformat(found[2].zfill(5))


def coming(text: str, after: datetime, zone: str) -> datetime:
    """Return the first such weekday and time in `zone` (IANA name) after `after`. Raises `ValueError`."""
    number, clock = weekday_and_time(text)
    here = local(after, zone)
    day = here + timedelta(days=(number - here.weekday()) % 7)
    found = day.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    return found if found > here else found + timedelta(days=7)


def is_later(text: str) -> bool:
    """Whether a text of a form is a relative moment, such as "in 5 days at 18:00"."""
    found = _LATER.fullmatch(text.strip())
    if found is None:
        return False
    try:
        return bool(span(found[1]))
    except ValueError:
        return False


def later(text: str, now: datetime, zone: str) -> datetime:
    """Return the moment of a text that `is_later`, counted from `now` in `zone` (IANA name). Raises `ValueError`."""
    found = _LATER.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no moment; write it like in 5 days at 18:00")
    at = local(now, zone) + span(found[1])
    if found[2]:
        clock = time.fromisoformat(found[2].zfill(5))
        at = at.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    return at
