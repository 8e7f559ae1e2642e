"""Compare two editions, in a form readable by the people who approve the change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

from pydantic import BaseModel

from complaints.clock import limits
from complaints.clock.limits import Every
from complaints.clock.period_opening import OpeningDay
from complaints.editions.model import Edition, Figures, Rule
from complaints.texts import say

_HAS_LABEL = (limits.Elapsed, limits.OfficeHours, limits.SameDay, limits.SameWorkday, limits.Days, limits.Months)
_HAS_LABEL_TOO = (limits.Workdays, limits.Promised, limits.EndOfMonth, limits.DayOfMonth, limits.EndOfPeriod)


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One difference. `field` is None for an added or removed rule; `rule` is None for a procedure's titles."""

    rule: str | None
    field: str | None
    before: Any
    after: Any

    def words(self, lang: str = "zh") -> str:
        """Return a line such as `CR-5.2.1b 期限：10分钟内 → 5分钟内`."""
        subject = self.rule or say("edition.diff.procedure", lang)
        if self.field is None:
            code, rule = ("removed", self.before) if self.after is None else ("added", self.after)
            return say(f"edition.diff.{code}", lang, rule=subject, words=rule.says(lang))
        field = say(f"edition.field.{self.field}", lang)
        before, after = _shown(self.before, lang), _shown(self.after, lang)
        return say("edition.diff.changed", lang, rule=subject, field=field, before=before, after=after)


def diff(a: Edition, b: Edition) -> list[RuleChange]:
    """Return the differences of `b` from `a`: titles first, then rules in the order of their ids."""
    return [*_titles(a, b), *_rules(a, b)]


def _titles(a: Edition, b: Edition) -> Iterator[RuleChange]:
    for key in sorted(a.procedures.keys() | b.procedures.keys()):
        before, after = a.procedures.get(key), b.procedures.get(key)
        if before != after:
            shown = [None if one is None else f"{one.key} {one.zh} / {one.en}" for one in (before, after)]
            yield RuleChange(None, "title", *shown)


def _rules(a: Edition, b: Edition) -> Iterator[RuleChange]:
    for id in sorted(a.rules.keys() | b.rules.keys()):
        before, after = a.rules.get(id), b.rules.get(id)
        if before is None or after is None:
            yield RuleChange(id, None, before, after)
            continue
        for field in Rule.model_fields:
            if field == "climbs_every":  # the effective interval, to show a default that changes with the limit
                old, new = before.escalate_every, after.escalate_every
            else:
                old, new = getattr(before, field), getattr(after, field)
            if old != new:
                yield RuleChange(id, field, old, new)


def _shown(value: Any, lang: str) -> str:
    match value:
        case None | "":
            return say("edition.diff.nothing", lang)
        case Every():
            return _pace(value, lang)
        case Figures():
            given = {name: getattr(value, name) for name in sorted(value.model_fields_set)}
            return ", ".join(f"{name} = {_shown(one, lang)}" for name, one in given.items()) or _shown(None, lang)
        case OpeningDay():
            return ", ".join(
                f"{name} = {_shown(getattr(value, name), lang)}" for name in sorted(value.model_fields_set)
            )
        case BaseModel():
            return limits.label(value, lang) if isinstance(value, _HAS_LABEL + _HAS_LABEL_TOO) else str(value)
        case tuple():
            parts = cast("tuple[float | str, ...]", value)
            return ", ".join(f"{one:.0%}" if isinstance(one, float) else str(one) for one in parts) or _shown(
                None, lang
            )
        case Enum():
            return str(value.value)
        case _:
            return str(value)


def _pace(every: Every, lang: str) -> str:
    return say("edition.pace", lang, pace=pace_words(every, lang))


def pace_words(every: Every, lang: str = "zh") -> str:
    """Format the interval of escalation steps: "10分钟", "1个工作日"."""
    if every.workdays:
        return say("edition.workdays", lang, n=every.workdays)
    return limits.span_words(limits.Elapsed(hours=every.hours, minutes=every.minutes), lang)
