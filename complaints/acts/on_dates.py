"""Acts on a duty's date and on its way up the ladder. Each checks the request and answers with the form to be kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from complaints.acts.allowed import Allowed, Situation, incomplete, no_form, validated
from complaints.errors import Refusal, Refused
from complaints.forms.dates import NewDate, Waiting
from complaints.handling import above
from complaints.model import ActKind, ActRequest, Duty

CHANGES = "CH-7.3.3"
"""The policy that says of which duty the promised date may be changed, and how often."""

PAUSES = "pause.customer"
"""The policy that says how long a duty may wait for the customer in all."""


def pass_up(desk: Situation[Any], request: ActRequest, duty: Duty, at: datetime) -> dict[str, Any]:
    """上交 (CH-7.2.2): what the owner cannot solve goes to the next step, with 工作处理单 in the reason."""
    if not duty.passes_up:
        raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead="discharge")
    return no_form(request)


def reschedule(desk: Situation[Any], request: ActRequest, duty: Duty, at: datetime) -> dict[str, Any]:
    """改期 (CH-7.3.3): a later date, agreed with the customer on or before the one that was promised."""
    if desk.edition.rule(CHANGES).figures.of != duty.rule:
        raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead="discharge")
    if duty.late or max(at, desk.now) > duty.deadline.due:
        raise Refusal(Refused.WRONG_TIME, at=desk.now.isoformat(), limit=duty.deadline.due.isoformat())
    form = validated("new_date", NewDate, request.form, desk.now)
    if form.promised <= duty.deadline.due:
        raise incomplete("new_date", f"promised: not after {duty.deadline.due.isoformat()}")
    return form.model_dump(mode="json")


def too_many_changes(desk: Situation[Any], duty: Duty, allowed: Allowed) -> Allowed:
    """The date is changed no more often than the edition says (CH-7.3.3).

    The first attempt beyond that is kept, because it goes up the ladder, and is refused all the same; later ones are
    refused without a trace.
    """
    most = desk.edition.rule(CHANGES).figures.changes or 0
    attempts = [act for act in desk.file.acts if (act.kind, act.duty) == (ActKind.RESCHEDULE, duty.id)]
    if len(attempts) < most:
        return allowed
    superior = desk.people.name(above(duty, desk.people, desk.now, desk.file.about).person)
    refusal = Refusal(Refused.TOO_MANY_CHANGES, duty=duty.id, changes=str(most), superior=superior)
    if len(attempts) > most:
        raise refusal
    return allowed.but(refused=refusal.code, params=refusal.params)


def pause(desk: Situation[Any], request: ActRequest, duty: Duty, at: datetime) -> dict[str, Any]:
    """暂停: the customer is waited for, where the edition allows it; never longer in all than the house's limit."""
    if not desk.edition.rule(duty.rule).pausable:
        raise Refusal(Refused.NOT_PAUSABLE, duty=duty.id)
    if duty.late or duty.deadline.due <= at:
        raise Refusal(Refused.WRONG_TIME, at=at.isoformat(), limit=duty.deadline.due.isoformat())
    if duty.waits(at) or any(at < pause.until for pause in duty.pauses):
        raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead=ActKind.RESUME.value)
    form = validated("waiting", Waiting, request.form, desk.now)
    longest = timedelta(days=desk.edition.rule(PAUSES).figures.days or 0)
    last = at + longest - sum((pause.until - pause.since for pause in duty.pauses), timedelta())
    if not at < form.until <= last:
        raise incomplete("waiting", f"until: after {at.isoformat()}, until {last.isoformat()} at the latest")
    return form.model_dump(mode="json")


def resume(desk: Situation[Any], request: ActRequest, duty: Duty, at: datetime) -> dict[str, Any]:
    """恢复: the customer has answered, the clock goes on."""
    if not duty.waits(at):
        raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead="discharge")
    return no_form(request)


ON_DATES: dict[ActKind, Callable[[Situation[Any], ActRequest, Duty, datetime], dict[str, Any]]] = {
    ActKind.PASS_UP: pass_up,
    ActKind.RESCHEDULE: reschedule,
    ActKind.PAUSE: pause,
    ActKind.RESUME: resume,
}
