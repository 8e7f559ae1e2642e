"""暂停 of a duty's clock while it waits for the customer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime

from complaints.acts.act import AcceptedAct, ActOnDuty, allowed_on
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case import urgency
from complaints.case.act_context import ActContext, incomplete, validated
from complaints.case.event import of_act
from complaints.case.events.dates import DutyPaused, redated
from complaints.case.file import Act, ActKind, ActRequest, Duty
from complaints.case.file import DutyPause as Waited
from complaints.case.port import AtWork
from complaints.clock import deadlines

PAUSES = "pause.customer"
"""The policy with the maximum total time that a duty may wait for the customer."""


class Waiting(Frozen):
    """The form of a pause: the latest end, at which the clock resumes by itself."""

    until: AwareDatetime


class Pause(ActOnDuty):
    """暂停: stop the clock while waiting for the customer, if the edition allows it, within the house's total limit."""

    kind = ActKind.PAUSE
    form = Waiting
    needs_reason = True

    def may(self, context: ActContext[Any], request: ActRequest, duty: Duty, at: datetime) -> AcceptedAct:
        if not context.edition.rule(duty.rule).pausable:
            raise Refusal(Refused.NOT_PAUSABLE, duty=duty.id)
        if duty.late or duty.deadline.due <= at:
            raise Refusal(Refused.WRONG_TIME, at=at.isoformat(), limit=duty.deadline.due.isoformat())
        if duty.waits(at) or any(at < pause.until for pause in duty.pauses):
            raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead=ActKind.RESUME.value)
        form = validated("waiting", Waiting, request.form, context.now)
        longest = timedelta(days=context.edition.rule(PAUSES).figures.days or 0)
        last = at + longest - sum((pause.until - pause.since for pause in duty.pauses), timedelta())
        if not at < form.until <= last:
            raise incomplete("waiting", f"until: after {at.isoformat()}, until {last.isoformat()} at the latest")
        return allowed_on(duty, at, form)

    def effect(self, case: AtWork, duty: Duty, act: Act) -> None:
        until = Waiting.model_validate(act.form).until
        begun = Waited(since=act.at, until=until, by=act.by, reason=act.reason)
        case.record(DutyPaused(**of_act(act), **waiting(case, duty, (*duty.pauses, begun))))


def waiting(case: AtWork, duty: Duty, pauses: tuple[Waited, ...]) -> dict[str, Any]:
    """Return the arguments of the event that gives the duty these pauses and the deadline that follows from them."""
    spans = tuple((pause.since, pause.until) for pause in pauses)
    reminders = case.edition.rule(duty.rule).reminders
    office = urgency.office(case.file, case.edition)
    deadline = deadlines.paused(duty.deadline, spans, case.reference.calendar, reminders, office=office)
    return {**redated(duty, deadline, case.now), "pauses": pauses}
