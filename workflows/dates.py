"""What acts do to a duty's date: another is agreed with the customer, or the clock waits for the customer."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from complaints import deadlines
    from complaints.duties import LineDraft
    from complaints.editions import Source
    from complaints.forms.dates import NewDate, Waiting
    from complaints.model import Act, DateChange, Duty, Pause

from workflows.casework import Casework
from workflows.docket import recorded


def reschedule(case: Casework, duty: Duty, act: Act) -> None:
    """CH-7.3.3: another date was agreed with the customer. An attempt too many leaves the date, and is on record."""
    if len(duty.changes) >= (case.edition.rule("CH-7.3.3").figures.changes or 0):
        line = LineDraft(
            kind="duty.reschedule-refused", at=act.at, by=act.by, duty=duty.id, rule=duty.rule, data=recorded(act)
        )
        case.write(line, act=act)
        return
    old, new = duty.deadline.due, NewDate.model_validate(act.form).promised.astimezone(UTC)
    deadline = deadlines.deadline(
        deadlines.Promised(),
        "new_date",
        act.at,
        calendar=case.reference.calendar,
        zone=case.reference.zone,
        reminders=case.edition.rule(duty.rule).reminders,
        source=Source.DOCUMENT.value,
        promised=new,
    )
    change = DateChange(at=act.at, by=act.by, old=old, new=new, reason=act.reason)
    case.redate(duty.but(changes=(*duty.changes, change)), deadline)
    data = {**recorded(act), "old_due": old.isoformat(), "new_due": new.isoformat()}
    line = LineDraft(kind="duty.rescheduled", at=act.at, by=act.by, duty=duty.id, rule=duty.rule, data=data)
    case.write(line, act=act)


def pause(case: Casework[Any], duty: Duty, act: Act) -> None:
    """The customer is waited for: the clock stands still, at the longest until the time that was said."""
    until = Waiting.model_validate(act.form).until
    begun = Pause(since=act.at, until=until, by=act.by, reason=act.reason)
    _wait(case, duty, (*duty.pauses, begun), "duty.paused", act)


def resume(case: Casework[Any], duty: Duty, act: Act) -> None:
    """The customer has answered: the clock goes on."""
    _wait(case, duty, (*duty.pauses[:-1], duty.pauses[-1].but(until=act.at)), "duty.resumed", act)


def _wait(case: Casework[Any], duty: Duty, pauses: tuple[Pause, ...], kind: str, act: Act) -> None:
    spans = tuple((pause.since, pause.until) for pause in pauses)
    reminders = case.edition.rule(duty.rule).reminders
    deadline = deadlines.paused(duty.deadline, spans, case.reference.calendar, reminders)
    case.redate(duty.but(pauses=pauses), deadline)
    data = {**recorded(act), "old_due": duty.deadline.due.isoformat(), "new_due": deadline.due.isoformat()}
    case.write(LineDraft(kind=kind, at=act.at, by=act.by, duty=duty.id, rule=duty.rule, data=data), act=act)
