"""客户投诉记录表, 投诉处理表 and 客户信息处理表 of the property service (MC-5.2.1 to MC-5.2.3).

The plan says what each form contains, and who signs for it, passes it on and gets it back. With several departments
complained about (edition 2026.2), each has its own signature, handling and date on the forms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from complaints.case.complaint import Channel
from complaints.case.file import Act
from complaints.printing.layout import Box, Paragraph, Part, Sheet, SheetCell, Sign, Tick, box, line
from complaints.printing.sheets.material import Material

ABOVE = ("general_manager", "centre_head")
FINISHING, REPORTED, SPOT = "MC-5.2.3g", "MC-5.2.2d", "MC-5.2.1b"


def reception(m: Material) -> tuple[Sheet, ...]:
    """客户投诉记录表: what the reception has recorded, and who came to explain to the resident (MC-5.2.1)."""
    parts: list[Part] = [
        *_received(m),
        line(SheetCell(label=m.say("field.channel"), ticks=m.ticks("channel", Channel, m.file.complaint.channel))),
        *_recorded(m),
    ]
    if SPOT in m.edition.rules:  # edition 2026.1 does not ask for it
        parts += _explained(m)
    return (m.sheet("reception", "MC-5.2.1", [*parts, *m.contacted(), *m.attached()]),)


def _explained(m: Material) -> tuple[Part, ...]:
    """Return who came to explain to a resident on the spot, or why nobody could (MC-5.2.1b)."""
    spot = m.last(SPOT)
    came = m.people(spot.form.get("came", ())) if spot else ""
    texts = (
        Paragraph(text=m.said(spot, "explained")),
        *_labelled(m.say("reception.nobody"), m.said(spot, "why_nobody")),
    )
    entered = m.sign("reception.entered", spot)
    return (
        line(SheetCell(label=m.say("reception.came"), text=came)),
        Box(label=m.say("reception.spot"), paragraphs=texts, signs=(entered,), room=16),
    )


def handling(m: Material) -> tuple[Sheet, ...]:
    """投诉处理表: taken at the reception, sent to the departments complained about, forwarded upwards.

    A complaint that was reopened has one for each time it was handled, and so has 客户信息处理表.
    """
    return _each_time(m, _handling)


def _each_time(m: Material, of: Callable[[Material, str], Sheet]) -> tuple[Sheet, ...]:
    rounds = m.rounds(FINISHING)
    if len(rounds) == 1:
        return (of(m, ""),)
    return tuple(of(one, m.say("round", nth=nth, count=len(rounds))) for nth, one in enumerate(rounds, 1))


def _handling(m: Material, note: str) -> Sheet:
    say, sent = m.say, m.newest("sheet", "slip")
    signed, forwarded = m.by_department("signature"), m.by_department("forwarding")
    reported = _of_rule(m, REPORTED)
    departments = _departments(sent, signed, forwarded, reported)
    parts: list[Part] = [
        *_received(m),
        *_recorded(m, len(departments)),
        line(
            SheetCell(label=say("handling.sent_to"), text=_sent_to(m, sent), span=12),
            SheetCell(label=say("handling.sent_at"), text=m.when(sent), span=12),
        ),
        Box(
            label=say("handling.receipt"),
            signs=tuple(
                _receipt(m, _label(m, "handling.signed_by", one, departments), _answer(signed, one, departments))
                for one in departments
            ),
            room=0,
        ),
        *(
            _forwarded(m, _label(m, "handling.forwarded", one, departments), _answer(forwarded, one, departments))
            for one in departments
        ),
        *(
            box(
                _label(m, "handling.major", one, departments),
                m.said(_answer(reported, one, departments), "summary"),
                m.sign("handling.reporter", _answer(reported, one, departments)),
                room=10 if len(departments) == 1 else 4,
            )
            for one in departments
        ),
    ]
    return m.sheet("handling", "MC-5.2.2a", [*parts, *m.contacted(), *m.attached()], note=note)


def process(m: Material) -> tuple[Sheet, ...]:
    """客户信息处理表: the handling, filled in by the head of each department; then customer service's part."""
    return _each_time(m, _process)


def _process(m: Material, note: str) -> Sheet:
    said, say = m.file.complaint, m.say
    sent, answered = m.newest("sheet", "slip"), m.newest("clear_answer", "resident_answer")
    handled, handed = m.by_department("handling"), m.by_department("handling_sheet")
    told, arranged = m.newest("result_told"), m.newest("revisit_arranged", "revisit_planned")
    departments = _departments(sent, handled, handed)
    visitor, one_alone = m.said(arranged, "by_whom"), len(departments) == 1
    parts: list[Part] = [
        line(
            SheetCell(label=say("field.number"), text=m.file.number or "", span=12),
            SheetCell(label=say("field.received_at"), text=m.at(said.received_at, m.zone), span=12),
        ),
        line(
            SheetCell(label=say("field.customer"), text=m.customer, span=10),
            SheetCell(label=say("field.contact"), text=said.contact, span=14),
        ),
        line(
            SheetCell(label=say("process.department"), text=_sent_to(m, sent) or m.complained_about, span=12),
            SheetCell(label=say("process.due"), text=_due(m, departments), span=12),
        ),
        Box(
            label=say("process.answer"),
            paragraphs=(
                Paragraph(text=m.said(answered, "answer")),
                *_parts_of_answer(m),
                *_labelled(say("process.view"), m.said(answered, "customers_view")),
            ),
            signs=(m.sign("process.answered", answered),),
            room=18,
        ),
    ]
    for one in departments:
        answers = (_answer(each, one, departments) for each in (handled, handed))
        parts += _handled(m, one, departments, *answers)
    parts += [
        box(
            say("process.reported"), m.said(told, "reported"), m.sign("process.clerk", told), room=8 if one_alone else 4
        ),
        box(say("process.told"), m.said(told, "told"), room=10 if one_alone else 5),
        line(
            SheetCell(label=say("process.revisit"), text=m.at(m.said(arranged, "when"), m.zone), span=10, head=3),
            SheetCell(label=say("revisit.way"), text=m.value("way", m.said(arranged, "way")), span=7, head=3),
            SheetCell(label=say("process.visitor"), text=m.names.person(visitor) if visitor else "", span=7, head=3),
        ),
    ]
    return m.sheet("process", "MC-5.2.3a", [*parts, *m.attached()], note=note)


# --- what several of the forms have


def _received(m: Material) -> tuple[Part, ...]:
    """Return whose complaint it is, and when it was received."""
    said, taken = m.file.complaint, m.newest("reception")
    return (
        line(
            SheetCell(label=m.say("field.number"), text=m.file.number or "", span=12),
            SheetCell(label=m.say("handling.received_at"), text=m.at(said.received_at, m.zone), span=12),
        ),
        line(
            SheetCell(label=m.say("field.customer"), text=m.customer, span=10),
            SheetCell(label=m.say("field.contact"), text=m.said(taken, "contact") or said.contact, span=14),
        ),
    )


def _recorded(m: Material, departments: int = 1) -> tuple[Part, ...]:
    """Return what the reception asked and recorded (MC-5.2.1); before that, what the complaint says.

    The more `departments` follow on the form, the less room is left for handwriting.
    """
    say, said, taken = m.say, m.file.complaint, m.newest("reception")
    about = m.said(taken, "complained_about") or m.complained_about
    apologised = bool(taken and taken.form.get("apologised"))
    return (
        line(SheetCell(label=say("handling.apologised"), ticks=(Tick(text=say("handling.apology"), on=apologised),))),
        line(
            SheetCell(label=say("handling.happened_at"), text=m.at(m.said(taken, "happened_at"), m.zone), span=12),
            SheetCell(label=say("handling.scene"), text=m.said(taken, "scene"), span=12),
        ),
        line(SheetCell(label=say("handling.about"), text=about, head=5)),
        box(say("handling.course"), m.said(taken, "course") or said.matter, room=44 if departments == 1 else 20),
        box(
            say("handling.demand"),
            m.said(taken, "demand") or said.demand,
            m.sign("handling.clerk", taken) if taken else _taker(m),
            room=20 if departments == 1 else 8,
        ),
    )


def _taker(m: Material) -> Sign:
    said = m.file.complaint
    return Sign(label=m.say("handling.clerk"), by=m.names.person(said.received_by), at=m.signed_at(said.received_at))


def _labelled(label: str, text: str) -> tuple[Paragraph, ...]:
    """Return the text under its label; nothing if there is none."""
    return (Paragraph(label=label, text=text),) if text else ()


# --- departments


def _on_slip(sent: Act | None) -> list[str]:
    """Return the departments that the slip went to, the leading one first; under 2026.1 it went to one."""
    return [] if sent is None else list(sent.form.get("departments") or [sent.form["department"]])


def _sent_to(m: Material, sent: Act | None) -> str:
    return m.departments(_on_slip(sent))


def _departments(sent: Act | None, *answers: Mapping[str, Act]) -> list[str]:
    """Return the departments of a form: those on the slip, then others that have answered; [""] if there is none."""
    return list(dict.fromkeys([*_on_slip(sent), *(one for each in answers for one in each if one)])) or [""]


def _answer(answers: Mapping[str, Act], department: str, departments: Sequence[str]) -> Act | None:
    """Return a department's answer. What no department was asked for (edition 2026.1) stands with the leading one."""
    return answers.get(department) or (answers.get("") if department == departments[0] else None)


def _label(m: Material, key: str, department: str, departments: Iterable[str]) -> str:
    """Return the label of a field; if several departments have it, with the department's name."""
    if [*departments] == [department]:
        return m.say(key)
    return m.of_department(key, department)


def _of_rule(m: Material, rule: str) -> dict[str, Act]:
    """Return each department's newest answer to the rule, whose form other rules have as well."""
    answers = {duty.department or "": m.answer(duty) for duty in m.duties(rule) if duty.act is not None}
    return {department: act for department, act in answers.items() if act is not None}


def _receipt(m: Material, label: str, signed: Act | None) -> Sign:
    """Build the receipt: the signer as its form names them, who entered it, the time of the act (MC-5.2.2b)."""
    if signed is None:
        return Sign(label=label, at=m.signed_at(None))
    entered = m.say("handling.entered", by=m.signer(signed))
    return Sign(label=label, by=m.said(signed, "signed_by"), at=m.signed_at(signed.at), remark=entered)


def _forwarded(m: Material, label: str, forwarded: Act | None) -> Box:
    """Build the box of what a department forwarded to whom (MC-5.2.2c)."""
    return Box(
        label=label,
        ticks=m.ticks("above", ABOVE, forwarded.form.get("to") if forwarded else None),
        paragraphs=(Paragraph(text=m.said(forwarded, "summary")),),
        signs=(m.sign("handling.forwarder", forwarded),),
        room=0,
    )


def _due(m: Material, departments: Iterable[str]) -> str:
    """Return by when the handling has to be over; by department if they differ."""
    owed = {duty.department or "": m.by(duty.deadline) for duty in m.duties(FINISHING) if duty.superseded_by is None}
    if len(set(owed.values())) <= 1:
        return next(iter(owed.values()), "")
    ordered = dict.fromkeys([*departments, *owed])
    return "\n".join(f"{m.names.department(one)} {owed[one]}" for one in ordered if one in owed)


def _parts_of_answer(m: Material) -> tuple[Paragraph, ...]:
    """Return what the departments that do not lead have added to the answer (MC-5.2.3f)."""
    return tuple(
        Paragraph(
            label=m.stated_by(one, act),
            text=m.said(act, "part"),
        )
        for one, act in m.by_department("answer_part").items()
    )


def _handled(
    m: Material, department: str, departments: Iterable[str], handled: Act | None, handed: Act | None
) -> list[Part]:
    """Return what a department investigated, did and reached, and when it handed its paper in (MC-5.2.3a, g)."""

    def label(key: str) -> str:
        return _label(m, key, department, departments)

    reached = (m.said(handled, "measures"), m.said(handled, "outcome"))
    rooms = (28, 36, 18) if [*departments] == [department] else (8, 9, 6)  # those of two departments on one page
    return [
        box(label("process.investigation"), m.said(handed, "investigation"), room=rooms[0]),
        box(label("process.process"), m.said(handed, "process"), room=rooms[1]),
        Box(
            label=label("process.outcome"),
            paragraphs=(Paragraph(text="\n".join(text for text in reached if text)),),
            signs=(m.sign("process.head", handled),),
            room=rooms[2],
        ),
        line(
            SheetCell(label=m.say("process.handed_to"), text=m.said(handed, "handed_to"), span=12, head=5),
            SheetCell(label=m.say("process.handed_at"), text=m.when(handed), span=12, head=3),
        ),
    ]
