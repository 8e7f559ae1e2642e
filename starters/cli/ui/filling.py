"""Fills the form of a duty: from `--form field=value`, from a JSON file, or by asking for each field."""

from __future__ import annotations

import json
import types
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, Union, cast, get_args, get_origin

import typer
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from complaints import editions
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.base.fields import is_needed
from complaints.case.file import Duty, File
from complaints.case.round import RoundFile
from complaints.forms import FORMS
from complaints.intake.checking import problems_of
from complaints.printing.filled_forms import choice, label
from complaints.texts import say
from starters.cli.ui.errors import Told
from starters.cli.ui.session import Session
from starters.cli.ui.times import CHINA, moment

_YES = {"y", "yes", "true", "1", "是", "对"}
_NO = {"n", "no", "false", "0", "否", "不"}


def fill(here: Session, file: File, duty: Duty, given: list[str], form_file: Path | None) -> dict[str, Any]:
    """The filled form of `duty` as JSON values. Raises `Refusal(INVALID)` or `Told` naming the fields."""
    rule = editions.get(file.edition.name, file.edition.digest).rule(duty.rule)
    if rule.form is None:
        return _given(given, form_file)
    form = FORMS[rule.form]
    zone = duty.deadline.why.zone or CHINA
    values = _of_round(file, form)
    values |= {name: _typed(form, name, value, zone) for name, value in _given(given, form_file).items()}
    if here.interactive and _missing(form, values):
        here.show(here.say("form.fill", duty=duty.id, words=rule.says(here.lang)))
        values |= _asked(here, form, values, zone)
    missing = _missing(form, values)
    if missing:
        fields = ", ".join(describe(form, name, here.lang) for name in form.model_fields)
        raise Told("form.missing", duty=duty.id, missing=", ".join(missing), fields=fields)
    try:
        return form.model_validate(values).model_dump(mode="json")
    except ValidationError as invalid:
        raise Refusal(Refused.INVALID, problems=problems_of(invalid)) from None


def _of_round(file: File, form: type[Frozen]) -> dict[str, Any]:
    """Field values known to the round: report, draw, list. Complaints that a report lacks must be named by the user."""
    if not isinstance(file, RoundFile):
        return {}
    known: dict[str, Any] = {name: file.data[name] for name in ("proposal", "digest") if name in file.data}
    if file.report is not None:
        known |= {"report": file.report.id, "revision": file.report.revision}
    if file.draw is not None:
        known |= {"draw": file.draw.id}
    return {name: value for name, value in known.items() if name in form.model_fields}


def typed(form: type[Frozen], given: list[str], zone: str) -> dict[str, Any]:
    """Convert `field=value` pairs for a form that belongs to no duty. Raises `Told` naming an unknown field."""
    return {name: _typed(form, name, value, zone) for name, value in _given(given, None).items()}


def value_words(value: Any, lang: str) -> str:
    """A form value as display text."""
    if isinstance(value, bool):
        return say("cli.yes" if value else "cli.no", lang)
    if isinstance(value, list | tuple):
        return "、".join(value_words(one, lang) for one in cast("list[Any]", value))
    return choice(value, lang)


def describe(form: type[Frozen], name: str, lang: str) -> str:
    """A field with its allowed values or label, such as `nature=malicious|genuine`."""
    kind = _kind(form.model_fields[name])
    words = "|".join(str(one.value) for one in kind) if _is_enum(kind) else label(name, lang)
    if (item := _item(kind)) is not None:
        words = f"[{{{', '.join(describe(item, part, lang) for part in item.model_fields)}}}]"
    optional = "" if form.model_fields[name].is_required() else "?"
    return f"{name}{optional}={words}"


def _given(given: list[str], form_file: Path | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if form_file is not None:
        try:
            read = json.loads(form_file.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError) as problem:
            raise Told("form.file", file=form_file, problem=problem) from problem
        if not isinstance(read, dict):
            raise Told("form.file", file=form_file, problem="{…}")
        values = cast("dict[str, Any]", read)
    for pair in given:
        name, sign, value = pair.partition("=")
        if not sign:
            raise Told("form.pair", pair=pair)
        values[name.strip()] = value
    return values


def _missing(form: type[Frozen], values: dict[str, Any]) -> list[str]:
    fields = form.model_fields
    return [
        name for name, field in fields.items() if is_needed(field, fields, values) and values.get(name) in (None, "")
    ]


def _typed(form: type[Frozen], name: str, value: Any, zone: str) -> Any:
    """Convert a typed string to the field's type: a list, an aware datetime (read in `zone`), or a bool.

    Items that are forms themselves are typed as JSON, one `{…}` or several in `[…]`.
    """
    if name not in form.model_fields:
        raise Told("form.unknown", name=name, fields=", ".join(form.model_fields))
    kind = _kind(form.model_fields[name])
    if (item := _item(kind)) is not None:
        return _items(item, name, value, zone)
    if not isinstance(value, str):
        return value
    if kind is datetime:
        try:
            return moment(value, zone)
        except Told as wrong:  # name the field: a form may have several dates
            raise Told(f"form.{wrong.key}", field=name, **wrong.params) from None
    if kind is bool and value.strip().casefold() in _YES | _NO:
        return value.strip().casefold() in _YES
    if get_origin(kind) is tuple:
        return [part.strip() for part in value.replace("，", ",").replace("、", ",").split(",") if part.strip()]
    return value


def _items(item: type[Frozen], name: str, value: Any, zone: str) -> Any:
    """Convert JSON text to the items of a field, and the texts in it to the types of their fields."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            parts = ", ".join(f'"{part}": …' for part in item.model_fields)
            raise Told("form.items", field=name, shape=f"[{{{parts}}}]") from None
    found = cast("list[Any]", value if isinstance(value, list) else [value])
    return [
        {part: _typed(item, part, one, zone) for part, one in cast("dict[str, Any]", typed).items()}
        if isinstance(typed, dict)
        else typed
        for typed in found
    ]


def _asked(
    here: Session, form: type[Frozen], values: dict[str, Any], zone: str, *, until_empty: bool = False
) -> dict[str, Any]:
    """Ask for every field that was not given; an empty answer leaves an optional field out.

    `until_empty`: an empty answer to the first question means that there is nothing to fill in.
    """
    answers: dict[str, Any] = {}
    fields = form.model_fields
    for name, field in fields.items():
        needed = is_needed(field, fields, values | answers)
        if (item := _item(_kind(field))) is not None and needed is not False and name not in values:
            answers[name] = _asked_items(here, name, item, zone)
            continue
        while needed is not False and name not in values and name not in answers:
            answer = _answer(here, name, field, optional=needed is None)
            if not answer and until_empty and not answers:
                return {}
            if not answer and needed is None:
                break
            try:
                if answer:
                    answers[name] = _typed(form, name, answer, zone)
            except Told as wrong:
                here.warn(say(f"cli.{wrong.key}", here.lang, **wrong.params))
    return answers


def _asked_items(here: Session, name: str, item: type[Frozen], zone: str) -> list[dict[str, Any]]:
    """Ask for one item after the other, until the first question about the next one gets no answer."""
    found: list[dict[str, Any]] = []
    while True:
        here.show(here.say("form.item", field=label(name, here.lang), nth=len(found) + 1))
        if not (one := _asked(here, item, {}, zone, until_empty=True)):
            return found
        found.append(one)


def _answer(here: Session, name: str, field: FieldInfo, *, optional: bool) -> str:
    kind = _kind(field)
    choices = [str(one.value) for one in kind] if _is_enum(kind) else []
    hint = ""
    if choices:
        hint = " ".join(f"[{n}] {value_words(choice, here.lang)}" for n, choice in enumerate(choices, 1))
    elif kind is bool:
        hint = here.say("form.yes-no")
    elif kind is datetime:
        hint = here.say("form.time")
    elif get_origin(kind) is tuple:
        hint = here.say("form.list")
    if optional:
        hint = f"{hint} {here.say('form.optional')}".strip()
    elif not field.is_required() and not choices:  # a question to the customer, who may say nothing about it
        hint = here.say("form.not-said")
    try:
        answer = input(f"{label(name, here.lang)}{f' ({hint})' if hint else ''}: ").strip()
    except EOFError:
        raise typer.Abort from None
    if choices and answer.isdigit() and 1 <= int(answer) <= len(choices):
        return choices[int(answer) - 1]
    return answer


def _kind(field: FieldInfo) -> Any:
    """A field's type without `None` and annotations."""
    kind: Any = field.annotation
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(part for part in get_args(kind) if part is not type(None))
    while hasattr(kind, "__metadata__"):  # AwareDatetime and the like
        kind = get_args(kind)[0]
    return datetime if getattr(kind, "__name__", "") == "AwareDatetime" else kind


def _item(kind: Any) -> type[Frozen] | None:
    """The form of each item of a field that lists some, such as the resolutions of a meeting."""
    inner = get_args(kind)[0] if get_origin(kind) is tuple else None
    return inner if isinstance(inner, type) and issubclass(inner, Frozen) else None


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)
