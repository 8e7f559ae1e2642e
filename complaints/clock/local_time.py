"""Conversions between local days or times and UTC instants.

Decision. Duly stores UTC and computes in local days. All conversions are here, so that the edge cases (a midnight that
a clock change skips or repeats) are decided once: a day ends when the next one has certainly begun. Zone data is read
from disk when a zone is first used, then cached; China's is read when this module is imported.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import StringConstraints

ClockTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""A local time of day: "09:00"."""

CHINA = "Asia/Shanghai"
MORNING = time(9)
_CHINA = ZoneInfo(CHINA)


def zone_of(name: str) -> ZoneInfo:
    """Return the time zone of an IANA name. Raises `zoneinfo.ZoneInfoNotFoundError`."""
    return _CHINA if name == CHINA else ZoneInfo(name)


def local(at: datetime, zone: str) -> datetime:
    """Convert an instant to local time of a zone. Raises `ValueError` for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError(f"a time without a zone is no instant: {at.isoformat()}")
    return at.astimezone(zone_of(zone))


def same_day(one: datetime, other: datetime, zone: str) -> bool:
    """Return whether both instants are on one local day of the zone."""
    return local(one, zone).date() == local(other, zone).date()


def end_of_day(day: date, zone: str) -> datetime:
    """Return 24:00 of this day in UTC; if midnight is skipped or repeated, the moment the next day has surely begun."""
    midnight = datetime.combine(day + timedelta(days=1), time(0), zone_of(zone))
    return max(midnight.astimezone(UTC), midnight.replace(fold=1).astimezone(UTC))


def morning(day: date, zone: str) -> datetime:
    """Return 09:00 of this day in UTC: the time at which notices about limits by days are sent."""
    return datetime.combine(day, MORNING, zone_of(zone)).astimezone(UTC)
