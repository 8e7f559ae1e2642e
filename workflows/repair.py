"""客户服务管理程序 4.3: a repair, from the order to the check of its effect with the customer, and who pays for it.

A repair is a matter of the case: it runs beside the track, through all its changes, to its own end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from complaints.acts import cancel_matter
from complaints.case.events.matters import ClaimSettled, RepairAudited, RepairDone, RepairTold, RetentionDeducted
from complaints.case.file import CANCELLED, Act, ActKind, CaseFile, Duty, Matter, MatterKind
from complaints.clock.local_time import local
from complaints.people.roles import DEVELOPMENT
from complaints.repairs import forms as form
from complaints.repairs.decision import decider, is_about_the_product
from complaints.repairs.retention_money import (
    BOOK,
    NOTHING,
    SETTLE,
    ClaimSettlement,
    Deducted,
    Deduction,
    EntryKind,
)
from workflows import anonymous
from workflows.correcting import falls_away
from workflows.duty_engine import DutyEngine, OwedDuty
from workflows.duty_terms import ClockTerms, DutyAnswer, DutyTerms
from workflows.receiving import taken_up

Audited = DutyAnswer[form.BillAudit]


@dataclass(frozen=True)
class Work:
    """A finished repair: its order, and how it was finished."""

    order: DutyAnswer[form.RepairAssignment]
    finish: DutyAnswer[form.RepairFinish]


async def repair(case: DutyEngine, matter: Matter) -> None:
    """CS-4.3.3 to CS-4.3.6: do the work, tell the customer, pay; a month later customer service checks the effect."""
    work = await _repaired(case, matter)
    order = work.order.form
    company_paid = order.paid_by is form.Payer.COMPANY
    done = RepairDone(
        at=work.finish.at,
        matter=matter.id,
        contractor=order.contractor,
        company_paid=company_paid,
        third_party=order.third_party,
    )
    case.once(done)
    telling = case.in_background(_finish_told(case, matter, work))
    paying = case.in_background(_paid_for(case, matter, work))
    outcome, checked_at = await _checked(case, matter, work)
    await telling
    await paying
    await case.wait_until(lambda: all(duty.matter != matter.id for duty in case.file.open_duties))
    case.ended(matter, outcome, checked_at)


async def _checked(case: DutyEngine, matter: Matter, work: Work) -> tuple[str, datetime]:
    """CS-4.3.5: whether the repair is effective, as the customer finds; when that was found.

    No customer is asked who is not known: the repair is then taken as it was finished.
    """
    terms: DutyTerms = {
        "matter": matter.id,
        "since": work.finish.at,
        "role": DEVELOPMENT if work.order.form.paid_by is form.Payer.COMPANY else None,  # RV-4.1b
    }
    if anonymous.waived(case, "CS-4.3.5.revisit", **terms):
        return "finished", work.finish.at
    checked = await case.owed("CS-4.3.5.revisit", form.RepairRevisit, **terms)
    if checked.form.effective:
        return "effective", checked.at
    again = f"{matter.what}\n{checked.form.found}"
    case.begin(MatterKind.REPAIR, checked.duty, again, checked.at, by=checked.act.by)
    return "not-effective", checked.at


# --- the work


async def _repaired(case: DutyEngine, matter: Matter) -> Work:
    """CS-4.3.3: order, start, finish. Work that is not begun, or is given up, is ordered anew."""
    since, anchor = matter.since, None
    while True:
        order = await case.owed("CS-4.3.3", form.RepairAssignment, matter=matter.id, since=since, anchor=anchor)
        started = await case.owed(
            "CS-4.3.3.start",
            form.RepairStart,
            matter=matter.id,
            since=order.at,
            knows=_whom_to_call(case, order.form),
        )
        if not started.form.begun:
            since, anchor = started.at, "repair_not_begun"
            continue
        finish = await _carried_out(case, matter, order, started.at)
        if finish.form.finished:
            cancel_matter.overtaken(case, matter, by=finish.duty)
            return Work(order, finish)
        since, anchor = finish.at, "repair_given_up"


async def _carried_out(
    case: DutyEngine, matter: Matter, order: DutyAnswer[form.RepairAssignment], since: datetime
) -> DutyAnswer[form.RepairFinish]:
    """From the start to the finish, due at the promised date; customer and customer service hear of the start."""
    case.alongside("CS-4.3.5.start", form.RepairNotice, matter=matter.id, since=since)
    finishing = case.owe(
        "CS-4.3.3.finish", form.RepairFinish, matter=matter.id, since=since, promised=order.form.promised
    )
    reporting = case.in_background(_kept_informed(case, matter, since, until=finishing))
    finish = await finishing.answer()
    await reporting  # work that is ordered anew has progress reports of its own, which must come after these
    return finish


async def _kept_informed(case: DutyEngine, matter: Matter, since: datetime, until: OwedDuty[form.RepairFinish]) -> None:
    """CS-4.3.6: ask for progress reports, one after the other, until the work is finished or given up.

    Customer service gets each of them as a message.
    """
    anchor = None
    while True:
        report = case.alongside("CS-4.3.6", form.RepairReport, matter=matter.id, since=since, anchor=anchor)
        duties = (report.duty, until.duty)
        await case.wait_until(lambda both=duties: not all(case.file.duties[id].open for id in both))
        case.supersede(lambda duty, overtaken=report.duty: duty.id == overtaken, by=until.duty)
        if case.file.duties[report.duty].act is None:
            return
        told = await report.answer()
        if case.done_before(until.duty, told.act):
            return
        since, anchor = told.at, "repair_progress"


async def _finish_told(case: DutyEngine, matter: Matter, work: Work) -> None:
    """CS-4.3.5: customer and customer service are told at once; a signature on the spot is the revisit (RV-4.4)."""
    told = await case.owed("CS-4.3.5.finish", form.RepairFinishNotice, matter=matter.id, since=work.finish.at)
    case.once(RepairTold(at=told.at, matter=matter.id, finished=told.act.seq, signed=told.form.signed))


def _whom_to_call(case: DutyEngine, order: form.RepairAssignment) -> dict[str, str]:
    """The name and contact, for a notice, of the third party that repairs, or of the contractor (CS-4.3.2)."""
    if order.third_party is not None:
        return {"contractor": order.third_party, "contact": order.third_party_contact or ""}
    return _warranty_contact(case, order.contractor)


def _warranty_contact(case: DutyEngine, contractor: str | None) -> dict[str, str]:
    """CS-4.3.2: the contractor's name and contact, for a notice; empty if unknown."""
    found = case.reference.directory.contractor(contractor) if contractor else None
    return {"contractor": found.name, "contact": found.reach} if found else {}


# --- the money


async def _paid_for(case: DutyEngine, matter: Matter, work: Work) -> None:
    """CS-4.3.4, CS-2.5: audit the cost; advance what the contractor owes, deduct it, and claim what is missing."""
    audited = await _audited(case, matter, work)
    if audited is None or work.order.form.paid_by is form.Payer.COMPANY:
        return
    since, anchor = audited.at, None
    if work.order.form.advanced:
        paid = await case.owed("CS-2.5", form.AdvancePaid, matter=matter.id, since=since)
        since, anchor = paid.at, "advance_payment"
    asked = await case.owed("CS-4.3.4b", form.VouchedDeduction, matter=matter.id, since=since, anchor=anchor)
    await _deducted(case, matter, work.order.form, audited.form, asked)
    calling = _warranty_contact(case, work.order.form.contractor)
    case.in_background(
        case.owed("CS-4.3.4c.contractor", form.DeductionTold, matter=matter.id, since=asked.at, knows=calling)
    )
    await _claimed(case, matter, since=asked.at)


async def _audited(case: DutyEngine, matter: Matter, work: Work) -> Audited | None:
    """CS-4.3.4a, c: whoever finished the repair hands in the bill, and again each time that audit sends it back.

    Returns None if there is nothing to pay or to deduct.
    """
    since, anchor = work.finish.at, None
    while True:
        bill = await case.owed(
            "CS-4.3.4a.bill",
            form.RepairBill,
            matter=matter.id,
            since=since,
            anchor=anchor,
            person=work.finish.act.by,
        )
        explaining = _explained(case, matter, bill) if bill.form.amount else None
        audit = await case.owed("CS-4.3.4a", form.BillAudit, matter=matter.id, since=bill.at)
        result = audit.form.result
        if result is not form.AuditResult.AUDITED and explaining is not None:
            case.supersede(lambda duty, one=explaining: duty.id == one, by=audit.duty)
        if result is not form.AuditResult.SENT_BACK:
            case.once(RepairAudited(at=audit.at, matter=matter.id, audited=audit.form.audited or NOTHING))
            return audit if result is form.AuditResult.AUDITED else None
        since, anchor = audit.at, "bill_returned"


def _explained(case: DutyEngine, matter: Matter, bill: DutyAnswer[form.RepairBill]) -> str:
    """CS-4.3.4c: audit and finance get an explanation of the cost. Returns the id of the duty."""
    return case.alongside("CS-4.3.4c", form.CostBreakdown, matter=matter.id, since=bill.at).duty


async def _deducted(
    case: DutyEngine,
    matter: Matter,
    order: form.RepairAssignment,
    audit: form.BillAudit,
    asked: DutyAnswer[form.VouchedDeduction],
) -> None:
    """CS-4.3.4b: book the deduction. It is idempotent; while PostgreSQL is away it is retried until it works."""
    if case.matter(matter.id).deducted is not None:
        return
    assert order.contractor is not None
    assert audit.audited is not None
    deduction = Deduction(
        case=case.file.key,
        duty=asked.duty,
        contractor=order.contractor,
        project=case.file.complaint.project,
        requested=asked.form.amount,
        audited=audit.audited,
        voucher=asked.form.voucher,
        day=local(asked.at, case.reference.zone).date(),
        by=asked.act.by,
    )

    booked = await case.insist(f"deduction {asked.duty}", BOOK, deduction, f"{asked.duty} deduction")
    case.record(_booked(case, matter, deduction, booked))


def _booked(case: DutyEngine, matter: Matter, deduction: Deduction, booked: Deducted) -> RetentionDeducted:
    return RetentionDeducted(
        at=case.now,
        duty=deduction.duty,
        rule="CS-4.3.4b",
        matter=matter.id,
        contractor=deduction.contractor,
        requested=deduction.requested,
        audited=deduction.audited,
        voucher=deduction.voucher,
        deducted=booked.deducted,
        shortfall=booked.shortfall,
        balance=booked.balance,
    )


async def _claimed(case: DutyEngine, matter: Matter, since: datetime) -> None:
    """CS-4.3.4b: finance pursues what the retention money did not cover, until it is paid or waived."""
    rest = case.matter(matter.id).shortfall or NOTHING
    recovered = NOTHING
    anchor = None
    while rest:
        pursued = await case.owed(
            "CS-4.3.4b.claim",
            form.ClaimPursued,
            matter=matter.id,
            since=since,
            anchor=anchor,
            knows={"shortfall": str(rest), **_warranty_contact(case, case.matter(matter.id).contractor)},
        )
        since, anchor = pursued.at, "claim_carried_on"
        if pursued.form.amount is not None:
            recovered, rest = recovered + pursued.form.amount, rest - pursued.form.amount
            paid = ClaimPart(EntryKind.RECOVERY, pursued.form.amount, pursued.form.voucher or pursued.duty)
            await _settled(case, matter, pursued, paid, recovered, NOTHING)
            anchor = "claim_part_paid"
        elif pursued.form.result is form.ClaimResult.WAIVE:
            decided = await case.owed(
                "CS-4.3.4b.waiver", matter=matter.id, since=pursued.at, returns_to=("CS-4.3.4b.claim",)
            )
            if decided.act.kind is ActKind.APPROVE:
                given_up = ClaimPart(EntryKind.WAIVER, rest, decided.duty)
                await _settled(case, matter, decided, given_up, recovered, rest)
                return
            since, anchor = decided.at, "return"


@dataclass(frozen=True)
class ClaimPart:
    """A part of a claim that was paid (a recovery, on a voucher) or waived (by the decision)."""

    kind: EntryKind
    amount: Decimal
    voucher: str


async def _settled(
    case: DutyEngine,
    matter: Matter,
    answer: DutyAnswer[Any],
    part: ClaimPart,
    recovered: Decimal,
    waived: Decimal,
) -> None:
    """Book the part of the claim, and record what has come of it so far. Idempotent: the sums only grow."""
    known = case.matter(matter.id)
    if ((known.recovered or NOTHING), (known.waived or NOTHING)) >= (recovered, waived):
        return
    assert known.contractor is not None
    assert known.audited is not None
    settlement = ClaimSettlement(
        case=case.file.key,
        duty=answer.duty,
        contractor=known.contractor,
        project=case.file.complaint.project,
        kind=part.kind,
        amount=part.amount,
        audited=known.audited,
        voucher=part.voucher,
        day=local(answer.at, case.reference.zone).date(),
        by=answer.act.by,
    )
    await case.insist(f"claim {answer.duty}", SETTLE, settlement, f"{answer.duty} settlement")
    settled = ClaimSettled(
        at=answer.at, duty=answer.duty, rule="CS-4.3.4b", matter=matter.id, recovered=recovered, waived=waived
    )
    case.record(settled)


# --- whether it is repaired

DECISION = "CS-4.3.3.decision"


async def repair_decided(case: DutyEngine) -> None:
    """CS-4.3.3: a complaint about the product is repaired, or somebody says why not.

    Chapters start it in the background. A repair that is under way, or was opened by hand in the meantime, is the
    decision. If it is cancelled, the decision is owed anew.
    """
    leg = case.file.leg
    if _decided_against(case):
        return
    began = taken_up(case)
    cancelled: int | None = None

    def about_it() -> bool:
        return is_about_the_product(case.file.complaint)

    for nth in count():  # a correction may show until the end of the handling that it is about the product, or not
        await case.wait_until(lambda: about_it() or case.file.leg != leg or case.file.handled_at is not None)
        if case.file.leg != leg or not about_it() or _is_shown_too_late(case.file, nth, cancelled):
            return
        repair = await _decision(case, nth, began)
        if repair is None and case.file.leg == leg and _is_overtaken(case.file, _decisions(case.file, leg)[nth]):
            continue  # by the change of another answer, from which it does not follow
        if repair is None:
            return
        await case.wait_until(lambda one=repair: not _newest(case, one).open or case.file.leg != leg)
        newest = _newest(case, repair)
        if newest.outcome != CANCELLED or newest.ended_at is None or case.file.leg != leg:
            return
        began = ClockTerms(since=newest.ended_at, anchor="cancellation")
        cancelled = newest.cancelled or 0


def _is_shown_too_late(file: CaseFile, nth: int, cancelled: int | None) -> bool:
    """Whether decision `nth` of this leg is not owed because the handling ended before a correction gave reason for it.

    A repair that was cancelled by act `cancelled` is decided about anew even then, unless a correction came after it.
    """
    if file.handled_at is None or len(_decisions(file, file.leg)) > nth:
        return False
    return cancelled is None or (file.corrected or 0) > cancelled


def no_longer_about_the_product(case: DutyEngine, act: Act) -> None:
    """A complaint that a correction shows not to be about the product needs no decision about a repair."""
    if not is_about_the_product(case.file.complaint):
        falls_away(case, act, lambda duty: duty.rule == DECISION)


async def _decision(case: DutyEngine, nth: int, began: ClockTerms) -> str | None:
    """Have it decided, unless a repair is the decision. Return the repair's id, or None if nothing is repaired.

    `nth` is the number of decisions of this leg before it: one that was opened already is not waived afterwards.
    """
    role = decider(case.file.complaint, case.reference.directory)
    there = _standing(case)
    if there is not None and len(_decisions(case.file, case.file.leg)) <= nth:
        case.waived(DECISION, by=there.id, **began, role=role)
        return there.id
    deciding = case.owe(DECISION, form.RepairDecision, **began, role=role)
    await case.wait_until(lambda: not case.file.duties[deciding.duty].open or _standing(case) is not None)
    there = _standing(case)
    if there is not None and case.file.duties[deciding.duty].open:
        case.supersede(lambda duty: duty.id == deciding.duty, by=there.id)
    decided = case.file.duties[deciding.duty]
    if decided.act is None:
        return None if _is_overtaken(case.file, decided) else decided.superseded_by
    answer = case.answer(deciding.duty, form.RepairDecision)
    if answer.form.decision is form.RepairChoice.NONE:
        return None
    said = answer.form
    begun = case.begin(
        MatterKind.REPAIR, answer.duty, said.what, answer.at, by=answer.act.by, department=said.department
    )
    return begun.id


def _decisions(file: CaseFile, leg: int) -> list[Duty]:
    return [duty for duty in file.duties.values() if duty.rule == DECISION and duty.leg == leg]


def _is_overtaken(file: CaseFile, decided: Duty) -> bool:
    """Whether the decision was superseded, but not by a repair."""
    return decided.act is None and not any(one.id == decided.superseded_by for one in file.matters)


def _decided_against(case: DutyEngine) -> bool:
    """Whether an earlier leg has decided against a repair. That carries over, unless the customer is not satisfied."""
    if case.reentry != "regrading":
        return False
    done = [duty for leg in range(case.file.leg) for duty in _decisions(case.file, leg) if duty.act is not None]
    return bool(done) and case.answer(done[-1].id, form.RepairDecision).form.decision is form.RepairChoice.NONE


def _standing(case: DutyEngine) -> Matter | None:
    """The newest repair that nobody has cancelled; after a reopening, not one that was done before it (RV-4.2)."""
    repairs = [one for one in case.file.matters if one.kind is MatterKind.REPAIR]
    repairs = [one for one in repairs if _newest(case, one.id).outcome != CANCELLED]
    since = case.file.track_since
    if case.reentry == "reopening" and since is not None:
        repairs = [one for one in repairs if _under_way(one) or one.since >= since]
    return repairs[-1] if repairs else None


def _newest(case: DutyEngine, repair: str) -> Matter:
    """The repair, or the newest of those that followed because it has not held."""
    followed = next((one for one in case.file.matters if one.cause == f"{repair}/CS-4.3.5.revisit"), None)
    return case.matter(repair) if followed is None else _newest(case, followed.id)


# --- used by the tracks


@dataclass(frozen=True)
class RepairsDone:
    """The result of waiting for repairs: `at` is when the last of them, or the act before the wait, was done.

    `repairs` are those done in the present leg.
    """

    at: datetime
    repairs: tuple[Matter, ...]

    @property
    def signed(self) -> bool:
        """Whether the customer signed on the spot for every repair, which counts as the revisit (RV-4.4)."""
        return bool(self.repairs) and all(one.signed for one in self.repairs)

    @property
    def revisited_by(self) -> str | None:
        """The role that revisits repairs paid by the company (RV-4.1b); None: the complaint's receiver."""
        return DEVELOPMENT if any(one.company_paid for one in self.repairs) else None


async def repairs_over(case: DutyEngine, answered: DutyAnswer[Any] | Act) -> RepairsDone:
    """Wait until it is decided whether anything is repaired, and the work of all repairs is done.

    Their costs and effect checks may take longer. `answered` is the answer, or act, that the chapter has reached.
    Repairs that begin after the wait is over do not count, so that a chapter that is run again finds the same ones.
    """
    act = answered if isinstance(answered, Act) else answered.act
    reached, leg = act.seq, case.file.leg
    while True:
        deciding = _decided_by(case.file, leg, reached)
        waited = [one.id for one in case.file.matters if one.kind is MatterKind.REPAIR and one.begun <= reached]
        await case.wait_until(
            lambda ids=waited, open=deciding: (
                not any(_under_way(case.matter(id)) for id in ids) and not any(_undecided(case, id) for id in open)
            )
        )
        last = max([reached, *(_over(case, id) for id in waited), *(_decided(case, id) for id in deciding)])
        if last <= reached and _decided_by(case.file, leg, reached) == deciding:
            break
        reached = last
    at_act = {one.seq: one.at for one in case.file.acts}
    done = {id: at_act[seq] for id in waited if (seq := case.matter(id).finished) is not None}
    began = case.file.track_since if case.file.leg > 1 else None  # repairs of earlier legs were revisited in those
    repairs = tuple(case.matter(id) for id, at in done.items() if began is None or at >= began)
    said = [at_act[seq] for id in waited if (seq := case.matter(id).cancelled) is not None]
    said += [at_act[seq] for id in deciding if (seq := case.file.duties[id].act) is not None]
    return RepairsDone(at=max([act.at, *done.values(), *said]), repairs=repairs)


def _decided_by(file: CaseFile, leg: int, reached: int) -> list[str]:
    """The ids of the decisions that were owed by act `reached`, and of those owed in their place."""
    found: list[Duty] = []
    for one in _decisions(file, leg):
        in_its_place = bool(found) and not found[-1].open and _is_overtaken(file, found[-1])
        if one.acts_before <= reached or in_its_place:
            found.append(one)
    return [one.id for one in found]


def _under_way(repair: Matter) -> bool:
    return repair.open and repair.finished is None


def _undecided(case: DutyEngine, id: str) -> bool:
    """Whether the decision is open, or what follows from it has yet to begin: its repair, or the next decision."""
    decided = case.file.duties[id]
    if decided.open:
        return True
    if _is_overtaken(case.file, decided):
        return case.file.leg == decided.leg and _decisions(case.file, decided.leg)[-1].id == id
    if decided.act is None:
        begun = decided.superseded_by
    elif case.answer(id, form.RepairDecision).form.decision is form.RepairChoice.REPAIR:
        begun = next((one.id for one in case.file.matters if one.cause == id), None)
        if begun is None:
            return True
    else:
        return False
    cancelled = begun is not None and _newest(case, begun).outcome == CANCELLED
    return cancelled and case.file.leg == decided.leg and _decisions(case.file, decided.leg)[-1].id == id


def _over(case: DutyEngine, id: str) -> int:
    """Seq of the act that finished, or cancelled, the work of the repair."""
    repair = case.matter(id)
    return repair.finished or repair.cancelled or 0


def _decided(case: DutyEngine, id: str) -> int:
    """Seq of the act that decided about the repair, or that began the repair which is the decision."""
    duty = case.file.duties[id]
    begun = (one.begun for one in case.file.matters if one.id == duty.superseded_by)
    return duty.act or next(begun, 0)
