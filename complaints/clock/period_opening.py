"""When in its period a round begins: the day by the rule, the exact moment by the calendar. Pure.

Decision. A schedule of the server knows days of weeks and months, but no Chinese working days and no "last day of the
month". So it fires on the earliest day that may be meant (`earliest`, `fires`), and the round that it starts waits for
the exact moment (`opens_at`) with the calendar it has: a notice of the State Council reaches what has not begun.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from complaints.base import Frozen
from complaints.clock.calendar import Calendar
from complaints.clock.local_time import zone_of
from complaints.clock.periods import DAY, Period, PeriodKind, last_day

ClockTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
SAFE_DAY = 28  # every month has it


class OpeningDay(Frozen):
    """The day of a period on which its round begins; without anything, the first.

    `day` is a day of the week (1 is Monday) or of the month, whose last day it is at most; `workday` the n-th working
    day instead. `month` says which of a quarter's or a year's months is meant, the first if it does not.
    """

    month: int | None = Field(default=None, ge=1, le=12)
    day: int | None = Field(default=None, ge=1, le=31)
    workday: int | None = Field(default=None, ge=1, le=20)
    at: ClockTime = "09:00"  # local time
    after: bool = False  # counted in the period that follows: for what can only be done when the period is over

    @model_validator(mode="after")
    def _one_day(self) -> Self:
        if self.day is not None and self.workday is not None:
            raise ValueError("give day or workday, not both")
        return self

    @property
    def time(self) -> time:
        return time.fromisoformat(self.at)


class Fires(Frozen):
    """What a schedule of the server is told: empty lists mean every one. `weekday` counts from Monday, 1."""

    months: tuple[int, ...] = ()
    day: int | None = None
    weekday: int | None = None
    hour: int
    minute: int


def unfit(opens: OpeningDay, every: PeriodKind) -> str | None:
    """The field of `opens` that makes no sense in a period of this kind; None if all do."""
    if opens.month is not None and (
        every not in (PeriodKind.QUARTER, PeriodKind.YEAR) or (every is PeriodKind.QUARTER and opens.month > 3)
    ):
        return "month"
    if every is PeriodKind.DAY:
        return "day" if opens.day is not None else "workday" if opens.workday is not None else None
    if every is PeriodKind.WEEK:
        return "day" if (opens.day or 0) > 7 else "workday" if (opens.workday or 0) > 5 else None
    return None


def opens_at(opens: OpeningDay, period: Period, calendar: Calendar, zone: str) -> datetime:
    """When the round of this period begins, in UTC."""
    first, last = _stretch(opens, period)
    if opens.workday is not None:
        day = min(calendar.workday_after(first - DAY, opens.workday), last)
    else:
        day = min(first + timedelta(days=(opens.day or 1) - 1), last)
    return at_local(day, opens.time, zone)


def earliest(opens: OpeningDay, period: Period) -> date:
    """The first day that may turn out to be meant, whatever the calendar says."""
    first, _ = _stretch(opens, period)
    if opens.workday is not None:
        return first
    most = 7 if period.kind is PeriodKind.WEEK else SAFE_DAY
    return first + timedelta(days=min(opens.day or 1, most) - 1)


def fires(opens: OpeningDay, every: PeriodKind) -> Fires:
    """How a schedule is told about `earliest`, for every period of a kind."""
    day = 1 if opens.workday is not None else min(opens.day or 1, SAFE_DAY)
    hour, minute = opens.time.hour, opens.time.minute
    month = opens.month or 1
    match every:
        case PeriodKind.DAY:
            return Fires(hour=hour, minute=minute)
        case PeriodKind.WEEK:
            return Fires(weekday=day, hour=hour, minute=minute)
        case PeriodKind.MONTH:
            return Fires(day=day, hour=hour, minute=minute)
        case PeriodKind.QUARTER:
            return Fires(months=tuple(range(month, 13, 3)), day=day, hour=hour, minute=minute)
        case PeriodKind.YEAR:
            return Fires(months=(month,), day=day, hour=hour, minute=minute)


def period_of(opens: OpeningDay, every: PeriodKind, fired: date) -> Period:
    """The period that a schedule means when it fires on this local day."""
    period = Period.of(every, fired)
    return period.before if opens.after else period


def at_local(day: date, clock: time, zone: str) -> datetime:
    """A local time of a day, in UTC."""
    return datetime.combine(day, clock, tzinfo=zone_of(zone)).astimezone(UTC)


def _stretch(opens: OpeningDay, period: Period) -> tuple[date, date]:
    """The days among which the round begins: the period that is meant, or one of its months."""
    meant = period.after if opens.after else period
    if period.kind in (PeriodKind.QUARTER, PeriodKind.YEAR):
        month = meant.start.month + (opens.month or 1) - 1
        return date(meant.start.year, month, 1), last_day(meant.start.year, month)
    return meant.start, meant.end
