"""Readers of cells. Each takes a cell that is not empty and returns its value, or raises `Bad` with what is wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property
from typing import Any

from complaints.base.matching import words as text_key
from complaints.clock.bounds import latest, possible
from complaints.clock.local_time import CHINA, zone_of
from complaints.importing.problems import Bad, LeftEmpty
from complaints.people.model import Directory
from complaints.people.rows import TABLES
from complaints.spreadsheets.cells import Day, plain_number, without_fraction
from complaints.spreadsheets.days import DayOrder, Unclear, When, when
from complaints.spreadsheets.grids import EPOCH

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_EXPONENT = re.compile(r"\d+(\.\d+)?[eE]\+?\d+")
_YES = frozenset({"是", "有", "对", "√", "✓", "yes", "y", "true", "1"})
_NO = frozenset({"否", "无", "不", "×", "✗", "no", "n", "false", "0", "-", "—"})
_SATISFIED = {
    "非常满意": "yes",
    "满意": "yes",
    "基本满意": "yes",
    "不满意": "no",
    "非常不满意": "no",
    "satisfied": "yes",
    "unsatisfied": "no",
}
_NEITHER = frozenset({"一般", "未评价", "未回访", "neutral"})
OLDEST = 1950


@dataclass(frozen=True)
class Surroundings:
    """What a list may refer to, and the time of the import (aware): no event in a list can lie after it."""

    directory: Directory
    now: datetime
    epoch: date = EPOCH
    project: str | None = None  # default for lines that do not name one
    columns: frozenset[str] = field(default=frozenset[str]())  # the fields that the list has
    order: DayOrder | None = None  # of day and month in the column being read, if its cells tell

    @cached_property
    def projects(self) -> Mapping[str, str]:
        """Maps the code or name of a project to its code."""
        by_name = {text_key(one.name): one.code for one in self.directory.projects}
        return by_name | {one.code: one.code for one in self.directory.projects}

    @cached_property
    def zones(self) -> Mapping[str, str]:
        return {one.code: one.zone for one in self.directory.projects}

    @cached_property
    def people(self) -> Mapping[str, str]:
        """Maps a person's id to itself, and a name to the id if only one person has that name."""
        names = Counter(text_key(one.name) for one in self.directory.people)
        by_name = {text_key(one.name): one.id for one in self.directory.people if names[text_key(one.name)] == 1}
        return by_name | {one.id: one.id for one in self.directory.people}

    @cached_property
    def departments(self) -> Mapping[str, str]:
        """Maps the key or name of a department to its key."""
        by_name = {text_key(one.name): one.key for one in self.directory.departments}
        return by_name | {one.key: one.key for one in self.directory.departments}

    @cached_property
    def contractors(self) -> Mapping[str, str]:
        """Maps the key or name of a contractor to its key."""
        by_name = {text_key(one.name): one.key for one in self.directory.contractors}
        return by_name | {one.key: one.key for one in self.directory.contractors}

    def today(self, project: str) -> date:
        return self.now.astimezone(zone_of(self.zones.get(project, CHINA))).date()


Reader = Callable[[str, Surroundings], Any]


def text(longest: int, *, lines: bool = False) -> Reader:
    """Return a reader of a text of at most `longest` characters, on one line unless `lines`."""

    def read(cell: str, _: Surroundings) -> str:
        if isinstance(cell, Day) and not lines:
            raise Bad("day-for-text", value=cell[:40])
        if _CONTROL.search(cell):
            raise Bad("control-character")
        if len(cell) > longest:
            raise Bad("too-long", limit=str(longest))
        return cell.strip() if lines else without_fraction(" ".join(cell.split()))

    return read


_short = text(200)


def contact(cell: str, around: Surroundings) -> str:
    """A telephone number or another contact; a number that a spreadsheet has spoilt is rejected, not repaired."""
    said: str = _short(cell, around)
    if _EXPONENT.fullmatch(said):
        raise Bad("phone-lost", value=said)
    digits = re.sub(r"[\s()+.–-]", "", said)
    if digits.isdigit() and not 7 <= len(digits) <= 20:
        raise Bad("phone", value=said)
    return said


def amount(cell: str, _: Surroundings) -> Decimal:
    """A sum in yuan, not below zero, with at most two decimal places."""
    try:
        value = Decimal(plain_number(cell))
        if not value.is_finite() or value < 0 or value >= 10**12 or value != value.quantize(Decimal("0.01")):
            raise Bad("amount", value=cell[:40])
    except InvalidOperation:
        raise Bad("amount", value=cell[:40]) from None
    return value.quantize(Decimal("0.01"))


def level(cell: str, _: Surroundings) -> int:
    """A level from 1 to 4, also as 一级 or 1级."""
    said = cell.removesuffix("级").strip()
    number = {"一": "1", "二": "2", "三": "3", "四": "4"}.get(said, said)
    if number not in ("1", "2", "3", "4"):
        raise Bad("level", value=cell[:40])
    return int(number)


def day(cell: str, around: Surroundings) -> date:
    """A day: 2026-01-05, 2026/1/5, 2026年1月5日, 20260105, or the number that a spreadsheet keeps for it."""
    found = _when(cell, around)
    return found.zoned.astimezone(zone_of(CHINA)).date() if found.zoned else found.day


LAST = time(23, 59)


def moment(cell: str, around: Surroundings, otherwise: time = time(0)) -> datetime:
    """A day with an optional time of day (else `otherwise`), without a zone unless the cell has one: see `located`."""
    found = _when(cell, around)
    return found.zoned or datetime.combine(found.day, otherwise if found.at is None else found.at)


def by_then(cell: str, around: Surroundings) -> datetime:
    """A moment by which something is done: a day without a time of day means its end, 23:59."""
    return moment(cell, around, LAST)


DAYS: tuple[Reader, ...] = (day, moment, by_then)
"""The readers of days: all cells of their columns have day and month in one order."""


def located(at: datetime, project: str, around: Surroundings) -> datetime:
    """Convert a time as written, read in the project's time zone, to UTC."""
    zone = zone_of(around.zones.get(project, CHINA))
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _when(cell: str, around: Surroundings) -> When:
    try:
        found = when(cell, around.epoch, around.order)
    except Unclear as unclear:
        raise Bad(unclear.code, value=cell[:40]) from None
    _check_bounds(found.zoned or found.day, cell, around)
    return found


def _check_bounds(found: date, cell: str, around: Surroundings) -> None:
    """Raise `Bad` for a year before 1950 or a date more than five years ahead.

    Lists of old data go far back, but no date in them is planned further ahead.
    """
    if not possible(found, around.now, oldest=OLDEST):
        code = "date" if found.year < OLDEST else "too-far"
        raise Bad(code, value=cell[:40], limit=f"{latest(around.now):%Y-%m-%d}")


def yes_or_no(cell: str, _: Surroundings) -> bool:
    said = cell.strip().casefold()
    if said in _YES or said in _NO:
        return said in _YES
    raise Bad("yes-or-no", value=cell[:40])


def satisfied(cell: str, around: Surroundings) -> bool:
    """The customer's later verdict, also as 满意 or 不满意. 一般 is neither, and no value exists for it."""
    if cell.strip().casefold() in _NEITHER:
        raise LeftEmpty("neither", value=cell[:40])
    return yes_or_no(_SATISFIED.get(cell.casefold(), cell), around)


def choice(choices: type[StrEnum], words: Mapping[str, str]) -> Reader:
    """Return a reader of one of `choices`, by its key or by a word for it."""

    by_key = {one.value: one for one in choices}

    def read(cell: str, _: Surroundings) -> StrEnum:
        found = by_key.get(words.get(cell.strip(), cell.strip().casefold()))
        if found is None:
            raise Bad("not-one-of", value=cell[:40], expected="、".join((*words, *choices)))
        return found

    return read


def project(cell: str, around: Surroundings) -> str:
    return _among(cell, around.projects, "unknown-project")


def person(cell: str, around: Surroundings) -> str:
    return _among(cell, around.people, "unknown-person")


def department(cell: str, around: Surroundings) -> str:
    return _among(cell, around.departments, "unknown-department")


def contractor(cell: str, around: Surroundings) -> str:
    return _among(cell, around.contractors, "unknown-contractor")


def projects(cell: str, around: Surroundings) -> tuple[str, ...]:
    """Several projects in one cell; an empty tuple stands for all of them."""
    if cell.strip().casefold() in ("全部", "所有", "all"):
        return ()
    return tuple(dict.fromkeys(project(one, around) for one in re.split(r"[,，;；、\s]+", cell) if one))


def field_of(table: str, name: str) -> Reader:
    """Return a reader of a field of the directory, with the directory's own check."""
    rule = TABLES[table][name]

    def read(cell: str, around: Surroundings) -> str:
        said = contact(cell, around) if name == "phone" else " ".join(cell.split())
        if not rule.valid(said):
            raise Bad(rule.wrong, value=said[:40])
        return said

    return read


def _among(cell: str, known: Mapping[str, str], code: str) -> str:
    said = text_key(cell)
    if said in known:
        return known[said]
    near = get_close_matches(said, list(known), n=3, cutoff=0.5) or sorted(set(known.values()))[:5]
    raise Bad(code, value=cell.strip()[:40], near=", ".join(near))
