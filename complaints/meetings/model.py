"""Meetings and what they resolved (CH-7.4.3): who does what by when, and whether it was done.

A meeting is a round: its minutes are what was filled in there, its resolutions are duties that came of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.meetings.forms import MeetingMinutes


class ResolutionDuty(Frozen):
    """The duty that a resolution became, as far as the list of resolutions needs it."""

    id: str
    owner: str
    due: AwareDatetime
    done: str | None = None
    done_by: str | None = None
    done_at: AwareDatetime | None = None


class Resolved(Frozen):
    """One resolution of a meeting and what became of it."""

    nth: int
    what: str
    owner: str  # whoever owes it now
    due: AwareDatetime
    duty: str | None = None  # None: it is not in the records yet
    done: str | None = None
    done_by: str | None = None
    done_at: AwareDatetime | None = None

    @property
    def open(self) -> bool:
        return self.done_at is None

    def late(self, now: datetime) -> bool:
        """Whether it is late at `now`, or was when it was done."""
        return (self.done_at or now) > self.due


class Meeting(Frozen):
    """The minutes of a meeting with what became of its resolutions."""

    id: str  # key of the round
    project: str
    period: str  # the month it was about: "2026-11"
    minutes: MeetingMinutes
    by: str
    at: AwareDatetime
    resolutions: tuple[Resolved, ...]

    @property
    def open(self) -> tuple[Resolved, ...]:
        return tuple(one for one in self.resolutions if one.open)


def followed(minutes: MeetingMinutes, owed: Sequence[ResolutionDuty]) -> tuple[Resolved, ...]:
    """The resolutions with their duties, which were opened in the order of the minutes."""
    duties: list[ResolutionDuty | None] = [*sorted(owed, key=_nth), *[None] * len(minutes.resolutions)]
    return tuple(
        Resolved(nth=nth, what=one.what, owner=one.owner, due=one.due)
        if duty is None
        else Resolved(nth=nth, what=one.what, duty=duty.id, **duty.model_dump(exclude={"id"}))
        for nth, (one, duty) in enumerate(zip(minutes.resolutions, duties, strict=False), 1)
    )


def _nth(duty: ResolutionDuty) -> int:
    """The third of its kind is "CH-7.4.3.resolution#3"; the first has no number."""
    number = duty.id.rpartition("~")[0].rpartition("#")[2] or duty.id.rpartition("#")[2]
    return int(number) if number.isdigit() else 1
