"""Percentiles of values, and medians with their range over rounds."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median


def percentile(values: Iterable[float], share: float) -> float:
    """Return the smallest value that at least `share` of all values do not exceed; NaN if there are no values."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1] if ordered else math.nan


@dataclass(frozen=True)
class Spread:
    """One figure over several rounds: the median, the smallest and the largest."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.rounds)

    @property
    def low(self) -> float:
        return min(self.rounds)

    @property
    def high(self) -> float:
        return max(self.rounds)

    def said(self) -> str:
        """Return the median, followed by the range unless all rounds have the same value."""
        if self.low == self.high:
            return _short(self.median)
        return f"{_short(self.median)}  ({_short(self.low)}–{_short(self.high)})"

    def as_json(self) -> dict[str, float | list[float]]:
        return {"median": self.median, "low": self.low, "high": self.high, "rounds": list(self.rounds)}


def _short(value: float) -> str:
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
