"""Mutations that follow from an edition's data, for every rule that the edition has.

Owner, limit, clock and climb of a duty are changed where the duty engine uses them, so that only a test that runs the
duty can notice it. Everything else is changed in the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any, Literal, NamedTuple

from complaints.acts.act import allowed_on
from complaints.acts.discharge import Discharge
from complaints.base.errors import Refusal, Refused
from complaints.case import duties, urgency
from complaints.case.duties import Ladder
from complaints.clock import deadlines
from complaints.clock.limits import (
    DayOfMonth,
    Days,
    Elapsed,
    EndOfMonth,
    EndOfPeriod,
    Limit,
    Months,
    OfficeHours,
    Promised,
    SameDay,
    SameWorkday,
    Workdays,
    from_canonical,
)
from complaints.clock.local_time import local
from complaints.clock.moments import Deadline
from complaints.clock.office import OfficeClock
from complaints.clock.period_opening import OpeningDay
from complaints.clock.periods import PeriodKind
from complaints.editions.model import Edition, Figures, LimitSource, Rule, RuleKind
from complaints.forms import FORMS
from complaints.people.resolution import Assignee, DirectorySlice
from complaints.people.roles import TOP_ROLE
from tests.mutations.mutation import Mutation, Patch, changed, wrapped
from tests.rules import rule_of
from workflows.duty_engine import DutyEngine

NAMED_ONLY = {"CH-7.5.4", "CH-8.1", "CH-8.2", "CS-4.1.5", "CS-4.3.2", "RV-4.1b"}
"""Policies whose owner the edition only names: the duties of the rule, or the chapters, say who does what."""
ALWAYS_PROMISED = {
    *("CH-7.4.3.resolution", "CH-7.6.action", "CS-4.1.3.improvement", "CS-4.2.6.item", "CS-4.3.3.finish"),
    *("CS-4.5.2", "CS-4.5.3", "CS-4.5.4", "MC-4.2c.held", "MC-5.1.3.defect"),
}
"""Duties that are never without a date, because the form before them demands it: no other limit comes to them."""

OTHERS = ("legal", "audit", "finance")
"""Roles of people who owe little: a duty is given to the first of them who is not its owner."""


def of_edition(edition: Edition) -> Iterator[Mutation]:
    """Yield the generic mutations of every rule of the procedures that the edition has."""
    for entry in edition.rules.values():
        if rule := rule_of(entry.id):
            for change in _of_entry(entry):
                yield Mutation(rule, f"{entry.id}: {change.name}", change.apply, change.read)


class Change(NamedTuple):
    """A mutation of one entry of the edition."""

    name: str
    apply: Patch
    read: str | None = None


def _data(entry: Rule, field: str, name: str, value: Any) -> Change:
    """Return the change of a field of the entry, which counts only where the product reads the field."""
    return Change(name, partial(changed, entry, field, value), f"{entry.id}.{field}")


def _of_entry(entry: Rule) -> Iterator[Change]:
    if entry.kind in (RuleKind.DUTY, RuleKind.APPROVAL):
        yield from _of_duty(entry)
    elif entry.owner and entry.id not in NAMED_ONLY:
        other = "audit" if entry.owner == "legal" else "legal"
        yield _data(entry, "owner", f"{other} instead of {entry.owner}", other)
    if entry.every is not None:
        yield from _of_round(entry)
    for kind in entry.kinds:
        yield _data(entry, "kinds", f"not for {kind}", tuple(one for one in entry.kinds if one != kind))
    yield from _of_figures(entry)
    for one in entry.tells:
        yield _data(entry, "tells", f"{one} is not told", tuple(other for other in entry.tells if other != one))


# --- duties and approvals


def _of_duty(entry: Rule) -> Iterator[Change]:
    yield Change("somebody else owes it", partial(_owned_by_another, entry.id))
    yield Change(f"{_unit(entry.limit)} more to do it in", partial(_due_later, entry.id, _longer))
    if not isinstance(entry.limit, Promised | EndOfPeriod | EndOfMonth | DayOfMonth):
        yield Change(f"the clock starts a {_step(entry.limit)} late", partial(_due_later, entry.id, _started_later))
    if entry.owner != TOP_ROLE:
        yield Change("nobody above hears that it is late", partial(_climbs_to_nobody, entry.id))
    if entry.otherwise is not None and entry.id not in ALWAYS_PROMISED:
        later = _longer_limit(entry.otherwise)
        yield _data(entry, "otherwise", "more time where no date was promised", later)
    if entry.urgent is not None:
        more = f"{_unit(entry.urgent)} more where it is urgent"
        yield _data(entry, "urgent", more, _longer_limit(entry.urgent))
    for one in entry.judges:
        others = tuple(other for other in entry.judges if other != one)
        yield _data(entry, "judges", f"by whoever did {one} themselves", others)
    if entry.contact:
        yield _data(entry, "contact", "a try that reached nobody is not recorded", False)
    if entry.revisable:
        yield _data(entry, "revisable", "its answer cannot be changed any more", False)
    if entry.date_approval is not None:
        yield _data(entry, "date_approval", "no other date can be asked for", None)
    if entry.limit is not None:
        other = LimitSource.HOUSE if entry.source is LimitSource.DOCUMENT else LimitSource.DOCUMENT
        yield _data(entry, "source", f"its limit is said to be the {other.value}'s", other)
    if entry.form is not None and any(field.is_required() for field in FORMS[entry.form].model_fields.values()):
        yield Change("done without saying anything", partial(_anything_accepted, entry.id))


def _owned_by_another(id: str) -> Any:
    def another(original: Any, engine: Any, rule: Rule, *rest: Any) -> Assignee:
        found: Assignee = original(engine, rule, *rest)
        if rule.id != id:
            return found
        return Assignee(person=_somebody_else(engine.reference.directory, found.person), because="holder")

    return wrapped(DutyEngine, "owner", another)


def _somebody_else(people: DirectorySlice, person: str) -> str:
    found = (next(iter(people.holders(role)), person) for role in OTHERS)
    return next(one for one in found if one != person)


def _due_later(id: str, later: Any) -> Any:
    def patched(original: Any, engine: Any, duty_id: str, rule_id: str, *rest: Any) -> Any:
        duty = original(engine, duty_id, rule_id, *rest)
        if rule_id != id:
            return duty
        said = {
            "calendar": engine.reference.calendar,
            "reminders": engine.edition.rule(rule_id).reminders,
            "office": urgency.office(engine.file, engine.edition),
        }
        return duty.but(deadline=later(duty.deadline, said))

    return wrapped(DutyEngine, "_duty", patched)


def _longer(old: Deadline, said: dict[str, Any]) -> Deadline:
    """Return the deadline with one unit more: a minute, an hour, a day, a working day, a month."""
    limit = from_canonical(old.why.limit)
    if isinstance(limit, Promised | EndOfPeriod | EndOfMonth):
        return _again(old, Promised(), promised=old.due + timedelta(days=1), **said)
    return _again(old, _longer_limit(limit), **said)


def _started_later(old: Deadline, said: dict[str, Any]) -> Deadline:
    """Return the deadline as if its event had been a minute later, or on the next day that counts."""
    limit = from_canonical(old.why.limit)
    step = timedelta(days=1)
    if isinstance(limit, Elapsed):
        step = timedelta(minutes=1)
    elif isinstance(limit, OfficeHours):
        clock = OfficeClock(limit.office, said["calendar"], old.why.zone)
        step = clock.next_open(old.why.anchor_at) - old.why.anchor_at + timedelta(minutes=1)
    elif isinstance(limit, Workdays):
        day = local(old.why.anchor_at, old.why.zone).date()
        step = said["calendar"].workday_after(day, 1) - day
    return _again(old, limit, step=step, promised=old.due, **said)


def _again(old: Deadline, limit: Limit, *, step: timedelta = timedelta(), **said: Any) -> Deadline:
    why = old.why
    return deadlines.deadline(limit, why.anchor, why.anchor_at + step, zone=why.zone, source=old.source, **said)


def _longer_limit(limit: Limit) -> Limit:
    match limit:
        case Elapsed() | OfficeHours():
            unit = f"{_unit(limit)}s"
            return limit.but(**{unit: getattr(limit, unit) + 1})
        case Days() | Months() | Workdays():
            return limit.but(n=limit.n + 1)
        case DayOfMonth():
            return limit.but(n=limit.n + 1 if limit.n < 31 else 1)
        case SameDay():
            return Days(n=1)
        case SameWorkday():
            return Workdays(n=1)
        case _:
            return limit


def _unit(limit: Limit | None) -> str:
    match limit:
        case Elapsed() | OfficeHours():
            return "minute" if limit.minutes else "hour" if limit.hours else "day"
        case Workdays() | SameWorkday():
            return "workday"
        case Months():
            return "month"
        case _:
            return "day"


def _step(limit: Limit | None) -> str:
    return "minute" if isinstance(limit, Elapsed | OfficeHours) else "day"


def _climbs_to_nobody(id: str) -> Any:
    def without(original: Any, file: Any, duty: Any, *rest: Any) -> Ladder:
        found: Ladder = original(file, duty, *rest)
        return found.but(steps=()) if duty.rule == id else found

    return wrapped(duties, "ladder", without)


def _anything_accepted(id: str) -> Any:
    """Accept for this duty what would be refused as incomplete."""

    def accepting(original: Any, kind: Any, context: Any, request: Any, duty: Any, at: Any) -> Any:
        try:
            return original(kind, context, request, duty, at)
        except Refusal as refusal:
            if duty.rule != id or refusal.code is not Refused.FORM_INCOMPLETE:
                raise
            return allowed_on(duty, at, dict(request.form or {}))

    return wrapped(Discharge, "may", accepting)


# --- rounds


def _of_round(entry: Rule) -> Iterator[Change]:
    yield _data(entry, "opens", "its round begins later", _opening_later(entry))
    if entry.report is not None:
        yield _data(entry, "report", "no report is drafted", None)


def _opening_later(entry: Rule) -> OpeningDay:
    opens = entry.opens or OpeningDay()
    if entry.every is PeriodKind.DAY:
        return opens.but(at="10:00")
    if opens.workday is not None:
        return opens.but(workday=opens.workday + 1)
    return opens.but(day=(opens.day or 1) + 1)


# --- figures of criteria and policies


def _of_figures(entry: Rule) -> Iterator[Change]:
    figures = entry.figures
    for name in Figures.model_fields:
        value = getattr(figures, name)
        if value is None or value == () or name == "of":
            continue
        for words, other in _other_values(name, value):
            yield _data(entry, "figures", words, figures.but(**{name: other}))
    if entry.kind not in (RuleKind.DUTY, RuleKind.APPROVAL) and entry.limit is not None:
        yield _data(entry, "limit", f"a {_unit(entry.limit)} later", _longer_limit(entry.limit))


def _other_values(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield a figure changed by one, in words."""
    if isinstance(value, bool):
        yield f"{name} {not value}", not value
    elif isinstance(value, int):
        yield f"{name} {value + 1} instead of {value}", value + 1
    elif isinstance(value, float):
        yield f"{name} {value + 0.01:g} instead of {value:g}", value + 0.01
    elif name == "media":
        other: Literal["mentioned", "harmful"] = "harmful" if value == "mentioned" else "mentioned"
        yield f"media {other} instead of {value}", other
    elif name in ("facts", "services"):
        for fact in value:
            yield f"also without {fact}", tuple(one for one in value if one != fact)
    elif name in ("opens", "closes", "at"):
        yield f"{name} an hour later", f"{(int(value[:2]) + 1) % 24:02}{value[2:]}"
    elif name == "roster":
        yield "no roster", None
    elif name == "every":
        field = next(one for one in ("hours", "minutes", "workdays") if getattr(value, one))
        yield f"every {field} one more", value.but(**{field: getattr(value, field) + 1})
