"""How far a date may lie back or ahead: one definition for every date that comes in.

Decision. A typed date is often a wrong one ("2006" for "2026", "9999-12-31" for "no date"), and a clock that starts at
it, or runs to it, does harm. So every date that comes in is checked here, where it comes in, against the clock of
whoever checks: the client's, and again the workflow's. What was accepted needs no second look.

Old complaints, deposits and customers come in by import, which takes older dates (`complaints.importing.values`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from pydantic import BaseModel

from complaints.base import Frozen

OLDEST = 2000
"""The first year that a date may lie in. Before it nobody kept records, and a date is a slip of the pen."""

NEWEST = 2199
"""The last year of dates that are checked where nobody knows what time it is: days of the directory."""

RECEIVED_BACK = timedelta(days=400)
"""How far back a complaint may have been received. Older ones come in by import."""

SKEW = timedelta(minutes=1)
"""How far another machine's clock may run ahead of ours before its time counts as the future."""

YEARS_AHEAD = 5
"""How far ahead a date may be promised or planned."""


class Outside(Frozen):
    """A date that lies too far back or too far ahead: where it stands ("items.2.date"), and the bound it passes."""

    field: str
    value: str
    early: bool
    limit: str


def latest(now: datetime) -> datetime:
    """The last moment that may be promised or planned at `now`: the same day in five years, UTC."""
    there = now.astimezone(UTC)
    day = min(there.day, 28) if there.month == 2 else there.day
    return there.replace(year=there.year + YEARS_AHEAD, day=day)


def possible(value: date, now: datetime, *, oldest: int = OLDEST) -> bool:
    """Whether a day or a moment lies between the year `oldest` and five years from `now`.

    Nothing here can overflow, whatever the value: a year is compared before any arithmetic.
    """
    last = latest(now)
    if not oldest <= value.year <= last.year + 1:
        return False
    if not isinstance(value, datetime):
        return value <= last.date() + timedelta(days=1)  # whatever the zone it is a day of
    return (value if value.tzinfo else value.replace(tzinfo=UTC)) <= last


def outside(value: object, now: datetime) -> Iterator[Outside]:
    """Every date anywhere within a model, or a mapping or list of them, that is not `possible` at `now`."""
    for field, at in _dates(value, ""):
        if not possible(at, now):
            early = at.year < OLDEST
            limit = f"{OLDEST}-01-01" if early else f"{latest(now):%Y-%m-%d}"
            yield Outside(field=field, value=at.isoformat(), early=early, limit=limit)


def _dates(value: object, path: str) -> Iterator[tuple[str, date]]:
    """The dates within a value, each with the names and places that lead to it; places in lists count from 1."""
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
