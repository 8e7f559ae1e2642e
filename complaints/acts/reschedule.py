"""改期 of a promised date (CH-7.3.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import AwareDatetime, field_validator

from complaints.acts.act import AcceptedAct, ActOnDuty, allowed_on
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext, incomplete, validated
from complaints.case.event import of_act
from complaints.case.events.dates import DutyRescheduled, RescheduleRefused
from complaints.case.file import Act, ActKind, ActRequest, Duty
from complaints.case.forms import Words
from complaints.case.port import AtWork
from complaints.case.redating import moved_to
from complaints.editions.model import LimitSource
from complaints.ordinary.handling import above

CHANGES = "CH-7.3.3"
"""The policy that names the duty whose promised date may be changed, and how often."""


class NewDate(Frozen):
    """A new feedback date, agreed with the customer and with the customer's understanding (CH-7.3.3)."""

    promised: AwareDatetime
    understood: bool
    customers_view: Words

    @field_validator("understood")
    @classmethod
    def _is_understood(cls, understood: bool) -> bool:
        if not understood:
            raise ValueError("without the customer's understanding the old date stays (CH-7.3.3)")
        return understood


class Reschedule(ActOnDuty):
    """改期 (CH-7.3.3): a later date, agreed with the customer no later than the date promised before."""

    kind = ActKind.RESCHEDULE
    form = NewDate
    needs_reason = True

    def may(self, context: ActContext[Any], request: ActRequest, duty: Duty, at: datetime) -> AcceptedAct:
        if context.edition.rule(CHANGES).figures.of != duty.rule:
            raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead="discharge")
        if duty.late or max(at, context.now) > duty.deadline.due:
            raise Refusal(Refused.WRONG_TIME, at=context.now.isoformat(), limit=duty.deadline.due.isoformat())
        form = validated("new_date", NewDate, request.form, context.now)
        if form.promised <= duty.deadline.due:
            raise incomplete("new_date", f"promised: not after {duty.deadline.due.isoformat()}")
        return _unless_too_often(context, duty, allowed_on(duty, at, form))

    def effect(self, case: AtWork, duty: Duty, act: Act) -> None:
        """Record the new date. An attempt beyond the permitted number is recorded and leaves the date unchanged."""
        if len(duty.changes) >= (case.edition.rule(CHANGES).figures.changes or 0):
            case.record(RescheduleRefused(**of_act(act)))
            return
        date = NewDate.model_validate(act.form).promised.astimezone(UTC)
        dated = moved_to(case, duty, date, "new_date", act.at, LimitSource.DOCUMENT)
        case.record(DutyRescheduled(**of_act(act), **dated))


def _unless_too_often(context: ActContext[Any], duty: Duty, allowed: AcceptedAct) -> AcceptedAct:
    """Limit the number of date changes to that of the edition (CH-7.3.3).

    The first attempt beyond it is recorded, because it goes up the ladder, but still answered with a refusal. Raises
    `Refusal` for later attempts, which are not recorded.
    """
    most = context.edition.rule(CHANGES).figures.changes or 0
    attempts = [act for act in context.file.acts if (act.kind, act.duty) == (ActKind.RESCHEDULE, duty.id)]
    if len(attempts) < most:
        return allowed
    superior = context.people.name(above(duty, context.people, context.now, context.file.about).person)
    refusal = Refusal(Refused.TOO_MANY_CHANGES, duty=duty.id, changes=str(most), superior=superior)
    if len(attempts) > most:
        raise refusal
    return allowed.but(refused=refusal.code, params=refusal.params)
