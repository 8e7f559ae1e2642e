"""What is counted: attacks by kind, with the reasons for which they were refused, and the history that they left."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

ACCEPTED = "accepted"
"""The reason of what was not refused. No attack expects it."""
AS_AT_FIRST = "answered as at first"
"""The reason of a statement that is sent again: the case gives its first receipt, and nothing changes."""
NOTHING = "nothing happens"
"""The reason of what comes by signal and is neither counted nor journaled, and changes nothing."""


@dataclass(frozen=True)
class Attack:
    """A kind of attack. `launch(n)` sends the n-th of this kind, and returns the reason of the refusal.

    It returns None if the reason is found later, in the journal of the case: what comes by signal has no answer.
    `expected` is stated before anything is sent.
    """

    way: str  # update, signal, start, server, UI, HTTP
    name: str
    expected: str
    launch: Callable[[int], Awaitable[str | None]]
    most: int | None = None  # how many may be sent in one run, if it costs the installation something

    @property
    def kind(self) -> str:
        return f"{self.way}: {self.name}"


@dataclass
class Tally:
    """The counts of one run."""

    found: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter[str]))
    expected: dict[str, str] = field(default_factory=dict[str, str])
    grown: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])
    """New history events by case and type. Cases that get updates or HTTP alone must have none."""
    answers: int = 0
    """Events of the cases to which accepted texts were sent again: their answers."""
    notes: list[str] = field(default_factory=list[str])
    """What else is wrong: a case that has an act it should not have, say."""

    def count(self, attack: Attack, reason: str, times: int = 1) -> None:
        if self.expected.setdefault(attack.kind, attack.expected) != attack.expected:
            raise ValueError(f"two kinds have the name {attack.kind}")
        self.found[attack.kind][reason] += times

    @property
    def total(self) -> int:
        return sum(sum(reasons.values()) for reasons in self.found.values())

    @property
    def faults(self) -> list[str]:
        """Each attack that was accepted, or refused for another reason; each event that should not be there."""
        wrong = [
            f"{kind}: expected {self.expected[kind]}, found {reason} × {times}"
            for kind, reasons in sorted(self.found.items())
            for reason, times in sorted(reasons.items())
            if reason != self.expected[kind]
        ]
        left = [f"{case}: left {sum(events.values())} events {dict(events)}" for case, events in self.grown.items()]
        return [*wrong, *(line for line, events in zip(left, self.grown.values(), strict=True) if events), *self.notes]

    def by_reason(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Return how many kinds and how many attacks were refused, by way and reason."""
        kinds, attacks = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for kind, reasons in self.found.items():
            for reason, times in reasons.items():
                way = kind.partition(":")[0]
                kinds[way, reason] += 1
                attacks[way, reason] += times
        return {each: (kinds[each], attacks[each]) for each in sorted(kinds)}


def table(rows: Iterable[tuple[object, ...]], widths: tuple[int, ...]) -> str:
    """Return rows as text: the first columns flush left, numbers flush right."""
    lines: list[str] = []
    for row in rows:
        cells = [f"{c:>{w}}" if isinstance(c, int) else f"{c!s:<{w}}" for c, w in zip(row, widths, strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"
