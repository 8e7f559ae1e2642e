"""What the measure found, rule by rule, as a table, as counts and as JSON."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any
from unicodedata import east_asian_width

from complaints.editions.model import Edition
from tests.mutations.runner import Measured, Outcome
from tests.rules import Document, NotAutomated, rule_of


class Verdict(StrEnum):
    """Whether a rule is kept, as far as its tests show it."""

    KEPT = "kept"  # every mutation is killed by a test of the rule
    SURVIVES = "survives"  # a mutation passes all tests of the rule
    MISSING = "missing"  # the product has nothing of it, or of a part of it
    UNMEASURED = "no mutation"
    LEFT = "left to people"


@dataclass(frozen=True)
class Kept:
    """One rule: where it is in the edition, and what became of its mutations."""

    rule: str
    places: tuple[str, ...]  # "crisis.toml:125 CR-5.2.1b"
    outcomes: tuple[Outcome, ...]
    left: tuple[NotAutomated, ...]
    tests: int

    @property
    def verdict(self) -> Verdict:
        if any(not one.part for one in self.left):
            return Verdict.LEFT
        if not self.outcomes:
            return Verdict.UNMEASURED
        if any(one.nothing_there for one in self.outcomes):
            return Verdict.MISSING
        return Verdict.SURVIVES if any(one.open for one in self.outcomes) else Verdict.KEPT

    @property
    def open(self) -> bool:
        """Whether there is something to mend: a survivor, or no mutation."""
        return self.verdict not in (Verdict.KEPT, Verdict.LEFT)


def kept(
    measured: Measured, rules: Iterable[str], edition: Edition, left: Sequence[NotAutomated] = ()
) -> tuple[Kept, ...]:
    """Return the findings for these rules, in their order."""
    places: dict[str, list[str]] = defaultdict(list)
    for id, place in edition.places.items():
        if rule := rule_of(id):
            places[rule].append(f"{place} {id}")
    outcomes: dict[str, list[Outcome]] = defaultdict(list)
    for one in measured.outcomes:
        outcomes[one.rule].append(one)
    return tuple(
        Kept(
            rule,
            tuple(places[rule]),
            tuple(outcomes[rule]),
            tuple(one for one in left if one.rule == rule),
            measured.tests.get(rule, 0),
        )
        for rule in rules
    )


def table(found: Iterable[Kept], *, survivors_only: bool = False) -> str:
    """Return a line for each mutation: rule, places in the edition, what is wrong then, the test that notices it."""
    rows = [("rule", "edition", "mutation", "killed by")]
    for one in found:
        rows += _rows(one, survivors_only)
    widths = [max(_width(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join([*(_padded(row[i], widths[i]) for i in range(3)), row[3]]).rstrip() for row in rows]
    return "\n".join(lines)


def _rows(one: Kept, survivors_only: bool) -> Iterator[tuple[str, str, str, str]]:
    places = [*one.places]
    said = [(outcome.mutation, _killer(outcome)) for outcome in one.outcomes if outcome.open or not survivors_only]
    if one.verdict is Verdict.UNMEASURED:
        said.append(("—", "no mutation: nothing measures it"))
    said += [(f"left to people: {left.part or 'all of it'}", left.reason) for left in one.left]
    for nth in range(max(len(said), 1 if survivors_only else len(places))):
        mutation, killer = said[nth] if nth < len(said) else ("", "")
        yield one.rule if nth == 0 else "", places[nth] if nth < len(places) else "", mutation, killer


def _killer(outcome: Outcome) -> str:
    if outcome.killed_by:
        return outcome.killed_by
    if outcome.nothing_there:
        return f"MISSING: {outcome.nothing_there}"
    return f"SURVIVES ({outcome.tried} tests pass)" if outcome.tried else "SURVIVES (no test of the rule comes to it)"


def in_words(one: Kept, edition: Edition) -> str:
    """Return what the edition says of a rule, and how well it is kept, in a few lines."""
    said = [f"{id} {edition.rules[id].zh} · {edition.rules[id].en}" for id in (p.split()[-1] for p in one.places)]
    killed = sum(not outcome.open for outcome in one.outcomes)
    counted = f"{killed} of {len(one.outcomes)} mutations killed, {one.tests} tests"
    return "\n".join([f"{one.rule}: {one.verdict.value} ({counted})", *(f"  {line}" for line in said)])


def counts(documents: Iterable[Document], found: Iterable[Kept]) -> str:
    """Return how many rules of each document are kept, and how many mutations were killed."""
    by_rule = {one.rule: one for one in found}
    lines: list[str] = []
    for document in documents:
        ones = [by_rule[rule] for rule in document.rules if rule in by_rule]
        if not ones:
            continue
        verdicts = Counter(one.verdict for one in ones)
        outcomes = [outcome for one in ones for outcome in one.outcomes]
        said = ", ".join(f"{verdicts[verdict]} {verdict.value}" for verdict in Verdict if verdicts[verdict])
        killed = sum(not one.open for one in outcomes)
        lines.append(f"{document.key}: {said}; of {len(ones)} rules; {killed} of {len(outcomes)} mutations killed")
    return "\n".join(lines)


def as_json(measured: Measured, found: Iterable[Kept]) -> dict[str, Any]:
    """Return everything as JSON."""
    return {
        "seconds": round(measured.seconds, 1),
        "cpu_seconds": round(measured.cpu, 1),
        "failing": measured.failing,
        "unknown_marks": measured.unknown,
        "rules": [
            {
                "rule": one.rule,
                "verdict": one.verdict.value,
                "edition": list(one.places),
                "tests": one.tests,
                "mutations": [asdict(outcome) for outcome in one.outcomes],
                "left_to_people": [asdict(left) for left in one.left],
            }
            for one in found
        ],
    }


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
