"""恢复 of a duty's clock that is paused for the customer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.acts.act import AcceptedAct, ActOnDuty
from complaints.acts.pause import waiting
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext
from complaints.case.event import of_act
from complaints.case.events.dates import DutyResumed
from complaints.case.file import Act, ActKind, ActRequest, Duty
from complaints.case.port import AtWork


class Resume(ActOnDuty):
    """恢复: the customer has answered, so the clock resumes before the pause's latest end."""

    kind = ActKind.RESUME

    def may(self, context: ActContext[Any], request: ActRequest, duty: Duty, at: datetime) -> AcceptedAct:
        if not duty.waits(at):
            raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead="discharge")
        return super().may(context, request, duty, at)

    def effect(self, case: AtWork, duty: Duty, act: Act) -> None:
        over = duty.pauses[-1].but(until=act.at)
        case.record(DutyResumed(**of_act(act), **waiting(case, duty, (*duty.pauses[:-1], over))))
