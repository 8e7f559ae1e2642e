"""撤回 of a submission before it is answered."""

from __future__ import annotations

from typing import Any

from complaints.acts.act import Ending
from complaints.base.errors import Refusal, Refused
from complaints.case import duties
from complaints.case.act_context import ActContext
from complaints.case.event import Event, of_act
from complaints.case.events.duties import DutyWithdrawn
from complaints.case.file import Act, ActKind, ActRequest, Duty, File, NoticeKind


class Withdraw(Ending):
    """撤回: by the person who submitted it. It closes the approver's duty without it being done."""

    kind = ActKind.WITHDRAW
    needs_reason = True
    decides = False

    def who(self, context: ActContext[Any], request: ActRequest, duty: Duty) -> None:
        if duty.withdrawable_by != request.by:
            raise Refusal(Refused.NOT_YOURS, duty=duty.id, owner=context.people.name(duty.withdrawable_by or ""))

    def represented(self, file: File, duty: Duty) -> str | None:
        return None

    def end(self, duty: Duty, act: Act) -> Event:
        told = duties.notice(duty, NoticeKind.CLOSED, "withdrawn", duty.owner, act.recorded_at)
        return DutyWithdrawn(**of_act(act), notices=(told,))
