"""联系记录: what the customer says besides what is owed to them, and what we tried in vain (decision 20)."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import Field, model_validator

from complaints.acts.act import AcceptedAct, ActOnCase, on_case
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.base.fields import Line, unless_none
from complaints.case import duties
from complaints.case.act_context import ActContext, incomplete, known_to_edition, validated
from complaints.case.complaint import Channel
from complaints.case.event import of_act
from complaints.case.events.case import Contacted
from complaints.case.file import Act, ActKind, ActRequest, Duty, Notice, NoticeKind
from complaints.case.forms import Words
from complaints.case.port import CaseAtWork
from complaints.case.residents import MOST, MOST_A_DAY, RESIDENT, ResidentWord
from complaints.clock.local_time import same_day

RULE = "CONTACT"
REVISITS = ("case_revisit", "case_effect_revisit", "repair_revisit")
"""Forms of duties that talk with the customer, beside the rules that are marked as contacts."""


class CustomerContact(Frozen):
    """联系记录: a further call, visit or letter of the customer, or our try that reached nobody. The act says when.

    What the customer writes themself has `word`, what they want to say with it, and `link`, the id of their link.
    """

    channel: Channel
    said: Words  # what was said; of a try: what happened
    who: Line = ""  # with whom we spoke, if not the customer
    urging: bool = False  # 客户催办: the customer wants to know when it will be done
    reached: bool = True
    word: ResidentWord | None = unless_none()
    link: Line = Field(default="", exclude_if=lambda id: not id)

    @model_validator(mode="after")
    def _somebody_urges(self) -> Self:
        if self.urging and not self.reached:
            raise ValueError("nobody was reached, so nobody urged")
        if (self.word is None) != (not self.link):
            raise ValueError("word and link go together")
        if self.word is not None and (self.who or not self.reached):
            raise ValueError("who and reached are not for what the customer writes")
        if self.word is not None and self.urging != (self.word is ResidentWord.NOT_SOLVED):
            raise ValueError("urging goes with word=not-solved")
        return self


class RecordContact(ActOnCase):
    """联系记录: it starts no clock and ends no duty. Everybody may who takes the call, unless it is about them.

    So may the customer, by their link. When the customer urges or writes, the owners of the open duties that talk with
    them are told, once a day at most for each thing that can be said.
    """

    kind = ActKind.CONTACT
    form = CustomerContact

    def may(self, context: ActContext, request: ActRequest, at: datetime) -> AcceptedAct:
        known_to_edition(context, request, RULE, context.file.name)
        form = validated("customer_contact", CustomerContact, request.form, context.now)
        if (form.word is not None) != (request.by == RESIDENT):
            raise incomplete("customer_contact", "word: only of what the customer writes by their link")
        if request.by == RESIDENT:
            _not_too_often(context)
        return on_case(context, RULE, at, form)

    def effect(self, case: CaseAtWork, act: Act) -> None:
        case.record(Contacted(**of_act(act), notices=_notices(case, act)))


def _not_too_often(context: ActContext) -> None:
    """Raise `Refusal` for one message too many: what the staff still has to write must have room in the case."""
    before = [one for one in context.file.acts if one.by == RESIDENT]
    today = [one for one in before if same_day(one.recorded_at, context.now, context.reference.zone)]
    if len(before) >= MOST or len(today) >= MOST_A_DAY:
        raise Refusal(Refused.TOO_MANY_MESSAGES, most=str(MOST_A_DAY))


def _notices(case: CaseAtWork, act: Act) -> tuple[Notice, ...]:
    word = act.form.get("word")
    if act.form["urging"]:
        return () if _said_today(case, act, "urging", True) else _told(case, act, "customer")
    if word is None or _said_today(case, act, "word", word):
        return ()
    return _told(case, act, "resident")


def _said_today(case: CaseAtWork, act: Act, field: str, value: object) -> bool:
    """Return whether the customer had said the same before, on the local day on which this was recorded."""
    before = (one for one in case.file.acts if one.kind is ActKind.CONTACT and one.form.get(field) == value)
    return any(same_day(one.recorded_at, act.recorded_at, case.reference.zone) for one in before)


def _told(case: CaseAtWork, act: Act, what: str) -> tuple[Notice, ...]:
    """One notice for each owner of what is owed to the customer, about what is due first; else for whoever is next."""
    owed = sorted(case.file.open_duties, key=lambda duty: (duty.deadline.due, duty.id))
    concern = [duty for duty in owed if _concerns_the_customer(case, duty)] or owed[:1]
    first: dict[str, Duty] = {}
    for duty in concern:
        first.setdefault(duty.owner, duty)
    receiver = case.file.received_by
    if act.form.get("word") == ResidentWord.WITHDRAW and owed and receiver and _can_be_told(case, receiver):
        first.setdefault(receiver, owed[0])  # whoever may put a withdrawal on record
    return tuple(
        duties.notice(duty, NoticeKind.URGED, f"{act.seq}.{what}", owner, case.now, act=str(act.seq), by=act.by)
        for owner, duty in first.items()
        if owner != act.by
    )


def _can_be_told(case: CaseAtWork, person: str) -> bool:
    return case.reference.directory.person(person) is not None and person not in case.file.about


def _concerns_the_customer(case: CaseAtWork, duty: Duty) -> bool:
    rule = case.edition.rule(duty.rule)
    return rule.contact or rule.form in REVISITS
