"""客户投诉处理程序 7.1: a complaint is recorded, repeated back, and the customer is told a date for the answer.

What is missing of this is owed by the complaint's receiver, and the handling does not wait for it. A feedback date that
the customer is told later becomes the due date of the answer (`date_given`).
"""

from __future__ import annotations

from datetime import datetime

from complaints.base import Frozen
from complaints.case.complaint import TAKING_IN
from complaints.case.events.dates import DutyDated
from complaints.case.file import Act, ActKind, Duty, DutyStatus
from complaints.case.redating import moved_to
from complaints.crisis.forms import HeldBack
from complaints.editions.rule_ids import RuleId
from complaints.intake import promises
from complaints.intake.forms import Confirmation, FeedbackDate
from workflows import anonymous
from workflows.correcting import falls_away, owed_as_taken_in
from workflows.duty_engine import DutyEngine
from workflows.duty_terms import ClockTerms

HELD_BACK: RuleId = "CR-5.1.1"
DATE: RuleId = TAKING_IN["promised"]
CONFIRMATION: RuleId = TAKING_IN["confirmed"]
ANSWER: RuleId = "CH-7.3.1"

Item = tuple[str, RuleId, type[Frozen]]
ITEMS: tuple[Item, ...] = (("promised", DATE, FeedbackDate), ("confirmed", CONFIRMATION, Confirmation))
"""What an intake may lack, the rule under which it is supplied, and the form."""


async def taken_in(case: DutyEngine) -> datetime | None:
    """CH-7.1.1, CH-7.1.2: open the duties for what is missing; return the feedback date, or None if none was told.

    A date before the start of a later leg does not count any more: the customer waits for another answer.
    """
    first, began = case.file.leg <= 1, taken_up(case)
    for item in ITEMS:
        _supplied(case, item)
        case.in_background(_supplied_later(case, item))
    case.in_background(_until_answered(case))
    told = promises.in_force(case.file)
    promised = told.date if told else None
    return promised if promised and (first or promised > began["since"]) else None


def _lacks(case: DutyEngine, item: Item) -> bool:
    name, rule, _ = item
    return name in case.file.complaint.lacks and not _done_earlier(case, rule)


def _supplied(case: DutyEngine, item: Item) -> None:
    """Have what is missing supplied, beside the handling; once it is too late, only what is owed already."""
    name, rule, form = item
    if _too_late(case, item) and not _waited_for(case, rule):
        return
    began = taken_up(case)
    if name in case.file.complaint.lacks_of_a_customer and case.file.complaint.anonymous:
        anonymous.waived(case, rule, **began)
    if _lacks(case, item):
        case.in_background(owed_as_taken_in(case, rule, form, **began).answer())


def _too_late(case: DutyEngine, item: Item) -> bool:
    """Whether nothing is to be supplied any more: the handling is over, or the answer that a date is for was given."""
    return case.file.handled_at is not None or (item[1] == DATE and _answer(case) is not None)


def _waited_for(case: DutyEngine, rule: str) -> bool:
    return any((duty.rule, duty.leg) == (rule, case.file.leg) for duty in case.file.open_duties)


async def _supplied_later(case: DutyEngine, item: Item) -> None:
    """Until it is too late a correction may show that something is missing after all."""
    leg, lacked = case.file.leg, _lacks(case, item)

    def over() -> bool:
        return case.file.leg != leg or _too_late(case, item)

    while not over():
        await case.wait_until(lambda lacked=lacked: over() or _lacks(case, item) != lacked)
        lacked = _lacks(case, item)
        if not over():
            _supplied(case, item)


def intake_corrected(case: DutyEngine, act: Act) -> None:
    """What a correction has supplied need not be supplied any more; a complaint not held back needs no reason why."""
    supplied = [item[1] for item in ITEMS if item[0] not in case.file.complaint.lacks]
    falls_away(case, act, lambda duty: duty.rule in supplied)
    falls_away(case, act, lambda duty: duty.rule == HELD_BACK and duty.deadline.due >= duty.opened_at)


async def handed_over(case: DutyEngine) -> None:
    """CR-5.1.1: whoever has not handed the complaint to marketing at once says why; the delay is theirs."""
    began = from_receipt(case)
    if HELD_BACK in case.file.duties or (case.is_first_run and case.due(HELD_BACK, leg=0, **began) < case.now):
        case.owe(HELD_BACK, HeldBack, leg=0, **began)


def from_receipt(case: DutyEngine) -> ClockTerms:
    """The terms of a duty that counts from the receipt: by somebody on duty, or once it became urgent (decision 22)."""
    file = case.file
    received = file.complaint.received_at
    if file.received == received:
        return {"since": received}
    anchor = "urgency" if file.urgent_since == file.received else "office_opened"
    return {"since": received, "counts_from": file.received, "anchor": anchor}


def taken_up(case: DutyEngine) -> ClockTerms:
    """The terms of a duty that counts from the receipt, or in a later leg from its beginning."""
    since = case.file.track_since
    if case.file.leg <= 1 or since is None:
        return from_receipt(case)
    return {"since": since, "anchor": case.reentry}


def date_given(case: DutyEngine, given: Duty, act: Act) -> None:
    """The customer was told a feedback date: an open answer duty that has only the house limit is due by then."""
    form = FeedbackDate.model_validate(act.form)
    for duty in case.file.open_duties:
        if duty.rule != ANSWER or duty.deadline.source != "house" or duty.late:
            continue
        why = duty.deadline.why
        dated = moved_to(case, duty, form.feedback_by, why.anchor, why.anchor_at)
        case.record(DutyDated(at=act.at, by=act.by, duty=duty.id, rule=duty.rule, **dated))


async def _until_answered(case: DutyEngine) -> None:
    """Once the customer has been answered, supersede the duty to tell a feedback date: it is moot."""
    leg = case.file.leg

    def over() -> bool:
        return case.file.leg != leg or case.file.handled_at is not None

    await case.wait_until(lambda: over() or _answer(case) is not None)
    if case.file.leg == leg and (by := _answer(case)):
        case.supersede(lambda duty: duty.rule == DATE and duty.leg == leg, by=by)


def _answer(case: DutyEngine) -> str | None:
    """The id of the duty by which the customer was first answered in this leg; None until then."""
    done = (act.duty for act in case.file.acts if (act.rule, act.kind) == (ANSWER, ActKind.DISCHARGE))
    return next((duty for duty in done if duty and case.file.duties[duty].leg == case.file.leg), None)


def _done_earlier(case: DutyEngine, rule: str) -> bool:
    """Whether a duty of the rule was done in an earlier leg: then it carries over."""
    legs = (duty.leg for duty in case.file.duties.values() if (duty.rule, duty.status) == (rule, DutyStatus.DONE))
    return any(leg < case.file.leg for leg in legs)
