"""重大客户投诉应急预案 3: a complaint that is not solved within a month of its receipt becomes a major one (MC-3c).

By its own timer, and once in its life: whoever makes it ordinary again after that has decided. What counts is that an
ordinary complaint was not handled; revisits and paper may take longer. What facts and repeats make of a complaint
(MC-3a, MC-3b) is not for a timer: a supervisor decides it, at the grading or from the watch list.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from complaints import grading
from complaints.case.complaint import Track
from complaints.case.event import noticed_late
from complaints.case.events.case import BecameMajor
from complaints.case.file import CaseFile
from complaints.clock import deadlines
from complaints.clock.moments import Deadline
from workflows.duty_engine import DutyEngine

MONTH = "MC-3c"


def month_of(case: DutyEngine) -> Deadline:
    """The time within which the complaint has to be solved."""
    return grading.month_to_solve(case.file.complaint.received_at, case.edition, case.reference)


def made_major(case: DutyEngine, month: Deadline, since: datetime) -> None:
    """Write down that the month made it a major complaint, whose clocks start at `since`."""
    case.record(BecameMajor(at=since, rule=MONTH, month=month, **noticed_late(since, case.now)))


async def becoming_major(case: DutyEngine, change_track: Callable[[Track, datetime, str], None]) -> None:
    """Hold the timer while the complaint is ordinary and not handled; at its end the major track begins.

    The new clocks start at the end of the month, even if an outage lies between, or when the complaint became an
    ordinary one, if that was later.
    """
    month = month_of(case)
    while case.file.unsolved is None:
        await case.wait_until(lambda: solution_owed(case.file))
        left = month.due - case.now
        if left > timedelta():
            with suppress(TimeoutError):
                await case.wait_until(lambda: not solution_owed(case.file), within=left, timer=_summary(case, month))
            continue
        assert case.file.track_since is not None
        since = max(month.due, case.file.track_since)
        made_major(case, month, since)
        change_track(Track.MAJOR, since, MONTH)


def solution_owed(file: CaseFile) -> bool:
    """Whether the complaint still waits for its solution on the ordinary track."""
    return file.track is Track.ORDINARY and file.handled_at is None and not file.closed


def _summary(case: DutyEngine, month: Deadline) -> str:
    """For the timer, as an operator sees it: the end of a day is 24:00 of that day."""
    day = deadlines.local(month.due, case.reference.zone) - timedelta(days=1)
    return f"{MONTH} · becomes major unless handled by {day:%Y-%m-%d} 24:00"
