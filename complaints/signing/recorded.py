"""Compares an act as it was signed with the act that the journal records of it. Pure.

The case completes a form: it writes what an omitted field means, and every value in one way. So both are read with the
form of the act (which keeps its meaning for ever, see CONTRIBUTING.md) and must be the same then, text by text. What a
kind of act lets the case fill in itself, or leave out, is listed; nothing else may differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from pydantic import ValidationError

from complaints.acts.act import ActOnDuty, KindOfAct
from complaints.acts.registry import ACTS
from complaints.base import Frozen
from complaints.base.canonical import plain
from complaints.case.file import Act, ActKind, ActRequest
from complaints.editions.model import Edition

_RECORD_THEIR_DUTY = frozenset({ActKind.REVISE})
"""Kinds of act on the case as a whole that are about a duty all the same."""


class Comparison(Frozen):
    """How the recorded act compares with the signed one, by field ("reason", "form.people")."""

    differ: tuple[str, ...] = ()
    added: tuple[str, ...] = ()  # by the case, as this kind of act provides
    left_out: tuple[str, ...] = ()  # by the case, because it changed nothing


def compared(asked: ActRequest, act: Act, recorded_at: datetime, edition: Edition | None) -> Comparison:
    """Compare the signed request with the act that is recorded.

    `recorded_at` is the moment at which the statement was recorded. Without the `edition` forms are not compared.
    """
    kind = ACTS[act.kind]
    has_duty = isinstance(kind, ActOnDuty) or act.kind in _RECORD_THEIR_DUTY or act.duty is not None
    attempt = act.attempt
    differ = [
        name
        for name, stated, recorded in (
            ("by", asked.by, act.by),
            ("kind", asked.kind, act.kind),
            ("duty", asked.duty if has_duty else None, act.duty),
            ("reason", asked.reason, act.reason),
            ("to", asked.to, act.to),
            ("revision", asked.revision, act.revision),
            ("at", asked.at or recorded_at, act.at),
            ("recorded_at", recorded_at, act.recorded_at),
            ("act_id", asked.act_id, attempt.id if attempt else None),
            ("content", asked.content, attempt.content if attempt else None),
        )
        if stated != recorded
    ]
    if edition is None:
        return Comparison(differ=tuple(differ))
    found = _forms(kind, asked.form, act, edition)
    return found.but(differ=(*differ, *found.differ))


def _forms(kind: KindOfAct, asked: dict[str, Any], act: Act, edition: Edition) -> Comparison:
    if not isinstance(kind, ActOnDuty) or act.rule in edition.rules:
        form = kind.form_of(edition, act.rule)
    else:
        return Comparison(differ=("rule",))
    if form is None:
        return Comparison(differ=tuple(f"form.{name}" for name in {**asked, **act.form}))
    try:
        stated, recorded = _completed(form, asked), _completed(form, act.form)
    except ValidationError:
        return Comparison(differ=("form",))
    completed = kind.completed(act.reason)
    differ, added, left_out = list[str](), list[str](), list[str]()
    for name, value in stated.items():
        there, path = recorded[name], f"form.{name}"
        if name in kind.names_once and isinstance(value, list):
            value = list(dict.fromkeys(cast("list[Any]", value)))
        if there == value:
            continue
        if name in completed and _extends(value, there, given=name in asked):
            added.append(path)
        elif kind.narrows and _within(there, value):
            left_out.append(path)
        else:
            differ += _places(value, there, path)
    return Comparison(differ=tuple(differ), added=tuple(added), left_out=tuple(left_out))


def _completed(form: type[Frozen], fields: dict[str, Any]) -> dict[str, Any]:
    return plain(form.model_validate(fields).model_dump(mode="json", by_alias=True))


def _extends(stated: Any, recorded: Any, *, given: bool) -> bool:
    """Whether the case may have filled this in: a field that was not given, or more entries of a list."""
    if isinstance(stated, list) and isinstance(recorded, list):
        return all(one in recorded for one in cast("list[Any]", stated))
    return not given


def _within(recorded: Any, stated: Any) -> bool:
    """Whether nothing is recorded of a field, or only some entries of a list."""
    if isinstance(stated, list) and isinstance(recorded, list):
        return all(one in stated for one in cast("list[Any]", recorded))
    return recorded is None


def _places(stated: Any, recorded: Any, path: str) -> Iterator[str]:
    """Where two values differ."""
    if isinstance(stated, dict) and isinstance(recorded, dict):
        ours, theirs = cast("dict[str, Any]", stated), cast("dict[str, Any]", recorded)
        for name in dict.fromkeys((*ours, *theirs)):
            if name not in ours or name not in theirs:
                yield f"{path}.{name}"
            elif ours[name] != theirs[name]:
                yield from _places(ours[name], theirs[name], f"{path}.{name}")
    elif isinstance(stated, list) and isinstance(recorded, list):
        some, others = cast("list[Any]", stated), cast("list[Any]", recorded)
        if len(some) != len(others):
            yield path
            return
        for nth, (one, other) in enumerate(zip(some, others, strict=True)):
            if one != other:
                yield from _places(one, other, f"{path}.{nth}")
    else:
        yield path
