"""撤诉 by the customer."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime

from complaints.acts.act import AcceptedAct, ActOnCase, on_case
from complaints.acts.other_cases import able_to_end, not_while_merging
from complaints.acts.requests import decided_before
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext, by_receiver, incomplete, validated
from complaints.case.event import of_act
from complaints.case.events.case import Dropped
from complaints.case.file import Act, ActKind, ActRequest, Duty
from complaints.case.joined_forms import CustomerWithdrawal, WithdrawalWay
from complaints.case.port import CaseAtWork, by_act
from complaints.editions.model import Edition
from complaints.editions.rule_ids import RuleId
from complaints.forms import FORMS
from complaints.major import emergency
from complaints.people.roles import GENERAL_MANAGER, PROJECT_MANAGER, SUPERVISOR

RULE = "DROP"
CONFIRMATION: RuleId = "DROP.confirmation"
CONSENT: RuleId = "DROP.consent"
APPROVALS = (CONFIRMATION, CONSENT)
"""Approvals that end the handling only together: of the superior, and for a major complaint of the leader."""
REASON = "withdrawn by the customer"


class Withdrawal(Frozen):
    """撤诉: how and when the customer withdrew the complaint (edition 2026.1)."""

    how: WithdrawalWay
    said_at: AwareDatetime


class Drop(ActOnCase):
    """撤诉: record the customer's withdrawal. A crisis is regraded first; a case in court is refused.

    The handling goes on until the superior of whoever took the complaint has confirmed it, and for a major complaint
    the emergency leader has consented (decision 16). In edition 2026.1 it ends at once.
    """

    kind = ActKind.DROP
    form = Withdrawal
    needs_reason = True
    of_the_receiver = True
    of_role = SUPERVISOR

    def form_in(self, edition: Edition) -> type[Frozen]:
        name = edition.rule(RULE).form
        return Withdrawal if name is None else FORMS[name]

    def may(self, context: ActContext, request: ActRequest, at: datetime) -> AcceptedAct:
        by_receiver(context, request, RULE)
        form = validated("drop", self.form_in(context.edition), request.form, context.now)
        assert isinstance(form, Withdrawal | CustomerWithdrawal)
        file = context.file
        able_to_end(file, request)
        if form.said_at > at:
            raise incomplete("drop", "said_at: in the future")
        if form.said_at < file.complaint.received_at:
            raise incomplete("drop", "said_at: before the complaint came in")
        if isinstance(form, CustomerWithdrawal):
            _heard_by(context, form.said_to)
        not_while_merging(context, request)
        decided_before(context, lambda duty: duty.rule in APPROVALS)
        return on_case(context, RULE, at, form)

    def effect(self, case: CaseAtWork, act: Act) -> None:
        case.record(Dropped(**of_act(act)))
        if CONFIRMATION not in case.edition.rules:
            case.withdrawn(by=REASON, since=Withdrawal.model_validate(act.form).said_at)
            return
        _ask(case, act)


def approved(case: CaseAtWork, duty: Duty, act: Act) -> None:
    """End the handling once everybody who has to has approved the withdrawal; a return leaves everything as it was."""
    asked = case.file.asked_by(duty)
    assert asked is not None
    if act.kind is not ActKind.APPROVE:
        case.supersede(lambda other: other.about == duty.about, by=duty.id)
    elif not _ask(case, asked):
        case.withdrawn(by=REASON, since=act.at)


def _heard_by(context: ActContext, person: str) -> None:
    """Raise `Refusal` unless somebody heard it who is known, and whom the complaint is not about."""
    if context.people.person(person) is None:
        raise Refusal(Refused.UNKNOWN_PERSON, person=person)
    if person in context.file.about:
        raise Refusal(Refused.ABOUT_YOU, person=context.people.name(person))


def _ask(case: CaseAtWork, act: Act) -> bool:
    """Open the approvals that the withdrawal still lacks; return whether it waits for any."""
    about = by_act(act.seq)
    asked = {duty.rule: duty.open for duty in case.file.duties.values() if duty.about == about}
    if CONFIRMATION not in asked:
        superior = _superior(case, act)
        case.asks_approval(CONFIRMATION, act, role=GENERAL_MANAGER, person=superior, returns_to=(RULE,))
        asked[CONFIRMATION] = True
    if case.file.major and CONSENT not in asked:
        hours = case.edition.rule(emergency.HOURS)
        leader = emergency.leader(hours, case.now, case.reference, shut_out=case.file.about).person
        case.asks_approval(CONSENT, act, role=PROJECT_MANAGER, person=leader, returns_to=(RULE,))
        asked[CONSENT] = True
    return any(asked.values())


def _superior(case: CaseAtWork, act: Act) -> str | None:
    """The next person above whoever took the complaint who has not recorded the withdrawal themself."""
    file = case.file
    line = case.reference.directory.superiors(file.complaint.received_by, case.now, shut_out=file.about)
    return next((person for person in line if person != act.by), None)
