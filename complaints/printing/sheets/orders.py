"""GFP19-2-F2 投诉工作处理单 (CH-7.2.2, CH-7.2.3): one for each department that is asked, one for each step upwards.

The procedure names the form and its purpose, not its fields. The fields here: sender, addressee, request, due time, and
the clear opinion that has to come back.
"""

from __future__ import annotations

from complaints import texts
from complaints.case.file import Act, ActKind, Duty
from complaints.printing.layout import Box, Paragraph, Part, Sheet, SheetCell, box, line
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
            SheetCell(label=say("f1.complainant"), text=m.customer, span=10),
            SheetCell(label=say("field.phone"), text=said.contact, span=14),
        ),
        line(SheetCell(label=say("f1.address"), text=m.place)),
        box(say("field.matter"), course.matter(said), room=30),
        box(say("f2.request"), _request(m, issued), m.sign("f2.issuer", issued), room=30),
        box(
            say("f2.opinion"),
            _opinion(m, answer),
            m.sign("field.handler", answer),
            m.sign("f2.head", _by_head(m, duty, answer)),
            room=34,
        ),
        _outcome(m, duty, answer),
        *m.attached(lambda one: one.for_duty is None or (duty is not None and one.for_duty == duty.id)),
    ]
    return m.sheet("f2", duty.rule.removesuffix(".opinion") if duty else "CH-7.2.2", parts, code="GFP19-2-F2")


def _by_head(m: Material, duty: Duty | None, answer: Act | None) -> Act | None:
    """Return the answer if the order's addressee gave it themselves; otherwise the head signs by hand."""
    itself = duty is not None and answer is not None and (answer.by, duty.because) == (duty.owner, "holder")
    return answer if itself else None


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


def _opinion(m: Material, answer: Act | None) -> str:
    """Return the clear opinion; of somebody who could not settle it either, what they said when they passed it up."""
    if answer is not None and answer.kind is ActKind.PASS_UP:
        return answer.reason
    said = m.said(answer, "opinion", "measures", "request")
    if answer is None or not answer.form.get("ours"):
        return said
    whose = texts.say(f"cli.value.{answer.form['ours']}", m.lang)
    return "\n".join(part for part in (whose, said, m.said(answer, "measures")) if part)


def _outcome(m: Material, duty: Duty | None, answer: Act | None) -> Box:
    """Build the box of what came of the order: what was settled, what the department has carried out, whose it is."""
    done = None
    text = m.said(answer, "outcome")
    if answer is not None and answer.kind is ActKind.PASS_UP:
        above = [one.owner for one in m.duties(*LADDER) if one.since == answer.at]
        text = m.say("f2.passed_up", to=m.people(above[:1]))
    elif duty is not None and duty.department and not text:
        done = m.by_department("carried_out").get(duty.department)
        text = m.said(done, "done")
    label = m.stated_by("", done) if done else ""
    return Box(label=m.say("f2.outcome"), paragraphs=(Paragraph(label=label, text=text),), room=20)


def _request(m: Material, issued: Act | None) -> str:
    return (m.said(issued, "request") or issued.reason) if issued else ""
