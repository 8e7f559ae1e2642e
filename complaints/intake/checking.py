"""Checks whether one row of named fields is a complaint, and if not, reports everything that is wrong with it.

The model decides. This module turns its findings into sentences that say what to do, and adds what a model cannot
check: the current time, which no receipt may lie after, and which people and projects exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from hashlib import blake2b
from typing import Any, Self, cast

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from complaints import texts
from complaints.base import Frozen, size_limits
from complaints.base.canonical import plain_text
from complaints.base.fields import IMPOSSIBLE
from complaints.base.matching import fold
from complaints.case.complaint import NAMED_ANONYMOUS, Complaint, Facts
from complaints.clock import bounds
from complaints.clock.bounds import RECEIVED_BACK, SKEW
from complaints.clock.local_time import local
from complaints.editions.model import Edition
from complaints.editions.rule_ids import RuleId
from complaints.intake.headings import VALUES
from complaints.spreadsheets.cells import plain_number

_FACTS = frozenset(Facts.model_fields)
_FIELDS = (*Complaint.model_fields, *Facts.model_fields)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")  # PostgreSQL stores no NUL, JSON no half pair
_ONE_LINE = ("external_id", "customer", "contact", "building", "reopens")  # printed in subject lines and tables
_SAYS_SOMETHING = ("external_id", "customer", "contact", "matter")
"""Fields that must hold more than invisible characters, such as zero-width spaces."""
_NOT_KNOWN = frozenset({"customer", "contact"})
"""Those of them that an anonymous complaint leaves empty."""
_CORRECTION: RuleId = "AMEND"
_ZONE = "Asia/Shanghai"
"""Time zone of complaints whose project is not known."""
_TIMES = ("received_at", "promised")
_NUMBERS = ("loss", "households")
_LATER = {"department", "also_departments", "outsiders", "confirmed", "promised", "reopens"}
_LATER_FACTS = {"service_failed", "injured", "our_fault"}
"""Fields added to complaints later. Unused ones are left out of the content's digest, so that a complaint sent before
they existed is still recognised as the same."""


class Known(Frozen):
    """The ids of the directory that a complaint may name."""

    projects: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    zones: dict[str, str] = Field(default_factory=dict[str, str])  # by project, for times in tables
    named: dict[str, dict[str, str]] = Field(default_factory=dict[str, dict[str, str]])
    """Field → name → id, for tables, in which clerks write names."""


class NamedIds(Frozen):
    """The ids of the directory that a complaint names."""

    project: str
    received_by: str | None = None
    about: tuple[str, ...] = ()
    department: str | None = None
    also_departments: tuple[str, ...] = Field(default=(), exclude_if=lambda keys: not keys)
    anonymous: bool = Field(default=False, exclude_if=lambda yes: not yes)

    @classmethod
    def of(cls, complaint: Complaint) -> Self:
        """The ids that this complaint names; only the project for a complaint that reopens a closed case.

        The people whom that case was about may have left since then, and that could not be corrected. The receiver is
        checked where it is decided whether they may reopen it (`complaints.intake.again`).
        """
        if complaint.reopens:
            return cls(project=complaint.project)
        return cls(
            project=complaint.project,
            received_by=complaint.received_by,
            about=complaint.about,
            department=complaint.department,
            also_departments=complaint.also_departments,
            anonymous=complaint.anonymous,
        )


class Rejected(Frozen):
    """Why a line, or a field of it, is rejected: a text of the catalogue and its parameters."""

    line: int | None = None
    field: str | None = None
    key: str
    params: dict[str, str] = Field(default_factory=dict[str, str])

    def text(self, lang: str = "zh") -> str:
        """The sentence for people, with line and field before it."""
        where: list[str] = []
        if self.line is not None:
            where.append(texts.say("intake.line", lang, line=self.line))
        if self.field is not None:
            where.append(texts.say("intake.field", lang, field=self.field))
        said = texts.say(self.key, lang, **self.params)
        return texts.say("intake.where", lang, where=" ".join(where), said=said) if where else said


def examine(
    fields: Mapping[str, Any],
    *,
    now: datetime,
    known: Known | None = None,
    line: int | None = None,
    timeless: bool = False,
) -> tuple[Complaint | None, list[Rejected]]:
    """Build the complaint that `fields` describe, or return `None` and every problem found.

    `timeless`: `received_at` is the time of sending, because the complaint did not state one.
    """
    problems: list[Rejected] = []
    nested = _nested(fields, problems)
    for name in _TIMES:
        moment = nested.get(name)
        if isinstance(moment, str):
            nested[name] = _time(name, moment, now, problems)
        elif moment is not None and not isinstance(moment, datetime):
            nested[name] = _wrong(problems, name, "intake.bad-time", value=str(moment))
    derived = "external_id" not in nested
    complaint = _validated({**nested, "external_id": "-"} if derived else nested, problems)
    if complaint is None and known is not None:  # report all problems at once
        named = {problem.field for problem in problems}
        problems += [stranger for stranger in _strangers(nested, known) if stranger.field not in named]
    if complaint is not None:
        problems += check(complaint, now=now, known=known)
        if derived:
            complaint = complaint.but(external_id=content_id(complaint, timeless=timeless))
    located = [problem.but(line=line) for problem in _in_order(problems)]
    return (None, located) if located else (complaint, [])


def check(
    complaint: Complaint, *, now: datetime, known: Known | None = None, sent: datetime | None = None
) -> list[Rejected]:
    """Check what the model cannot: dates out of bounds, unknown people and projects, forbidden characters.

    `sent` is when the complaint was sent, if it had to wait until `now`: the wait does not make it too old.
    """
    zone = (known.zones if known else {}).get(complaint.project, _ZONE)
    return [
        *_unacceptable(complaint, now, sent or now, zone),
        *(strangers(NamedIds.of(complaint), known) if known else ()),
    ]


def strangers(named: NamedIds, known: Known) -> list[Rejected]:
    """Report the projects, people and departments that a complaint names and the directory does not have."""
    return list(_strangers(named.model_dump(), known))


def unfit(named: NamedIds, edition: Edition) -> list[Rejected]:
    """Report what no complaint may say under this edition.

    An anonymous one needs an edition in which a correction can name the customer later (decision 18).
    """
    correction = edition.rules.get(_CORRECTION)
    if named.anonymous and (correction is None or correction.form is None):
        return [Rejected(field="anonymous", key="intake.anonymous-edition", params={"edition": edition.name})]
    return []


def content_id(complaint: Complaint, *, timeless: bool = False) -> str:
    """Derive an external id from the content: the same complaint sent again without an id gets the same one.

    `timeless` leaves out the time of receipt, which was not stated but is the time of sending.
    """
    facts = complaint.facts
    unused = {name for name in _LATER if getattr(complaint, name) == Complaint.model_fields[name].default}
    unused_facts = {name for name in _LATER_FACTS if not getattr(facts, name)}
    left_out: dict[str, Any] = dict.fromkeys({"external_id", *({"received_at"} if timeless else ()), *unused}, True)
    return "content-" + _digest(complaint.model_dump_json(exclude={**left_out, "facts": unused_facts}))


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=12).hexdigest()


def _unacceptable(complaint: Complaint, now: datetime, sent: datetime, zone: str) -> Iterator[Rejected]:
    received, promised = complaint.received_at, complaint.promised
    if received > now + SKEW:
        yield _in_the_future("received_at", _there(received, zone))
    elif received < sent - RECEIVED_BACK:
        params = {"value": _there(received, zone).isoformat(), "days": str(RECEIVED_BACK.days)}
        yield Rejected(field="received_at", key="intake.too-old", params=params)
    if promised is not None and promised <= received:
        yield Rejected(
            field="promised", key="intake.promised-early", params={"value": _there(promised, zone).isoformat()}
        )
    elif promised is not None and not bounds.possible(promised, now):
        yield _too_far("promised", _there(promised, zone), now)
    if (found := size_limits.size(complaint)) > size_limits.COMPLAINT:
        said = {"size": size_limits.kilobytes(found), "most": size_limits.kilobytes(size_limits.COMPLAINT)}
        yield Rejected(key="intake.too-long-in-all", params=said)
    unknown = _NOT_KNOWN if complaint.anonymous else frozenset[str]()
    for name, value in complaint.model_dump(exclude={"facts", *_TIMES}).items():
        if isinstance(value, str) and _CONTROL.search(value):
            yield Rejected(field=name, key="intake.control-character")
        elif name in unknown and value:
            yield Rejected(field=name, key="intake.anonymous-named")
        elif name in unknown:
            continue
        elif name in _SAYS_SOMETHING and isinstance(value, str) and not fold(value).strip():
            yield Rejected(field=name, key="intake.missing")
        elif name in _ONE_LINE and isinstance(value, str) and len(f"{value}.".splitlines()) > 1:
            yield Rejected(field=name, key="intake.one-line")


def _there(moment: datetime, zone: str) -> datetime:
    """Convert a moment, which the model keeps in UTC, to local time, so that the day is the one that was typed."""
    try:
        return local(moment, zone)
    except OverflowError:  # at the end of the range of `datetime`
        return moment


def _in_the_future(field: str, moment: datetime) -> Rejected:
    return Rejected(field=field, key="intake.future", params={"value": moment.isoformat()})


def _too_far(field: str, moment: datetime, now: datetime) -> Rejected:
    params = {"value": moment.isoformat(), "limit": f"{bounds.latest(now):%Y-%m-%d}"}
    return Rejected(field=field, key="intake.too-far", params=params)


def _strangers(fields: Mapping[str, Any], known: Known) -> Iterator[Rejected]:
    """Report unknown ids in fields not yet validated; a value that is no text is reported by the model."""
    project = fields.get("project")
    if isinstance(project, str) and project not in known.projects:
        yield _unknown("project", project, known.projects, "intake.unknown-project")
    about: Any = fields.get("about") or ()
    people: list[tuple[str, Any]] = [("received_by", fields.get("received_by")), *(("about", one) for one in about)]
    for name, person in people:
        if isinstance(person, str) and person not in known.people:
            yield _unknown(name, person, known.people, "intake.unknown-person")
    department = fields.get("department")
    if isinstance(department, str) and department not in known.departments:
        yield _unknown("department", department, known.departments, "intake.unknown-department")
    also: Any = fields.get("also_departments") or ()
    for one in also:
        if isinstance(one, str) and one not in known.departments:
            yield _unknown("also_departments", one, known.departments, "intake.unknown-department")


def _unknown(field: str, value: str, among: Iterable[str], key: str) -> Rejected:
    shown = plain_text(value)[:40]
    near = get_close_matches(shown, sorted(among), n=3, cutoff=0.5)
    if near:
        return Rejected(field=field, key=key + "-near", params={"value": shown, "near": ", ".join(near)})
    return Rejected(field=field, key=key, params={"value": shown})


def _nested(fields: Mapping[str, Any], problems: list[Rejected]) -> dict[str, Any]:
    """Convert fields to the model's shape: flat facts under `facts`, Chinese values translated, lists split."""
    given: Any = fields.get("facts")
    if given is not None and not isinstance(given, Mapping):
        _wrong(problems, "facts", "intake.not-an-object")
    facts = dict(cast(Mapping[str, Any], given)) if isinstance(given, Mapping) else {}
    nested: dict[str, Any] = {}
    for name, value in fields.items():
        if name == "facts" or value is None:
            continue
        if name in _FACTS and name in facts:
            _wrong(problems, name, "intake.field-twice", name=name)
        elif name in _FACTS:
            facts[name] = value
        else:
            nested[name] = value
    untrue = {name for name, value in facts.items() if name in _NUMBERS and isinstance(value, bool)}
    for name in untrue:
        _wrong(problems, name, "intake.bad-number", value=str(facts[name]))
    tidy = {name: _tidied(name, value) for name, value in facts.items() if name not in untrue}
    for name in ("about", "also_departments"):
        if isinstance(nested.get(name), str):
            nested[name] = [one for one in re.split(r"[\s,;，；、]+", nested[name]) if one]
    if isinstance(nested.get("outsiders"), str):
        nested["outsiders"] = [_outsider(one) for one in re.split(r"[\n;；、]+", nested["outsiders"]) if one.strip()]
    return {**{name: _tidied(name, value) for name, value in nested.items()}, "facts": tidy}


def _outsider(text: str) -> dict[str, str]:
    """Read one person as a clerk writes them in a cell: the name, and the firm in brackets."""
    name, _, firm = text.strip().rstrip(")）").replace("(", "（").partition("（")
    return {"name": name.strip(), "firm": firm.strip()}


def _tidied(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name in _NUMBERS:
        return plain_number(value)
    return VALUES.get(name, {}).get(value.strip(), value)


def _time(name: str, text: str, now: datetime, problems: list[Rejected]) -> datetime | None:
    """Parse an ISO 8601 time; one without a zone is refused, because its moment is unknown."""
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.year < bounds.OLDEST:
            raise ValueError("before anybody kept records")
    except ValueError:
        return _wrong(problems, name, "intake.bad-time", value=plain_text(text)[:40])
    if moment.tzinfo is None:
        return _wrong(problems, name, "intake.no-zone", value=text[:40])
    if not bounds.possible(moment, now):  # some of these cannot even be converted to UTC
        problems.append(_too_far(name, moment, now) if name == "promised" else _in_the_future(name, moment))
        return None
    return moment.astimezone(UTC)


def _wrong(problems: list[Rejected], field: str, key: str, **params: str) -> None:
    problems.append(Rejected(field=field, key=key, params=params))


def _validated(fields: dict[str, Any], problems: list[Rejected]) -> Complaint | None:
    try:
        return Complaint.model_validate(fields)
    except ValidationError as invalid:
        named = {problem.field for problem in problems}
        found = [_said(error) for error in invalid.errors(include_url=False, include_context=True)]
        problems += [problem for problem in found if problem.field not in named]
        return None


def problems_of(invalid: ValidationError) -> list[dict[str, Any]]:
    """Convert the model's errors to the `problems` of a `Refusal(INVALID)`."""
    found = [_said(error) for error in invalid.errors(include_url=False, include_context=True)]
    return [problem.model_dump(exclude={"line"}) for problem in found]


def _said(error: ErrorDetails) -> Rejected:
    """Translate one error of the model to a text of the catalogue."""
    field = plain_text(next((part for part in reversed(error["loc"]) if isinstance(part, str)), ""))[:40]
    context = {name: str(value) for name, value in error.get("ctx", {}).items()}
    value = plain_text(str(error["input"]))[:40]
    kind = error["type"]
    if kind == "extra_forbidden":
        near = get_close_matches(field, _FIELDS, n=1, cutoff=0.6)
        if near:
            return Rejected(field=field, key="intake.unknown-field-near", params={"near": near[0]})
        return Rejected(field=field, key="intake.unknown-field")
    if kind in ("missing", "string_too_short") or error["input"] is None:
        return Rejected(field=field, key="intake.missing")
    if kind == "enum":
        expected = ", ".join(re.findall(r"'([^']*)'", context["expected"]))
        return Rejected(field=field, key="intake.not-one-of", params={"value": value, "expected": expected})
    if kind == "string_too_long":
        return Rejected(field=field, key="intake.too-long", params={"limit": context["max_length"]})
    if kind == "string_pattern_mismatch":
        return Rejected(field=field, key="intake.bad-key", params={"value": value})
    if kind == "greater_than_equal" and context["ge"] != "0":
        return Rejected(field=field, key="intake.too-small", params={"value": value, "limit": context["ge"]})
    if kind == "greater_than_equal":
        return Rejected(field=field, key="intake.negative", params={"value": value})
    if kind == "less_than_equal":
        return Rejected(field=field, key="intake.too-great", params={"value": value, "limit": context["le"]})
    if kind == NAMED_ANONYMOUS:
        return Rejected(field=field, key="intake.anonymous-named")
    if kind == IMPOSSIBLE:
        return Rejected(field=field, key="intake.bad-time", params={"value": value})
    if kind == "timezone_aware":
        return Rejected(field=field, key="intake.no-zone", params={"value": value})
    if kind in ("bool_parsing", "bool_type"):
        return Rejected(field=field, key="intake.not-yes-or-no", params={"value": value})
    if field in _NUMBERS or kind in ("int_parsing", "int_type", "int_from_float"):
        return Rejected(field=field, key="intake.bad-number", params={"value": value})
    return Rejected(field=field, key="intake.wrong-kind", params={"value": value})


def _in_order(problems: list[Rejected]) -> list[Rejected]:
    """Sort by the order of the form, as a person reads it; unknown fields come last."""
    place = {name: at for at, name in enumerate(_FIELDS)}
    return sorted(problems, key=lambda problem: place.get(problem.field or "", len(place)))
