"""Meetings and what they resolved (CH-7.4.3): who does what by when, and whether it was done."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, StringConstraints

from complaints.base import Frozen
from complaints.documents.model import ActId
from complaints.forms.meeting import MeetingMinutes
from complaints.model import Key


class Resolved(Frozen):
    """One resolution of a meeting and what became of it."""

    nth: int
    what: str
    owner: Key
    due: AwareDatetime
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
    """The minutes of a meeting as they are kept."""

    id: ActId  # of the round it was held in, or one of its own
    project: Key
    period: Annotated[str, StringConstraints(min_length=4, max_length=10)]  # the month it was about: "2026-11"
    round: str | None = None
    held_at: AwareDatetime
    chair: Key
    attended: tuple[Key, ...] = ()
    discussed: str
    remark: str = ""
    resolutions: tuple[Resolved, ...] = ()
    by: Key
    at: AwareDatetime

    @property
    def open(self) -> tuple[Resolved, ...]:
        return tuple(one for one in self.resolutions if one.open)


def meeting(
    minutes: MeetingMinutes, *, id: str, project: str, period: str, by: str, at: datetime, round: str | None = None
) -> Meeting:
    """The meeting that filled-in minutes are about."""
    resolutions = tuple(
        Resolved(nth=nth, what=one.what, owner=one.owner, due=one.due) for nth, one in enumerate(minutes.resolutions, 1)
    )
    return Meeting(
        id=id,
        project=project,
        period=period,
        round=round,
        held_at=minutes.held_at,
        chair=minutes.chair,
        attended=minutes.attended,
        discussed=minutes.discussed,
        remark=minutes.remark,
        resolutions=resolutions,
        by=by,
        at=at,
    )
