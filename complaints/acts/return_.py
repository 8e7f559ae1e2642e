"""退回 to an earlier step."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.acts.act import AcceptedAct, Ending
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext
from complaints.case.file import ActKind, ActRequest, Duty


class Return(Ending):
    """退回: the submission is not approved and goes back to one of the steps in the duty's `returns_to`."""

    kind = ActKind.RETURN
    needs_reason = True
    on_approvals = True

    def may(self, context: ActContext[Any], request: ActRequest, duty: Duty, at: datetime) -> AcceptedAct:
        if request.to not in duty.returns_to:
            raise Refusal(Refused.NO_SUCH_STEP, to=request.to or "—", steps=", ".join(duty.returns_to))
        return super().may(context, request, duty, at)
