"""The working-day calendar of China: weekends, public holidays and make-up workdays (调休).

Decision. The calendar is a value, `Calendar`, stored with the complaint; computing a deadline calls no library. So a
deadline can always be recomputed from what the case recorded, a library upgrade cannot move the deadlines of running
cases, and an administrator can enter the State Council's notice before any library has it.

The value holds only what differs from "Monday to Friday": `off` (weekdays that are holidays), `on` (weekend days that
are worked) and the holidays' names. `years` lists the years whose arrangement has been announced; every other year is
an expectation (weekends and the fixed holidays, no make-up days), and deadlines that reach into it are provisional. A
notice has repeatedly moved days at the end of the year before (29 December 2018 and 31 December 2011 were make-up days
by the following year's notice), so the last days of December are certain only when the next year is announced too.

`from_libraries` builds the value from `chinese_calendar` (which refuses years not announced) checked against `holidays`
(which has later years, silently without make-up days). Only the worker and loaders call it: it imports the libraries
itself, so that a workflow that only uses a `Calendar` never loads them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Self

from pydantic import Field, model_validator

from complaints.base import Frozen
from complaints.base.faults import CalendarError

SATURDAY = 6
YEAR_END = (12, 28)  # from this day on the next year's notice may still change days
HOLIDAYS = {  # words in the libraries' English names, lower case → our keys, texts `day_off.holiday.<key>`
    "spring festival": "spring_festival",  # before New Year's Day: `holidays` calls it Chinese New Year
    "chinese new year": "spring_festival",
    "new year's day": "new_years_day",
    "tomb-sweeping": "tomb_sweeping_day",
    "labor day": "labour_day",
    "labour day": "labour_day",
    "dragon boat": "dragon_boat_festival",
    "mid-autumn": "mid_autumn_festival",
    "national day": "national_day",
    "anti-fascist": "anti_fascist_70th_day",
}


class Calendar(Frozen):
    """The working days of the announced years, and the expectation for all others. Dates are local calendar days."""

    version: str
    years: tuple[int, ...]  # announced, ascending
    off: tuple[date, ...] = ()  # Monday to Friday, but a holiday
    on: tuple[date, ...] = ()  # Saturday or Sunday, but worked
    names: dict[date, str] = Field(
        default_factory=dict[date, str]
    )  # holiday key of a day: texts `day_off.holiday.<key>`

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        wrong = [day for day in self.off if _weekend(day)] + [day for day in self.on if not _weekend(day)]
        if wrong:
            raise ValueError(f"`off` is for weekdays and `on` for weekend days; wrong: {_listed(wrong)}")
        return self

    def announced(self, year: int) -> bool:
        """Return whether the holiday arrangement of this year has been published."""
        return year in self.years

    def certain(self, day: date) -> bool:
        """Return whether no later notice can change the day: its year and, from 28 December, the next are announced."""
        if (day.month, day.day) >= YEAR_END and not self.announced(day.year + 1):
            return False
        return self.announced(day.year)

    def is_workday(self, day: date) -> bool:
        """Return whether this day is a working day."""
        return day in self.on if _weekend(day) else day not in self.off

    def why_off(self, day: date) -> str | None:
        """Return why this day is off: "weekend" or "holiday"; None for a working day."""
        if self.is_workday(day):
            return None
        return "holiday" if day in self.off or day in self.names else "weekend"

    def reason(self, day: date) -> str | None:
        """Like `why_off`, with the holiday's key if known ("holiday.national_day"): a text key under `day_off`."""
        why = self.why_off(day)
        return f"holiday.{self.names[day]}" if why == "holiday" and day in self.names else why

    def workday_after(self, day: date, n: int) -> date:
        """Return the n-th working day after `day`, which itself does not count. Raises `ValueError` for `n` < 1."""
        if n < 1:
            raise ValueError(f"the n-th working day after a day needs n ≥ 1, not {n}")
        while n:
            day += timedelta(days=1)
            n -= self.is_workday(day)
        return day


def calendar(years: Iterable[int], off: Iterable[date], on: Iterable[date], names: dict[date, str]) -> Calendar:
    """Build a `Calendar` in canonical order, its version derived from its content: equal calendars, equal versions."""
    draft = Calendar(
        version="",
        years=tuple(sorted(set(years))),
        off=tuple(sorted(set(off))),
        on=tuple(sorted(set(on))),
        names=dict(sorted(names.items())),
    )
    digest = hashlib.sha256(draft.model_dump_json().encode()).hexdigest()[:12]
    return draft.but(version=f"CN-{draft.years[-1] if draft.years else 'none'}-{digest}")


def years_around(now: datetime) -> range:
    """Return last year to the year after next: deadlines may count from the one and end in the other."""
    return range(now.year - 1, now.year + 3)


def from_libraries(years: Iterable[int]) -> Calendar:
    """Build the calendar of these years from the installed libraries; years they lack are expectations.

    For the worker and for loaders, never for workflows: it reads library data. Raises `CalendarError` if the two
    libraries disagree on a day of an announced year.
    """
    built, differ = of_libraries(years)
    if differ:
        raise CalendarError(
            "chinese_calendar and holidays disagree; update both, or enter the State Council's notice by hand. "
            f"Days: {_listed(differ)}"
        )
    return built


def of_libraries(years: Iterable[int]) -> tuple[Calendar, tuple[date, ...]]:
    """Build the calendar from `chinese_calendar`, and list the days of announced years on which `holidays` disagrees.

    Raises `CalendarError` for a holiday that has no key here.
    """
    from chinese_calendar.constants import holidays as free  # pyright: ignore[reportMissingTypeStubs]
    from chinese_calendar.constants import workdays as made_up  # pyright: ignore[reportMissingTypeStubs]

    wanted = sorted(set(years))
    known = range(min(free).year, max(free).year + 1)
    off: list[date] = []
    on: list[date] = []
    names: dict[date, str] = {}
    for day in _days(year for year in wanted if year in known):
        if day in made_up:
            on.append(day)
            names[day] = _key(made_up[day])
        elif day in free:
            names[day] = _key(free[day])
            if not _weekend(day):
                off.append(day)
    announced = [year for year in wanted if year in known]
    expected = _expected_holidays(year for year in wanted if year not in known)
    off += [day for day in expected if not _weekend(day)]
    built = calendar(announced, off, on, {**names, **expected})
    return built, _differences(built)


def completed(stored: Calendar | None, known: Calendar, doubtful: Iterable[date] = ()) -> Calendar:
    """Add to `stored` the years that are announced in the libraries' calendar `known` and not in `stored`.

    `stored` wins for every year that it has announced, because an administrator may have entered the notice. A year
    with a doubtful day, on which the libraries disagree, is not taken as announced: without a stored calendar, its
    days are those of `known`, and deadlines that depend on them are provisional.
    """
    doubted = {day.year for day in doubtful}
    if stored is None:
        return calendar(set(known.years) - doubted, known.off, known.on, known.names)
    new = set(known.years) - doubted - set(stored.years)
    if not new:
        return stored

    def taken(day: date) -> bool:
        """Return whether `known` decides the day: in a new year, or in the December days its notice may change."""
        before = (day.month, day.day) >= YEAR_END and day.year + 1 in new
        return day.year in new or before

    def both(name: str) -> set[date]:
        old: Iterable[date] = getattr(stored, name)
        return {day for day in old if not taken(day)} | {day for day in getattr(known, name) if taken(day)}

    names = {day: name for day, name in stored.names.items() if not taken(day)}
    names |= {day: name for day, name in known.names.items() if taken(day)}
    return calendar({*stored.years, *new}, both("off"), both("on"), names)


def _expected_holidays(years: Iterable[int]) -> dict[date, str]:
    """Return the fixed holidays of unannounced years from `holidays`, which has no make-up days for them."""
    import holidays

    unannounced = sorted(years)
    if not unannounced:
        return {}
    china = holidays.country_holidays("CN", years=unannounced, language="en_US")
    return {day: _key(name) for day, name in sorted(china.items()) if day.year in unannounced}


def _key(english: str) -> str:
    for words, key in HOLIDAYS.items():
        if words in english.lower():
            return key
    raise CalendarError(
        f"a library names a holiday that has no key here: {english!r}; add it to HOLIDAYS and the texts"
    )


def _differences(built: Calendar) -> tuple[date, ...]:
    import holidays

    if not built.years:
        return ()
    china = holidays.country_holidays("CN", years=built.years)
    return tuple(day for day in _days(built.years) if built.is_workday(day) != china.is_working_day(day))


def _days(years: Iterable[int]) -> Iterator[date]:
    for year in years:
        day = date(year, 1, 1)
        while day.year == year:
            yield day
            day += timedelta(days=1)


def _weekend(day: date) -> bool:
    return day.isoweekday() >= SATURDAY


def _listed(days: Iterable[date]) -> str:
    return ", ".join(day.isoformat() for day in days)
