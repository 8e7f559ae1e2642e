"""联系不上: give up a talk with the customer who was tried in vain on as many days as the edition says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.acts.act import AcceptedAct, ActOnDuty, allowed_on
from complaints.acts.requests import decided_before
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext, no_form
from complaints.case.event import of_act
from complaints.case.events.duties import UnreachedReported
from complaints.case.file import Act, ActKind, ActRequest, Duty
from complaints.case.port import AtWork, by_act
from complaints.clock.local_time import local
from complaints.editions.rule_ids import RuleId
from complaints.people.roles import MARKETING_MANAGER, SUPERVISOR

TRIES: RuleId = "RV-4.2.tries"


class Unreached(ActOnDuty):
    """联系不上: put a talk forward to be given up, because nobody was reached on several days (RV-4.2).

    For duties that the edition lets give up (`Rule.unreachable`). The tries are the proof (`duly try`); the next one up
    from the owner approves, or returns it for one more try. Until then the duty stays open and its clock goes on.
    Nobody counts as satisfied by it: the revisits are owed as ever.
    """

    kind = ActKind.UNREACHED

    def may(self, context: ActContext[Any], request: ActRequest, duty: Duty, at: datetime) -> AcceptedAct:
        if context.edition.rule(duty.rule).unreachable is None:
            raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead=ActKind.TRY.value)
        tries = [act for act in context.file.acts if (act.kind, act.duty) == (ActKind.TRY, duty.id)]
        tried = {local(act.at, context.reference.zone).date() for act in tries}
        needed = context.edition.rule(TRIES).figures.tries or 1
        if len(tried) < needed:
            raise Refusal(Refused.TRIED_TOO_LITTLE, duty=duty.id, days=str(len(tried)), needed=str(needed))
        if at < tries[-1].at:
            raise Refusal(Refused.WRONG_TIME, at=at.isoformat(), limit=tries[-1].at.isoformat())
        asked = {by_act(one.seq) for one in context.file.acts if (one.kind, one.duty) == (self.kind, duty.id)}
        decided_before(context, lambda other: other.about in asked)
        return allowed_on(duty, at, no_form(request))

    def effect(self, case: AtWork, duty: Duty, act: Act) -> None:
        """Open the approval, for the owner's superior."""
        case.record(UnreachedReported(**of_act(act)))
        approval: RuleId | Any = case.edition.rule(duty.rule).unreachable
        people = case.reference.directory
        above = people.superiors(duty.owner, case.now, shut_out=case.file.about, had=duty.superiors)
        role = MARKETING_MANAGER if duty.role == SUPERVISOR else SUPERVISOR
        case.asks_approval(approval, act, role=role, returns_to=(duty.rule,), person=next(iter(above), None))
