"""COP7.4-1 客户信息单 (RV-7)."""

from __future__ import annotations

from complaints.case.complaint import Complaint
from complaints.printing.layout import Box, Paragraph, Part, Sheet, SheetCell, SheetHeading, line
from complaints.printing.sheets import course
from complaints.printing.sheets.material import Material

POINTS = 5
"""Lines that the form has for the customer's points; further points are added below them (不够可附页)."""


def information(m: Material) -> tuple[Sheet, ...]:
    said, say = m.file.complaint, m.say
    parts: list[Part] = [
        line(
            SheetCell(label=say("field.received_at"), text=m.at(said.received_at, m.zone), span=12),
            SheetCell(label=say("field.number"), text=m.file.number or "", span=12, head=3),
        ),
        line(
            SheetCell(label=say("field.level"), text=m.level, span=12),
            SheetCell(label=say("field.customer"), text=m.customer, span=12),
        ),
        line(
            SheetCell(label=say("info.address"), text=m.place, span=12),
            SheetCell(label=say("field.phone"), text=said.contact, span=12),
        ),
        line(
            SheetCell(label=say("info.source"), text=m.value("channel", said.channel.value), span=12),
            SheetCell(label=say("field.receiver"), text=m.names.person(said.received_by), span=12),
        ),
        line(SheetCell(label=say("info.handled_at"), text=m.at(m.file.handled_at or m.file.closed_at, m.zone))),
        SheetHeading(text=say("info.points")),
        *(line(SheetCell(label=str(nth), text=text, head=1)) for nth, text in enumerate(points(said), 1)),
        Box(label=say("info.plan"), paragraphs=_investigated(m), room=42),
        Box(label=say("info.tracking"), paragraphs=course.tracked(m), room=34),
        Box(label=say("info.result"), paragraphs=_result(m), room=36),
    ]
    return (m.sheet("info", "RV-7", [*parts, *m.contacted(), *m.attached()], code="COP7.4-1"),)


def points(said: Complaint) -> list[str]:
    """Return the customer's points: each line of the matter, then the demand; padded to the form's five lines."""
    found = [text.strip() for text in course.matter(said).splitlines() if text.strip()]
    return found + [""] * (POINTS - len(found))


def _investigated(m: Material) -> tuple[Paragraph, ...]:
    return (*course.every(m, course.INVESTIGATION), *course.every(m, course.MEASURES))


def _result(m: Material) -> tuple[Paragraph, ...]:
    view = course.view(m)
    customer = (Paragraph(label=m.say("info.view"), text=view),) if view else ()
    return (*course.every(m, course.EXECUTION), *course.costs(m), *customer)
