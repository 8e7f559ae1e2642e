"""知悉 of an escalation."""

from __future__ import annotations

from typing import Any

from complaints.acts.act import ActOnDuty
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext
from complaints.case.event import of_act
from complaints.case.events.duties import DutyAcknowledged
from complaints.case.file import Act, ActKind, ActRequest, Duty, File
from complaints.case.port import AtWork


class Acknowledge(ActOnDuty):
    """知悉: a person whom a breach was escalated to acknowledges it. The escalation stops; the duty stays open."""

    kind = ActKind.ACKNOWLEDGE

    def who(self, context: ActContext[Any], request: ActRequest, duty: Duty) -> None:
        if not any(step.to == request.by and not step.acknowledged_by for step in duty.climb):
            raise Refusal(Refused.NOT_ESCALATED_TO_YOU, duty=duty.id)

    def represented(self, file: File, duty: Duty) -> str | None:
        return None

    def effect(self, case: AtWork, duty: Duty, act: Act) -> None:
        case.record(DutyAcknowledged(**of_act(act)))
