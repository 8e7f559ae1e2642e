"""Bounds for input dates: how far a date may lie in the past or in the future.

Decision. A typed date is often wrong ("2006" for "2026", "9999-12-31" for "no date"), and a clock that starts at it or
runs to it does harm. So every input date is checked on entry, against the client's clock and again against the
workflow's. Accepted dates are not checked again.

The import of old complaints, deposits and customers accepts older dates (`complaints.importing.values`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from pydantic import BaseModel

from complaints.base import Frozen

OLDEST = 2000
"""The first permitted year. No records exist from before it, so an earlier date is a typing error."""

NEWEST = 2199
"""The last permitted year of dates that are checked without a current time: days of the directory."""

RECEIVED_BACK = timedelta(days=400)
"""How long ago a complaint may have been received. Older ones are imported."""

SKEW = timedelta(minutes=1)
"""Tolerated clock skew: how far another machine's time may be ahead before it counts as in the future."""

YEARS_AHEAD = 5
"""How many years ahead a date may be promised or planned."""


class Outside(Frozen):
    """A date out of bounds: the path of its field ("items.2.date"), its value, and the bound that it exceeds."""

    field: str
    value: str
    early: bool
    limit: str


def latest(now: datetime) -> datetime:
    """Return the latest moment that may be promised or planned at `now`: the same day in five years, UTC."""
    there = now.astimezone(UTC)
    day = min(there.day, 28) if there.month == 2 else there.day
    return there.replace(year=there.year + YEARS_AHEAD, day=day)


def possible(value: date, now: datetime, *, oldest: int = OLDEST) -> bool:
    """Return whether a day or a moment lies between the year `oldest` and five years from `now`.

    Cannot overflow, whatever the value: the year is compared before any arithmetic.
    """
    last = latest(now)
    if not oldest <= value.year <= last.year + 1:
        return False
    if not isinstance(value, datetime):
        return value <= last.date() + timedelta(days=1)  # one day of tolerance, as its time zone is unknown
    return (value if value.tzinfo else value.replace(tzinfo=UTC)) <= last


def outside(value: object, now: datetime) -> Iterator[Outside]:
    """Yield every date at any depth of a model, mapping or list that is not `possible` at `now`."""
    for field, at in _dates(value, ""):
        if not possible(at, now):
            early = at.year < OLDEST
            limit = f"{OLDEST}-01-01" if early else f"{latest(now):%Y-%m-%d}"
            yield Outside(field=field, value=at.isoformat(), early=early, limit=limit)


def _dates(value: object, path: str) -> Iterator[tuple[str, date]]:
    """Yield each date within a value with its path of field names and list positions; positions count from 1."""
    if isinstance(value, date):  # a datetime is a date as well
        yield path, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _dates(getattr(value, name), f"{path}.{name}".lstrip("."))
    elif isinstance(value, Mapping):
        for name, item in cast(Mapping[Any, Any], value).items():
            yield from _dates(item, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list | tuple):
        for place, item in enumerate(cast(list[Any], value), 1):
            yield from _dates(item, f"{path}.{place}".lstrip("."))
