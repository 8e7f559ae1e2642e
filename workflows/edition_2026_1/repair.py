"""客户服务管理程序 4.3: a repair, from the order to the check of its effect with the customer, and who pays for it.

A repair is a matter of the case: it runs beside the track, through all its changes, to its own end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from complaints.case import duties
from complaints.case.events.matters import RepairAudited, RepairDone, RepairTold, RetentionDeducted
from complaints.case.file import Act, Matter, MatterKind, Notice, NoticeKind
from complaints.clock.local_time import local
from complaints.people.roles import DEVELOPMENT
from complaints.repairs import forms as form
from complaints.repairs.retention_money import BOOK, Deducted, Deduction
from workflows.duty_engine import DutyEngine, OwedDuty
from workflows.duty_terms import DutyAnswer


@dataclass(frozen=True)
class Work:
    """A finished repair: its order, and how it was finished."""

    order: DutyAnswer[form.RepairOrder]
    finish: DutyAnswer[form.RepairFinish]


async def repair(case: DutyEngine, matter: Matter) -> None:
    """CS-4.3.3 to CS-4.3.6: do the work, tell the customer, pay; a month later customer service checks the effect."""
    work = await _repaired(case, matter)
    company_paid = work.order.form.paid_by is form.Payer.COMPANY
    contractor = work.order.form.contractor
    case.once(RepairDone(at=work.finish.at, matter=matter.id, contractor=contractor, company_paid=company_paid))
    telling = case.in_background(_finish_told(case, matter, work))
    paying = case.in_background(_paid_for(case, matter, work))
    checked = await case.owed(
        "CS-4.3.5.revisit",
        form.RepairRevisit,
        matter=matter.id,
        since=work.finish.at,
        role=DEVELOPMENT if company_paid else None,  # RV-4.1b
    )
    if not checked.form.effective:
        again = f"{matter.what}\n{checked.form.found}"
        case.begin(MatterKind.REPAIR, checked.duty, again, checked.at, by=checked.act.by)
    await telling
    await paying
    case.ended(matter, "effective" if checked.form.effective else "not-effective", checked.at)


# --- the work


async def _repaired(case: DutyEngine, matter: Matter) -> Work:
    """CS-4.3.3: order, start, finish. Work that is not begun, or is given up, is ordered anew."""
    since, anchor = matter.since, None
    while True:
        order = await case.owed("CS-4.3.3", form.RepairOrder, matter=matter.id, since=since, anchor=anchor)
        started = await case.owed(
            "CS-4.3.3.start",
            form.RepairStart,
            matter=matter.id,
            since=order.at,
            knows=_warranty_contact(case, order.form),
        )
        if not started.form.begun:
            since, anchor = started.at, "repair_not_begun"
            continue
        finish = await _carried_out(case, matter, order, started.at)
        if finish.form.finished:
            return Work(order, finish)
        since, anchor = finish.at, "repair_given_up"


async def _carried_out(
    case: DutyEngine, matter: Matter, order: DutyAnswer[form.RepairOrder], since: datetime
) -> DutyAnswer[form.RepairFinish]:
    """From the start to the finish, due at the promised date; the customer is told of the start at once (CS-4.3.5)."""
    case.alongside("CS-4.3.5.start", form.RepairNotice, matter=matter.id, since=since)
    finishing = case.owe(
        "CS-4.3.3.finish", form.RepairFinish, matter=matter.id, since=since, promised=order.form.promised
    )
    reporting = case.in_background(_kept_informed(case, matter, since, until=finishing))
    finish = await finishing.answer()
    await reporting  # work that is ordered anew has progress reports of its own, which must come after these
    return finish


async def _kept_informed(case: DutyEngine, matter: Matter, since: datetime, until: OwedDuty[form.RepairFinish]) -> None:
    """CS-4.3.6: ask for progress reports, one after the other, until the work is finished or given up."""
    anchor = None
    while True:
        report = case.alongside("CS-4.3.6", form.RepairProgress, matter=matter.id, since=since, anchor=anchor)
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
    """CS-4.3.5: tell the customer at once; a signature on the spot counts as the revisit (RV-4.4)."""
    told = await case.owed("CS-4.3.5.finish", form.RepairFinishNotice, matter=matter.id, since=work.finish.at)
    case.once(RepairTold(at=told.at, matter=matter.id, finished=told.act.seq, signed=told.form.signed))


def _warranty_contact(case: DutyEngine, order: form.RepairOrder) -> dict[str, str]:
    """CS-4.3.2: the contractor's name and contact, for a notice; empty if unknown."""
    found = case.reference.directory.contractor(order.contractor) if order.contractor else None
    return {"contractor": found.name, "contact": found.reach} if found else {}


# --- the money


async def _paid_for(case: DutyEngine, matter: Matter, work: Work) -> None:
    """CS-4.3.4: audit the cost, explain it to the customer, and deduct it from the responsible contractor's money."""
    audited = await case.owed("CS-4.3.4a", form.CostAudit, matter=matter.id, since=work.finish.at)
    case.once(RepairAudited(at=audited.at, matter=matter.id, audited=audited.form.audited))
    if not audited.form.audited:
        return
    case.in_background(case.owed("CS-4.3.4c", form.CostExplanation, matter=matter.id, since=audited.at))
    if work.order.form.paid_by is form.Payer.COMPANY:
        return
    since, anchor = audited.at, None
    if work.order.form.advanced:
        paid = await case.owed("CS-2.5", form.AdvancePayment, matter=matter.id, since=since)
        since, anchor = paid.at, "advance_payment"
    asked = await case.owed("CS-4.3.4b", form.RetentionDeduction, matter=matter.id, since=since, anchor=anchor)
    await _deducted(case, matter, work.order.form, audited.form, asked)


async def _deducted(
    case: DutyEngine,
    matter: Matter,
    order: form.RepairOrder,
    audit: form.CostAudit,
    asked: DutyAnswer[form.RetentionDeduction],
) -> None:
    """CS-4.3.4b: book the deduction. It is idempotent; while PostgreSQL is away it is retried until it works."""
    if case.matter(matter.id).deducted is not None:
        return
    assert order.contractor is not None
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
    deducted = RetentionDeducted(
        at=case.now,
        duty=asked.duty,
        rule="CS-4.3.4b",
        matter=matter.id,
        contractor=deduction.contractor,
        requested=deduction.requested,
        audited=deduction.audited,
        voucher=deduction.voucher,
        deducted=booked.deducted,
        shortfall=booked.shortfall,
        balance=booked.balance,
        notices=_claimed(case, order, asked.duty, booked),
    )
    case.record(deducted)


def _claimed(case: DutyEngine, order: form.RepairOrder, duty_id: str, booked: Deducted) -> tuple[Notice, ...]:
    """The notice of a claim to finance: the contractor still owes what the account could not cover.

    It goes to the role's holder: the person who asked for the deduction did not know of the shortfall, and may be a
    delegate of finance.
    """
    if not booked.shortfall:
        return ()
    duty, now = case.file.duties[duty_id], case.now
    role = case.edition.rule(duty.rule).owner
    to = case.reference.directory.who(role, now, shut_out=case.shut_out).person
    told = {"shortfall": str(booked.shortfall), **_warranty_contact(case, order)}
    return (duties.notice(duty, NoticeKind.COPY, "claim", to, now, **told),)


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
    """Wait until the work of all repairs is done; their costs and effect checks may take longer.

    `answered` is the answer, or act, that the chapter has reached. Repairs that begin after the wait is over do not
    count, so that a chapter that is run again finds the same ones.
    """
    act = answered if isinstance(answered, Act) else answered.act
    reached = act.seq
    while True:
        waited = [one.id for one in case.file.matters if one.kind is MatterKind.REPAIR and one.begun <= reached]
        await case.wait_until(lambda ids=waited: not any(_under_way(case.matter(id)) for id in ids))
        last = max((case.matter(id).finished or 0 for id in waited), default=reached)
        if last <= reached:
            break
        reached = last
    at_act = {one.seq: one.at for one in case.file.acts}
    done = {id: at_act[seq] for id in waited if (seq := case.matter(id).finished) is not None}
    began = case.file.track_since if case.file.leg > 1 else None  # repairs of earlier legs were revisited in those
    repairs = tuple(case.matter(id) for id, at in done.items() if began is None or at >= began)
    return RepairsDone(at=max([act.at, *done.values()]), repairs=repairs)


def _under_way(repair: Matter) -> bool:
    return repair.open and repair.finished is None
