"""What there is to show, read from the code and the editions: a new kind is shown by the tests without being listed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, get_args, get_origin

from complaints import editions
from complaints.base import Frozen
from complaints.case.complaint import Track
from complaints.editions.model import Edition
from complaints.printing.filled_forms import KEY, plain_type
from tests.places import ROOT

PERSON, DEPARTMENT, CONTRACTOR = "liu.bo", "engineering", "hongji"
SAID = "客户原话"
"""What a person wrote, wherever a form takes words."""
WHEN = "2026-01-20T10:00:00Z"


def installed() -> tuple[Edition, ...]:
    return tuple(editions.installed())


@cache
def modules(*folders: str) -> tuple[ast.Module, ...]:
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    return tuple(ast.parse(file.read_text(encoding="utf-8")) for file in files)


@cache
def calls(*folders: str) -> tuple[ast.Call, ...]:
    """Every call in these folders; walking all of them takes a second, so it is done once."""
    return tuple(node for tree in modules(*folders) for node in ast.walk(tree) if isinstance(node, ast.Call))


def constants(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def outcomes() -> list[str]:
    """Every way in which a case can end: what workflows say that it comes to, and what an import says."""
    noted = {
        said
        for node in calls("workflows")
        if isinstance(node.func, ast.Attribute) and node.func.attr == "comes_to"
        for said in results(node.args[0])
    }
    return sorted({*noted, "imported"})


def matter_outcomes() -> list[str]:
    """Every way in which a repair or a corrective action can end."""
    ended = {
        said
        for node in calls("workflows")
        if isinstance(node.func, ast.Attribute) and node.func.attr == "ended"
        for said in results(node.args[1])
    }
    return sorted({*ended, Track.WITHDRAWN.value, Track.MERGED.value, Track.INVALID.value})


def round_outcomes() -> list[str]:
    """Every way in which a round can end: what its chapters answer."""
    named: dict[str, str] = {}
    found: set[str] = set()
    for tree in modules("workflows/rounds"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                named |= {one.id: str(node.value.value) for one in node.targets if isinstance(one, ast.Name)}
    for tree in modules("workflows/rounds"):
        for node in ast.walk(tree):
            if isinstance(node, ast.AsyncFunctionDef) and ast.unparse(node.returns or ast.Constant("")) == "str":
                for back in ast.walk(node):
                    if isinstance(back, ast.Return) and back.value is not None:
                        found |= {*results(back.value)}
                        if isinstance(back.value, ast.Name) and back.value.id in named:
                            found.add(named[back.value.id])
    return sorted(found)


def results(node: ast.expr) -> Iterator[str]:
    """The words that an expression can come to; what it decides by is none of them."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from results(node.body)
        yield from results(node.orelse)


def becauses() -> list[str]:
    """Every reason why somebody owes a duty: what is said as `because`."""
    found: set[str] = set()
    for node in (*calls("workflows"), *calls("complaints")):
        found |= {said for word in node.keywords if word.arg == "because" for said in results(word.value)}
    return sorted(found)


def values(form: type[Frozen], *, whole: bool, pick: int = 0) -> dict[str, Any]:
    """A filled-in form as an act keeps it: every field, or the required ones; choices are the `pick`th there is.

    Some combinations would be refused; whoever reads must be able to read them all.
    """
    return {
        field.alias or name: value(name, field.annotation, field.metadata, whole=whole, pick=pick)
        for name, field in form.model_fields.items()
        if whole or field.is_required()
    }


def value(name: str, kind: Any, constraints: Any, *, whole: bool, pick: int) -> Any:
    kind, constraints = plain_type(kind, constraints)
    if kind is bool:
        return pick % 2 == 0
    if kind is datetime:
        return WHEN
    if kind is int:
        return 2
    if kind is Decimal:
        return "620000.00"
    if isinstance(kind, type) and issubclass(kind, Enum):
        choices = [one.value for one in kind]
        return choices[pick % len(choices)]
    if isinstance(kind, type) and issubclass(kind, Frozen):
        return values(kind, whole=whole, pick=pick)
    if get_origin(kind) is tuple:
        return [value(name, get_args(kind)[0], (), whole=whole, pick=pick)] * 2
    if KEY in constraints:
        places = {"department": DEPARTMENT, "departments": DEPARTMENT, "contractor": CONTRACTOR}
        return places.get(name, PERSON)
    return SAID


def picks(form: type[Frozen]) -> int:
    """How many times a form has to be filled in until every choice was taken."""
    longest = 2
    for field in form.model_fields.values():
        kind, _ = plain_type(field.annotation, ())
        if isinstance(kind, type) and issubclass(kind, Enum):
            longest = max(longest, len(list(kind)))
    return longest
