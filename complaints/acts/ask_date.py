"""申请改期: another date for what somebody in the company set a date for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime

from complaints.acts.act import AcceptedAct, ActOnDuty, allowed_on
from complaints.acts.requests import decided_before
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext, incomplete, validated
from complaints.case.event import of_act
from complaints.case.events.duties import DateAsked
from complaints.case.file import Act, ActKind, ActRequest, Duty
from complaints.case.port import AtWork, by_act
from complaints.editions.rule_ids import RuleId


class AskedDate(Frozen):
    """The date that is asked for."""

    date: AwareDatetime


class AskDate(ActOnDuty):
    """申请改期: ask for another date, with a reason; it holds once whoever the edition names has approved it.

    For duties whose date somebody in the company set (`Rule.date_approval`). A date promised to the customer is changed
    with the customer's understanding (`reschedule`). Until the decision the old date holds; a breach stays on record.
    """

    kind = ActKind.ASK_DATE
    form = AskedDate
    needs_reason = True

    def may(self, context: ActContext[Any], request: ActRequest, duty: Duty, at: datetime) -> AcceptedAct:
        if context.edition.rule(duty.rule).date_approval is None:
            raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead="discharge")
        form = validated("date", AskedDate, request.form, context.now)
        if form.date <= context.now:
            raise incomplete("date", "date: not in the future")
        if form.date == duty.deadline.due:
            raise Refusal(Refused.NOTHING_CHANGES, act=request.kind.value)
        asked = {by_act(one.seq) for one in context.file.acts if (one.kind, one.duty) == (self.kind, duty.id)}
        decided_before(context, lambda other: other.about in asked)
        return allowed_on(duty, at, form)

    def effect(self, case: AtWork, duty: Duty, act: Act) -> None:
        """Open the approval."""
        case.record(DateAsked(**of_act(act)))
        approval: RuleId | Any = case.edition.rule(duty.rule).date_approval
        own = case.edition.rule(duty.rule).owner  # MC-5.2.3b: what is owed under another role is approved by that role
        role = duty.role if duty.role != own and duty.role else case.edition.rule(approval).owner
        case.asks_approval(approval, act, role=role, returns_to=(duty.rule,), department=duty.department)
