"""Lays out the minutes of a meeting (CH-7.4.3), and a document with its opinions and decision (CS-4.3.1)."""

from __future__ import annotations

import re

from complaints import editions, texts
from complaints.clock.local_time import CHINA
from complaints.documents.model import CLAUSES, Document, DocumentRevision
from complaints.meetings.model import Meeting, Resolved
from complaints.printing.layout import Box, Paragraph, Part, Register, RegisterColumn, Sheet, SheetCell, Sign, box, line
from complaints.printing.sheets.material import SheetWords

RESOLUTIONS = {"nth": 3, "what": 16, "owner": 5, "due": 6, "done": 15, "done_at": 6}


def minutes(words: SheetWords, meeting: Meeting) -> Sheet:
    """销售工作会议纪要: what was discussed, and each resolution with its result."""
    zone, said = words.names.zone(meeting.project), meeting.minutes
    place = words.names.project(meeting.project)

    def label(name: str) -> str:
        return words.say(f"meeting.{name}")

    rows = tuple(
        (
            str(one.nth),
            one.what,
            words.names.person(one.owner),
            words.compact(one.due, zone),
            _done(words, one),
            words.compact(one.done_at, zone),
        )
        for one in meeting.resolutions
    )
    columns = tuple(RegisterColumn(label=label(name), width=width) for name, width in RESOLUTIONS.items())
    by = words.signed(meeting.by, meeting.stand_in)
    writer = Sign(label=label("writer"), by=by, at=words.at(meeting.at, zone))
    parts: tuple[Part, ...] = (
        line(
            SheetCell(label=label("project"), text=place, span=12),
            SheetCell(label=label("period"), text=meeting.period, span=12),
        ),
        line(
            SheetCell(label=label("held_at"), text=words.at(said.held_at, zone), span=12),
            SheetCell(label=label("chair"), text=words.names.person(said.chair), span=12),
        ),
        line(SheetCell(label=label("attended"), text=words.people(said.attended))),
        box(label("discussed"), said.discussed, room=48),
        Register(columns=columns, rows=rows, least=5),
        box(label("remark"), said.remark, writer, room=12),
    )
    number = words.say("meeting.number", project=place, period=meeting.period)
    return _sheet(words, "meeting", "CH-7.4.3", number, parts, zone)


def _done(words: SheetWords, one: Resolved) -> str:
    """Return what became of a resolution, and who did it if they did it in somebody's place."""
    by = words.signed(one.done_by, one.stand_in) if one.done_by and one.stand_in else ""
    return "\n".join(part for part in (one.done or "", by) if part)


def document(words: SheetWords, whole: Document, version: DocumentRevision) -> Sheet:
    """Build the sheet of one version of a document: the departments' opinions, and whether it may be carried out."""
    zone = words.names.zone(whole.project) if whole.project else CHINA
    place = words.names.project(whole.project) if whole.project else texts.say("cli.document.company", words.lang)

    def label(name: str) -> str:
        return words.say(f"document.{name}")

    kind = texts.say(f"cli.document.kind.{whole.kind.value}", words.lang)
    state = texts.say(f"cli.document.state.{whole.state_of(version).value}", words.lang)
    author = Sign(label=label("author"), by=words.names.person(version.by), at=words.at(version.at, zone))
    parts: list[Part] = [
        line(SheetCell(label=label("title"), text=version.title)),
        line(SheetCell(label=label("kind"), text=kind, span=12), SheetCell(label=label("place"), text=place, span=12)),
        line(
            SheetCell(label=label("state"), text=state, span=12),
            SheetCell(label=label("digest"), text=version.digest[:16], span=12),
        ),
        box(label("summary"), version.summary, room=10),
    ]
    if file := version.attachment:
        attached = words.say("document.file", name=file.name, size=file.size, sha256=file.sha256)
        parts.append(line(SheetCell(label=label("attached"), text=attached)))
    text = re.sub(r"^#+[ \t]*", "", version.text, flags=re.M)  # on paper a Markdown heading is only a line of its own
    paragraphs = tuple(Paragraph(text=part) for part in text.split("\n\n") if part.strip())
    parts.append(Box(label=label("text"), paragraphs=paragraphs or (Paragraph(),), signs=(author,), room=60))
    parts += _opinions(words, version, zone)
    parts.append(_decision(words, version, zone))
    number = words.say("document.number", id=whole.id, version=version.number)
    return _sheet(words, "document", CLAUSES[whole.kind], number, tuple(parts), zone)


def _opinions(words: SheetWords, version: DocumentRevision, zone: str) -> list[Part]:
    """Return a box for each department: those that answered first, then those still awaited."""
    boxes: list[Part] = []
    for one in version.opinions:
        agrees = texts.say("cli.document.agrees" if one.agrees else "cli.document.disagrees", words.lang)
        sign = Sign(label=words.say("document.head"), by=words.signed(one.by, one.stand_in), at=words.at(one.at, zone))
        department = words.names.department(one.department)
        boxes.append(
            box(words.say("document.opinion", department=department), f"{agrees}\n{one.opinion}", sign, room=16)
        )
    for key in version.awaited:
        label = words.say("document.opinion", department=words.names.department(key))
        boxes.append(box(label, "", Sign(label=words.say("document.head"), at=words.say("date-blank")), room=16))
    return boxes


def _decision(words: SheetWords, version: DocumentRevision, zone: str) -> Part:
    decision = version.decision
    said, by, at = "", "", words.say("date-blank")
    if decision is not None:
        by, at = words.signed(decision.by, decision.stand_in), words.at(decision.at, zone)
        said = words.say("document.returned", reason=decision.reason)
        if decision.approved:
            said = f"{words.say('document.approved')} {decision.reason}".strip()
    return box(words.say("document.decision"), said, Sign(label=words.say("document.manager"), by=by, at=at), room=18)


def _sheet(words: SheetWords, form: str, rule: str, number: str, parts: tuple[Part, ...], zone: str) -> Sheet:
    edition = editions.newest()
    return Sheet(
        form=form,
        rule=rule,
        code="",
        title=words.say(f"title.{form}"),
        lang=words.lang,
        number=number,
        parts=parts,
        edition=words.say("edition", name=edition.name, digest=edition.digest[:8], rule=rule),
        printed=words.say("printed", at=words.at(words.printed_at, zone)) if words.printed_at else "",
    )
