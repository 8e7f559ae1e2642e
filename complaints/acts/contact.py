"""联系记录: what the customer says besides what is owed to them, and what we tried in vain (decision 20)."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import model_validator

from complaints.acts.act import AcceptedAct, ActOnCase, on_case
from complaints.base import Frozen
from complaints.base.fields import Line
from complaints.case import duties
from complaints.case.act_context import ActContext, known_to_edition, validated
from complaints.case.complaint import Channel
from complaints.case.event import of_act
from complaints.case.events.case import Contacted
from complaints.case.file import Act, ActKind, ActRequest, Duty, Notice, NoticeKind
from complaints.case.forms import Words
from complaints.case.port import CaseAtWork
from complaints.clock.local_time import same_day

RULE = "CONTACT"
REVISITS = ("case_revisit", "case_effect_revisit", "repair_revisit")
"""Forms of duties that talk with the customer, beside the rules that are marked as contacts."""


class CustomerContact(Frozen):
    """联系记录: a further call, visit or letter of the customer, or our try that reached nobody. The act says when."""

    channel: Channel
    said: Words  # what was said; of a try: what happened
    who: Line = ""  # with whom we spoke, if not the customer
    urging: bool = False  # 客户催办: the customer wants to know when it will be done
    reached: bool = True

    @model_validator(mode="after")
    def _somebody_urges(self) -> Self:
        if self.urging and not self.reached:
            raise ValueError("nobody was reached, so nobody urged")
        return self


class RecordContact(ActOnCase):
    """联系记录: it starts no clock and ends no duty. Everybody may who takes the call, unless it is about them.

    When the customer urges, the owners of the open duties that talk with them are told, once a day at most.
    """

    kind = ActKind.CONTACT
    form = CustomerContact

    def may(self, context: ActContext, request: ActRequest, at: datetime) -> AcceptedAct:
        known_to_edition(context, request, RULE, context.file.name)
        return on_case(context, RULE, at, validated("customer_contact", CustomerContact, request.form, context.now))

    def effect(self, case: CaseAtWork, act: Act) -> None:
        notices = _told(case, act) if act.form["urging"] and not _urged_today(case, act) else ()
        case.record(Contacted(**of_act(act), notices=notices))


def _urged_today(case: CaseAtWork, act: Act) -> bool:
    """Return whether the customer had urged before, on the local day on which this was recorded."""
    before = (one for one in case.file.acts if one.kind is ActKind.CONTACT and one.form.get("urging"))
    return any(same_day(one.recorded_at, act.recorded_at, case.reference.zone) for one in before)


def _told(case: CaseAtWork, act: Act) -> tuple[Notice, ...]:
    """One notice for each owner of what is owed to the customer, about what is due first; else for whoever is next."""
    owed = sorted(case.file.open_duties, key=lambda duty: (duty.deadline.due, duty.id))
    concern = [duty for duty in owed if _concerns_the_customer(case, duty)] or owed[:1]
    first: dict[str, Duty] = {}
    for duty in concern:
        first.setdefault(duty.owner, duty)
    return tuple(
        duties.notice(duty, NoticeKind.URGED, f"{act.seq}.customer", owner, case.now, act=str(act.seq), by=act.by)
        for owner, duty in first.items()
        if owner != act.by
    )


def _concerns_the_customer(case: CaseAtWork, duty: Duty) -> bool:
    rule = case.edition.rule(duty.rule)
    return rule.contact or rule.form in REVISITS
