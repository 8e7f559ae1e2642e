"""Mutations: small changes of the product, in memory, under which a rule of the procedures is no longer kept."""

from __future__ import annotations

from complaints import editions
from tests.mutations import contents, crisis, generic, major, ordinary, periodic, revisits, service
from tests.mutations.mutation import Mutation
from tests.rules import all_rules


def every() -> tuple[Mutation, ...]:
    """Return all mutations, in the order of the rules."""
    order = {rule: nth for nth, rule in enumerate(all_rules())}
    found = [*generic.of_edition(editions.newest()), *contents.mutations()]
    for module in (crisis, ordinary, periodic, service, major, revisits):
        found += module.mutations()
    return tuple(sorted(found, key=lambda one: order[one.rule]))
