"""Ways of breaking a rule that several rules share: what a specific mutation is put together from."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import fields
from typing import Any
from unittest.mock import patch

from complaints import editions
from complaints.acts.act import allowed_on
from complaints.acts.discharge import Discharge
from complaints.acts.policy import ActPolicy
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.editions.model import Rule
from complaints.forms import FORMS
from complaints.forms.checks import CHECKS
from complaints.printing.layout import Box, CellRow, Part, Register, Sheet
from complaints.printing.sheets import PRINTED
from complaints.texts import say
from tests.mutations.mutation import NothingThere, wrapped
from workflows.chapter import Chapters
from workflows.chapters import BY_EDITION
from workflows.duty_engine import DutyEngine


def entry(id: str) -> Rule:
    """Return a rule of the newest edition. Raises `NothingThere`."""
    found = editions.newest().rules.get(id)
    if found is None:
        raise NothingThere(f"the edition has no {id}")
    return found


def returns(owner: Any, name: str, value: Any) -> AbstractContextManager[Any]:
    """Let a function return `value` whatever it is asked."""
    return wrapped(owner, name, lambda *_, **__: value)


def replaced(owner: Any, name: str, value: Any) -> AbstractContextManager[Any]:
    """Set an attribute of a module or a class to `value`."""
    if not hasattr(owner, name):
        raise NothingThere(f"{owner!r} has no {name}")
    return patch.object(owner, name, value)


def property_returns(owner: type, name: str, value: Any) -> AbstractContextManager[Any]:
    """Let a property of a class have `value` always."""
    return replaced(owner, name, property(lambda _: value))


@contextmanager
def all_of(*patches: AbstractContextManager[Any]):
    with ExitStack() as stack:
        for one in patches:
            stack.enter_context(one)
        yield


def wrapped_everywhere(module: Any, name: str, around: Any) -> Any:
    """Wrap a function wherever a module of the product or of the tests has imported it."""
    original = getattr(module, name, None)
    if original is None:
        raise NothingThere(f"{module!r} has no {name}")
    places = [
        (other, alias)
        for other in list(sys.modules.values())
        if other is not None and str(getattr(other, "__name__", "")).split(".")[0] in PACKAGES
        for alias, value in list(vars(other).items())
        if value is original
    ]
    return all_of(*(wrapped(other, alias, around) for other, alias in places))


def wrapped_chapter(module: Any, name: str, around: Callable[..., Any]) -> AbstractContextManager[Any]:
    """Wrap a chapter, also where the newest edition's chapters hold it."""
    original, key = getattr(module, name, None), editions.newest().chapters
    if original is None:
        raise NothingThere(f"{module!r} has no {name}")

    def instead(*args: Any, **kwargs: Any) -> Any:
        return around(original, *args, **kwargs)

    def exchanged(held: Any) -> Any:
        if isinstance(held, Mapping):
            return {inner: instead if value is original else value for inner, value in held.items()}
        return instead if held is original else held

    chapters = BY_EDITION[key]
    others = {one.name: exchanged(getattr(chapters, one.name)) for one in fields(chapters)}
    return all_of(wrapped_everywhere(module, name, around), patch.dict(BY_EDITION, {key: Chapters(**others)}))


PACKAGES = ("complaints", "workflows", "activities", "worker", "starters", "tests")


# --- duties


def not_waited_for(step: str) -> AbstractContextManager[Any]:
    """Let a duty be done before the duties that it needs."""
    entry(step)
    return wrapped(DutyEngine, "_duty", _changed_duty(step, needs=()))


def not_returned_to(step: str, to: str) -> AbstractContextManager[Any]:
    """Let an approver not return the paper to an earlier step."""
    entry(step)

    def without(original: Any, engine: Any, duty_id: str, rule_id: str, *rest: Any) -> Any:
        duty = original(engine, duty_id, rule_id, *rest)
        if rule_id != step:
            return duty
        if to not in duty.returns_to:
            return duty
        return duty.but(returns_to=tuple(one for one in duty.returns_to if one != to))

    return wrapped(DutyEngine, "_duty", without)


def _changed_duty(step: str, **changes: Any) -> Callable[..., Any]:
    def around(original: Any, engine: Any, duty_id: str, rule_id: str, *rest: Any) -> Any:
        duty = original(engine, duty_id, rule_id, *rest)
        return duty.but(**changes) if rule_id == step else duty

    return around


def not_told(policy: str) -> AbstractContextManager[Any]:
    """Let nobody hear what the policy says somebody hears."""
    entry(policy)

    def silent(original: Any, engine: Any, duty_id: str, rule_id: str, **more: Any) -> None:
        if rule_id != policy:
            original(engine, duty_id, rule_id, **more)

    return wrapped(DutyEngine, "tell", silent)


def accepted(
    code: Refused,
    *steps: str,
    when: Callable[[Refusal], bool] = lambda _: True,
    form: Callable[[dict[str, Any]], bool] = lambda _: True,
) -> Any:
    """Accept what would be refused with this code when one of these duties is discharged, with such a form."""

    def accepting(original: Any, kind: Any, context: Any, request: Any, duty: Any, at: Any) -> Any:
        try:
            return original(kind, context, request, duty, at)
        except Refusal as refusal:
            given = dict(request.form or {})
            if refusal.code is not code or duty.rule not in steps or not (when(refusal) and form(given)):
                raise
            return allowed_on(duty, at, _as_far_as_it_goes(context, duty, request.form or {}))

    return wrapped(Discharge, "may", accepting)


def _as_far_as_it_goes(context: Any, duty: Any, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the form as it would be stored, if it is valid in itself; else as it was given."""
    name = context.edition.rule(duty.rule).form
    try:
        return FORMS[name].model_validate(fields).model_dump(mode="json") if name else dict(fields)
    except ValueError:
        return dict(fields)


def may_be_left_out(step: str, field: str) -> AbstractContextManager[Any]:
    """Let a field of the form of this duty be left out. Raises `NothingThere` if nobody has to fill it in."""
    rule = entry(step)
    outer, _, inner = field.partition(".")
    form = FORMS[rule.form or ""] if rule.form else None
    if form is None or outer not in form.model_fields:
        raise NothingThere(f"the form of {step} has no {field}")
    of_the_form = {outer, field, rule.form or ""}  # a form that checks itself as a whole names itself

    def only_about_it(refusal: Refusal) -> bool:
        problems = re.sub(r"\.\d+", "", str(refusal.params.get("problems"))).split("; ")
        return {one.split(":")[0].strip() for one in problems} <= of_the_form

    def left_out(given: dict[str, Any]) -> bool:
        if not inner:
            return not given.get(outer)
        return any(isinstance(one, dict) and not one.get(inner) for one in given.get(outer) or ())

    return accepted(Refused.FORM_INCOMPLETE, step, when=only_about_it, form=left_out)


def unchecked(*forms: type[Frozen]) -> AbstractContextManager[Any]:
    """Leave out the checks of these forms against their case."""
    if nothing := [form.__name__ for form in forms if form not in CHECKS]:
        raise NothingThere(f"nothing checks {', '.join(nothing)}")
    return patch.dict(CHECKS, {form: check for form, check in CHECKS.items() if form not in forms}, clear=True)


def any_revision() -> AbstractContextManager[Any]:
    """Accept an approval of a revision that is not the newest."""

    def accepting(original: Any, policy: Any, act: Any, request: Any, duty: Any, at: Any) -> Any:
        return original(policy, act, request.but(revision=duty.revision), duty, at)

    return wrapped(ActPolicy, "_on_duty", accepting)


# --- printed forms


def stays_empty(form: str, *labels: str) -> AbstractContextManager[Any]:
    """Print a form with nothing in the fields that have these labels (keys of texts, without "sheet.")."""
    shown = {say(f"sheet.{label}", lang) for label in labels for lang in ("zh", "en")}
    if form not in PRINTED:
        raise NothingThere(f"no form {form} is printed")
    original = PRINTED[form]
    builders: Sequence[tuple[Any, str]] = [
        (module, name)
        for module in _modules("complaints.printing")
        for name, value in vars(module).items()
        if value is original
    ]

    def emptied(material: Any) -> tuple[Sheet, ...]:
        sheets = original(material)
        return tuple(sheet.but(parts=tuple(_emptied(part, shown) for part in sheet.parts)) for sheet in sheets)

    everywhere = (patch.object(module, name, emptied) for module, name in builders)
    return all_of(patch.dict(PRINTED, {form: emptied}), *everywhere)


def _emptied(part: Part, labels: set[str]) -> Part:
    if isinstance(part, CellRow):
        return part.but(
            fields=tuple(
                one.but(text="", ticks=tuple(tick.but(on=False) for tick in one.ticks)) if one.label in labels else one
                for one in part.fields
            )
        )
    if isinstance(part, Box):
        signs = tuple(one.but(by="", at="", remark="") if one.label in labels else one for one in part.signs)
        return part.but(signs=signs, **({"paragraphs": ()} if part.label in labels else {}))
    if isinstance(part, Register):
        empty = [column.label in labels for column in part.columns]
        rows = tuple(tuple("" if no else cell for no, cell in zip(empty, row, strict=True)) for row in part.rows)
        return part.but(rows=rows)
    return part


def _modules(package: str) -> list[Any]:
    return [module for name, module in sys.modules.items() if name.startswith(package) and module is not None]
