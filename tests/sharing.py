"""Distributes the tests of a run among its processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle
from typing import TypeVar

T = TypeVar("T")


def in_parts(items: Sequence[T], processes: int, seconds: Callable[[T], float]) -> list[T]:
    """Order the items so that xdist (`worksteal`) cuts them into one balanced part for each process.

    Each part begins with the long items of its process, the longest first; these take about equally long in every part.
    The short ones (0 seconds) follow: those are what a process without work takes over from another.
    """
    long = sorted((item for item in items if seconds(item)), key=seconds, reverse=True)
    short = [item for item in items if not seconds(item)]
    parts: list[list[T]] = [[] for _ in range(processes)]
    for item in long:
        min(parts, key=lambda part: sum(map(seconds, part))).append(item)
    rooms, left = list[int](), len(items)
    for nth, part in enumerate(parts):
        rooms.append(max(0, left // (processes - nth) - len(part)))
        left -= rooms[-1] + len(part)
    turns = cycle(range(processes))  # tests of one file, which may all be slow, go to all processes
    for item in short:
        nth = next(nth for nth in turns if rooms[nth])
        rooms[nth] -= 1
        parts[nth].append(item)
    return [item for part in parts for item in part]
