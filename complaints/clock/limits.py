"""The kinds of time limit as data.

Decision. A limit is one of eleven frozen models, discriminated by `kind`; no other code defines how long anything
takes. Each has three representations that convert without loss: the TOML table of an edition (`parse`, `serialise`),
the canonical line of a recorded deadline (`canonical`, `from_canonical`: "10 min elapsed", "2 workdays"), and the label
for users (`label`).

Elapsed limits and limits in office hours are exact to the microsecond; day limits end at 24:00 local of a day, because
"two working days" includes the whole second day. "One week" in the procedures is `Elapsed(days=7)`: the same time a
week later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from complaints.base import Frozen
from complaints.clock.office import Office
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


class OfficeHours(Office):
    """Office time: only the office hours of working days count, make-up workdays included."""

    kind: Literal["office_hours"] = "office_hours"
    hours: Count = 0
    minutes: Count = 0

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if not self.length:
            raise ValueError("a limit in office hours needs hours or minutes")
        return self

    @property
    def length(self) -> timedelta:
        return timedelta(hours=self.hours, minutes=self.minutes)

    @property
    def office(self) -> Office:
        return Office(opens=self.opens, closes=self.closes)


class SameDay(Frozen):
    """Until 24:00 local of the anchor's day."""

    kind: Literal["same_day"] = "same_day"


class SameWorkday(Frozen):
    """Until 24:00 local of the anchor's day if that is a working day, else of the next working day."""

    kind: Literal["same_workday"] = "same_workday"


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
    Elapsed
    | OfficeHours
    | SameDay
    | SameWorkday
    | Days
    | Months
    | Workdays
    | Promised
    | EndOfMonth
    | DayOfMonth
    | EndOfPeriod,
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
        case OfficeHours():
            parts = [(limit.hours, "h"), (limit.minutes, "min")]
            length = " ".join(f"{n} {unit}" for n, unit in parts if n)
            return f"{length} office hours {limit.opens}-{limit.closes}"
        case Days() | Months() | Workdays():
            return f"{limit.n} {limit.kind}"
        case DayOfMonth():
            return f"day {limit.n} of month"
        case SameDay() | SameWorkday() | Promised() | EndOfMonth() | EndOfPeriod():
            return limit.kind.replace("_", " ")


def from_canonical(line: str) -> Limit:
    """Parse a canonical line. Raises `LimitError`."""
    if line.endswith(" elapsed"):
        limit = parse({"kind": "elapsed", **_length(line)})
    elif office := re.fullmatch(r"(.+) office hours (\S+)-(\S+)", line):
        limit = parse({"kind": "office_hours", **_length(office[1]), "opens": office[2], "closes": office[3]})
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
    return not isinstance(limit, Elapsed | OfficeHours | Promised)


def span_words(limit: Elapsed | OfficeHours, lang: str = "zh") -> str:
    """Format the length of a limit in clock time or office time: "24小时", "24 h"."""
    days = limit.days if isinstance(limit, Elapsed) else 0
    parts = [("days", days), ("hours", limit.hours), ("minutes", limit.minutes)]
    return say("span.join", lang).join(say(f"span.{unit}", lang, **_number(n)) for unit, n in parts if n)


def label(limit: Limit, lang: str = "zh") -> str:
    """Format the limit as a short label: "2个工作日内", "within 2 working days"."""
    return say(f"limit.{limit.kind}", lang, **word_params(limit, lang))


def word_params(limit: Limit, lang: str) -> dict[str, Any]:
    """Return the params of the texts `limit.<kind>` and `counting.<kind>`."""
    if isinstance(limit, Elapsed):
        return {"span": span_words(limit, lang)}
    if isinstance(limit, OfficeHours):
        return {"span": span_words(limit, lang), "opens": limit.opens, "closes": limit.closes}
    return _number(limit.n) if isinstance(limit, Days | Months | Workdays | DayOfMonth) else {}


def _length(words: str) -> dict[str, int]:
    """Parse the length of a canonical line, such as "1 h 30 min"."""
    units = {"day": "days", "h": "hours", "min": "minutes"}
    return {units[unit]: int(n) for n, unit in re.findall(r"(\d+) (day|h|min)\b", words)}


def _number(n: int) -> dict[str, Any]:
    """Return a number and the plural ending of the English noun after it."""
    return {"n": n, "s": "" if n == 1 else "s"}


def _sentence(error: Any) -> str:
    loc = error["loc"][1:] if error["loc"][:1] and error["loc"][0] in _KINDS else error["loc"]
    field = ".".join(str(part) for part in loc)
    return f"{field}: {error['msg']}" if field else str(error["msg"])


_KINDS = frozenset(
    (
        *("elapsed", "office_hours", "same_day", "same_workday", "days", "months", "workdays"),
        *("promised", "end_of_month", "day_of_month", "end_of_period"),
    )
)
