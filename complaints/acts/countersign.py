"""加签: another person signs before an approval is given."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.acts.act import AcceptedAct, ActOnDuty
from complaints.case.act_context import ActContext, another_person, independent
from complaints.case.event import of_act
from complaints.case.events.duties import CountersignatureAsked
from complaints.case.file import Act, ActKind, ActRequest, Duty
from complaints.case.port import AtWork


class Countersign(ActOnDuty):
    """加签: ask another person for an opinion. It opens a duty of that person, which the approval waits for."""

    kind = ActKind.COUNTERSIGN
    needs_reason = True
    on_approvals = True

    def may(self, context: ActContext[Any], request: ActRequest, duty: Duty, at: datetime) -> AcceptedAct:
        person = another_person(context, request, duty.id, duty.owner)
        independent(context, duty, person, countersigns=True)
        return super().may(context, request, duty, at)

    def effect(self, case: AtWork, duty: Duty, act: Act) -> None:
        case.record(CountersignatureAsked(**of_act(act)))
        case.asked_of_another(duty, act)
