"""转办 of a duty to another person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.acts.act import AcceptedAct, ActOnDuty
from complaints.base.errors import Refusal, Refused
from complaints.case import duties
from complaints.case.act_context import ActContext, another_person, independent
from complaints.case.event import of_act
from complaints.case.events.duties import DutyDelegated
from complaints.case.file import Act, ActKind, ActRequest, Duty, NoticeKind
from complaints.case.port import AtWork


class Delegate(ActOnDuty):
    """转办: give the duty another owner; its clock goes on. A person it was escalated to may delegate it too.

    Not so the superiors of somebody who was waited for: they see to that person.
    """

    kind = ActKind.DELEGATE
    needs_reason = True

    def who(self, context: ActContext[Any], request: ActRequest, duty: Duty) -> None:
        of_the_owner = duty.waited_for is None or duty.own_breach_at is not None
        if not (of_the_owner and any(step.to == request.by for step in duty.climb)):
            super().who(context, request, duty)

    def may(self, context: ActContext[Any], request: ActRequest, duty: Duty, at: datetime) -> AcceptedAct:
        if duty.in_person:
            raise Refusal(Refused.IN_PERSON, duty=duty.id, owner=context.people.name(duty.owner))
        independent(context, duty, another_person(context, request, duty.id, duty.owner))
        return super().may(context, request, duty, at)

    def effect(self, case: AtWork, duty: Duty, act: Act) -> None:
        assert act.to is not None
        told = duties.notice(duty, NoticeKind.TOLD, f"told-{act.seq}", act.to, act.recorded_at)
        case.record(DutyDelegated(**of_act(act), notices=(told,)))
