"""Renders a filled-in form for readers: labels for fields, names for ids, local times.

The types of the form's fields decide how a value is shown, so free text is shown unchanged, even if it looks like an id
or a time. `duly show` and the page of an archive both use this module, so that they cannot differ.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal, Protocol, Union, cast, get_args, get_origin

from pydantic import AwareDatetime, StringConstraints
from pydantic.fields import FieldInfo

from complaints import texts
from complaints.acts.registry import ACTS
from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.case.file import Act
from complaints.editions.model import Edition
from complaints.forms import FORMS
from complaints.intake.forms import Correction

[KEY] = [one for one in get_args(Key) if isinstance(one, StringConstraints)]
_DEPARTMENTS = {"department", "departments"}


class NameLookup(Protocol):
    """Looks up names of people, departments and contractors; an id without a name is returned unchanged."""

    def person(self, id: str) -> str: ...

    def department(self, key: str) -> str: ...

    def contractor(self, key: str) -> str: ...


def form_of(act: Act, edition: Edition) -> type[Frozen] | None:
    """Return the form class of the act; None if the act has no form or the edition does not know its rule."""
    if (own := ACTS[act.kind].form_in(edition)) is not None:
        return own
    rule = edition.rules.get(act.rule)
    return FORMS.get(rule.form or "") if rule else None


def label(field: str, lang: str) -> str:
    """Return the label of a field; a field without a text in the catalogue is returned unchanged."""
    key = f"cli.field.{field}"
    return texts.say(key, lang) if texts.known(key) else field


def choice(value: object, lang: str) -> str:
    """Return the text of an enum value; a value without a text in the catalogue is returned as a string."""
    key = f"cli.value.{value}"
    return texts.say(key, lang) if texts.known(key) else str(value)


@dataclass(frozen=True)
class Filled:
    """Renders filled-in forms with the names in `names`; `at` formats aware datetimes."""

    names: NameLookup
    lang: str
    at: Callable[[datetime], str]

    def act(self, act: Act, edition: Edition) -> list[tuple[str, str]]:
        """Return (label, text) of each field that the act has filled in, in the order of its form."""
        return self.form(form_of(act, edition), act.form)

    def form(self, form: type[Frozen] | None, values: dict[str, Any]) -> list[tuple[str, str]]:
        """Return (label, text) of each filled-in field; fields unknown to the form follow unchanged: none is lost."""
        if form is Correction:
            return self._correction(values)
        fields = {field.alias or name: field for name, field in form.model_fields.items()} if form else {}
        known = [name for name in fields if name in values]
        names = [*known, *(name for name in values if name not in fields)]
        said = ((name, self._field(name, fields.get(name), values[name])) for name in names)
        return [(label(name, self.lang), words) for name, words in said if words]

    def _correction(self, values: dict[str, Any]) -> list[tuple[str, str]]:
        """Return (label, "before → after") of each corrected field, and the people who were added or removed."""
        said = [(self._intake(one["field"]), self._change(one, values)) for one in values.get("before", ())]
        for name in ("also_about", "not_about"):
            if people := values.get(name):
                said.append((label(name, self.lang), self._field(name, Correction.model_fields[name], people)))
        return said

    def _change(self, before: dict[str, Any], values: dict[str, Any]) -> str:
        name = before["field"]
        none = texts.say("cli.correction.none", self.lang)
        was, now = (self._said(name, value) or none for value in (before.get("said"), values.get(name)))
        return texts.say("cli.correction.change", self.lang, was=was, now=now)

    def _said(self, name: str, value: Any) -> str:
        key = f"sheet.{name}.{value}"  # a category and a channel have the words of the printed forms
        return (
            texts.say(key, self.lang) if texts.known(key) else self._field(name, Correction.model_fields[name], value)
        )

    def _intake(self, field: str) -> str:
        key = f"cli.correction.field.{field}"
        return texts.say(key, self.lang) if texts.known(key) else label(field, self.lang)

    def _field(self, name: str, field: FieldInfo | None, value: Any) -> str:
        if field is None:
            return self._value(name, None, (), value)
        return self._value(name, field.annotation, field.metadata, value)

    def _value(self, name: str, kind: Any, constraints: Iterable[Any], value: Any) -> str:
        if value is None or value == "" or value == []:
            return ""
        kind, constraints = plain_type(kind, constraints)
        if isinstance(value, bool):
            return texts.say("cli.yes" if value else "cli.no", self.lang)
        if isinstance(value, list | tuple):
            inner = get_args(kind)[0] if get_origin(kind) is tuple else None
            each = [self._value(name, inner, (), one) for one in cast("list[Any]", value)]
            nested = isinstance(inner, type) and issubclass(inner, Frozen)
            return texts.say("cli.join" if nested else "sheet.and", self.lang).join(each)
        if isinstance(value, dict):
            form = kind if isinstance(kind, type) and issubclass(kind, Frozen) else None
            parts = self.form(form, cast("dict[str, Any]", value))
            return texts.say("sheet.and", self.lang).join(f"{title} {words}" for title, words in parts)
        if kind is datetime:
            return self.at(datetime.fromisoformat(str(value)))
        if isinstance(kind, type) and issubclass(kind, Enum):
            return choice(value, self.lang)
        return self._named(name, str(value)) if KEY in constraints else str(value)

    def _named(self, field: str, key: str) -> str:
        """Return the name of an id. The field tells departments and contractors; most other ids are people."""
        person, department, contractor = self.names.person, self.names.department, self.names.contractor
        order = (person, department, contractor)
        if field in _DEPARTMENTS:
            order = (department, person, contractor)
        if field == "contractor":
            order = (contractor, department, person)
        return next((name for named in order if (name := named(key)) != key), key)


def plain_type(kind: Any, constraints: Iterable[Any]) -> tuple[Any, tuple[Any, ...]]:
    """Strip `None` and `Annotated` from a type; return the bare type and all its constraints."""
    found = tuple(constraints)
    while True:
        origin = get_origin(kind)
        if kind is AwareDatetime:
            return datetime, found
        if origin in (Union, types.UnionType):
            kind = next(part for part in get_args(kind) if part is not type(None))
        elif origin is Annotated:
            kind, *more = get_args(kind)
            found = (*found, *more)
        elif origin is Literal:
            return cast(Any, type(get_args(kind)[0])), found
        else:
            return kind, found
