"""集中处理: this case leads other cases about the same subject."""

from __future__ import annotations

from datetime import datetime

from complaints.acts.act import AcceptedAct, ActOnCase, on_case
from complaints.acts.other_cases import Other, able_to_join, cannot_join, pending
from complaints.case.act_context import ActContext, by_role, validated
from complaints.case.event import of_act
from complaints.case.events.case import Gathering
from complaints.case.file import Act, ActKind, ActRequest, LinkKind
from complaints.case.messages import MessageKind, link
from complaints.case.port import CaseAtWork
from complaints.people.roles import SUPERVISOR


class Gather(ActOnCase):
    """集中处理: ask the case `to` to be handled within this case. It takes effect once that case agrees."""

    kind = ActKind.GATHER
    form = Other
    needs_reason = True
    of_role = SUPERVISOR

    def may(self, context: ActContext, request: ActRequest, at: datetime) -> AcceptedAct:
        by_role(context, request, SUPERVISOR, "GATHER")
        form = validated("other", Other, request.form, context.now)
        able_to_join(context.file, request)
        if link(context.file, LinkKind.GATHERED_INTO):
            raise cannot_join(request, "led")
        if link(context.file, LinkKind.GATHERED, request.to):
            raise cannot_join(request, "already")
        return on_case(context, "GATHER", at, form.model_dump(mode="json", exclude_none=True))

    def effect(self, case: CaseAtWork, act: Act) -> None:
        case.record(Gathering(**of_act(act), link=pending(LinkKind.GATHERED, act)))
        case.ask(MessageKind.GATHER, act)
