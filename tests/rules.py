"""The rules of the procedures, and which rule a clause mark or an id of an edition stands for."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from complaints import editions

TESTS = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Document:
    """A document's rules in their order, and further ids by which tests and editions name them."""

    key: str
    title: str
    rules: tuple[str, ...]
    also: dict[str, str]


@dataclass(frozen=True)
class NotAutomated:
    """What the product leaves to people: a rule, or only `part` of it, and why."""

    rule: str
    reason: str
    part: str = ""  # "": the whole rule


@cache
def documents() -> dict[str, Document]:
    """Return the documents by their keys."""
    content = tomllib.loads((TESTS / "rules.toml").read_text(encoding="utf-8"))
    return {
        key: Document(key, table["title"], tuple(table["rules"]), table.get("also", {}))
        for key, table in content.items()
    }


def all_rules() -> tuple[str, ...]:
    return tuple(rule for document in documents().values() for rule in document.rules)


def rule_of(name: str) -> str | None:
    """Return the rule that `name` stands for: itself, or the rule of which it is a step; None if there is none."""
    also = {other: rule for document in documents().values() for other, rule in document.also.items()}
    while name not in all_rules():
        if name in also:
            return also[name]
        name, dot, _ = name.rpartition(".")
        if not dot:
            return None
    return name


def is_known(mark: str) -> bool:
    """Return whether a clause mark names a rule of the procedures, or one of the house's in an installed edition."""
    return rule_of(mark) is not None or any(mark in edition.rules for edition in editions.installed())


def not_automated() -> tuple[NotAutomated, ...]:
    """Return the entries of `not_automated.toml`."""
    content = tomllib.loads((TESTS / "not_automated.toml").read_text(encoding="utf-8"))
    return tuple(NotAutomated(**entry) for entry in content.get("left_to_people", ()))
