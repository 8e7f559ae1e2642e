"""Checks of forms against their context: which people exist, what was proposed, what time it is.

One function per form; `CHECKS` maps forms to functions. A check runs before a duty is discharged with the form.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext, in_the_future, incomplete, known_departments, known_people
from complaints.case.complaint import Media
from complaints.case.file import ActKind, Duty, DutyStatus, Matter
from complaints.case.forms import Archive, Grading, WatchChoice, WatchDecision
from complaints.case.joined_forms import EnquiryAnswer
from complaints.clock.local_time import local
from complaints.corrective.forms import CorrectivePlan
from complaints.crisis.forms import (
    AdjustedPlan,
    Adjustment,
    Assignment,
    CostedPlan,
    PartiesWants,
    Plan,
    PlanPart,
    Progress,
    Responsibility,
    ResponsibleDepartments,
)
from complaints.editions.rule_ids import RuleId
from complaints.intake.forms import FeedbackDate
from complaints.major import emergency
from complaints.major.forms import (
    ComplaintSheet,
    ComplaintSlip,
    EmergencyCommand,
    EmergencyTeam,
    ExplainedOnTheSpot,
    Lead,
    PlanReview,
    Reception,
    ResidentAnswer,
    ResultTold,
    RevisitArranged,
    RevisitPlanned,
)
from complaints.ordinary.forms import CustomerAnswer, Decision, Liaison, LiaisonNamed, ManagersStep, WorkOrder
from complaints.people.roles import DEVELOPMENT
from complaints.repairs.forms import (
    AdvancePaid,
    BillAudit,
    ClaimPursued,
    DeductionTold,
    RepairAssignment,
    RepairDecision,
    RepairOrder,
    RetentionDeduction,
    VouchedDeduction,
)
from complaints.responsibility.forms import AdviceAsked, Assessment, Coordination, DepartmentsOrder, Minutes, Order
from complaints.revisits.forms import CaseEffectRevisit, CaseRevisit, EffectRevisit, Revisit, RevisitAnswers
from complaints.rounds.form_checks import CHECKS_OF_ROUNDS


def grading(context: ActContext, form: Grading, duty: Duty, at: datetime) -> None:
    """A grade below the proposal needs a reason (CR-5.2.1a); so does not grading a proposed major as major (MC-3)."""
    proposal = context.file.proposal
    lower = form.level > proposal.level
    if (lower or (proposal.major and not form.major and form.level > 1)) and not form.reason:
        what = f"level {form.level} < {proposal.level}" if lower else "not major"
        raise Refusal(Refused.REASON_NEEDED, act=what)


def watched(context: ActContext, form: WatchDecision, duty: Duty, at: datetime) -> None:
    """A regrade from the watch list must differ from the present grade (CR-5.1.3, MC-3); a lower one needs approval."""
    now, newly_major = context.file.level, form.major and not context.file.major
    if form.decision is WatchChoice.DISMISS or now is None or form.level is None:
        return
    if form.level > now if newly_major else form.level == now:
        another = f"another level than {form.level}"
        raise Refusal(Refused.WRONG_ACT, duty="CR-5.2.1a", act=f"level {form.level}", instead=another)


def enquiry_answer(context: ActContext, form: EnquiryAnswer, duty: Duty, at: datetime) -> None:
    """The customer was answered after they had asked, and before that is recorded (RV-4.1a)."""
    if form.answered_at > at:
        raise incomplete("enquiry_answer", "answered_at: in the future")
    if form.answered_at < context.file.complaint.received_at:
        raise incomplete("enquiry_answer", "answered_at: before the complaint came in")


def answered(context: ActContext, form: CustomerAnswer | ResidentAnswer, duty: Duty, at: datetime) -> None:
    """Only the answer to a customer whom nobody knows is kept in the case (CH-7.3.1, MC-5.2.3f)."""
    if not form.customer_told and not context.file.complaint.anonymous:
        key = "customer_answer" if isinstance(form, CustomerAnswer) else "resident_answer"
        raise incomplete(key, "customer_told: the customer is known")


def responsibility(context: ActContext, form: Responsibility, duty: Duty, at: datetime) -> None:
    known_departments(context, "responsibility", form.departments)


def assignment(context: ActContext, form: Assignment, duty: Duty, at: datetime) -> None:
    known_people(context, form.people)


def responsible_departments(context: ActContext, form: ResponsibleDepartments, duty: Duty, at: datetime) -> None:
    """Each department is named once; the answer changes only if others are named (CR-5.2.2b)."""
    known_departments(context, "responsible_departments", (*form.departments, *form.concerned))
    if duty.open:
        return
    given = [act.form for act in context.file.acts if act.duty == duty.id and "departments" in act.form]
    if (list(form.departments), list(form.concerned)) == (given[-1]["departments"], given[-1]["concerned"]):
        raise Refusal(Refused.NOTHING_CHANGES, act=ActKind.REVISE.value)


def parties_wants(context: ActContext, form: PartiesWants, duty: Duty, at: datetime) -> None:
    """Where the media have taken the matter up, or are about to, they are a party, too (CR-5.2.3, CR-5.3.1)."""
    if context.file.known.media is not Media.NONE and not form.media_wants:
        raise incomplete("parties_wants", "media_wants: what the media want is part of the facts")


def plan_part(context: ActContext, form: PlanPart, duty: Duty, at: datetime) -> None:
    if form.complete_by <= at:
        raise incomplete("plan_part", "complete_by: not in the future")


def costed_plan(context: ActContext, form: CostedPlan, duty: Duty, at: datetime) -> None:
    """The plan is complete when the last department has carried out its part (CR-5.2.2e)."""
    if form.complete_by <= at:
        raise incomplete("costed_plan", "complete_by: not in the future")
    for part in context.file.duties.values():
        of_this = (part.rule, part.leg, part.revision) == ("CR-5.2.2e.part", duty.leg, duty.revision)
        given = context.file.acts[part.act - 1].form if of_this and part.act is not None else None
        if given is not None and form.complete_by < datetime.fromisoformat(given["complete_by"]):
            raise incomplete("costed_plan", f"complete_by: before {given['complete_by']} ({part.department})")


def adjusted_plan(context: ActContext, form: AdjustedPlan, duty: Duty, at: datetime) -> None:
    """Only departments that carry the plan out get another date (CR-5.3.3a)."""
    if form.complete_by is not None and form.complete_by <= at:
        raise incomplete("adjusted_plan", "complete_by: not in the future")
    of_leg = (one for one in context.file.duties.values() if (one.rule, one.leg) == ("CR-5.3.2c", duty.leg))
    responsible = dict.fromkeys(one.department for one in of_leg)
    if others := [key for key in form.departments if key not in responsible]:
        raise incomplete("adjusted_plan", f"departments: {', '.join(others)}")


def progress(context: ActContext, form: Progress, duty: Duty, at: datetime) -> None:
    """Changed only if a customer who was satisfied is no longer (CR-5.3.3)."""
    if duty.open:
        return
    given = [act.form for act in context.file.acts if act.duty == duty.id and "satisfied" in act.form][-1]
    if form.satisfied or not given["satisfied"]:
        raise Refusal(Refused.ANSWER_STANDS, duty=duty.id)


def plan(context: ActContext, form: Plan | Adjustment, duty: Duty, at: datetime) -> None:
    if form.complete_by is not None and form.complete_by <= at:
        raise incomplete("plan", "complete_by: not in the future")


def lead(context: ActContext, form: Lead, duty: Duty, at: datetime) -> None:
    known_people(context, form.people)


def emergency_team(context: ActContext, form: EmergencyTeam, duty: Duty, at: datetime) -> None:
    """The heads of customer service, security and engineering are called in; a missing one needs a reason (MC-4.1)."""
    known_people(context, form.people)
    heads = emergency.team(context.people, at, shut_out=context.file.about)
    absent = [head for head in heads if head not in (*form.people, duty.owner)]
    if absent and not form.not_called:
        names = ", ".join(f"{context.people.name(head)} ({head})" for head in absent)
        raise incomplete("emergency_team", f"people: {names}; or not_called: why not")


def emergency_command(context: ActContext, form: EmergencyCommand, duty: Duty, at: datetime) -> None:
    """A state of emergency can be declared until the handling is over (MC-4.2b)."""
    known = [act.form.get("emergency") for act in context.file.acts if act.duty == duty.id]
    if form.emergency and known and not known[-1] and context.file.handled_at is not None:
        raise incomplete("emergency_command", "emergency: the handling is over")


def explained(context: ActContext, form: ExplainedOnTheSpot, duty: Duty, at: datetime) -> None:
    known_people(context, form.came)


def slip(context: ActContext, form: ComplaintSlip, duty: Duty, at: datetime) -> None:
    """The slip goes to known departments; to whom it went is not changed once the handling is over (MC-5.2.2a)."""
    known_departments(context, "slip", form.departments)
    complaint = context.file.complaint
    left_out = [one for one in complaint.departments if one not in form.departments]
    if complaint.also_departments and left_out:
        raise incomplete("slip", f"departments: {', '.join(left_out)} (complained about, too; else correct the intake)")
    if duty.status is DutyStatus.DONE and context.file.handled_at is not None:
        raise incomplete("slip", "departments: the handling is over")


def revisit_planned(context: ActContext, form: RevisitPlanned, duty: Duty, at: datetime) -> None:
    """The revisit is arranged within its limit (MC-5.2.3d, RV-4.3), by the development department (RV-4.1b)."""
    known_people(context, (form.by_whom,))
    holder = context.people.who(DEVELOPMENT, at, shut_out=context.file.about).person
    if form.by_whom != holder and _department(context, form.by_whom) != _department(context, holder):
        raise incomplete("revisit_planned", f"by_whom: {context.people.name(holder)} or a colleague (RV-4.1b)")
    if form.when < at:
        raise incomplete("revisit_planned", "when: in the past")
    revisits = [one for one in context.file.duties.values() if (one.rule, one.leg) == ("RV-4.3", duty.leg)]
    if revisits and form.when > (latest := _latest(revisits[-1], at)):
        raise incomplete("revisit_planned", f"when: after {local(latest, context.reference.zone):%Y-%m-%d %H:%M}")


def _latest(revisit: Duty, at: datetime) -> datetime:
    """Return until when the revisit can be arranged: its limit; if that is over, the same time from now on."""
    due = revisit.deadline.due
    return due if at < due else at + (due - revisit.since)


def plan_review(context: ActContext, form: PlanReview, duty: Duty, at: datetime) -> None:
    """An emergency plan that did not fit is revised (MC-4.2a, MC-5.2.4b)."""
    file, answers = context.file, (ActKind.DISCHARGE, ActKind.REVISE)
    said = [act for act in file.acts if act.rule == "MC-4.2a" and act.kind in answers and act.duty]
    fits = [act.form.get("plan_fits") for act in said if file.duties[act.duty or ""].leg == duty.leg]
    if not form.revised and fits and fits[-1] is False:
        raise incomplete("plan_review", "revised: the plan did not fit (MC-4.2a)")


def _department(context: ActContext, person: str) -> str | None:
    found = context.people.person(person)
    return found.department if found else None


def reception(context: ActContext, form: Reception, duty: Duty, at: datetime) -> None:
    """The event lies in the past; a customer who is known was apologised to, and can be reached (MC-5.2.1)."""
    if form.happened_at > at:
        raise incomplete("reception", "happened_at: in the future")
    if context.file.complaint.anonymous:
        return
    if not form.apologised:
        raise incomplete("reception", "apologised: the apology comes first")
    if not form.contact:
        raise incomplete("reception", "contact: how the customer is reached")


def told(context: ActContext, form: ResultTold | Decision, duty: Duty, at: datetime) -> None:
    """A customer who is known is told (MC-5.2.3c, CH-7.3.3)."""
    if not form.told and not context.file.complaint.anonymous:
        key = "result_told" if isinstance(form, ResultTold) else "decision"
        raise incomplete(key, "told: what the customer was told")


def sheet(context: ActContext, form: ComplaintSheet, duty: Duty, at: datetime) -> None:
    known_departments(context, "sheet", (form.department,), "department")


def revisit_arranged(context: ActContext, form: RevisitArranged, duty: Duty, at: datetime) -> None:
    if form.when < at:
        raise incomplete("revisit_arranged", "when: in the past")


def feedback_date(context: ActContext, form: FeedbackDate, duty: Duty, at: datetime) -> None:
    if form.feedback_by <= at:
        raise incomplete("feedback_date", "feedback_by: not in the future")


def revisit(context: ActContext, form: RevisitAnswers, duty: Duty, at: datetime) -> None:
    """Tries that do not reach the customer must be on different days (RV-4.2.tries)."""
    if form.reached:
        return
    first, zone = duty.about or duty.id, context.reference.zone
    of_this = {one.id for one in context.file.duties.values() if first in (one.id, one.about)}
    tried = [act.at for act in context.file.acts if act.duty in of_this and act.form.get("reached") is False]
    day = local(at, zone).date()
    if any(local(moment, zone).date() >= day for moment in tried):
        raise Refusal(Refused.TRIED_TODAY, day=day.isoformat())


def archive(context: ActContext, form: Archive, duty: Duty, at: datetime) -> None:
    """A case cannot be archived while one of its repairs or corrective actions is open."""
    if under_way := [matter.id for matter in context.file.matters if matter.open]:
        raise Refusal(Refused.NOT_READY, duty=duty.id, awaited=", ".join(under_way))


def corrective_plan(context: ActContext, form: CorrectivePlan, duty: Duty, at: datetime) -> None:
    """A corrective action needs a known owner and a date in the future (CH-7.6)."""
    known_people(context, (form.owner,))
    if form.complete_by <= at:
        raise incomplete("corrective_plan", "complete_by: not in the future")


def repair_decision(context: ActContext, form: RepairDecision, duty: Duty, at: datetime) -> None:
    if form.department is not None:
        known_departments(context, "repair_decision", (form.department,), "department")


def repair_order(context: ActContext, form: RepairOrder | RepairAssignment, duty: Duty, at: datetime) -> None:
    """The contractor must be the project's, so that its warranty contact is known (CS-4.3.2); the date is to come."""
    if form.contractor is not None and context.people.contractor(form.contractor) is None:
        known = ", ".join(contractor.key for contractor in context.people.contractors) or "—"
        raise incomplete("repair_order", f"contractor: {form.contractor} ({known})")
    if form.promised <= at:
        raise incomplete("repair_order", "promised: not in the future")


def retention_deduction(context: ActContext, form: RetentionDeduction, duty: Duty, at: datetime) -> None:
    """The amount must not exceed the audited sum (CS-4.3.4b)."""
    audited = next((matter.audited for matter in context.file.matters if matter.id == duty.matter), None)
    if audited is None or form.amount > audited:
        raise incomplete("retention_deduction", f"amount: {form.amount} > {audited}")


def bill_audit(context: ActContext, form: BillAudit, duty: Duty, at: datetime) -> None:
    """The audited sum must not exceed the bill (CS-4.3.4a); a lower one needs a reason."""
    billed = Decimal(str(_said(context, duty, "CS-4.3.4a.bill").get("amount", 0)))
    if form.audited is None:
        return
    if form.audited > billed:
        raise incomplete("bill_audit", f"audited: {form.audited} > {billed}")
    if form.audited < billed and not form.reason:
        raise Refusal(Refused.REASON_NEEDED, act=f"audited {form.audited} < {billed}")


def advance_paid(context: ActContext, form: AdvancePaid, duty: Duty, at: datetime) -> None:
    """The company advances no more than was audited (CS-2.5)."""
    audited = _matter(context, duty).audited
    if audited is None or form.amount > audited:
        raise incomplete("advance_paid", f"amount: {form.amount} > {audited}")


def vouched_deduction(context: ActContext, form: VouchedDeduction, duty: Duty, at: datetime) -> None:
    """A deduction covers what was advanced, is at most the audited sum, and rests on the bill's vouchers."""
    audited = _matter(context, duty).audited
    if audited is None or form.amount > audited:
        raise incomplete("vouched_deduction", f"amount: {form.amount} > {audited}")
    advanced = Decimal(str(_said(context, duty, "CS-2.5").get("amount", 0)))
    if form.amount < advanced:
        raise incomplete("vouched_deduction", f"amount: {form.amount} < {advanced} (CS-2.5)")
    billed: list[str] = _said(context, duty, "CS-4.3.4a.bill").get("vouchers", [])
    if set(form.supporting) != set(billed):
        raise incomplete("vouched_deduction", f"supporting: {', '.join(form.supporting)} ({', '.join(billed)})")


def deduction_told(context: ActContext, form: DeductionTold, duty: Duty, at: datetime) -> None:
    if form.objection_until <= at:
        raise incomplete("deduction_told", "objection_until: not in the future")


def claim_pursued(context: ActContext, form: ClaimPursued, duty: Duty, at: datetime) -> None:
    """A contractor pays no more than is claimed (CS-4.3.4b)."""
    matter = _matter(context, duty)
    rest = (matter.shortfall or 0) - (matter.recovered or 0)
    if form.amount is not None and form.amount > rest:
        raise incomplete("claim_pursued", f"amount: {form.amount} > {rest}")


def _matter(context: ActContext, duty: Duty) -> Matter:
    return next(matter for matter in context.file.matters if matter.id == duty.matter)


def _said(context: ActContext, duty: Duty, rule: RuleId) -> dict[str, Any]:
    """Return the newest form by this rule in the duty's matter; empty if there is none."""
    ids = {one.id for one in context.file.duties.values() if (one.rule, one.matter) == (rule, duty.matter)}
    said = [act.form for act in context.file.acts if act.duty in ids and act.form]
    return said[-1] if said else {}


def assessment(context: ActContext, form: Assessment, duty: Duty, at: datetime) -> None:
    """An assessment is corrected only until the customer is answered (CS-4.2.1a)."""
    known_departments(context, "assessment", form.departments)
    if not duty.open and not _still_open(context, duty, "CH-7.3.1"):
        raise Refusal(Refused.ANSWER_STANDS, duty=duty.id)


def work_order(context: ActContext, form: WorkOrder, duty: Duty, at: datetime) -> None:
    """A work order is changed only while a department still owes its opinion (CH-7.2.3)."""
    known_departments(context, "work_order", form.departments)
    if not duty.open:
        _nothing_newer(context, duty)
        if not _still_open(context, duty, "CH-7.2.3.opinion"):
            raise Refusal(Refused.WRONG_ACT, duty=duty.id, act="revise", instead="revise CS-4.2.1a")


def managers_step(context: ActContext, form: ManagersStep, duty: Duty, at: datetime) -> None:
    known_departments(context, "managers_step", form.departments)


def departments_order(context: ActContext, form: DepartmentsOrder, duty: Duty, at: datetime) -> None:
    """An order is changed until it is carried out and the customer is answered, and names departments as before."""
    known_departments(context, "departments_order", form.departments)
    if form.complete_by is not None and form.complete_by <= at:
        raise incomplete("departments_order", "complete_by: not in the future")
    if not duty.open:
        _nothing_newer(context, duty)
        given = context.file.act_of(duty)
        assert given is not None
        if bool(given.form["departments"]) != bool(form.departments):  # another way: the assessment's to say
            raise Refusal(Refused.WRONG_ACT, duty=duty.id, act="revise", instead="revise CS-4.2.1a")
        if not _still_open(context, duty, "CH-7.3.1", "CS-4.2.2a.carry_out"):
            raise Refusal(Refused.ANSWER_STANDS, duty=duty.id)


def _still_open(context: ActContext, duty: Duty, *rules: str) -> bool:
    """Whether a duty of these rules is open in the present leg, and the duty belongs to that leg."""
    open_now = (one for one in context.file.open_duties if one.rule in rules)
    return duty.leg == context.file.leg and any(one.leg == duty.leg for one in open_now)


def _nothing_newer(context: ActContext, duty: Duty) -> None:
    """Raise `Refusal` if the assessment was corrected since: what followed from it before counts no more."""
    for act in context.file.acts:
        if (act.kind, act.rule) == (ActKind.REVISE, "CS-4.2.1a") and act.seq > duty.acts_before:
            raise Refusal(Refused.SUPERSEDED, duty=duty.id, by=f"CS-4.2.1a, act {act.seq}")


def advice_asked(context: ActContext, form: AdviceAsked, duty: Duty, at: datetime) -> None:
    known_departments(context, "advice_asked", (form.department,), "department")


def liaison_named(context: ActContext, form: LiaisonNamed, duty: Duty, at: datetime) -> None:
    """The person is one of the department (CH-7.5.1)."""
    known_people(context, (form.person,))
    person = context.people.person(form.person)
    if person is not None and person.department != duty.department:
        raise incomplete("liaison_named", f"person: {form.person} ({duty.department})")


def liaison(context: ActContext, form: Liaison, duty: Duty, at: datetime) -> None:
    known_people(context, (form.person,))


def order(context: ActContext, form: Order, duty: Duty, at: datetime) -> None:
    if form.department is not None:
        known_departments(context, "order", (form.department,), "department")
    if form.complete_by is not None and form.complete_by <= at:
        raise incomplete("order", "complete_by: not in the future")


def coordination(context: ActContext, form: Coordination, duty: Duty, at: datetime) -> None:
    known_departments(context, "coordination", form.departments)


def minutes(context: ActContext, form: Minutes, duty: Duty, at: datetime) -> None:
    """Each item needs an owner who may act, and a date in the future (CS-4.2.6)."""
    known_people(context, tuple(item.owner for item in form.items))
    in_the_future("minutes", "items", "date", (item.date for item in form.items), at)


CHECKS: dict[type[Frozen], Callable[[ActContext[Any], Any, Duty, datetime], None]] = {
    Grading: grading,
    WatchDecision: watched,
    EnquiryAnswer: enquiry_answer,
    CustomerAnswer: answered,
    ResidentAnswer: answered,
    ResultTold: told,
    Decision: told,
    Responsibility: responsibility,
    Assignment: assignment,
    Plan: plan,
    Adjustment: plan,
    ResponsibleDepartments: responsible_departments,
    PartiesWants: parties_wants,
    PlanPart: plan_part,
    CostedPlan: costed_plan,
    AdjustedPlan: adjusted_plan,
    Progress: progress,
    FeedbackDate: feedback_date,
    Revisit: revisit,
    EffectRevisit: revisit,
    CaseRevisit: revisit,
    CaseEffectRevisit: revisit,
    Lead: lead,
    EmergencyTeam: emergency_team,
    EmergencyCommand: emergency_command,
    ExplainedOnTheSpot: explained,
    ComplaintSlip: slip,
    RevisitPlanned: revisit_planned,
    PlanReview: plan_review,
    Reception: reception,
    ComplaintSheet: sheet,
    RevisitArranged: revisit_arranged,
    Archive: archive,
    RepairDecision: repair_decision,
    RepairOrder: repair_order,
    RepairAssignment: repair_order,
    BillAudit: bill_audit,
    AdvancePaid: advance_paid,
    VouchedDeduction: vouched_deduction,
    DeductionTold: deduction_told,
    ClaimPursued: claim_pursued,
    RetentionDeduction: retention_deduction,
    CorrectivePlan: corrective_plan,
    Assessment: assessment,
    WorkOrder: work_order,
    ManagersStep: managers_step,
    DepartmentsOrder: departments_order,
    AdviceAsked: advice_asked,
    LiaisonNamed: liaison_named,
    Liaison: liaison,
    Order: order,
    Coordination: coordination,
    Minutes: minutes,
    **CHECKS_OF_ROUNDS,
}
