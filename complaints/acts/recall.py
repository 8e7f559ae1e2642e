"""收回 of what another person was asked for: a countersignature (减签), or preparing a duty (收回委派)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.acts.act import AcceptedAct, Ending
from complaints.base.errors import Refusal, Refused
from complaints.case import duties
from complaints.case.act_context import ActContext
from complaints.case.event import Event, of_act
from complaints.case.events.duties import DutyWithdrawn
from complaints.case.file import Act, ActKind, ActRequest, Duty, File, NoticeKind
from complaints.case.four_eyes import COUNTERSIGNATURE, PREPARATION


class Recall(Ending):
    """收回: the other person need not answer any more, and the duty that waited goes on.

    By the owner of the duty that waits, or whoever stands in for the owner.
    """

    kind = ActKind.RECALL
    needs_reason = True
    decides = False

    def who(self, context: ActContext[Any], request: ActRequest, duty: Duty) -> None:
        asked = context.file.duties.get(duty.about or "")
        if asked is not None and duty.rule in (COUNTERSIGNATURE, PREPARATION):
            super().who(context, request, asked)

    def represented(self, file: File, duty: Duty) -> str | None:
        asked = file.duties.get(duty.about or "")
        return asked.owner if asked is not None else None

    def may(self, context: ActContext[Any], request: ActRequest, duty: Duty, at: datetime) -> AcceptedAct:
        if duty.rule not in (COUNTERSIGNATURE, PREPARATION):
            raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead="withdraw")
        return super().may(context, request, duty, at)

    def end(self, duty: Duty, act: Act) -> Event:
        told = duties.notice(duty, NoticeKind.CLOSED, "recalled", duty.owner, act.recorded_at, by=act.by)
        return DutyWithdrawn(**of_act(act), notices=(told,))
