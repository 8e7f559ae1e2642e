"""认定无效: what came in is nothing a customer said (RV-4.1a)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from complaints.acts.act import AcceptedAct, ActOnCase, on_case
from complaints.acts.other_cases import able_to_end, not_while_merging
from complaints.acts.requests import decided_before
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext, by_role, validated
from complaints.case.event import of_act
from complaints.case.events.case import InvalidityAsked
from complaints.case.file import Act, ActKind, ActRequest, Duty
from complaints.case.port import CaseAtWork
from complaints.editions.rule_ids import RuleId
from complaints.people.roles import MARKETING_MANAGER, SUPERVISOR

RULE = "INVALID"
CONFIRMATION: RuleId = "INVALID.confirmation"
REASON = "not valid"


class NotValid(StrEnum):
    """What it is instead of a customer's complaint."""

    SPAM = "spam"  # 骚扰、广告
    MISTAKE = "mistake"  # 误登记
    NO_CUSTOMER = "no_customer"  # 并非客户反映


class Invalidity(Frozen):
    """认定无效: what it is instead; the act's reason says how that is known."""

    found_to_be: NotValid


class Invalidate(ActOnCase):
    """认定无效: the supervisor finds it not valid. A crisis is regraded first; a case in court is refused.

    The handling goes on until another person has confirmed it. Then the case ends, and nobody is revisited.
    """

    kind = ActKind.INVALIDATE
    form = Invalidity
    needs_reason = True
    of_role = SUPERVISOR

    def may(self, context: ActContext, request: ActRequest, at: datetime) -> AcceptedAct:
        file, rule = context.file, context.edition.rules.get(RULE)
        by_role(context, request, SUPERVISOR if rule is None else rule.owner, RULE)
        form = validated("invalidity", Invalidity, request.form, context.now)
        able_to_end(file, request)
        if rule is None or file.handled_at:  # it began under an older edition, or is a complaint that was handled
            instead = ActKind.DISCHARGE.value
            raise Refusal(Refused.WRONG_ACT, duty=file.name, act=request.kind.value, instead=instead)
        not_while_merging(context, request)
        decided_before(context, lambda duty: duty.rule == CONFIRMATION)
        return on_case(context, RULE, at, form)

    def effect(self, case: CaseAtWork, act: Act) -> None:
        case.record(InvalidityAsked(**of_act(act)))
        case.asks_approval(CONFIRMATION, act, role=MARKETING_MANAGER, returns_to=(RULE,))


def confirmed(case: CaseAtWork, duty: Duty, act: Act) -> None:
    """End the case when the other person confirms it. If it was returned, everything stays as it was."""
    if act.kind is ActKind.APPROVE:
        case.invalid(by=REASON, since=act.at)
