"""客户投诉处理单 (CR-7.1)."""

from __future__ import annotations

from complaints.case import stand_ins
from complaints.case.complaint import Category, Channel
from complaints.printing.layout import Box, Paragraph, Part, Sheet, SheetCell, Sign, line
from complaints.printing.sheets.complaint_data import OpinionField, SignedField, complaint_form
from complaints.printing.sheets.material import Material

PRINTED_CHANNELS = [channel for channel in Channel if channel is not Channel.MEDIA]
"""Channels with a checkbox of their own. The media have none on the form: they are under 其它."""


def complaint(m: Material) -> tuple[Sheet, ...]:
    form, say = complaint_form(m.file, m.names), m.say
    channel = Channel.OTHER if form.channel is Channel.MEDIA else form.channel
    departments = form.departments or (OpinionField(department=""),)
    parts: list[Part] = [
        line(SheetCell(label=say("complaint.number"), text=form.number or "")),
        line(SheetCell(label=say("field.category"), ticks=m.ticks("category", Category, form.category))),
        line(
            SheetCell(label=say("field.customer"), text=form.customer, span=10),
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
        _opinion(m, say("complaint.property_company"), form.property_company, leader=False),
        _opinion(m, say("complaint.preliminary"), form.marketing_preliminary),
        *(_opinion(m, _of_department(m, opinion), opinion) for opinion in departments),
        _opinion(m, say("complaint.final"), form.marketing_final),
    ]
    return (m.sheet("complaint", "CR-7.1", parts),)


def _of_department(m: Material, opinion: OpinionField) -> str:
    if not opinion.department:
        return m.say("complaint.departments")
    return m.say("complaint.department", department=m.names.department(opinion.department))


def _opinion(m: Material, label: str, opinion: OpinionField, leader: bool = True) -> Box:
    signs = [_sign(m, "handler", opinion.handler)]
    if leader:
        signs.append(_sign(m, "leader", opinion.leader))
    return Box(label=label, paragraphs=(Paragraph(text=opinion.text),), signs=tuple(signs), room=13)


def _sign(m: Material, label: str, signature: SignedField | None) -> Sign:
    by = _name(m, signature) if signature else ""
    return Sign(label=m.say(f"field.{label}"), by=by, at=m.signed_at(signature.at if signature else None))


def _name(m: Material, signature: SignedField) -> str:
    return stand_ins.signed(m.names.person(signature.by), signature.stand_in, m.lang, m.names.person)
