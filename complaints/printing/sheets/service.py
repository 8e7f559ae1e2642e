"""投诉处理表 and 客户信息处理表 of the property service (MC-5.2.1 to MC-5.2.3).

The plan says what each form contains, and who signs for it, passes it on and gets it back.
"""

from __future__ import annotations

from complaints.case.file import Act
from complaints.printing.layout import Box, Part, Sheet, SheetCell, Sign, Tick, box, line
from complaints.printing.sheets.material import Material

ABOVE = ("general_manager", "centre_head")


def handling(m: Material) -> tuple[Sheet, ...]:
    """投诉处理表: taken at the reception, sent to the department complained about, forwarded upwards."""
    said, say = m.file.complaint, m.say
    taken, sent, signed = m.newest("reception"), m.newest("sheet", "slip"), m.newest("signature")
    forwarded, reported = m.newest("forwarding"), m.last("MC-5.2.2d")
    apologised = bool(taken and taken.form.get("apologised"))
    parts: list[Part] = [
        line(
            SheetCell(label=say("field.number"), text=m.file.number or "", span=12),
            SheetCell(label=say("handling.received_at"), text=m.at(said.received_at, m.zone), span=12),
        ),
        line(
            SheetCell(label=say("field.customer"), text=said.customer, span=10),
            SheetCell(label=say("field.contact"), text=m.said(taken, "contact") or said.contact, span=14),
        ),
        line(SheetCell(label=say("handling.apologised"), ticks=(Tick(text=say("handling.apology"), on=apologised),))),
        line(
            SheetCell(label=say("handling.happened_at"), text=m.at(m.said(taken, "happened_at"), m.zone), span=12),
            SheetCell(label=say("handling.scene"), text=m.said(taken, "scene"), span=12),
        ),
        line(SheetCell(label=say("handling.about"), text=m.said(taken, "complained_about") or _about(m), head=5)),
        box(say("handling.course"), m.said(taken, "course") or said.matter, room=62),
        box(
            say("handling.demand"),
            m.said(taken, "demand") or said.demand,
            m.sign("handling.clerk", taken) if taken else _taker(m),
            room=26,
        ),
        line(
            SheetCell(label=say("handling.sent_to"), text=_department(m, sent), span=12),
            SheetCell(label=say("handling.sent_at"), text=m.when(sent), span=12),
        ),
        Box(label=say("handling.receipt"), signs=(_receipt(m, signed),), room=0),
        line(
            SheetCell(
                label=say("handling.forwarded"),
                ticks=m.ticks("above", ABOVE, forwarded.form.get("to") if forwarded else None),
                span=12,
            ),
            SheetCell(label=say("handling.forwarded_at"), text=m.when(forwarded), span=12),
        ),
        box(say("handling.major"), m.said(reported, "summary"), m.sign("handling.reporter", reported), room=16),
    ]
    return (m.sheet("handling", "MC-5.2.2a", parts),)


def process(m: Material) -> tuple[Sheet, ...]:
    """客户信息处理表: the handling, filled in by the head of the department; then customer service's part."""
    said, say = m.file.complaint, m.say
    answered, handled, handed = m.newest("clear_answer"), m.newest("handling"), m.newest("handling_sheet")
    told, arranged = m.newest("result_told"), m.newest("revisit_arranged", "revisit_planned")
    over = m.owed("MC-5.2.3g")
    parts: list[Part] = [
        line(
            SheetCell(label=say("field.number"), text=m.file.number or "", span=12),
            SheetCell(label=say("field.received_at"), text=m.at(said.received_at, m.zone), span=12),
        ),
        line(
            SheetCell(label=say("field.customer"), text=said.customer, span=10),
            SheetCell(label=say("field.contact"), text=said.contact, span=14),
        ),
        line(
            SheetCell(
                label=say("process.department"), text=_department(m, m.newest("sheet", "slip")) or _about(m), span=12
            ),
            SheetCell(label=say("process.due"), text=m.by(over.deadline) if over else "", span=12),
        ),
        box(say("process.answer"), m.said(answered, "answer"), m.sign("process.answered", answered), room=18),
        box(say("process.investigation"), m.said(handed, "investigation"), room=28),
        box(say("process.process"), m.said(handed, "process"), room=36),
        box(
            say("process.outcome"),
            "\n".join(text for text in (m.said(handled, "measures"), m.said(handled, "outcome")) if text),
            m.sign("process.head", handled),
            room=18,
        ),
        line(
            SheetCell(label=say("process.handed_to"), text=m.said(handed, "handed_to"), span=12, head=5),
            SheetCell(label=say("process.handed_at"), text=m.when(handed), span=12, head=3),
        ),
        box(say("process.reported"), m.said(told, "reported"), m.sign("process.clerk", told), room=8),
        box(say("process.told"), m.said(told, "told"), room=10),
        line(
            SheetCell(label=say("process.revisit"), text=m.at(m.said(arranged, "when"), m.zone), span=12),
            SheetCell(label=say("revisit.way"), text=m.value("way", m.said(arranged, "way")), span=12),
        ),
    ]
    return (m.sheet("process", "MC-5.2.3a", parts),)


def _about(m: Material) -> str:
    """Return the department and the people complained about, as the complaint names them."""
    department = m.file.complaint.department
    named = [m.names.department(department)] if department else []
    return m.say("and").join([*named, *(m.names.person(id) for id in sorted(m.file.about))])


def _department(m: Material, sent: Act | None) -> str:
    """Return the departments that the slip went to, the leading one first."""
    if sent is None:
        return ""
    return m.say("and").join(
        m.names.department(key) for key in sent.form.get("departments") or [sent.form["department"]]
    )


def _taker(m: Material) -> Sign:
    said = m.file.complaint
    return Sign(label=m.say("handling.clerk"), by=m.names.person(said.received_by), at=m.signed_at(said.received_at))


def _receipt(m: Material, signed: Act | None) -> Sign:
    """Build the receipt: the signer as its form names them, the time that of the act (MC-5.2.2b)."""
    by = m.said(signed, "signed_by")
    return Sign(label=m.say("handling.signed_by"), by=by, at=m.signed_at(signed.at if signed else None))
