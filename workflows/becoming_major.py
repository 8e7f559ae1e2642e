"""重大客户投诉应急预案 3: a complaint that is not solved within a month of its receipt becomes a major one (MC-3c).

A timer of its own does this, once per case: a later regrade to ordinary is a decision that stands. The criterion is
that an ordinary complaint was not handled; revisits and paperwork may take longer. A timer does not evaluate facts and
repeats (MC-3a, MC-3b): a supervisor decides about these, at the grading or from the watch list.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from complaints import grading
from complaints.case.complaint import Track
from complaints.case.event import noticed_late
from complaints.case.events.case import BecameMajor, MonthOver
from complaints.case.file import CaseFile
from complaints.clock import deadlines
from complaints.clock.moments import Deadline
from workflows.duty_engine import DutyEngine

MONTH = "MC-3c"


def month_of(case: DutyEngine) -> Deadline:
    """The deadline for solving the complaint."""
    return grading.month_to_solve(case.file.complaint.received_at, case.edition, case.reference)


def month_over(case: DutyEngine, month: Deadline, since: datetime) -> bool:
    """Apply the end of the month, and return whether it has made the complaint major.

    One that is not about the property service stays on its track: the watch list proposes one level higher (decision
    21 of the procedures' common rules).
    """
    if grading.is_elsewhere(case.file.complaint, case.edition, case.reference.directory):
        case.record(MonthOver(at=since, rule=MONTH, month=month, **noticed_late(since, case.now)))
        return False
    made_major(case, month, since)
    return True


def made_major(case: DutyEngine, month: Deadline, since: datetime) -> None:
    """Record that the end of the month made it a major complaint, whose clocks start at `since`."""
    case.record(BecameMajor(at=since, rule=MONTH, month=month, **noticed_late(since, case.now)))


async def becoming_major(case: DutyEngine, change_track: Callable[[Track, datetime, str], None]) -> None:
    """Run the timer while the complaint is ordinary and not handled; when it fires, the major track begins.

    The new clocks start at the end of the month, even after an outage, or when the complaint became an ordinary one,
    if that was later.
    """
    while case.file.unsolved is None and case.file.month_over is None:
        await case.wait_until(lambda: solution_owed(case.file))
        month, received = month_of(case), case.file.complaint.received_at
        left = month.due - case.now
        if left > timedelta():
            with suppress(TimeoutError):
                await case.wait_until(
                    lambda received=received: (
                        not solution_owed(case.file) or case.file.complaint.received_at != received
                    ),
                    within=left,
                    timer=_summary(case, month),
                )
            continue
        assert case.file.track_since is not None
        since = max(month.due, case.file.track_since)
        if month_over(case, month, since):
            change_track(Track.MAJOR, since, MONTH)


def solution_owed(file: CaseFile) -> bool:
    """Whether the complaint is on the ordinary track and not handled yet."""
    return file.track is Track.ORDINARY and file.handled_at is None and not file.closed


def _summary(case: DutyEngine, month: Deadline) -> str:
    """The timer's summary for operators; the end of a day is written as 24:00 of that day."""
    day = deadlines.local(month.due, case.reference.zone) - timedelta(days=1)
    return f"{MONTH} · becomes major unless handled by {day:%Y-%m-%d} 24:00"
