"""Minutes of the monthly sales meeting (CH-7.4.3), and what was resolved there."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.case.forms import Remark, Words


class Resolution(Frozen):
    """One thing that a meeting resolved: what, who sees to it, by when. Each becomes a duty of its owner."""

    what: Words
    owner: Key
    due: AwareDatetime


class MeetingMinutes(Frozen):
    """销售工作会议纪要: what the meeting made of the month's complaint report. A meeting may resolve nothing."""

    held_at: AwareDatetime
    chair: Key
    attended: Annotated[tuple[Key, ...], Field(max_length=50)] = ()  # beside the chair
    discussed: Words
    resolutions: Annotated[tuple[Resolution, ...], Field(max_length=50)] = ()
    remark: Remark = ""


class ResolutionDone(Frozen):
    """What was done about a resolution."""

    done: Words
