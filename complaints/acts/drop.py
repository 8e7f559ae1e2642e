"""撤诉 by the customer."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime

from complaints.acts.act import AcceptedAct, ActOnCase, on_case
from complaints.acts.other_cases import others_depend
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext, by_receiver, incomplete, validated
from complaints.case.complaint import Track
from complaints.case.event import of_act
from complaints.case.events.case import Dropped
from complaints.case.file import Act, ActKind, ActRequest
from complaints.case.joined_forms import WithdrawalWay
from complaints.case.messages import merged_customers
from complaints.case.port import CaseAtWork


class Withdrawal(Frozen):
    """撤诉: how and when the customer withdrew the complaint."""

    how: WithdrawalWay
    said_at: AwareDatetime


class Drop(ActOnCase):
    """撤诉: the customer's withdrawal ends the handling. A crisis is regraded first; a case in court is refused."""

    kind = ActKind.DROP
    form = Withdrawal
    needs_reason = True

    def may(self, context: ActContext, request: ActRequest, at: datetime) -> AcceptedAct:
        by_receiver(context, request, "DROP")
        form = validated("drop", Withdrawal, request.form, context.now)
        file = context.file
        name = file.number or file.key
        if file.track is Track.LEGAL:
            raise Refusal(Refused.IN_COURT, case=name, act=request.kind.value)
        if file.track is Track.CRISIS:
            raise Refusal(Refused.WRONG_ACT, duty=name, act=request.kind.value, instead=ActKind.REGRADE.value)
        if file.track in (Track.WITHDRAWN, Track.MERGED):
            raise Refusal(Refused.WRONG_ACT, duty=name, act=request.kind.value, instead=ActKind.DISCHARGE.value)
        if merged_customers(file):
            raise others_depend(file, request)
        if form.said_at > at:
            raise incomplete("drop", "said_at: in the future")
        if form.said_at < file.complaint.received_at:
            raise incomplete("drop", "said_at: before the complaint came in")
        return on_case(context, "DROP", at, form)

    def effect(self, case: CaseAtWork, act: Act) -> None:
        case.record(Dropped(**of_act(act)))
        case.withdrawn(by="withdrawn by the customer", since=Withdrawal.model_validate(act.form).said_at)
