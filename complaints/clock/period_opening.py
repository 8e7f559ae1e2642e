"""Compute when in its period a round begins, from the rule and the working-day calendar. Pure.

Decision. A Temporal schedule knows days of weeks and months, but no Chinese working days and no "last day of the
month". So it fires on the earliest possible day (`earliest`, `fires`), and the round that it starts waits for the exact
moment (`opens_at`), computed with its calendar: a new notice of the State Council applies to rounds not yet begun.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from pydantic import Field, model_validator

from complaints.base import Frozen
from complaints.clock.calendar import Calendar
from complaints.clock.local_time import ClockTime, zone_of
from complaints.clock.periods import DAY, Period, PeriodKind, last_day

SAFE_DAY = 28  # every month has it


class OpeningDay(Frozen):
    """The day of a period on which its round begins; the first day by default.

    `day` is a day of the week (1 is Monday) or of the month (at most the month's last day); `workday` is the n-th
    working day instead. `month` is the number of a month within a quarter or a year, by default 1.
    """

    month: int | None = Field(default=None, ge=1, le=12)
    day: int | None = Field(default=None, ge=1, le=31)
    workday: int | None = Field(default=None, ge=1, le=20)
    at: ClockTime = "09:00"  # local time
    after: bool = False  # counted in the following period: for work that is possible only after the period

    @model_validator(mode="after")
    def _one_day(self) -> Self:
        if self.day is not None and self.workday is not None:
            raise ValueError("give day or workday, not both")
        return self

    @property
    def time(self) -> time:
        return time.fromisoformat(self.at)


class Fires(Frozen):
    """The specification of a Temporal schedule: empty `months` means every month; `weekday` 1 is Monday."""

    months: tuple[int, ...] = ()
    day: int | None = None
    weekday: int | None = None
    hour: int
    minute: int


def unfit(opens: OpeningDay, every: PeriodKind) -> str | None:
    """Return the field of `opens` that is invalid for a period of this kind; None if all are valid."""
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
    """Return when the round of this period begins, in UTC."""
    first, last = _stretch(opens, period)
    if opens.workday is not None:
        day = min(calendar.workday_after(first - DAY, opens.workday), last)
    else:
        day = min(first + timedelta(days=(opens.day or 1) - 1), last)
    return at_local(day, opens.time, zone)


def earliest(opens: OpeningDay, period: Period) -> date:
    """Return the earliest day on which it can begin under any calendar."""
    first, _ = _stretch(opens, period)
    if opens.workday is not None:
        return first
    most = 7 if period.kind is PeriodKind.WEEK else SAFE_DAY
    return first + timedelta(days=min(opens.day or 1, most) - 1)


def fires(opens: OpeningDay, every: PeriodKind) -> Fires:
    """Return the schedule that fires on the `earliest` day of every period of a kind."""
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
    """Return the period for which a schedule fires on this local day."""
    period = Period.of(every, fired)
    return period.before if opens.after else period


def at_local(day: date, clock: time, zone: str) -> datetime:
    """Convert a local time of a day to UTC."""
    return datetime.combine(day, clock, tzinfo=zone_of(zone)).astimezone(UTC)


def _stretch(opens: OpeningDay, period: Period) -> tuple[date, date]:
    """Return the first and last day within which the round begins: the relevant period, or one of its months."""
    meant = period.after if opens.after else period
    if period.kind in (PeriodKind.QUARTER, PeriodKind.YEAR):
        month = meant.start.month + (opens.month or 1) - 1
        return date(meant.start.year, month, 1), last_day(meant.start.year, month)
    return meant.start, meant.end
