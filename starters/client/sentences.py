"""Turns a refusal into the sentence that a person reads, in Chinese or English."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from complaints import texts
from complaints.base.errors import Refusal, Refused
from complaints.intake.checking import Rejected

ZONE = "Asia/Shanghai"

_SHORT_FORMS = {
    r"level (?P<level>\d) < (?P<proposed>\d)": "below-proposal",
    r"level (?P<level>\d)": "level",
    r"another level than (?P<level>\d)": "level-other",
    r"discharge (?P<duty>\S+)": "discharge-duty",
    r"another person": "another-person",
    r"not major": "not-major",
}
_OUT_OF_BOUNDS = re.compile(r"(?P<field>[\w.]+): (?P<side>before|after) (?P<limit>\d{4}-\d{2}-\d{2})")
"""A form's date too far back or ahead, as `complaints.case.act_context.validated` words it."""
_OF_FIELDS = {
    r"(?P<field>[\w.]+): (?:date )?not in the future": "not-future",
    r"(?P<field>\w+) (?P<which>\d+(?:, \d+)*): (?:date|due) not in the future": "items-not-future",
    r"(?P<field>[\w.]+): in the future": "future",
    r"(?P<field>[\w.]+): in the past": "past",
    r"(?P<field>[\w.]+): Field required": "required",
    r"(?P<field>departments?): twice": "twice",
    r"(?P<field>departments?): (?P<value>[\w.-]+(?:, [\w.-]+)*)": "unknown-department",
    r"(?P<field>contractor): (?P<value>\S+) \((?P<known>.*)\)": "unknown-contractor",
    r"(?P<field>promised): not after (?P<limit>\S+)": "not-after",
    r"(?P<field>until): after (?P<after>\S+), until (?P<limit>\S+) at the latest": "between",
}
"""A problem with one field of a form, as the checks of acts word it → its text in `cli.problem`."""


def sentence(refusal: Refusal, lang: str = "zh", zone: str = ZONE) -> str:
    """Return what is wrong and what to do about it; `lang` is "zh" or "en", times are in `zone` (IANA name)."""
    params = {name: _worded(name, value, lang, zone) for name, value in refusal.params.items()}
    if refusal.code is Refused.INVALID:
        params["problems"] = problems(refusal.params.get("problems", []), lang)
    return texts.say(f"refused.{refusal.code.value}", lang, **params)


def problems(found: Any, lang: str = "zh") -> str:
    """Return the problems of an `INVALID` refusal as sentences, one after another."""
    if isinstance(found, str):
        return found
    listed = cast("list[dict[str, Any]]", found)
    return " ".join(Rejected.model_validate(one).text(lang) for one in listed)


def _worded(name: str, value: Any, lang: str, zone: str) -> str:
    text = str(value)
    if name == "problems":
        return _problems_of_a_form(text, lang, zone)
    if name == "act":
        return _act(text, lang)
    if name == "instead":
        return texts.say("cli.or", lang).join(_act(part, lang) for part in text.split(", "))
    if name == "question" and texts.known(f"access.question.{text}"):
        return texts.say(f"access.question.{text}", lang)
    if name == "what" and texts.known(f"cli.unreachable.{text}"):
        return texts.say(f"cli.unreachable.{text}", lang)
    if name == "why" and texts.known(f"cli.why.{text}"):
        return texts.say(f"cli.why.{text}", lang)
    if name in ("at", "limit", "closed_at"):
        return _local(text, zone)
    return text or "—"


def _problems_of_a_form(text: str, lang: str, zone: str) -> str:
    """Return what is wrong with a form, in the words of the catalogue if it has them."""
    parts = text.split("; ")
    said = [_out_of_bounds(part, lang) or _of_a_field(part, lang, zone) or part for part in parts]
    return text if said == parts else texts.say("cli.join", lang).join(said)


def _out_of_bounds(text: str, lang: str) -> str | None:
    found = _OUT_OF_BOUNDS.fullmatch(text)
    if found is None:
        return None
    field, side, limit = found.groups()
    return texts.say(f"cli.out-of-bounds.{side}", lang, field=_field(field, lang), limit=limit)


def _of_a_field(text: str, lang: str, zone: str) -> str | None:
    for pattern, key in _OF_FIELDS.items():
        if found := re.fullmatch(pattern, text):
            given = found.groupdict()
            times = {name: _local(given[name], zone) for name in ("after", "limit") if name in given}
            return texts.say(f"cli.problem.{key}", lang, **{**given, **times, "field": _field(given["field"], lang)})
    return None


def _field(name: str, lang: str) -> str:
    return texts.say(f"cli.field.{name}", lang) if texts.known(f"cli.field.{name}") else name


def _act(text: str, lang: str) -> str:
    """Return an act, or what to do instead, in words; the workflow's own short form if the catalogue has none."""
    for pattern, key in _SHORT_FORMS.items():
        if found := re.fullmatch(pattern, text):
            return texts.say(f"cli.instead.{key}", lang, **found.groupdict())
    return texts.say(f"cli.act.{text}", lang) if texts.known(f"cli.act.{text}") else text


def _local(text: str, zone: str) -> str:
    try:
        return f"{datetime.fromisoformat(text).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError):  # OverflowError: the first or last day that Python supports
        return text
