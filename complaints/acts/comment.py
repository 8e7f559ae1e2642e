"""留言 in a case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from complaints.acts.act import AcceptedAct, ActOnCase, on_case
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.base.fields import Key
from complaints.case import information
from complaints.case.act_context import ActContext, known_duty, known_people, validated
from complaints.case.event import of_act
from complaints.case.events.case import Commented
from complaints.case.file import Act, ActKind, ActRequest, DutyId, NoticeKind
from complaints.case.port import AtWork
from complaints.people.mentions import has_mentions, mentions


class Mentions(Frozen):
    """Whom a comment is for, besides those whom its text names after an @; and the duty that it is about, if any."""

    people: tuple[Key, ...] = Field(default=(), max_length=50)
    for_duty: DutyId | None = None


class Comment(ActOnCase):
    """留言: say something to the people of a case. It does nothing and no clock hears of it.

    The reason is the text. Whoever it names, after an @ by name or id, gets a notice. An @ that names nobody is
    refused.
    """

    kind = ActKind.COMMENT
    form = Mentions
    needs_reason = True
    on_rounds = True
    names_once = frozenset({"people"})

    def completed(self, reason: str) -> frozenset[str]:
        return frozenset({"people"}) if has_mentions(reason) else frozenset()

    def may(self, context: ActContext[Any], request: ActRequest, at: datetime) -> AcceptedAct:
        form = validated("mentions", Mentions, request.form, context.now)
        information.demand_concern(context, request.by)
        known_duty(context, form.for_duty)
        found = mentions(request.reason, context.people)
        if found.unknown:
            raise Refusal(Refused.UNKNOWN_PERSON, person=", ".join(f"@{name}" for name in found.unknown))
        named = tuple(dict.fromkeys((*found.people, *form.people)))
        known_people(context, named)
        return on_case(
            context, information.COMMENT, at, form.but(people=named).model_dump(mode="json", exclude_defaults=True)
        )

    def effect(self, case: AtWork, act: Act) -> None:
        told = information.notices(case, act, NoticeKind.MENTIONED, "mentioned")
        case.record(Commented(**of_act(act), notices=told))
