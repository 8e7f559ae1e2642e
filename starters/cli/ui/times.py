"""Formats and parses times for people."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from complaints.texts import say
from starters.cli.ui.errors import Told

if TYPE_CHECKING:
    from complaints.clock.moments import Deadline

CHINA = "Asia/Shanghai"
_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def stamp(at: datetime, zone: str = CHINA, year: int | None = None) -> str:
    """A moment in local time, such as `01-12 09:04`; with its year if that differs from `year` (None: never)."""
    there = at.astimezone(ZoneInfo(zone))
    return f"{there:%m-%d %H:%M}" if year in (None, there.year) else f"{there:%Y-%m-%d %H:%M}"


def due(deadline: Deadline, year: int | None = None) -> str:
    """The due moment in the deadline's local time; the end of a day is 24:00 of that day (not for elapsed time)."""
    from complaints.clock.limits import Elapsed, OfficeHours, from_canonical

    why = deadline.why
    text = stamp(deadline.due, why.zone, year)
    if not text.endswith("00:00") or isinstance(from_canonical(why.limit), Elapsed | OfficeHours):
        return text
    return stamp(deadline.due - timedelta(days=1), why.zone, year).replace("00:00", "24:00")


def span(length: timedelta, lang: str) -> str:
    """A duration in its two largest units, such as `2天3小时` or `12分钟`."""
    for unit, smaller, names in ((_DAY, _HOUR, ("day", "hour")), (_HOUR, _MINUTE, ("hour", "minute"))):
        if length >= unit:
            whole, rest = divmod(length, unit)
            parts = [say(f"cli.span.{names[0]}", lang, n=whole)]
            if rest >= smaller:
                parts.append(say(f"cli.span.{names[1]}", lang, n=rest // smaller))
            return say("cli.span.join", lang).join(parts)
    return say("cli.span.minute", lang, n=max(length // _MINUTE, 0))


def moment(text: str, zone: str = CHINA) -> datetime:
    """Parse a typed time: `09:10` (today) or `2026-01-12 09:10`, in `zone` unless it names one. Raises `Told`."""
    place = ZoneInfo(zone)
    written = text.strip()
    try:
        if len(written) <= 5:
            today = datetime.now(UTC).astimezone(place).date()
            return datetime.combine(today, time.fromisoformat(written.zfill(5)), place)
        at = datetime.fromisoformat(written)
    except ValueError:
        raise Told("bad-moment", value=text[:40]) from None
    return _in_bounds(at if at.tzinfo else at.replace(tzinfo=place), text)


def day(text: str, wrong: str = "print.bad-day") -> date:
    """Parse a typed day such as 2026-01-31. Raises `Told`, with the text key `wrong` if it is not a date."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Told(wrong, value=text[:40]) from None
    return _in_bounds(found, text)


D = TypeVar("D", date, datetime)


def _in_bounds(value: D, text: str) -> D:
    from complaints.clock.bounds import possible

    if not possible(value, datetime.now(UTC)):
        raise Told("moment-out-of-bounds", value=text[:40])
    return value
