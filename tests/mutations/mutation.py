"""What a mutation is, and the few ways in which mutations change the product in memory."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any
from unittest.mock import patch

from complaints.editions.model import Rule

Patch = Callable[[], AbstractContextManager[Any]]


class NothingThere(LookupError):
    """The product has nothing that this mutation could take away: that part of the rule is not kept at all."""


@dataclass(frozen=True)
class Mutation:
    """One small change of the product by which a rule is no longer kept. A test of the rule must fail under it.

    `apply` returns the context manager that makes the change and undoes it; it raises `NothingThere` if the product
    has no such part. With `read`, a datum of a rule of the edition ("CR-3.1a.figures"), only those tests count in
    which the product read that datum: comparing the edition with a table does not show that anything follows from it.
    """

    rule: str  # the rule of the procedures that it breaks
    name: str  # what is wrong then, in words
    apply: Patch
    read: str | None = None


def broken(rule: str, name: str, way: Callable[..., Any], *arguments: Any, read: str | None = None) -> Mutation:
    """Return the mutation that `way(*arguments)` applies."""
    return Mutation(rule, name, partial(way, *arguments), read)


def changed(rule: Rule, field: str, value: Any) -> AbstractContextManager[Any]:
    """Change a field of a rule of an edition, wherever that edition is held: name and digest stay the same."""
    return patch.dict(rule.__dict__, {field: value})


def wrapped(owner: Any, name: str, around: Callable[..., Any]) -> AbstractContextManager[Any]:
    """Replace a function or a method by `around(original, *arguments)`."""
    try:
        original = getattr(owner, name)
    except AttributeError:
        raise NothingThere(f"{owner!r} has no {name}") from None

    def instead(*args: Any, **kwargs: Any) -> Any:
        return around(original, *args, **kwargs)

    return patch.object(owner, name, instead)
