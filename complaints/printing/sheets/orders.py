"""GFP19-2-F2 投诉工作处理单 (CH-7.2.2, CH-7.2.3): one for each department that is asked, one for each step upwards.

The procedure names the form and its purpose, not its fields. The fields here: sender, addressee, request, due time, and
the clear opinion that has to come back.
"""

from __future__ import annotations

from complaints.case.file import Act, ActKind, Duty
from complaints.printing.layout import Part, Sheet, SheetCell, box, line
from complaints.printing.sheets import course
from complaints.printing.sheets.material import Material

STEPS = ("supervisor", "manager", "deputy", "general_manager")
LADDER = tuple(f"CH-7.2.2.{step}" for step in STEPS)
TO_DEPARTMENT = "CH-7.2.3.opinion"
ISSUED = ("CH-7.2.3", "CH-7.2.2.manager")
"""Rules by which the sales manager issues orders to departments."""


def orders(m: Material) -> tuple[Sheet, ...]:
    """Return the orders in the order they were issued; one empty form while there is none."""
    asked = [duty for duty in m.duties(TO_DEPARTMENT, *LADDER) if duty.status != "superseded"]
    asked.sort(key=lambda duty: duty.since)
    return tuple(_order(m, duty) for duty in asked) or (_order(m, None),)


def _order(m: Material, duty: Duty | None) -> Sheet:
    said, say = m.file.complaint, m.say
    issued = _issued(m, duty) if duty else None
    answer = m.answer(duty) if duty else None
    parts: list[Part] = [
        line(SheetCell(label=say("field.number"), text=m.file.number or "")),
        line(
            SheetCell(label=say("f2.to"), text=_addressee(m, duty), span=12),
            SheetCell(label=say("f2.from"), text=m.signer(issued) if issued else "", span=12),
        ),
        line(
            SheetCell(
                label=say("f2.issued_at"), text=m.when(issued) or (m.at(duty.since, m.zone) if duty else ""), span=12
            ),
            SheetCell(label=say("f2.due"), text=m.by(duty.deadline) if duty else "", span=12, head=5),
        ),
        line(
            SheetCell(label=say("f1.complainant"), text=said.customer, span=10),
            SheetCell(label=say("field.phone"), text=said.contact, span=14),
        ),
        line(SheetCell(label=say("f1.address"), text=m.place)),
        box(say("field.matter"), course.matter(said), room=30),
        box(say("f2.request"), _request(m, issued), m.sign("f2.issuer", issued), room=30),
        box(
            say("f2.opinion"),
            m.said(answer, "opinion", "measures", "request"),
            m.sign("field.handler", answer),
            m.sign("f2.head", None),
            room=34,
        ),
        box(say("f2.outcome"), m.said(answer, "outcome"), room=20),
    ]
    return m.sheet("f2", duty.rule.removesuffix(".opinion") if duty else "CH-7.2.2", parts, code="GFP19-2-F2")


def _addressee(m: Material, duty: Duty | None) -> str:
    if duty is None:
        return ""
    return m.names.department(duty.department) if duty.department else m.names.person(duty.owner)


def _issued(m: Material, duty: Duty) -> Act | None:
    """Return the act that issued it: the order to departments, or the pass-up; None if a breach moved it up."""
    if duty.department:
        issued = (act for act in m.all(*ISSUED, kinds=(ActKind.DISCHARGE, ActKind.REVISE)) if act.at <= duty.since)
        return next((act for act in reversed([*issued]) if duty.department in act.form.get("departments", ())), None)
    passed = m.all(*m.edition.rules, kinds=(ActKind.PASS_UP,))
    return next((act for act in reversed(passed) if act.at == duty.since), None)


def _request(m: Material, issued: Act | None) -> str:
    return (m.said(issued, "request") or issued.reason) if issued else ""
