"""Version gates: changes of what the chapters do that a case follows from its beginning on, or never.

A running case keeps the behaviour it began under, also when its chapters are run again by a newer release. So a change
that would have an old journal read differently is given a name here, and its chapter asks `case.passed(Gate.…)`. What a
case has passed is the event `gates.passed` of its journal; the history has it as a result of the opening's activity.
A gate goes when no open case lacks it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from complaints.case.event import Event
from complaints.case.events.machine import GatesPassed


class Gate(StrEnum):
    """One change of behaviour, with the release that brought it. There is none yet."""


ALL: tuple[str, ...] = tuple(gate.value for gate in Gate)
"""What a case that begins under this release passes."""


def passed(gates: tuple[str, ...], now: datetime) -> tuple[Event, ...]:
    """The event that says so at the beginning of a journal; nothing where there are none."""
    return (GatesPassed(at=now, gates=gates),) if gates else ()
