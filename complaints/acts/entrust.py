"""委派 of the work on a duty: another person prepares it, and it comes back to its owner."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime

from complaints.acts.act import AcceptedAct, ActOnDuty, allowed_on
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext, another_person, in_the_future, incomplete, validated
from complaints.case.event import of_act
from complaints.case.events.duties import PreparationAsked
from complaints.case.file import Act, ActKind, ActRequest, Duty
from complaints.case.four_eyes import COUNTERSIGNATURE, PREPARATION
from complaints.case.port import AtWork


class Preparation(Frozen):
    """Until when the owner wants it back, which is before the duty is due; by default at half of the time that is left.

    For a duty that is late and without a date: the house limit of the rule `PREPARE`.
    """

    until: AwareDatetime | None = None

    def promised(self, duty: Duty, at: datetime) -> datetime | None:
        """Return until when it is wanted by an act at `at`; None for the house limit."""
        if self.until is not None or duty.deadline.due <= at:
            return self.until
        return at + (duty.deadline.due - at) / 2


class Entrust(ActOnDuty):
    """委派: ask another person to prepare what the duty requires. It opens a duty of that person.

    The owner keeps the duty, waits for the other's report, and does it then. The owner may take it back (`Recall`).
    """

    kind = ActKind.ENTRUST
    form = Preparation
    needs_reason = True
    on_approvals = False

    def may(self, context: ActContext[Any], request: ActRequest, duty: Duty, at: datetime) -> AcceptedAct:
        if PREPARATION not in context.edition.rules or duty.about in context.file.duties:
            raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead="delegate")
        if duty.in_person:
            raise Refusal(Refused.IN_PERSON, duty=duty.id, owner=context.people.name(duty.owner))
        asked = (one for one in context.file.open_duties if one.about == duty.id)
        if any(one.rule in (COUNTERSIGNATURE, PREPARATION) for one in asked):
            raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead="recall")
        another_person(context, request, duty.id, duty.owner)
        form = validated("preparation", Preparation, request.form, context.now)
        in_the_future("preparation", "until", "until", (form.until,), context.now)
        if form.until is not None and context.now < duty.deadline.due <= form.until:
            raise incomplete("preparation", f"until: not before {duty.deadline.due.isoformat()}, when the duty is due")
        return allowed_on(duty, at, form.model_dump(mode="json", exclude_none=True))

    def effect(self, case: AtWork, duty: Duty, act: Act) -> None:
        case.record(PreparationAsked(**of_act(act)))
        case.asked_of_another(duty, act)
