"""What acts do to a duty's date: another is agreed with the customer, or the clock waits for the customer."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from complaints import deadlines
from complaints.case.event import of_act
from complaints.case.events.dates import DutyPaused, DutyRescheduled, DutyResumed, RescheduleRefused, redated
from complaints.editions import Source
from complaints.forms.dates import NewDate, Waiting
from complaints.model import Act, Duty, Pause
from workflows.casework import Casework


def reschedule(case: Casework, duty: Duty, act: Act) -> None:
    """CH-7.3.3: another date was agreed with the customer. An attempt too many leaves the date, and is on record."""
    if len(duty.changes) >= (case.edition.rule("CH-7.3.3").figures.changes or 0):
        case.record(RescheduleRefused(**of_act(act)))
        return
    deadline = deadlines.deadline(
        deadlines.Promised(),
        "new_date",
        act.at,
        calendar=case.reference.calendar,
        zone=case.reference.zone,
        reminders=case.edition.rule(duty.rule).reminders,
        source=Source.DOCUMENT.value,
        promised=NewDate.model_validate(act.form).promised.astimezone(UTC),
    )
    case.record(DutyRescheduled(**of_act(act), **redated(duty, deadline, case.now)))


def pause(case: Casework[Any], duty: Duty, act: Act) -> None:
    """The customer is waited for: the clock stands still, at the longest until the time that was said."""
    until = Waiting.model_validate(act.form).until
    begun = Pause(since=act.at, until=until, by=act.by, reason=act.reason)
    case.record(DutyPaused(**of_act(act), **_waiting(case, duty, (*duty.pauses, begun))))


def resume(case: Casework[Any], duty: Duty, act: Act) -> None:
    """The customer has answered: the clock goes on."""
    over = duty.pauses[-1].but(until=act.at)
    case.record(DutyResumed(**of_act(act), **_waiting(case, duty, (*duty.pauses[:-1], over))))


def _waiting(case: Casework[Any], duty: Duty, pauses: tuple[Pause, ...]) -> dict[str, Any]:
    spans = tuple((pause.since, pause.until) for pause in pauses)
    reminders = case.edition.rule(duty.rule).reminders
    deadline = deadlines.paused(duty.deadline, spans, case.reference.calendar, reminders)
    return {**redated(duty, deadline, case.now), "pauses": pauses}
