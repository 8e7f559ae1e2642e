"""客户投诉处理单 as data (CR-7.1): filled in from the case, whatever stage it is at; what is not known yet is empty."""

from __future__ import annotations

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.model import Act, ActKind, CaseFile, Category, Channel

PROPERTY = "property"
"""Key of the department whose opinion has a field of its own: the property company."""


class Signature(Frozen):
    """Who signed a field and when; ids of the directory."""

    by: str
    at: AwareDatetime


class OpinionField(Frozen):
    """One field for an opinion: its text, whoever handled it, and the department's leader."""

    department: str
    text: str = ""
    handler: Signature | None = None
    leader: Signature | None = None


class ComplaintForm(Frozen):
    """The form's fields in its own order."""

    number: str | None
    category: Category
    customer: str
    contact: str
    channel: Channel
    project: str
    building: str
    matter: str
    customer_opinion: str
    receiver: Signature
    property_company: OpinionField
    marketing_preliminary: OpinionField
    departments: tuple[OpinionField, ...]
    marketing_final: OpinionField


def complaint_form(file: CaseFile) -> ComplaintForm:
    """The form of a case as it stands; newer answers replace older ones."""
    complaint = file.complaint
    record = _last(file, "CR-5.1.4")
    opinions = _opinions(file)
    return ComplaintForm(
        number=file.number,
        category=complaint.category,
        customer=complaint.customer,
        contact=complaint.contact,
        channel=complaint.channel,
        project=complaint.project,
        building=complaint.building,
        matter=complaint.matter,
        customer_opinion=record.form["customer_opinion"] if record else complaint.demand,
        receiver=Signature(by=complaint.received_by, at=complaint.received_at),
        property_company=opinions.pop(PROPERTY, OpinionField(department=PROPERTY)),
        marketing_preliminary=OpinionField(
            department="marketing",
            text=record.form["preliminary"] if record else "",
            handler=_signed(record),
            leader=_signed(_last(file, "CR-5.2.1c.review", ActKind.APPROVE)),
        ),
        departments=tuple(opinions.values()),
        marketing_final=OpinionField(
            department="marketing",
            text=file.plans[-1].text if file.plans else "",
            handler=_signed(_last(file, "CR-5.3.1")),
            leader=_signed(_last(file, "CR-5.3.2a.2", ActKind.APPROVE)),
        ),
    )


def _opinions(file: CaseFile) -> dict[str, OpinionField]:
    """The departments' opinions on the newest plan they gave one for, in the order they were asked."""
    leader = _signed(_last(file, "CR-5.3.2a.1", ActKind.APPROVE))
    lead = next((duty.department for duty in file.duties.values() if duty.rule == "CR-5.3.2a.1"), None)
    fields: dict[str, OpinionField] = {}
    for duty in file.duties.values():
        if duty.rule != "CR-5.2.2d" or duty.department is None:
            continue
        act = next((act for act in file.acts if act.duty == duty.id and act.seq == duty.act), None)
        if act is not None or duty.department not in fields:
            fields[duty.department] = OpinionField(
                department=duty.department,
                text=act.form["opinion"] if act else "",
                handler=_signed(act),
                leader=leader if duty.department == lead else None,
            )
    return fields


def _last(file: CaseFile, rule: str, kind: ActKind = ActKind.DISCHARGE) -> Act | None:
    return next((act for act in reversed(file.acts) if act.rule == rule and act.kind is kind), None)


def _signed(act: Act | None) -> Signature | None:
    return Signature(by=act.by, at=act.at) if act else None
