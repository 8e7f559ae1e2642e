"""How the tests of a run are shared out among its processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def in_parts(items: Iterable[T], processes: int, seconds: Callable[[T], float]) -> list[T]:
    """The items in the order in which xdist (`worksteal`) cuts them into one part for each process.

    Each part begins with the long ones of its process, the longest first, and they take about as long in every part.
    What is short (0 seconds) comes behind them: that is what a process without work takes over from another.
    """
    long = sorted((item for item in items if seconds(item)), key=seconds, reverse=True)
    short = [item for item in items if not seconds(item)]
    parts: list[list[T]] = [[] for _ in range(processes)]
    for item in long:
        min(parts, key=lambda part: sum(map(seconds, part))).append(item)
    left = len(long) + len(short)
    for nth, part in enumerate(parts):
        room = max(0, left // (processes - nth) - len(part))
        left -= room + len(part)
        part += short[:room]
        del short[:room]
    return [item for part in parts for item in part]
