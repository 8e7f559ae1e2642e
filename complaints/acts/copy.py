"""抄送 of a case to other people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from complaints.acts.act import AcceptedAct, ActOnCase, on_case
from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.case import information
from complaints.case.act_context import ActContext, known_duty, known_people, validated
from complaints.case.event import of_act
from complaints.case.events.case import CopiedTo
from complaints.case.file import Act, ActKind, ActRequest, DutyId, NoticeKind
from complaints.case.port import AtWork


class Readers(Frozen):
    """The people who are told, and the duty that it is about, if any."""

    people: tuple[Key, ...] = Field(min_length=1, max_length=50)
    for_duty: DutyId | None = None


class CopyTo(ActOnCase):
    """抄送: tell other people of a case, for information. Nothing is asked of them (`MarkRead`)."""

    kind = ActKind.COPY
    form = Readers
    on_rounds = True
    names_once = frozenset({"people"})

    def may(self, context: ActContext[Any], request: ActRequest, at: datetime) -> AcceptedAct:
        form = validated("readers", Readers, request.form, context.now)
        information.demand_concern(context, request.by)
        known_duty(context, form.for_duty)
        known_people(context, form.people)
        people = tuple(dict.fromkeys(form.people))
        return on_case(
            context, information.COPY, at, form.but(people=people).model_dump(mode="json", exclude_defaults=True)
        )

    def effect(self, case: AtWork, act: Act) -> None:
        told = information.notices(case, act, NoticeKind.COPY, "copied")
        case.record(CopiedTo(**of_act(act), notices=told))
