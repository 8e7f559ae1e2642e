"""GFP19-2-F1 客户投诉处理记录 (CH-9), kept by the person who takes the complaint."""

from __future__ import annotations

from complaints.case.file import Act
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
            SheetCell(label=say("f1.complainant"), text=m.customer, span=10),
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
        _signed_by_each(say("f1.measures"), measures, _handlers(m, planned)),
        _signed_by_each(say("f1.execution"), course.execution(m), _executors(m)),
        line(SheetCell(label=say("f1.completed"), text=m.when(done))),
        Box(label=say("f1.view"), paragraphs=course.views(m), room=22),
    ]
    return (m.sheet("f1", "CH-9", [*parts, *m.contacted(), *m.attached()], code="GFP19-2-F1"),)


def _signed_by_each(label: str, paragraphs: tuple[Paragraph, ...], signs: tuple[Sign, ...]) -> Box:
    """Build a box with room for handwriting: the more people sign, the less."""
    return Box(label=label, paragraphs=paragraphs, signs=signs, room=max(28 - 10 * (len(signs) - 1), 8))


def _handlers(m: Material, planned: Act | None) -> tuple[Sign, ...]:
    """Return the signature of whoever stated the measures; of several departments, that of each."""
    form = (m.edition.rules[planned.rule].form or "") if planned is not None else ""
    together = next((forms for forms in course.STATED_TOGETHER if form in forms), ())
    return _of_each(m, "f1.handler", m.by_department(*together) if together else {}, planned)


def _executors(m: Material) -> tuple[Sign, ...]:
    """Return the signature of whoever carried it out; of several departments, that of each."""
    _, done = course.newest(m, course.EXECUTION)
    form = (m.edition.rules[done.rule].form or "") if done is not None else ""
    return _of_each(m, "f1.executor", m.by_department(form) if form in course.CARRIED_OUT_BY_EACH else {}, done)


def _of_each(m: Material, label: str, each: dict[str, Act], newest: Act | None) -> tuple[Sign, ...]:
    now = {department: act for department, act in each.items() if newest and m.leg(act) == m.leg(newest)}
    if len(now) <= 1:
        return (m.sign(label, newest),)
    return tuple(m.signature(m.of_department(label, one), act) for one, act in now.items())


def signature(m: Material) -> Sign:
    """Build the customer's signature field: they sign on paper, the case has only whether they did (CH-7.3.2)."""
    asked = [act for act in m.filled("answer", "customer_answer") if act.form.get("signature")]
    if not asked:
        return m.sign("f1.signature", None)
    act = asked[-1]
    given = str(act.form["signature"])
    remark = m.say(f"f1.{given}", note=m.said(act, "note"), at=m.when(act))
    return Sign(label=m.say("f1.signature"), at=m.signed_at(act.at if given == "signed" else None), remark=remark)
