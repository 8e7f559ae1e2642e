"""All events, grouped into modules by what they are about."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import getmembers, isclass

from complaints.case.event import Event
from complaints.case.events import case, dates, duties, links, machine, matters, rounds, signing

ROOMS = (case, dates, duties, links, machine, matters, rounds, signing)


def of_every_kind() -> Iterator[type[Event]]:
    """Yield every event class that a module of this package defines with a `kind`."""
    for room in ROOMS:
        for _, one in getmembers(room, isclass):
            if issubclass(one, Event) and one.__module__ == room.__name__ and "kind" in vars(one):
                yield one
