"""Decision 23: a corrected receipt, or a corrected promise, moves the open clocks that count from it.

Breaches that have happened stay, marked as counted before the correction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.case import duties, urgency
from complaints.case.events.dates import DutyRecounted, redated
from complaints.case.file import Act, CaseFile, Duty, NoticeKind
from complaints.case.redating import moved_to
from complaints.clock import deadlines
from complaints.clock.limits import by_days
from complaints.clock.moments import Deadline
from complaints.clock.pauses import Span
from complaints.intake import promises
from workflows.duty_engine import DutyEngine
from workflows.receiving import ANSWER, from_receipt


def recounted(case: DutyEngine, act: Act, before: CaseFile) -> None:
    """Move the open clocks that count from the receipt or the promise that `act` has corrected."""
    old, file = before.complaint.received_at, case.file
    if (old, before.received) != (file.complaint.received_at, file.received):
        for duty in file.open_duties:
            if duty.since == old and duty.deadline.why.anchor_at in (old, before.received):
                _from_the_receipt(case, duty, act)
    if _promise(before) != (promise := _promise(case.file)):
        for duty in case.file.open_duties:
            if duty.rule == ANSWER and duty.leg == case.file.leg and not duty.changes:
                _by_the_promise(case, duty, promise, act)


def in_another_zone(case: DutyEngine, act: Act) -> None:
    """Count the open clocks that end with a day, or count office hours, by the zone of the corrected project."""
    for duty in case.file.open_duties:
        why = duty.deadline.why
        limit = deadlines.from_canonical(why.limit)
        if duty.late or not (by_days(limit) or isinstance(limit, deadlines.OfficeHours)):
            continue
        if isinstance(limit, deadlines.EndOfPeriod):
            continue
        deadline = _counted(case, duty, limit, why.anchor, why.anchor_at, duty.deadline.source, why.pauses)
        _record(case, duty, duty.since, redated(duty, deadline, case.now), act)


def _counted(
    case: DutyEngine,
    duty: Duty,
    limit: deadlines.Limit,
    anchor: str,
    since: datetime,
    source: str,
    pauses: tuple[Span, ...] = (),
) -> Deadline:
    """Return the deadline of the duty by this limit, with the calendar and office hours that the case has now."""
    return deadlines.deadline(
        limit,
        anchor,
        since,
        calendar=case.reference.calendar,
        zone=case.reference.zone,
        reminders=case.edition.rule(duty.rule).reminders,
        source=source,
        pauses=pauses,
        office=urgency.office(case.file, case.edition),
    )


def _from_the_receipt(case: DutyEngine, duty: Duty, act: Act) -> None:
    began = from_receipt(case)
    why, rule = duty.deadline.why, case.edition.rule(duty.rule)
    limit = deadlines.from_canonical(why.limit)
    if isinstance(limit, deadlines.Promised | deadlines.EndOfPeriod):
        deadline = duty.deadline  # a promised date does not depend on the receipt
    else:
        anchor = began.get("anchor") or rule.anchor or ""
        since = began.get("counts_from") or began["since"]
        deadline = _counted(case, duty, limit, anchor, since, duty.deadline.source, why.pauses)
    _record(case, duty, began["since"], redated(duty, deadline, case.now), act)


def _promise(file: CaseFile) -> datetime | None:
    """The feedback date that the customer may rely on; one from before a later leg does not count any more."""
    told = promises.in_force(file)
    if told is None or (file.leg > 1 and file.track_since is not None and told.date <= file.track_since):
        return None
    return told.date


def _by_the_promise(case: DutyEngine, duty: Duty, promise: datetime | None, act: Act) -> None:
    why, rule = duty.deadline.why, case.edition.rule(duty.rule)
    if promise is not None:
        moved = moved_to(case, duty, promise, why.anchor, why.anchor_at)
    else:
        assert rule.otherwise is not None
        deadline = _counted(case, duty, rule.otherwise, why.anchor, why.anchor_at, "house")
        moved = redated(duty, deadline, case.now)
    _record(case, duty, duty.since, moved, act)


def _record(case: DutyEngine, duty: Duty, since: datetime, moved: dict[str, Any], act: Act) -> None:
    """Record the new date and tell the owner; a breach that has come already is told instead.

    Where the time of a late duty would be over by the new date as well, its climb goes on as it was.
    """
    deadline: Deadline = moved["deadline"]
    now = case.now
    over = deadline.due <= now
    earlier = deadline.due < duty.deadline.due
    told = duties.notice(duty, NoticeKind.TOLD, f"recounted-{act.seq}", duty.owner, now).but(due=deadline.due)
    event = DutyRecounted(
        at=now,
        duty=duty.id,
        rule=duty.rule,
        act=act.seq,
        since=since,
        **moved,
        climbs_on=duty.late and over,
        held_by=case.file.received_by if earlier and not duty.late and duty.owner != case.file.received_by else None,
        notices=() if over or deadline.due == duty.deadline.due else (told,),
    )
    case.record(event)
