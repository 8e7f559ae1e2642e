"""Effects: work that a case delegates outside its pure core and awaits (book a deduction, draft a report)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

A = TypeVar("A")
R = TypeVar("R")


@dataclass(frozen=True)
class EffectKind(Generic[A, R]):
    """A kind of effect: its name, its argument type `A` and its answer type `R`."""

    name: str
    answer: Any  # the runtime type of the answer: R, which may be a union
    long: bool = False  # may take minutes: a report, a draw


class EffectRefused(Exception):
    """An effect was permanently refused: `type` is the refusal's code, the message says why."""

    def __init__(self, type: str | None, message: str) -> None:
        self.type = type
        self.message = message
        super().__init__(message)


class Effect(Generic[A, R]):
    """One requested effect, pending until `done` or `refused` is called."""

    def __init__(self, kind: EffectKind[A, R], argument: A, summary: str) -> None:
        self.kind = kind
        self.argument = argument
        self.summary = summary
        self.over = False
        self._answer: R | None = None
        self._refusal: EffectRefused | None = None

    def done(self, answer: R) -> None:
        """Complete the effect with its answer."""
        self.over, self._answer = True, answer

    def refused(self, refusal: EffectRefused) -> None:
        """Complete the effect with a refusal."""
        self.over, self._refusal = True, refusal

    def answer(self) -> R:
        """Return the answer of a completed effect. Raises `EffectRefused`."""
        assert self.over, f"{self.kind.name} is under way"
        if self._refusal is not None:
            raise self._refusal
        return cast(R, self._answer)
