"""Days and clock times of a place as exact instants.

Decision. Duly stores UTC and thinks in local days. The conversions are here and nowhere else, so that the odd cases (a
midnight that a clock change skips or repeats) are decided once: a day ends when the next one has certainly begun.
Zone data is read from disk when a zone is first named and kept; China's is read when this module is imported.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CHINA = "Asia/Shanghai"
MORNING = time(9)
_CHINA = ZoneInfo(CHINA)


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this IANA name. Raises `zoneinfo.ZoneInfoNotFoundError`."""
    return _CHINA if name == CHINA else ZoneInfo(name)


def local(at: datetime, zone: str) -> datetime:
    """The same instant on a clock of this zone."""
    if at.tzinfo is None:
        raise ValueError(f"a time without a zone is no instant: {at.isoformat()}")
    return at.astimezone(zone_of(zone))


def end_of_day(day: date, zone: str) -> datetime:
    """24:00 of this day as an instant in UTC; where midnight is skipped or comes twice, when the next day has begun."""
    midnight = datetime.combine(day + timedelta(days=1), time(0), zone_of(zone))
    return max(midnight.astimezone(UTC), midnight.replace(fold=1).astimezone(UTC))


def morning(day: date, zone: str) -> datetime:
    """09:00 of this day as an instant in UTC: the hour at which people are written to about matters of days."""
    return datetime.combine(day, MORNING, zone_of(zone)).astimezone(UTC)
