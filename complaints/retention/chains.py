"""Groups cases that belong together: merged, gathered, or reopened. Each chain is one connected group."""

from __future__ import annotations

from collections.abc import Iterable


def chains(links: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Map every linked key to all keys that can be reached from it, itself included.

    Links have no direction: a reopened case keeps the old one, and the old one the new.
    """
    beside: dict[str, set[str]] = {}
    for one, other in links:
        beside.setdefault(one, set()).add(other)
        beside.setdefault(other, set()).add(one)
    found: dict[str, frozenset[str]] = {}
    for begin in beside:
        if begin in found:
            continue
        group, waiting = {begin}, [begin]
        while waiting:
            new = beside[waiting.pop()] - group
            group |= new
            waiting += new
        whole = frozenset(group)
        found |= dict.fromkeys(group, whole)
    return found
