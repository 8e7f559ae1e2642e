"""催办 of a duty."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.acts.act import AcceptedAct, ActOnDuty
from complaints.base.errors import Refusal, Refused
from complaints.case import duties, information
from complaints.case.act_context import ActContext
from complaints.case.event import of_act
from complaints.case.events.duties import DutyUrged
from complaints.case.file import Act, ActKind, ActRequest, Duty, File, NoticeKind
from complaints.case.port import AtWork
from complaints.clock.local_time import same_day


class Urge(ActOnDuty):
    """催办: ask the owner of a duty to hurry, at most once a day; by anybody who has to do with the case.

    The owner gets a notice with the words, and so does whoever they wait for. No clock changes.
    """

    kind = ActKind.URGE
    needs_reason = True

    def who(self, context: ActContext[Any], request: ActRequest, duty: Duty) -> None:
        if request.by == duty.owner:
            raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead="discharge, delegate")
        information.demand_concern(context, request.by)

    def represented(self, file: File, duty: Duty) -> str | None:
        return None

    def may(self, context: ActContext[Any], request: ActRequest, duty: Duty, at: datetime) -> AcceptedAct:
        urged = (act for act in reversed(context.file.acts) if (act.kind, act.duty) == (ActKind.URGE, duty.id))
        last = next(urged, None)
        if last is not None and same_day(last.recorded_at, context.now, context.reference.zone):
            raise Refusal(Refused.URGED_TODAY, duty=duty.id, by=context.people.name(last.by))
        return super().may(context, request, duty, at)

    def effect(self, case: AtWork, duty: Duty, act: Act) -> None:
        waits_for = duties.blocked_by(case.file, duty, case.edition, case.now)
        people = dict.fromkeys(person for person in (duty.owner, waits_for) if person not in (None, act.by))
        moment = f"urged-{act.seq}"
        told = (duties.notice(duty, NoticeKind.URGED, moment, to, act.recorded_at, by=act.by) for to in people if to)
        case.record(DutyUrged(**of_act(act), notices=tuple(told)))
