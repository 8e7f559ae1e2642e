"""批准 of a submission, in the revision that the approver has read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.acts.act import AcceptedAct, Ending
from complaints.case.act_context import ActContext, awaits_nothing
from complaints.case.file import ActKind, ActRequest, Duty


class Approve(Ending):
    """批准: permitted once everything that the duty waits for is done."""

    kind = ActKind.APPROVE
    on_approvals = True

    def may(self, context: ActContext[Any], request: ActRequest, duty: Duty, at: datetime) -> AcceptedAct:
        awaits_nothing(context, duty)
        return super().may(context, request, duty, at)
