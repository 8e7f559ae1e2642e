"""上交 to the next step of the ladder (CH-7.2.2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.acts.act import AcceptedAct, Ending
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext
from complaints.case.event import Event, of_act
from complaints.case.events.duties import DutyPassedUp
from complaints.case.file import Act, ActKind, ActRequest, Duty


class PassUp(Ending):
    """上交 (CH-7.2.2): an owner who cannot solve it passes the duty to the next step, with 工作处理单 in the reason."""

    kind = ActKind.PASS_UP
    needs_reason = True

    def may(self, context: ActContext[Any], request: ActRequest, duty: Duty, at: datetime) -> AcceptedAct:
        if not duty.passes_up:
            raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead="discharge")
        return super().may(context, request, duty, at)

    def end(self, duty: Duty, act: Act) -> Event:
        return DutyPassedUp(**of_act(act))
