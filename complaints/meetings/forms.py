"""Minutes of the monthly sales meeting (CH-7.4.3), and its resolutions."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.case.forms import Remark, Words


class Resolution(Frozen):
    """One resolution of a meeting: what is done, its owner, its deadline. It becomes a duty of that owner."""

    what: Words
    owner: Key
    due: AwareDatetime


class MeetingMinutes(Frozen):
    """销售工作会议纪要: the meeting's conclusions from the month's complaint report. A meeting may resolve nothing."""

    held_at: AwareDatetime
    chair: Key
    attended: Annotated[tuple[Key, ...], Field(max_length=50)] = ()  # besides the chair
    discussed: Words
    resolutions: Annotated[tuple[Resolution, ...], Field(max_length=50)] = ()
    remark: Remark = ""


class ReportMinutes(MeetingMinutes):
    """The minutes, with the complaint report that the meeting has analysed."""

    report: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ResolutionDone(Frozen):
    """What was done about a resolution."""

    done: Words
