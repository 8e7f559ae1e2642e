"""GFP19-2-F1 客户投诉处理记录 (CH-9), kept by the person who takes the complaint."""

from __future__ import annotations

from complaints.printing.layout import Box, Paragraph, Part, Sheet, SheetCell, Sign, line
from complaints.printing.sheets import course
from complaints.printing.sheets.material import Material


def record(m: Material) -> tuple[Sheet, ...]:
    said, say = m.file.complaint, m.say
    measures, planned = course.measures(m)
    _, done = course.newest(m, course.EXECUTION)
    confirmed = said.confirmed or m.newest("confirmation") is not None
    parts: list[Part] = [
        line(SheetCell(label=say("field.number"), text=m.file.number or "")),
        line(
            SheetCell(label=say("f1.complainant"), text=said.customer, span=10),
            SheetCell(label=say("field.phone"), text=said.contact, span=14),
        ),
        line(SheetCell(label=say("f1.address"), text=m.place)),
        Box(
            label=say("field.matter"),
            paragraphs=(
                Paragraph(text=course.matter(said)),
                Paragraph(text=say("f1.confirmed") if said.oral and confirmed else ""),
            ),
            room=34,
        ),
        line(SheetCell(label=say("f1.expected"), text=course.promised(m), head=5)),
        Box(label="", signs=(signature(m),), room=0),
        line(
            SheetCell(label=say("f1.recorded_at"), text=m.at(m.file.opened_at, m.zone), span=12),
            SheetCell(label=say("f1.recorded_by"), text=m.names.person(said.received_by), span=12),
        ),
        Box(label=say("f1.measures"), paragraphs=measures, signs=(m.sign("f1.handler", planned),), room=28),
        Box(label=say("f1.execution"), paragraphs=course.execution(m), signs=(_executed(m),), room=28),
        line(SheetCell(label=say("f1.completed"), text=m.when(done))),
        Box(label=say("f1.view"), paragraphs=course.views(m), room=22),
    ]
    return (m.sheet("f1", "CH-9", parts, code="GFP19-2-F1"),)


def _executed(m: Material) -> Sign:
    _, done = course.newest(m, course.EXECUTION)
    return m.sign("f1.executor", done)


def signature(m: Material) -> Sign:
    """Build the customer's signature field: they sign on paper, the case has only whether they did (CH-7.3.2)."""
    asked = [act for act in m.filled("answer") if act.form.get("signature")]
    if not asked:
        return m.sign("f1.signature", None)
    act = asked[-1]
    given = str(act.form["signature"])
    remark = m.say(f"f1.{given}", note=m.said(act, "note"), at=m.when(act))
    return Sign(label=m.say("f1.signature"), at=m.signed_at(act.at if given == "signed" else None), remark=remark)
