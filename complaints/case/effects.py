"""What a case has others do: book a deduction, draft a report, tell another case. It waits for what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

A = TypeVar("A")
R = TypeVar("R")


@dataclass(frozen=True)
class EffectKind(Generic[A, R]):
    """One kind of thing that others do: what they are asked with, and what they answer."""

    name: str
    answer: Any  # the type of the answer: R, which may be a union
    long: bool = False  # minutes, perhaps: a report, a draw


class EffectRefused(Exception):
    """It was refused for good: `type` is the refusal's code, the message says why."""

    def __init__(self, type: str | None, message: str) -> None:
        self.type = type
        self.message = message
        super().__init__(message)


class Effect(Generic[A, R]):
    """One thing that a case waits for others to do."""

    def __init__(self, kind: EffectKind[A, R], argument: A, summary: str) -> None:
        self.kind = kind
        self.argument = argument
        self.summary = summary
        self.over = False
        self._answer: R | None = None
        self._refusal: EffectRefused | None = None

    def done(self, answer: R) -> None:
        """It is done."""
        self.over, self._answer = True, answer

    def refused(self, refusal: EffectRefused) -> None:
        """It will not be done."""
        self.over, self._refusal = True, refusal

    def answer(self) -> R:
        """What came of it. Raises `EffectRefused`."""
        assert self.over, f"{self.kind.name} is under way"
        if self._refusal is not None:
            raise self._refusal
        return cast(R, self._answer)
