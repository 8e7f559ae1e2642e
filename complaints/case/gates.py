"""Version gates: changes of chapter behaviour that a case follows from its opening on, or never.

A running case keeps the behaviour it was opened under, even when a newer release reruns its chapters. So a change that
would interpret an old journal differently gets a gate here, and its chapter asks `case.passed(Gate.…)`. The gates of a
case are recorded by the event `gates.passed` in its journal; the workflow history has them as the result of the opening
activity. Remove a gate once every open case has passed it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from complaints.case.event import Event
from complaints.case.events.machine import GatesPassed


class Gate(StrEnum):
    """One change of behaviour, with the release that introduced it. There is none yet."""


ALL: tuple[str, ...] = tuple(gate.value for gate in Gate)
"""The gates that a case opened under this release passes.

Signing (`complaints.case.file.SIGNED`) is recorded like a gate and is none of them: the installation decides on it.
"""


def passed(gates: tuple[str, ...], now: datetime) -> tuple[Event, ...]:
    """Return the event that records the gates at the opening; nothing if there are none."""
    return (GatesPassed(at=now, gates=gates),) if gates else ()
