"""What acts do to a duty's date: the clock stands still while the customer is waited for, and goes on."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from complaints import deadlines
    from complaints.duties import LineDraft
    from complaints.forms.dates import Waiting
    from complaints.model import Act, Duty, Pause

from workflows.casework import Casework, recorded


def pause(case: Casework, duty: Duty, act: Act) -> None:
    """The customer is waited for: the clock stands still, at the longest until the time that was said."""
    until = Waiting.model_validate(act.form).until
    begun = Pause(since=act.at, until=until, by=act.by, reason=act.reason)
    _wait(case, duty, (*duty.pauses, begun), "duty.paused", act)


def resume(case: Casework, duty: Duty, act: Act) -> None:
    """The customer has answered: the clock goes on."""
    _wait(case, duty, (*duty.pauses[:-1], duty.pauses[-1].but(until=act.at)), "duty.resumed", act)


def _wait(case: Casework, duty: Duty, pauses: tuple[Pause, ...], kind: str, act: Act) -> None:
    spans = tuple((pause.since, pause.until) for pause in pauses)
    reminders = case.edition.rule(duty.rule).reminders
    deadline = deadlines.paused(duty.deadline, spans, case.reference.calendar, reminders)
    case.redate(duty.but(pauses=pauses), deadline)
    data = {**recorded(act), "old_due": duty.deadline.due.isoformat(), "new_due": deadline.due.isoformat()}
    case.write(LineDraft(kind=kind, at=act.at, by=act.by, duty=duty.id, rule=duty.rule, data=data), act=act)
