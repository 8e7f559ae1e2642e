"""Papers of a case, mostly prose: minutes (CS-4.2.6), case study (CR-5.4.3), notice of completion (CR-5.4.1)."""

from __future__ import annotations

from typing import Any

from complaints.case import stand_ins
from complaints.case.file import Act, NoticeKind
from complaints.printing.layout import Part, Register, RegisterColumn, Sheet, SheetCell, box, line
from complaints.printing.sheets import course
from complaints.printing.sheets.material import Material

ITEM = "CS-4.2.6.item"
COMPLETION = ("CR-5.3.2c", "CR-5.4.1")
"""The implementation of a plan, and the notice of its completion."""


def minutes(m: Material) -> tuple[Sheet, ...]:
    """投诉协调会议纪要: the proposal, what the general manager approved, and each item with its result."""
    say = m.say
    met, written = m.newest("coordination"), m.newest("minutes")
    approved = m.last("CS-2.8")
    departments = met.form["departments"] if met else ()
    columns = {"nth": 3, "item": 13, "owner": 5, "by": 6, "done": 15, "done_at": 6}
    parts: list[Part] = [
        line(
            SheetCell(label=say("field.number"), text=m.file.number or "", span=12),
            SheetCell(label=say("minutes.at"), text=m.when(met), span=12),
        ),
        line(SheetCell(label=say("minutes.chair"), text=m.signer(met) if met else "")),
        line(SheetCell(label=say("minutes.departments"), text=m.departments(departments))),
        box(say("minutes.present"), room=16),
        box(say("field.matter"), course.matter(m.file.complaint), room=16),
        box(say("minutes.plan"), m.said(met, "plan"), room=28),
        box(say("minutes.work"), m.said(met, "work"), room=18),
        box(say("minutes.resources"), m.said(met, "resources"), m.sign("minutes.approved", approved), room=10),
        Register(
            columns=tuple(RegisterColumn(label=say(f"minutes.{name}"), width=width) for name, width in columns.items()),
            rows=_items(m, written),
            least=5,
        ),
        box(say("field.remark"), m.said(written, "remark"), m.sign("minutes.writer", written), room=8),
    ]
    return (m.sheet("minutes", "CS-4.2.6", parts),)


def _items(m: Material, written: Act | None) -> tuple[tuple[str, ...], ...]:
    """Return each item with its owner and result. Its duties were opened in the order of the minutes."""
    if written is None:
        return ()
    items: list[dict[str, Any]] = written.form["items"]
    owed = [duty for duty in m.duties(ITEM) if duty.opened_at >= written.at]
    answers = [m.answer(duty) for duty in owed] + [None] * len(items)
    return tuple(
        (
            str(nth),
            item["text"],
            m.names.person(item["owner"]),
            m.compact(item["date"], m.zone),
            _done(m, answer),
            m.compact(answer.at if answer else None, m.zone),
        )
        for nth, (item, answer) in enumerate(zip(items, answers, strict=False), 1)
    )


def _done(m: Material, answer: Act | None) -> str:
    """Return what was done about an item, and by whom if they did it in the owner's place."""
    stood_in = answer is not None and stand_ins.of_act(m.file, answer) is not None
    return "\n".join(part for part in (m.said(answer, "done"), m.signer(answer) if answer and stood_in else "") if part)


def study(m: Material) -> tuple[Sheet, ...]:
    """投诉案例: for the month's report and the company's case library."""
    said, say = m.file.complaint, m.say
    written, accepted = m.newest("case_study"), m.newest("acceptance", "library_decision")
    taken = m.value("accepted", str(accepted.form["accepted"]).lower()) if accepted else ""
    parts: list[Part] = [
        line(
            SheetCell(label=say("field.number"), text=m.file.number or "", span=12),
            SheetCell(label=say("field.level"), text=m.level, span=12),
        ),
        line(
            SheetCell(label=say("field.project"), text=m.names.project(said.project), span=12),
            SheetCell(label=say("field.category"), text=m.value("category", said.category.value), span=12),
        ),
        line(SheetCell(label=say("study.title"), text=m.said(written, "title"))),
        box(say("study.course"), m.said(written, "course"), room=48),
        box(say("study.causes"), m.said(written, "causes"), room=30),
        box(say("study.measures"), m.said(written, "measures"), room=30),
        box(say("study.lessons"), m.said(written, "lessons"), m.sign("study.writer", written), room=32),
        box(
            say("study.acceptance"),
            "\n".join(text for text in (taken, m.said(accepted, "reason")) if text),
            m.sign("study.accepter", accepted),
            room=10,
        ),
    ]
    return (m.sheet("study", "CR-5.4.3", parts),)


def completion(m: Material) -> tuple[Sheet, ...]:
    """实施完毕通知书: written notice to marketing, of each responsible department about its own part."""
    owed = [duty for duty in m.duties(*COMPLETION) if duty.superseded_by is None]
    departments = dict.fromkeys(duty.department for duty in owed if duty.department)
    return tuple(_completion(m, department) for department in departments or (None,))


def _completion(m: Material, department: str | None) -> Sheet:
    say = m.say
    done, noticed = (_of_department(m, rule, department) for rule in COMPLETION)
    parts: list[Part] = [
        line(SheetCell(label=say("field.number"), text=m.file.number or "")),
        line(
            SheetCell(label=say("completion.to"), text=m.names.marketing, span=12),
            SheetCell(label=say("completion.from"), text=m.names.department(department) if department else "", span=12),
        ),
        line(
            SheetCell(label=say("field.customer"), text=m.customer, span=12),
            SheetCell(label=say("info.address"), text=m.place, span=12),
        ),
        box(say("field.matter"), course.matter(m.file.complaint), room=34),
        box(say("completion.done"), m.said(done, "done"), room=46),
        line(SheetCell(label=say("completion.done_at"), text=m.when(done), head=5)),
        box(say("completion.notice"), m.said(noticed, "text"), m.sign("completion.head", noticed), room=44),
        box(say("completion.received"), _delivered(m, noticed), m.sign("completion.receiver", None), room=8),
    ]
    return m.sheet("completion", "CR-5.4.1", parts)


def _delivered(m: Material, noticed: Act | None) -> str:
    """Return to whom Duly has delivered the notice, and when. They sign by hand."""
    if noticed is None:
        return ""
    handed = [
        one
        for one in m.file.notices
        if (one.kind, one.duty) == (NoticeKind.HANDED, noticed.duty) and one.params.get("act") == str(noticed.seq)
    ]
    if not handed:
        return ""
    to = m.people(dict.fromkeys(one.to for one in handed))
    return m.say("completion.delivered", to=to, at=m.at(handed[0].at, m.zone))


def _of_department(m: Material, rule: str, department: str | None) -> Act | None:
    """Return the department's newest answer to the rule."""
    duties = [duty for duty in m.duties(rule) if duty.department == department]
    return next((act for duty in reversed(duties) if (act := m.answer(duty)) is not None), None)
