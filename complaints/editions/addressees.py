"""Whom a rule may name in `Rule.tells`. `complaints.case.tellings` finds the people in a case.

An addressee is a word, a role that one person holds for the company or project, or a prefix with an argument
("form:departments").
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Argument(StrEnum):
    """What follows a prefix."""

    FIELD = "field"  # of the rule's form
    ROLE = "role"  # that every department fills for itself
    RULE = "rule"


WORDS = {
    "superior": "the superior of whoever acted",
    "receiver": "whoever received the complaint",
    "department": "the head of the duty's department",
    "departments": "the heads of all departments",
    "asked": "the owner of the duty that this one serves, such as an approval that waits for a countersignature",
}

PREFIXES: Mapping[str, Argument] = {
    "form": Argument.FIELD,  # the people, heads of departments, or holders of roles that the field names
    "all": Argument.ROLE,  # the holder in every department that has a duty in the case
    "owners": Argument.RULE,  # whoever owes, or owed, a duty by the rule or a step of it, for the same plan revision
    "done": Argument.RULE,  # whoever has done a duty by the rule or a step of it
}

NAMING: Mapping[str, tuple[str, ...]] = {
    "adjusted_plan": ("departments",),
    "assessment": ("departments",),
    "assignment": ("people",),
    "coordination": ("departments",),
    "corrective_plan": ("owner",),
    "emergency_team": ("people",),
    "explained_on_the_spot": ("came",),
    "forwarding": ("to",),
    "inquiry": ("departments",),
    "lead": ("people",),
    "order": ("department",),
    "responsibility": ("departments",),
    "revisit_planned": ("by_whom",),
    "revisits_gathered": ("without",),
    "responsible_departments": ("departments", "concerned"),
    "sheet": ("department",),
    "slip": ("departments",),
    "training_organised": ("training_departments",),
    "training_summed": ("without",),
    "work_order": ("departments",),
}
"""The fields that name people, departments or roles, by the form's key. A test finds them in `complaints.forms`."""


def parted(addressee: str) -> tuple[str, str]:
    """Return the prefix and its argument; ("", addressee) if it has no prefix."""
    prefix, colon, argument = addressee.partition(":")
    return (prefix, argument) if colon else ("", addressee)
