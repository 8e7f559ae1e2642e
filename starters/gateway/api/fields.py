"""Types of the fields of bodies and queries. Each takes what JSON has for it, and nothing that merely looks like it."""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from fastapi import Query
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field, StringConstraints

from complaints.clock.bounds import NEWEST
from complaints.clock.periods import Period, PeriodKind

E = TypeVar("E", bound=StrEnum)


def example(**said: Any) -> ConfigDict:
    """Return the `model_config` of a body with this example."""
    return ConfigDict(json_schema_extra={"examples": [said]})


def _text(value: Any) -> Any:
    """Take texts that begin with a year: a number, also as a text, would be read as seconds since 1970."""
    if not isinstance(value, str) or not re.match(r"\d{4}-", value):
        raise ValueError("an ISO 8601 text is wanted")
    return value


def _sayable(text: str) -> str:
    """Refuse what no database, file or terminal can hold."""
    if "\0" in text or any("\ud800" <= one <= "\udfff" for one in text):
        raise ValueError("it has characters that no text has")
    return text


def _period(name: str) -> str:
    return Period.named(name).name


def _month(name: str) -> str:
    found = Period.named(name)
    if found.kind is not PeriodKind.MONTH:
        raise ValueError("it is no month")
    return found.name


def _possible(day: date) -> date:
    if not 1950 <= day.year <= NEWEST:
        raise ValueError("no such day can be meant")
    return day


def _possible_moment(moment: datetime) -> datetime:
    _possible(moment.date())
    return moment


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_sayable)]
"""An id, a key, a code, a number."""
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
"""An id of the directory: a project's code, the key of a department, a person's id."""
Words = Annotated[str, StringConstraints(max_length=4_000), AfterValidator(_sayable)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"\S"), AfterValidator(_sayable)]
Sought = Annotated[str, Query(min_length=1, max_length=200), AfterValidator(_sayable)]
Chosen = Annotated[str | None, Query(max_length=200), AfterValidator(lambda text: text and _sayable(text))]
"""A filter of a list: an id, a key or a code; without it, all."""
Day = Annotated[date, Field(strict=False), BeforeValidator(_text), AfterValidator(_possible)]
Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_text), AfterValidator(_possible_moment)]
PeriodName = Annotated[
    str,
    StringConstraints(max_length=12),
    AfterValidator(_period),
    Field(description="A day, week, month, quarter or year: 2026-11-22, 2026-W47, 2026-11, 2026-Q4, 2026."),
]
MonthName = Annotated[
    str, StringConstraints(max_length=12), AfterValidator(_month), Field(description="A month: 2026-11.")
]
Choice = Annotated[E, Field(strict=False)]
"""One of the values of an enumeration, as its text."""
Year = Annotated[int, Field(ge=2000, le=2100)]
