"""Repairs and corrective actions: who may open one, and what their forms must agree with (CS-4.3, CH-7.6)."""

from __future__ import annotations

from datetime import datetime

from complaints.acts.allowed import Allowed, Situation, incomplete, validated
from complaints.errors import Refusal, Refused
from complaints.forms.repair import Opening, RepairOrder, RetentionDeduction
from complaints.model import ActRequest, Duty, MatterKind

OPENED_BY = ("cs_supervisor", "property_company", "chief_engineer", "project_manager")
"""Who may open a matter in any case; beside them, whoever owes something in it."""

FIRST = {MatterKind.REPAIR: "CS-4.3.3", MatterKind.CORRECTIVE: "CH-7.6"}
"""The rule by which a matter begins."""


def open_matter(desk: Situation, request: ActRequest, at: datetime) -> Allowed:
    """立项: what is to be done is its reason, so it needs no other."""
    form = validated("matter", Opening, request.form, desk.now)
    rule = FIRST[form.kind]
    if not (_owes_something(desk, request.by) or any(_is(desk, request.by, role) for role in OPENED_BY)):
        owner = desk.people.who(desk.edition.rule(rule).owner, desk.now, shut_out=desk.file.about).person
        raise Refusal(Refused.NOT_YOURS, duty=rule, owner=desk.people.name(owner))
    if form.department is not None and desk.people.department(form.department) is None:
        raise incomplete("matter", f"department: {form.department}")
    if at < desk.file.opened_at:
        raise Refusal(Refused.WRONG_TIME, at=at.isoformat(), limit=desk.file.opened_at.isoformat())
    return Allowed(duty=None, rule=rule, at=at, form=form.model_dump(mode="json"))


def repair_order(desk: Situation, form: RepairOrder, duty: Duty, at: datetime) -> None:
    """The contractor is one of the project's, so that its warranty contact is known (CS-4.3.2); the date is to come."""
    if form.contractor is not None and desk.people.contractor(form.contractor) is None:
        known = ", ".join(contractor.key for contractor in desk.people.contractors) or "—"
        raise incomplete("repair_order", f"contractor: {form.contractor} ({known})")
    if form.promised <= at:
        raise incomplete("repair_order", "promised: not in the future")


def retention_deduction(desk: Situation, form: RetentionDeduction, duty: Duty, at: datetime) -> None:
    """Never above the audited sum (CS-4.3.4b)."""
    audited = next((matter.audited for matter in desk.file.matters if matter.id == duty.matter), None)
    if audited is None or form.amount > audited:
        raise incomplete("retention_deduction", f"amount: {form.amount} > {audited}")


def _owes_something(desk: Situation, person: str) -> bool:
    mine = {person, *desk.people.acts_for(person, desk.now)}
    return any(duty.owner in mine for duty in desk.file.open_duties)


def _is(desk: Situation, person: str, role: str) -> bool:
    holder = desk.people.who(role, desk.now, shut_out=desk.file.about).person
    return person == holder or desk.people.holds(person, role, desk.now)
