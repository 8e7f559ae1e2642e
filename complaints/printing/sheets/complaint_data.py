"""客户投诉处理单 as data (CR-7.1), filled in from a case at any stage; what is not known yet is empty.

Every complaint has this form (CR-5.1.4), so opinions are taken from the forms of every track. Only this module lists
those forms.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from pydantic import AwareDatetime

from complaints import editions
from complaints.base import Frozen
from complaints.case import stand_ins
from complaints.case.complaint import Category, Channel
from complaints.case.file import Act, ActKind, CaseFile, Duty, PlanRevision
from complaints.case.stand_ins import StandIn
from complaints.editions.model import Edition
from complaints.people.roles import DEPUTY_GM, GENERAL_MANAGER, MARKETING_LEADER, MARKETING_MANAGER, SALES_MANAGER

MARKETING = "marketing"
ANSWERS = (ActKind.DISCHARGE, ActKind.REVISE)
"""Acts with a form that is an answer: the first one, and those that changed it."""

OPINIONS: tuple[dict[str, tuple[str, ...]], ...] = (
    {"opinion": ("opinion",), "work_order_opinion": ("opinion", "measures"), "advice": ("advice",)}
    | {"technical_advice": ("advice",)},
    {"handling": ("measures", "outcome"), "plan_part": ("measures",), "costed_plan": ("measures",)},
    {
        "clear_answer": ("answer",),
        "resident_answer": ("answer",),
        "carried_out": ("done",),
        "item_done": ("done",),
        "repair_finish": ("done",),
    },
)
"""Where a department's opinion of the complaint is: form (key of FORMS) → its fields, in order of precedence.

A department that was asked for its opinion has stated it. For a department that was not asked, the form shows what it
did about the complaint.
"""

FINAL: dict[str, tuple[str, ...]] = {
    "legal_filing": ("claim",),
    "court_outcome": ("outcome",),
    "court_finding": ("outcome",),
    "coordination": ("plan", "work"),
    "settlement": ("measures", "outcome"),
    "managers_step": ("measures", "outcome"),
    "handling": ("measures", "outcome"),
    "answer": ("opinion",),
    "customer_answer": ("opinion",),
    "decision": ("decision",),
    "result_told": ("told",),
    "gathered_reply": ("told",),
    "enquiry_answer": ("answer",),
}
"""Where the final decision is, unless it is a plan for a crisis: form → its fields; the newest answer counts."""

ADJUSTMENTS = ("adjustment", "adjusted_plan")
"""Forms of a plan's revision that says only what changes (CR-5.3.3a)."""

NO_COMPLAINT = ("invalid", "enquiry")
"""Outcomes of cases that were no complaints (RV-4.1a): the form says so before marketing's final opinion."""

LEADERS = (SALES_MANAGER, DEPUTY_GM, GENERAL_MANAGER, MARKETING_MANAGER, MARKETING_LEADER)
"""Roles whose holders sign as the department's leader for what they settled or decided themselves."""


NO_OPINION = ("COUNTERSIGN", "CR-5.2.2d.person")
"""Rules that are no department's opinion of the complaint: an approver asks for it about their own decision, or the
general manager has assigned a person to discuss the plan."""


PLANNING = ("CR-5.2.2d", "CR-5.2.2e", "CR-5.2.2e.part")
"""Rules by which a responsible department has said its opinion; its leader signs with the approval of the plan."""


class DepartmentNames(Protocol):
    """What the form needs to know about departments."""

    def home(self, id: str) -> str | None: ...

    def is_property_company(self, department: str) -> bool: ...

    def is_marketing(self, department: str) -> bool: ...


class FirstAnswer(Frozen):
    """Who gave an answer that was changed since, when, and why it was changed."""

    by: str
    at: AwareDatetime
    stand_in: StandIn | None = None
    why_changed: str


class SignedField(Frozen):
    """The signer of a field (an id of the directory), and when they signed."""

    by: str
    at: AwareDatetime
    stand_in: StandIn | None = None  # for whom they signed
    first: FirstAnswer | None = None  # if what they signed changed an answer


class OpinionField(Frozen):
    """One field for an opinion: its text, the person who handled it, and the department's leader."""

    department: str
    text: str = ""
    handler: SignedField | None = None
    leader: SignedField | None = None


class ComplaintForm(Frozen):
    """The form's fields, in the form's own order."""

    number: str | None
    category: Category
    customer: str
    contact: str
    channel: Channel
    project: str
    building: str
    matter: str
    customer_opinion: str
    receiver: SignedField
    property_company: OpinionField
    marketing_preliminary: OpinionField
    departments: tuple[OpinionField, ...]
    marketing_final: OpinionField
    ended: str | None = None  # the outcome, if it was no complaint


def complaint_form(file: CaseFile, directory: DepartmentNames) -> ComplaintForm:
    """Fill in the form from a case as it stands; newer answers replace older ones.

    Raises what `editions.get` raises if the case's edition is not installed.
    """
    complaint = file.complaint
    edition = editions.get(file.edition.name, file.edition.digest)
    record = _last(file, "CR-5.1.4")
    opinions = _opinions(file, edition, directory)
    company = [one for one in opinions if directory.is_property_company(one.department)]
    return ComplaintForm(
        number=file.number,
        category=complaint.category,
        customer=complaint.customer,
        contact=complaint.contact,
        channel=complaint.channel,
        project=complaint.project,
        building=file.building,
        matter=complaint.matter,
        customer_opinion=record.form["customer_opinion"] if record else complaint.demand,
        receiver=SignedField(by=complaint.received_by, at=complaint.received_at),
        property_company=company[0] if company else OpinionField(department=""),
        marketing_preliminary=OpinionField(
            department=MARKETING,
            text=record.form["preliminary"] if record else "",
            handler=_signed(file, record),
            leader=_signed(file, _last(file, "CR-5.2.1c.review", ActKind.APPROVE)),
        ),
        departments=tuple(one for one in opinions if one not in company[:1]),
        marketing_final=_final(file, edition),
        ended=file.outcome if file.outcome in NO_COMPLAINT else None,
    )


def _final(file: CaseFile, edition: Edition) -> OpinionField:
    """Return the newest decision: the plan for a crisis with its approval, or the answer of another track."""
    if (confirmed := _last(file, "INVALID.confirmation", ActKind.APPROVE)) is not None:
        found = file.asked_by(file.duties[confirmed.duty or ""])
        return OpinionField(
            department=MARKETING,
            text=found.reason if found else "",
            handler=_signed(file, found),
            leader=_signed(file, confirmed),
        )
    final = [act for act in _filled(file, edition, FINAL) if _text(act, FINAL[edition.rules[act.rule].form or ""])]
    decided = next(reversed(final), None)
    plan = file.plans[-1] if file.plans else None
    if plan is not None and (decided is None or decided.at <= plan.at):
        return OpinionField(
            department=MARKETING,
            text="\n".join(one.text for one in _plan(file, edition)),
            handler=_signed(file, _last(file, "CR-5.3.1")),
            leader=_signed(file, _last(file, "CR-5.3.2a.2", ActKind.APPROVE)),
        )
    if decided is None:
        return OpinionField(department=MARKETING)
    form = edition.rules[decided.rule].form or ""
    if form in ("legal_filing", "court_outcome", "court_finding"):
        leader = _signed(file, _last(file, "CR-5.2.2a"))  # the marketing leader judged that it is a case for a court
    elif form == "coordination":
        leader = _signed(file, _last(file, "CS-2.8", ActKind.APPROVE))
    else:
        leader = _leader(file, decided)
    handler = _signed(file, decided)
    return OpinionField(department=MARKETING, text=_text(decided, FINAL[form]), handler=handler, leader=leader)


def _plan(file: CaseFile, edition: Edition) -> list[PlanRevision]:
    """Return the newest plan that is a whole one, and the adjustments of it since, which only say what changes."""
    adjusted = {act.at for act in _filled(file, edition, ADJUSTMENTS)}
    whole = [nth for nth, one in enumerate(file.plans) if one.at not in adjusted]
    return list(file.plans[whole[-1] if whole else 0 :])


def _opinions(file: CaseFile, edition: Edition, directory: DepartmentNames) -> list[OpinionField]:
    """Return the departments' opinions in the order they were asked; an opinion still awaited is an empty field."""
    fields: dict[str, tuple[int, OpinionField]] = {}
    for duty in file.duties.values():
        form = edition.rules[duty.rule].form or ""
        rank = next((nth for nth, forms in enumerate(OPINIONS) if form in forms), None)
        department = duty.department or _home(directory, duty.owner)
        if rank is None or department is None or duty.rule in NO_OPINION:
            continue
        given = [one for one in file.answers(duty) if one.kind in ANSWERS]
        act = given[-1] if given else None
        before = fields.get(department)
        asked = form in ("opinion", "work_order_opinion") and duty.department is not None
        if act is None and (before is not None or not asked):
            continue
        if act is not None and before is not None and before[1].text and rank > before[0]:
            continue
        text = _text(act, OPINIONS[rank][form]) if act else ""
        field = OpinionField(
            department=department, text=text, handler=_signed(file, act), leader=_over(file, duty, act, department)
        )
        fields[department] = (rank, field)
    return [field for _, field in fields.values()]


def _home(directory: DepartmentNames, person: str) -> str | None:
    """Return the department a person speaks for; None for marketing, which has fields of its own."""
    home = directory.home(person)
    return None if home is None or directory.is_marketing(home) else home


def _over(file: CaseFile, duty: Duty, act: Act | None, department: str) -> SignedField | None:
    """Return the leader's signature below an opinion: the approver, or the leader who settled it."""
    reviewed = [one for one in file.duties.values() if (one.rule, one.department) == ("CR-5.3.2a.1", department)]
    if reviewed and duty.rule in PLANNING:
        ids = {one.id for one in reviewed}
        approvals = (one for one in reversed(file.acts) if one.duty in ids and one.kind is ActKind.APPROVE)
        return _signed(file, next(approvals, None))
    return _leader(file, act) if act else None


def _leader(file: CaseFile, act: Act) -> SignedField | None:
    """Return the signature of the person who acted, if they owed the duty in a leader's role."""
    duty = file.duties.get(act.duty or "")
    return _signed(file, act) if duty is not None and duty.role in LEADERS else None


def _filled(file: CaseFile, edition: Edition, forms: Collection[str]) -> list[Act]:
    """Return the answers that filled in one of these forms, oldest first."""
    wanted = {rule.id for rule in edition.rules.values() if rule.form in forms}
    return [act for act in file.acts if act.rule in wanted and act.kind in ANSWERS]


def _text(act: Act, fields: Iterable[str]) -> str:
    return "\n".join(str(act.form[name]) for name in fields if act.form.get(name))


def _last(file: CaseFile, rule: str, kind: ActKind = ActKind.DISCHARGE) -> Act | None:
    kinds = ANSWERS if kind is ActKind.DISCHARGE else (kind,)
    return next((act for act in reversed(file.acts) if act.rule == rule and act.kind in kinds), None)


def _signed(file: CaseFile, act: Act | None) -> SignedField | None:
    if act is None:
        return None
    return SignedField(by=act.by, at=act.at, stand_in=stand_ins.of_act(file, act), first=_first(file, act))


def _first(file: CaseFile, act: Act) -> FirstAnswer | None:
    """Return the answer that this act changed."""
    duty = file.duties.get(act.duty or "")
    if act.kind is not ActKind.REVISE or duty is None:
        return None
    first = file.answers(duty)[0]
    return FirstAnswer(by=first.by, at=first.at, stand_in=stand_ins.of_act(file, first), why_changed=act.reason)
