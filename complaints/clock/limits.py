"""The kinds of time limit as data.

Decision. A limit is one of nine frozen models, discriminated by `kind`; no other code defines how long anything takes.
Each has three representations that convert without loss: the TOML table of an edition (`parse`, `serialise`), the
canonical line of a recorded deadline (`canonical`, `from_canonical`: "10 min elapsed", "2 workdays"), and the label
for users (`label`).

Elapsed limits are exact to the microsecond; day limits end at 24:00 local of a day, because "two working days" includes
the whole second day. "One week" in the procedures is `Elapsed(days=7)`: the same time a week later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from complaints.base import Frozen
from complaints.texts import say

Count = Annotated[int, Field(ge=0, le=100_000, strict=True)]
Several = Annotated[int, Field(ge=1, le=1_000, strict=True)]
DayNumber = Annotated[int, Field(ge=1, le=31, strict=True)]


class LimitError(ValueError):
    """A limit is invalid, or a promise is missing; the message says what is wrong."""


class Elapsed(Frozen):
    """Clock time: nights, weekends and holidays count."""

    kind: Literal["elapsed"] = "elapsed"
    days: Count = 0
    hours: Count = 0
    minutes: Count = 0

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if not self.length:
            raise ValueError("an elapsed limit needs days, hours or minutes")
        return self

    @property
    def length(self) -> timedelta:
        return timedelta(days=self.days, hours=self.hours, minutes=self.minutes)

    @property
    def days_alone(self) -> bool:
        """Whether it is given in days only: "one week", but not "24 hours"."""
        return not self.hours and not self.minutes


class SameDay(Frozen):
    """Until 24:00 local of the anchor's day."""

    kind: Literal["same_day"] = "same_day"


class Days(Frozen):
    """Calendar days: until 24:00 local of the n-th day after the anchor's."""

    kind: Literal["days"] = "days"
    n: Several


class Months(Frozen):
    """Calendar months: until 24:00 local of the same day number, or of the last day of a shorter month."""

    kind: Literal["months"] = "months"
    n: Several


class Workdays(Frozen):
    """Working days: until 24:00 local of the n-th working day after the anchor's day, which does not count."""

    kind: Literal["workdays"] = "workdays"
    n: Several


class Promised(Frozen):
    """Until a moment or a day that a person promised."""

    kind: Literal["promised"] = "promised"


class EndOfMonth(Frozen):
    """Until 24:00 local of the last day of the anchor's month."""

    kind: Literal["end_of_month"] = "end_of_month"


class DayOfMonth(Frozen):
    """Until 24:00 local of day n of the month, at most its last day; of the next month if that day has passed."""

    kind: Literal["day_of_month"] = "day_of_month"
    n: DayNumber


class EndOfPeriod(Frozen):
    """Until 24:00 local of the last day of a round's period."""

    kind: Literal["end_of_period"] = "end_of_period"


Limit = Annotated[
    Elapsed | SameDay | Days | Months | Workdays | Promised | EndOfMonth | DayOfMonth | EndOfPeriod,
    Field(discriminator="kind"),
]

_LIMIT: TypeAdapter[Limit] = TypeAdapter(Limit)


class Every(Frozen):
    """The interval of escalation steps: clock time, or working days (then each step is at 09:00 local)."""

    hours: Count = 0
    minutes: Count = 0
    workdays: Count = 0

    @model_validator(mode="after")
    def _one_pace(self) -> Self:
        if bool(self.length) == bool(self.workdays):
            raise ValueError("give hours and minutes, or workdays, and more than none of them")
        return self

    @property
    def length(self) -> timedelta:
        return timedelta(hours=self.hours, minutes=self.minutes)


def parse(table: Mapping[str, Any]) -> Limit:
    """Parse a limit from a table such as `{kind = "elapsed", minutes = 10}`. Raises `LimitError`."""
    try:
        return _LIMIT.validate_python(dict(table))
    except ValidationError as fault:
        raise LimitError("; ".join(_sentence(error) for error in fault.errors())) from None


def serialise(limit: Limit) -> dict[str, Any]:
    """Return the table that `parse` reads, without fields at their default."""
    return {"kind": limit.kind, **limit.model_dump(exclude_defaults=True)}


def canonical(limit: Limit) -> str:
    """Return the canonical line for a recorded deadline, such as "24 h elapsed", "2 workdays", "same day"."""
    match limit:
        case Elapsed():
            parts = [(limit.days, "day"), (limit.hours, "h"), (limit.minutes, "min")]
            return " ".join(f"{n} {unit}" for n, unit in parts if n) + " elapsed"
        case Days() | Months() | Workdays():
            return f"{limit.n} {limit.kind}"
        case DayOfMonth():
            return f"day {limit.n} of month"
        case SameDay() | Promised() | EndOfMonth() | EndOfPeriod():
            return limit.kind.replace("_", " ")


def from_canonical(line: str) -> Limit:
    """Parse a canonical line. Raises `LimitError`."""
    if line.endswith(" elapsed"):
        units = {"day": "days", "h": "hours", "min": "minutes"}
        found = re.findall(r"(\d+) (day|h|min)\b", line)
        limit = parse({"kind": "elapsed", **{units[unit]: int(n) for n, unit in found}})
    elif counted := re.fullmatch(r"(\d+) (days|months|workdays)", line):
        limit = parse({"kind": counted[2], "n": int(counted[1])})
    elif day := re.fullmatch(r"day (\d+) of month", line):
        limit = DayOfMonth(n=int(day[1]))
    else:
        limit = parse({"kind": line.replace(" ", "_")})
    if canonical(limit) != line:
        raise LimitError(f"not a limit: {line!r}")
    return limit


def by_days(limit: Limit) -> bool:
    """Return whether the limit ends with a day (24:00 local), not at an exact time. A promise counts as exact."""
    return not isinstance(limit, Elapsed | Promised)


def span_words(limit: Elapsed, lang: str = "zh") -> str:
    """Format the length of an elapsed limit: "24小时", "24 h"."""
    parts = [("days", limit.days), ("hours", limit.hours), ("minutes", limit.minutes)]
    return say("span.join", lang).join(say(f"span.{unit}", lang, **_number(n)) for unit, n in parts if n)


def label(limit: Limit, lang: str = "zh") -> str:
    """Format the limit as a short label: "2个工作日内", "within 2 working days"."""
    return say(f"limit.{limit.kind}", lang, **word_params(limit, lang))


def word_params(limit: Limit, lang: str) -> dict[str, Any]:
    """Return the params of the texts `limit.<kind>` and `counting.<kind>`."""
    if isinstance(limit, Elapsed):
        return {"span": span_words(limit, lang)}
    return _number(limit.n) if isinstance(limit, Days | Months | Workdays | DayOfMonth) else {}


def _number(n: int) -> dict[str, Any]:
    """Return a number and the plural ending of the English noun after it."""
    return {"n": n, "s": "" if n == 1 else "s"}


def _sentence(error: Any) -> str:
    field = ".".join(str(part) for part in error["loc"] if part not in _KINDS)
    return f"{field}: {error['msg']}" if field else str(error["msg"])


_KINDS = frozenset(
    ("elapsed", "same_day", "days", "months", "workdays", "promised", "end_of_month", "day_of_month", "end_of_period")
)
