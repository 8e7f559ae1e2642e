"""认领 of a duty by another holder of its role."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.acts.act import AcceptedAct, ActOnDuty
from complaints.base.errors import Refusal, Refused
from complaints.case import duties
from complaints.case.act_context import ActContext, independent
from complaints.case.event import of_act
from complaints.case.events.duties import DutyClaimed
from complaints.case.file import Act, ActKind, ActRequest, Duty, File, NoticeKind
from complaints.case.pools import claimable
from complaints.case.port import AtWork


class ClaimDuty(ActOnDuty):
    """认领 (decision 24): a holder of the role takes a duty that went to another holder of it; its clock goes on.

    Not what somebody was named for, has claimed or was given by a person: that is delegated.
    """

    kind = ActKind.CLAIM

    def who(self, context: ActContext[Any], request: ActRequest, duty: Duty) -> None:
        if not claimable(duty, request.by, context.people, context.now):
            raise Refusal(Refused.NOT_YOURS, duty=duty.id, owner=context.people.name(duty.owner))

    def represented(self, file: File, duty: Duty) -> str | None:
        return None

    def may(self, context: ActContext[Any], request: ActRequest, duty: Duty, at: datetime) -> AcceptedAct:
        independent(context, duty, request.by)
        return super().may(context, request, duty, at)

    def effect(self, case: AtWork, duty: Duty, act: Act) -> None:
        told = duties.notice(duty, NoticeKind.CLOSED, f"claimed-{act.seq}", duty.owner, act.recorded_at, by=act.by)
        case.record(DutyClaimed(**of_act(act), notices=(told,)))
