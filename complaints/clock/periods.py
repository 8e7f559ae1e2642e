"""The periods of rounds: days, weeks, months, quarters and years. Pure calendar arithmetic, without time zones."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from complaints.base import Frozen

DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 1900, 2999
"""Permitted years of a period. Arithmetic on neighbouring days cannot overflow; another year is a typing error."""


class PeriodKind(StrEnum):
    DAY = "day"
    WEEK = "week"  # ISO: Monday to Sunday, in the year of its Thursday
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class PeriodError(ValueError):
    """An invalid period name, an impossible year, or days that are not a whole period; the message says which."""


class Period(Frozen):
    """A whole day, week, month, quarter or year; `start` and `end` are its first and last day."""

    kind: PeriodKind
    start: date
    end: date

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _check_year(self.start)
        if (self.start, self.end) != _bounds(self.kind, self.start):
            raise PeriodError(f"not a whole {self.kind.value}: {self.start} to {self.end}")
        return self

    @classmethod
    def of(cls, kind: PeriodKind, day: date) -> Self:
        """Return the period of this kind that contains `day`. Raises `PeriodError` for a year out of bounds."""
        _check_year(day)
        start, end = _bounds(kind, day)
        return cls(kind=kind, start=start, end=end)

    @classmethod
    def named(cls, name: str) -> Self:
        """Parse a name: "2026-11-22", "2026-W47", "2026-11", "2026-Q4", "2026". Raises `PeriodError`."""
        for kind, pattern in _NAMES.items():
            if found := re.fullmatch(pattern, name.strip()):
                try:
                    return cls.of(kind, _first_day(kind, [int(part) for part in found.groups()]))
                except ValueError:
                    break
        raise PeriodError(f"not a period: {name!r} (2026-11-22, 2026-W47, 2026-11, 2026-Q4, 2026)")

    @property
    def name(self) -> str:
        match self.kind:
            case PeriodKind.DAY:
                return self.start.isoformat()
            case PeriodKind.WEEK:
                year, week, _ = self.start.isocalendar()
                return f"{year:04d}-W{week:02d}"
            case PeriodKind.MONTH:
                return f"{self.start:%Y-%m}"
            case PeriodKind.QUARTER:
                return f"{self.start:%Y}-Q{(self.start.month + 2) // 3}"
            case PeriodKind.YEAR:
                return f"{self.start:%Y}"

    @property
    def before(self) -> Period:
        """The preceding period."""
        return Period.of(self.kind, self.start - DAY)

    @property
    def after(self) -> Period:
        """The following period."""
        return Period.of(self.kind, self.end + DAY)

    @property
    def a_year_before(self) -> Period:
        """The corresponding period of the previous year: same date, week number, month or quarter.

        29 February maps to the 28th; week 53 maps to the last week of a year without one.
        """
        if self.kind is not PeriodKind.WEEK:
            return Period.of(self.kind, _same_day(self.start, self.start.year - 1))
        year, week, _ = self.start.isocalendar()
        last = date(year - 1, 12, 28).isocalendar().week
        return Period.of(self.kind, date.fromisocalendar(year - 1, min(week, last), 1))

    def contains(self, day: date) -> bool:
        return self.start <= day <= self.end

    def __str__(self) -> str:
        return self.name


_NAMES = {
    PeriodKind.DAY: r"(\d{4})-(\d{2})-(\d{2})",
    PeriodKind.WEEK: r"(\d{4})-[Ww](\d{2})",
    PeriodKind.MONTH: r"(\d{4})-(\d{2})",
    PeriodKind.QUARTER: r"(\d{4})-[Qq]([1-4])",
    PeriodKind.YEAR: r"(\d{4})",
}


def _first_day(kind: PeriodKind, parts: list[int]) -> date:
    """Raises `ValueError` for a month, week or day that does not exist."""
    match kind:
        case PeriodKind.DAY:
            return date(*parts)
        case PeriodKind.WEEK:
            return date.fromisocalendar(parts[0], parts[1], 1)
        case PeriodKind.MONTH:
            return date(parts[0], parts[1], 1)
        case PeriodKind.QUARTER:
            return date(parts[0], parts[1] * 3 - 2, 1)
        case PeriodKind.YEAR:
            return date(parts[0], 1, 1)


def _check_year(day: date) -> None:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise PeriodError(f"a period lies between {FIRST_YEAR} and {LAST_YEAR}: {day}")


def _bounds(kind: PeriodKind, day: date) -> tuple[date, date]:
    match kind:
        case PeriodKind.DAY:
            return day, day
        case PeriodKind.WEEK:
            monday = day - DAY * day.weekday()
            return monday, monday + 6 * DAY
        case PeriodKind.MONTH:
            return day.replace(day=1), last_day(day.year, day.month)
        case PeriodKind.QUARTER:
            first = (day.month - 1) // 3 * 3 + 1
            return date(day.year, first, 1), last_day(day.year, first + 2)
        case PeriodKind.YEAR:
            return date(day.year, 1, 1), date(day.year, 12, 31)


def last_day(year: int, month: int) -> date:
    """Return the last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def _same_day(day: date, year: int) -> date:
    return min(day.replace(day=1, year=year) + DAY * (day.day - 1), last_day(year, day.month))
