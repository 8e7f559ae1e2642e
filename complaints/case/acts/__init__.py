"""What people do about a case or a round: one module for each kind of act, and every kind there is.

A module says which form the act has, who may do it and what it must say (`may`), and what it does (`effect`); its words
are in `texts.toml`. What every act is asked, whatever it does, is in `complaints/case/desk.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import cast

from complaints.case.act import ActOnCase, ActOnDuty
from complaints.case.port import AtWork, CaseAtWork
from complaints.model import Act, ActKind, Duty


def collected() -> Iterator[ActOnDuty | ActOnCase]:
    """One of each class that a module of this package defines, and that names a kind."""
    for found in iter_modules(__path__):
        module = import_module(f"{__name__}.{found.name}")
        for one in vars(module).values():
            if isinstance(one, type) and issubclass(one, ActOnDuty | ActOnCase) and one.__module__ == module.__name__:
                yield one()


ACTS: dict[ActKind, ActOnDuty | ActOnCase] = {one.kind: one for one in collected()}


def carry_out(case: AtWork, duty: Duty | None, act: Act) -> None:
    """Let an act take effect that the desk has allowed: on the duty, or on the case as a whole."""
    kind = ACTS[act.kind]
    if isinstance(kind, ActOnDuty):
        assert duty is not None
        kind.effect(case, duty, act)
    else:
        kind.effect(cast(CaseAtWork, case), act)  # on a round the desk allows none that asks for more
