"""移交 of all open duties of a person who leaves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from complaints.acts.act import AcceptedAct, ActOnCase, on_case
from complaints.acts.entrusting import entrusted
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.base.fields import Key
from complaints.case.act_context import ActContext, another_person, by_role, independent, validated
from complaints.case.event import of_act
from complaints.case.events.case import HandedOver
from complaints.case.events.duties import DutyHandedOver
from complaints.case.file import Act, ActKind, ActRequest
from complaints.case.port import AtWork
from complaints.people.roles import PERSONNEL, SUPERVISOR


class Leaving(Frozen):
    """移交: the person whose duties are handed over."""

    model_config = ConfigDict(populate_by_name=True)

    person: Key = Field(alias="from")


class HandOver(ActOnCase):
    """移交: every open duty of a person who leaves gets another owner; the clocks go on.

    Permitted to a superior of that person, the supervisor and personnel.
    """

    kind = ActKind.HAND_OVER
    form = Leaving
    needs_reason = True
    on_rounds = True

    def may(self, context: ActContext[Any], request: ActRequest, at: datetime) -> AcceptedAct:
        form = validated("hand_over", Leaving, request.form, context.now)
        people, leaves = context.people, form.person
        had = next((duty.superiors for duty in context.file.open_duties if duty.owner == leaves), ())
        above = request.by in people.superiors(leaves, context.now, shut_out=context.file.about, had=had)
        if not (above or any(people.holds(request.by, role, context.now) for role in (SUPERVISOR, PERSONNEL))):
            by_role(context, request, PERSONNEL, "HAND-OVER")
        to = another_person(context, request, leaves, leaves)
        for duty in context.file.open_duties:
            if duty.owner == leaves:
                independent(context, duty, to)
        if not any(duty.owner == leaves for duty in context.file.open_duties):
            raise Refusal(Refused.NOTHING_TO_HAND_OVER, person=people.name(leaves))
        return on_case(context, "HAND-OVER", at, form.model_dump(mode="json", by_alias=True))

    def effect(self, case: AtWork, act: Act) -> None:
        assert act.to is not None
        leaves = Leaving.model_validate(act.form).person
        case.record(HandedOver(**of_act(act)))
        for duty in case.file.open_duties:
            if duty.owner == leaves:
                case.record(DutyHandedOver(**entrusted(duty, act.to, act), because="handed-over"))
