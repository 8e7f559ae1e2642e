"""已阅: somebody has read what they were told for information."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.acts.act import AcceptedAct, ActOnCase, on_case
from complaints.base.errors import Refusal, Refused
from complaints.case import information
from complaints.case.act_context import ActContext, no_form
from complaints.case.event import of_act
from complaints.case.events.case import Read
from complaints.case.file import Act, ActKind, ActRequest
from complaints.case.port import AtWork


class MarkRead(ActOnCase):
    """已阅: the person has read all that the case has told them for information so far."""

    kind = ActKind.READ
    on_rounds = True

    def may(self, context: ActContext[Any], request: ActRequest, at: datetime) -> AcceptedAct:
        file = context.file
        if not information.unread(file, request.by) and not file.trimmed:
            raise Refusal(Refused.NOTHING_TO_READ, case=file.name)
        return on_case(context, information.COPY, at, no_form(request))

    def effect(self, case: AtWork, act: Act) -> None:
        case.record(Read(**of_act(act)))
