"""转为咨询: the customer only asked something (RV-4.1a)."""

from __future__ import annotations

from datetime import datetime

from complaints.acts.act import AcceptedAct, ActOnCase, on_case
from complaints.acts.other_cases import able_to_end, others_depend
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext, by_receiver, known_to_edition, no_form
from complaints.case.complaint import Track
from complaints.case.event import of_act
from complaints.case.events.case import TurnedEnquiry
from complaints.case.file import Act, ActKind, ActRequest, CaseFile, LinkKind
from complaints.case.messages import leads, link
from complaints.case.port import CaseAtWork
from complaints.people.roles import SUPERVISOR

RULE = "ENQUIRY"
FROM = (Track.INTAKE, Track.ORDINARY)
"""Tracks on which it can turn out that the customer only asked something."""


class TurnToEnquiry(ActOnCase):
    """转为咨询: permitted before the handling is over, if nothing in the case says that anything has gone wrong.

    It takes effect at once: whoever took it answers the customer, who is revisited.
    """

    kind = ActKind.ENQUIRY
    needs_reason = True
    of_the_receiver = True
    of_role = SUPERVISOR

    def may(self, context: ActContext, request: ActRequest, at: datetime) -> AcceptedAct:
        by_receiver(context, request, RULE)
        form = no_form(request)
        file = context.file
        able_to_end(file, request)
        known_to_edition(context, request, RULE, file.name)
        if file.track is Track.MAJOR:
            raise Refusal(Refused.WRONG_ACT, duty=file.name, act=request.kind.value, instead=ActKind.REGRADE.value)
        if leads(file):
            raise others_depend(file, request)
        if why := no_enquiry(file):
            raise Refusal(Refused.NO_ENQUIRY, case=file.name, why=why)
        return on_case(context, RULE, at, form)

    def effect(self, case: CaseAtWork, act: Act) -> None:
        case.record(TurnedEnquiry(**of_act(act)))
        case.enquiry(by=f"act {act.seq}", since=act.at)


def no_enquiry(file: CaseFile) -> str | None:
    """Return why this is more than an enquiry, as a key of `cli.why`; None if it may be one."""
    if file.track is Track.GATHERED or link(file, LinkKind.MERGED_INTO):
        return "with-another"
    if file.track not in FROM or any(act.kind is ActKind.ENQUIRY for act in file.acts):
        return "enquiry-before"
    if file.handled_at:
        return "handled-here"
    if not file.facts.harmless or file.urgent:
        return "harm"
    if file.about:
        return "complained-about"
    if file.complaint.reopens or _was_dissatisfied(file):
        return "dissatisfied"
    return "matters" if file.unfinished else None


def _was_dissatisfied(file: CaseFile) -> bool:
    """Return whether the customer has said in a revisit that they are not satisfied."""
    return any(act.form.get("satisfaction") == "unsatisfied" for act in file.acts)
