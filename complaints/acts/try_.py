"""联系未果: the customer or the media were not reached."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.acts.act import AcceptedAct, ActOnDuty, allowed_on
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext, validated
from complaints.case.event import of_act
from complaints.case.events.duties import ContactTried
from complaints.case.file import Act, ActKind, ActRequest, Duty
from complaints.case.forms import Words
from complaints.case.port import AtWork
from complaints.revisits.forms import RevisitWay


class ContactAttempt(Frozen):
    """How they were tried, and what happened."""

    way: RevisitWay
    note: Words


class Try(ActOnDuty):
    """联系未果: record a try to reach the customer or the media. The duty stays open and its clock goes on.

    For duties that are talks with them (`Rule.contact`). Every try is on record (CR-5.3.1).
    """

    kind = ActKind.TRY
    form = ContactAttempt

    def may(self, context: ActContext[Any], request: ActRequest, duty: Duty, at: datetime) -> AcceptedAct:
        if not context.edition.rule(duty.rule).contact:
            raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead="discharge")
        return allowed_on(duty, at, validated("contact_attempt", ContactAttempt, request.form, context.now))

    def effect(self, case: AtWork, duty: Duty, act: Act) -> None:
        case.record(ContactTried(**of_act(act)))
