"""Meetings and their resolutions (CH-7.4.3): who does what by when, and whether it was done.

A meeting is a round: its minutes are the form filled in there, its resolutions are duties that it opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.base.fields import unless_none
from complaints.case.stand_ins import StandIn
from complaints.meetings.forms import MeetingMinutes, ReportMinutes


class ResolutionDuty(Frozen):
    """The duty of a resolution, reduced to what the list of resolutions needs."""

    id: str
    owner: str
    due: AwareDatetime
    done: str | None = None
    done_by: str | None = None
    done_at: AwareDatetime | None = None
    stand_in: StandIn | None = unless_none()  # for whom it was done


class Resolved(Frozen):
    """One resolution of a meeting, and its status."""

    nth: int
    what: str
    owner: str  # the present owner
    due: AwareDatetime
    duty: str | None = None  # None: not in the read model yet
    done: str | None = None
    done_by: str | None = None
    done_at: AwareDatetime | None = None
    stand_in: StandIn | None = unless_none()  # for whom it was done

    @property
    def open(self) -> bool:
        return self.done_at is None

    def late(self, now: datetime) -> bool:
        """Whether it is late at `now`, or was done late."""
        return (self.done_at or now) > self.due


class Meeting(Frozen):
    """The minutes of a meeting, and the status of its resolutions."""

    id: str  # key of the round
    project: str
    period: str  # the month it was about: "2026-11"
    minutes: ReportMinutes | MeetingMinutes
    by: str
    at: AwareDatetime
    stand_in: StandIn | None = unless_none()  # for whom the minutes were written
    resolutions: tuple[Resolved, ...]

    @property
    def open(self) -> tuple[Resolved, ...]:
        return tuple(one for one in self.resolutions if one.open)


def followed(minutes: MeetingMinutes, owed: Sequence[ResolutionDuty]) -> tuple[Resolved, ...]:
    """Match the resolutions to their duties, which were opened in the order of the minutes."""
    duties: list[ResolutionDuty | None] = [*sorted(owed, key=_nth), *[None] * len(minutes.resolutions)]
    return tuple(
        Resolved(nth=nth, what=one.what, owner=one.owner, due=one.due)
        if duty is None
        else Resolved(nth=nth, what=one.what, duty=duty.id, **duty.model_dump(exclude={"id"}))
        for nth, (one, duty) in enumerate(zip(minutes.resolutions, duties, strict=False), 1)
    )


def _nth(duty: ResolutionDuty) -> int:
    """The ordinal in a duty's id: 3 in "CH-7.4.3.resolution#3"; the first of its kind has none."""
    number = duty.id.rpartition("~")[0].rpartition("#")[2] or duty.id.rpartition("#")[2]
    return int(number) if number.isdigit() else 1
