"""GFP19-2-F3 客户投诉记录清单 (CH-7.5.4): every complaint of a period with its result, in order of receipt.

The procedure names the register, not its columns. The columns here: complainant, date and matter, the promised date,
and the result.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from complaints.case.attachments import in_force
from complaints.case.file import CaseFile
from complaints.printing.layout import Register, RegisterColumn, Sheet
from complaints.printing.sheets import course
from complaints.printing.sheets.material import Material, SheetWords

LONGEST = 150
"""Maximum characters of a text in the register; F1 has the whole text."""
# Chosen so that a date, a mobile number and a case number each fit on one line (8.5 pt on A4 landscape).
WIDTHS = {
    "nth": 12,
    "number": 35,
    "received": 23,
    "complainant": 17,
    "phone": 26,
    "address": 24,
    "matter": 35,
    "level": 13,
    "handler": 14,
    "expected": 23,
    "outcome": 33,
    "completed": 23,
    "view": 26,
}


def register(words: SheetWords, files: Iterable[CaseFile], project: str, since: date, until: date) -> Sheet:
    """Build the register of a project's complaints received from `since` to `until`, both days included.

    `files` must be those of the period; this function only sorts them.
    """
    ordered = sorted(files, key=lambda file: (file.complaint.received_at, file.number or "", file.key))
    rows = tuple(_row(words, nth, file) for nth, file in enumerate(ordered, 1))
    editions = sorted({file.edition.name for file in ordered})
    zone = words.names.zone(project)
    period = {"since": words.date(since), "until": words.date(until)}
    return Sheet(
        form="f3",
        rule="CH-7.5.4",
        code="GFP19-2-F3",
        title=words.say("title.f3"),
        lang=words.lang,
        number=words.say("f3.period", project=words.names.project(project), **period),
        parts=(
            Register(
                columns=tuple(
                    RegisterColumn(label=words.say(f"f3.{name}"), width=width) for name, width in WIDTHS.items()
                ),
                rows=rows,
                least=12,
            ),
        ),
        edition=words.say("f3.editions", editions=words.say("and").join(editions) or "—", rule="CH-7.5.4"),
        printed=words.say("printed", at=words.at(words.printed_at, zone)) if words.printed_at else "",
        landscape=True,
        note=words.say("f3.count", count=len(rows)),
    )


def abridged(text: str) -> str:
    """Collapse white space, and cut a long text to `LONGEST` characters that end in ……."""
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 2] + "……"


def _matter(words: SheetWords, file: CaseFile) -> str:
    """Return what the complaint is about, and how many papers came with it."""
    count, matter = len(in_force(file)), abridged(file.complaint.matter)
    return f"{matter}\n{words.say('attached.count', count=count)}" if count else matter


def _row(words: SheetWords, nth: int, file: CaseFile) -> tuple[str, ...]:
    m = Material(file=file, names=words.names, lang=words.lang)
    said = file.complaint
    _, handled = course.measures(m)
    outcome = "\n".join(one.text for one in course.execution(m))
    return (
        str(nth),
        file.number or "",
        m.compact(said.received_at, m.zone),
        m.customer,
        said.contact,
        m.place,
        _matter(words, file),
        m.level,
        m.signer(handled) if handled else "",
        m.compact(course.promised_at(m), m.zone),
        abridged(outcome) or m.outcome,
        m.compact(file.handled_at or file.closed_at, m.zone),
        abridged(course.view(m)),
    )
