"""客户投诉处理单 (CR-7.1)."""

from __future__ import annotations

from complaints.case.complaint import Category, Channel
from complaints.printing.layout import Box, Paragraph, Part, Sheet, SheetCell, Sign, line
from complaints.printing.sheets.complaint_data import FirstAnswer, OpinionField, SignedField, complaint_form
from complaints.printing.sheets.material import Material

PRINTED_CHANNELS = [channel for channel in Channel if channel is not Channel.MEDIA]
"""Channels with a checkbox of their own. The media have none on the form: they are under 其它."""


def complaint(m: Material) -> tuple[Sheet, ...]:
    form, say = complaint_form(m.file, m.names), m.say
    channel = Channel.OTHER if form.channel is Channel.MEDIA else form.channel
    departments = form.departments or (OpinionField(department=""),)
    room = 13 if len(departments) == 1 else 6  # so that the opinions of two departments leave it on one page
    parts: list[Part] = [
        line(SheetCell(label=say("complaint.number"), text=form.number or "")),
        line(SheetCell(label=say("field.category"), ticks=m.ticks("category", Category, form.category))),
        line(
            SheetCell(label=say("field.customer"), text=m.customer, span=10),
            SheetCell(label=say("field.contact"), text=form.contact, span=14),
        ),
        line(SheetCell(label=say("field.channel"), ticks=m.ticks("channel", PRINTED_CHANNELS, channel))),
        line(
            SheetCell(label=say("field.project"), text=m.names.project(form.project), span=14),
            SheetCell(label=say("field.building"), text=form.building, span=10),
        ),
        Box(
            label=say("complaint.opinion"),
            paragraphs=(Paragraph(text=form.matter), Paragraph(text=form.customer_opinion)),
            signs=(_sign(m, "receiver", form.receiver),),
            room=27,
        ),
        _opinion(m, say("complaint.property_company"), form.property_company, room, leader=False),
        _opinion(m, say("complaint.preliminary"), form.marketing_preliminary, room),
        *(_opinion(m, _of_department(m, opinion), opinion, room) for opinion in departments),
        _opinion(m, say("complaint.final"), form.marketing_final, room, first=m.outcome if form.ended else ""),
    ]
    return (m.sheet("complaint", "CR-7.1", [*parts, *m.contacted(), *m.attached()]),)


def _of_department(m: Material, opinion: OpinionField) -> str:
    if not opinion.department:
        return m.say("complaint.departments")
    return m.say("complaint.department", department=m.names.department(opinion.department))


def _opinion(m: Material, label: str, opinion: OpinionField, room: int, leader: bool = True, first: str = "") -> Box:
    signs = [_sign(m, "handler", opinion.handler)]
    if leader:
        signs.append(_sign(m, "leader", opinion.leader))
    said = tuple(Paragraph(text=text) for text in (first, opinion.text) if text) or (Paragraph(text=""),)
    return Box(label=label, paragraphs=said, signs=tuple(signs), room=room)


def _sign(m: Material, label: str, signature: SignedField | None) -> Sign:
    title = m.say(f"field.{label}")
    if signature is None:
        return Sign(label=title, at=m.signed_at(None))
    changed = ""
    if first := signature.first:
        changed = m.say("changed", by=_name(m, first), at=m.at(first.at, m.zone), reason=first.why_changed)
    return Sign(label=title, by=_name(m, signature), at=m.signed_at(signature.at), remark=changed)


def _name(m: Material, signature: SignedField | FirstAnswer) -> str:
    return m.signed(signature.by, signature.stand_in)
