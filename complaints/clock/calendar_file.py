"""Read the State Council's notice as an administrator enters it: a TOML file of one or more years.

    [[year]]
    year = 2027

    [[year.holiday]]
    name = "national_day"
    off = [2027-10-01, 2027-10-02, 2027-10-03, 2027-10-04, 2027-10-05, 2027-10-06, 2027-10-07]
    on = [2027-09-26, 2027-10-09]

`off` are the days of the holiday, including weekends; `on` are the weekend days worked instead. A year in the file
replaces the known days of that year and counts as announced. Problems are reported with line numbers.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from complaints.base.toml_lines import TomlTable, tables
from complaints.clock.calendar import HOLIDAYS, SATURDAY, Calendar, calendar
from complaints.texts import say

NAMES = sorted(set(HOLIDAYS.values()))


@dataclass(frozen=True, slots=True)
class CalendarProblem:
    """A problem of the file with its line; `code` is the key of a text `calendar_file.problem.<code>`."""

    line: int
    code: str
    params: dict[str, str] = field(default_factory=dict[str, str])

    def words(self, lang: str = "zh") -> str:
        return say(f"calendar_file.problem.{self.code}", lang, **self.params)


class CalendarFileError(Exception):
    """The file is unusable; `problems` lists every problem by line."""

    def __init__(self, problems: list[CalendarProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{one.line}: {one.words('en')}" for one in problems))


@dataclass(frozen=True, slots=True)
class Holiday:
    """One holiday of a year, with its place in the file."""

    year: int
    name: str
    off: tuple[date, ...]
    on: tuple[date, ...]
    table: TomlTable


def read(text: str, known: Calendar) -> Calendar:
    """Return `known` with its days of the file's years replaced by the file's. Raises `CalendarFileError`."""
    problems: list[CalendarProblem] = []
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise CalendarFileError([CalendarProblem(1, "not-toml", {"fault": str(fault)})]) from None
    years: list[int] = []
    holidays = list(_holidays(content, tables(text), years, problems))
    problems.extend(_doubts(holidays))
    if problems:
        raise CalendarFileError(sorted(problems, key=lambda one: one.line))
    return _merged(known, years, holidays)


def _holidays(
    content: dict[str, Any], found: list[TomlTable], years: list[int], problems: list[CalendarProblem]
) -> Iterator[Holiday]:
    year_tables = iter([table for table in found if table.name == "year"])
    holiday_tables = iter([table for table in found if table.name == "year.holiday"])
    listed: object = content.get("year")
    if not isinstance(listed, list) or not listed or set(content) != {"year"}:
        problems.append(CalendarProblem(1, "shape"))
        return
    for entry in cast(list[dict[str, Any]], listed):
        table = next(year_tables)
        year: object = entry.get("year")
        if not isinstance(year, int) or isinstance(year, bool) or not 2000 <= year <= 2100 or year in years:
            problems.append(CalendarProblem(table.where("year"), "year"))
            continue
        years.append(year)
        for unknown in sorted(entry.keys() - {"year", "holiday"}):
            problems.append(CalendarProblem(table.where(unknown), "field-unknown", {"field": unknown}))
        for holiday in entry.get("holiday", []):
            yield from _holiday(year, holiday, next(holiday_tables), problems)


def _holiday(year: int, entry: dict[str, Any], table: TomlTable, problems: list[CalendarProblem]) -> Iterator[Holiday]:
    wrong = [
        CalendarProblem(table.where(name), "field-unknown", {"field": name})
        for name in sorted(entry.keys() - {"name", "off", "on"})
    ]
    if entry.get("name") not in NAMES:
        wrong.append(CalendarProblem(table.where("name"), "name", {"names": ", ".join(NAMES)}))
    for name in ("off", "on"):
        days: object = entry.get(name, [])
        if not isinstance(days, list) or any(type(day) is not date for day in cast(list[object], days)):
            wrong.append(CalendarProblem(table.where(name), "days", {"field": name}))
    problems.extend(wrong)
    if not wrong:
        yield Holiday(year, entry["name"], tuple(entry.get("off", ())), tuple(entry.get("on", ())), table)


def _doubts(holidays: list[Holiday]) -> Iterator[CalendarProblem]:
    """Yield problems: days that contradict each other, or that no notice would name."""
    seen: dict[date, str] = {}
    for holiday in holidays:
        for name, days in (("off", holiday.off), ("on", holiday.on)):
            line = holiday.table.where(name)
            for day in days:
                if abs(day.year - holiday.year) > 1 or (day.year != holiday.year and day.month not in (1, 12)):
                    yield CalendarProblem(line, "other-year", {"day": day.isoformat(), "year": str(holiday.year)})
                if day in seen:
                    yield CalendarProblem(line, "day-twice", {"day": day.isoformat()})
                if name == "on" and day.isoweekday() < SATURDAY:
                    yield CalendarProblem(line, "on-weekday", {"day": day.isoformat()})
                seen[day] = name


def _merged(known: Calendar, years: list[int], holidays: list[Holiday]) -> Calendar:
    named = {day: holiday.name for holiday in holidays for day in (*holiday.off, *holiday.on)}
    kept = {day for day in (*known.off, *known.on, *known.names) if day.year not in years and day not in named}
    off = {day for holiday in holidays for day in holiday.off if day.isoweekday() < SATURDAY}
    on = {day for holiday in holidays for day in holiday.on}
    return calendar(
        (*known.years, *years),
        off | {day for day in known.off if day in kept},
        on | {day for day in known.on if day in kept},
        {**{day: name for day, name in known.names.items() if day in kept}, **named},
    )
