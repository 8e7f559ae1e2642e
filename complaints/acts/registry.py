"""The registry of all kinds of act, collected from the modules of this package."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import cast

import complaints.acts
from complaints.acts.act import ActOnCase, ActOnDuty
from complaints.case.file import Act, ActKind, Duty
from complaints.case.port import AtWork, CaseAtWork

_NO_ACTS = {"act", "policy", "registry"}
"""Modules of the package that define no act."""


def collected() -> Iterator[ActOnDuty | ActOnCase]:
    """Yield an instance of each class that a module of this package defines and that has a `kind`."""
    for found in iter_modules(complaints.acts.__path__):
        if found.name in _NO_ACTS:
            continue
        module = import_module(f"complaints.acts.{found.name}")
        for one in vars(module).values():
            own = isinstance(one, type) and one.__module__ == module.__name__
            if own and issubclass(one, ActOnDuty | ActOnCase) and hasattr(one, "kind"):
                yield one()


ACTS: dict[ActKind, ActOnDuty | ActOnCase] = {one.kind: one for one in collected()}


def carry_out(case: AtWork, duty: Duty | None, act: Act) -> None:
    """Apply an act that `ActPolicy` has permitted: on the duty, or on the case as a whole (`duty` None)."""
    kind = ACTS[act.kind]
    if isinstance(kind, ActOnDuty):
        assert duty is not None
        kind.effect(case, duty, act)
    else:
        kind.effect(cast(CaseAtWork, case), act)  # on a round `ActPolicy` permits only acts with `on_rounds`
