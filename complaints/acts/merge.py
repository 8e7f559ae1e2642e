"""并案 of a duplicate into another case."""

from __future__ import annotations

from datetime import datetime

from complaints.acts.act import AcceptedAct, ActOnCase, on_case
from complaints.acts.other_cases import Other, able_to_join, others_depend, pending
from complaints.case.act_context import ActContext, by_role, validated
from complaints.case.event import of_act
from complaints.case.events.case import Merging
from complaints.case.file import Act, ActKind, ActRequest, LinkKind
from complaints.case.messages import MessageKind, leads
from complaints.case.port import CaseAtWork
from complaints.people.roles import SUPERVISOR


class Merge(ActOnCase):
    """并案: this case is a duplicate; ask the case `to` to take it in. It takes effect once that case agrees."""

    kind = ActKind.MERGE
    form = Other
    needs_reason = True
    of_role = SUPERVISOR

    def may(self, context: ActContext, request: ActRequest, at: datetime) -> AcceptedAct:
        by_role(context, request, SUPERVISOR, "MERGE")
        form = validated("other", Other, request.form, context.now)
        able_to_join(context.file, request)
        if leads(context.file):
            raise others_depend(context.file, request)
        return on_case(context, "MERGE", at, form.model_dump(mode="json", exclude_none=True))

    def effect(self, case: CaseAtWork, act: Act) -> None:
        case.record(Merging(**of_act(act), link=pending(LinkKind.MERGED_INTO, act)))
        case.ask(MessageKind.MERGE, act)
