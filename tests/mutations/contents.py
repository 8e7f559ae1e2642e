"""For each field that a paper must have, a mutation by which it may be left out."""

from __future__ import annotations

from collections.abc import Iterator

from tests.clauses.contents import required
from tests.mutations import ways
from tests.mutations.mutation import Mutation, broken


def mutations() -> Iterator[Mutation]:
    for rule, step, field in required():
        yield broken(rule, f"{step}: {field} may be left out", ways.may_be_left_out, step, field)
