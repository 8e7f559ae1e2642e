"""Every way in which a person reads a case or a round, as text; and what must not stand there."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from datetime import timedelta
from html import unescape

from rich.console import Console

from complaints import texts
from complaints.archive.page import page
from complaints.case.file import CaseFile, JournalLine, Notice
from complaints.case.notices import addressed, render
from complaints.case.round import RoundFile
from complaints.connection.settings import DRILL, Settings
from complaints.editions.model import Edition
from complaints.people.loader import load
from complaints.people.reference import Reference
from complaints.printing.sheets import PRINTED
from complaints.printing.sheets.complaint_data import complaint_form
from complaints.printing.sheets.material import SheetWords
from complaints.printing.sheets.names import SheetNames
from complaints.printing.sheets.register import register
from complaints.store.cases import CaseLine, InboxItem
from starters.cli.commands.lists import Inbox, show_line
from starters.cli.ui.case_view import CaseView, FileView
from starters.cli.ui.complaint_form import Paper
from starters.cli.ui.directory_names import Book
from starters.cli.ui.round_view import RoundView
from starters.cli.ui.session import THEME, Session
from starters.drill.timeline import Timeline
from tests import casefiles
from tests.casefiles import MORNING
from tests.places import EXAMPLE_DIRECTORY
from tests.printing import cases
from workflows.operator_view import markdown, round_markdown

DIRECTORY = load(EXAMPLE_DIRECTORY.read_text(encoding="utf-8"), "directory.toml")
BOOK = Book(DIRECTORY)
NAMES = SheetNames.of(DIRECTORY)


class Screen(Session):
    """A terminal of eighty columns, whose text is kept."""

    def __init__(self, lang: str) -> None:
        super().__init__(lang=lang)
        self._kept = io.StringIO()
        self.__dict__["out"] = Console(theme=THEME, highlight=False, file=self._kept, width=80)
        self.__dict__["settings"] = Settings(namespace=DRILL)

    @property
    def text(self) -> str:
        return self._kept.getvalue()


def case_shown(file: CaseFile, lang: str) -> str:
    return _shown(CaseView(Screen(lang), BOOK, file))


def round_shown(file: RoundFile, lang: str) -> str:
    return _shown(RoundView(Screen(lang), BOOK, file))


def _shown(view: FileView) -> str:
    view.show(everything=True)
    assert isinstance(view.here, Screen)
    return view.here.text


def timeline(file: CaseFile, lines: Iterable[JournalLine], edition: Edition, lang: str) -> str:
    told = Timeline(edition, DIRECTORY, "Asia/Shanghai", lang).entries(lines, file)
    marks = [texts.say(f"drill.mark.{entry.kind}", lang) for entry in told]
    return "\n".join([*marks, *(f"{entry.who} {entry.text} {' '.join(entry.notes)}" for entry in told)])


def inbox(items: list[InboxItem], person: str, lang: str) -> str:
    screen = Screen(lang)
    Inbox(screen, BOOK, person).show(items)
    return screen.text


def listed(line: CaseLine, lang: str) -> str:
    screen = Screen(lang)
    show_line(screen, BOOK, line)
    return screen.text


def operators(file: CaseFile | RoundFile, edition: Edition) -> str:
    reference = casefiles.reference()
    if isinstance(file, CaseFile):
        return markdown(file, edition, reference)
    return round_markdown(file, edition, reference)


def letter(file: CaseFile | RoundFile, notice: Notice, lang: str) -> str:
    reference: Reference = casefiles.reference()
    to = addressed(file, notice, reference, lang)
    assert to is not None
    message = render(to)
    return f"{message.subject}\n{message.body}"


def archive(file: CaseFile, lines: Iterable[JournalLine], lang: str) -> str:
    html = page(file, list(lines), NAMES, [f"forms/{form}.pdf" for form in PRINTED], lang)
    body = re.sub(r"<style>.*?</style>|<meta[^>]*>", "", html, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", "\n", body))


def paper(file: CaseFile, lang: str) -> str:
    """All printed forms, the register, and the form in a terminal."""
    material = cases.material(file, lang, printed_at=MORNING + timedelta(days=30))
    day = MORNING.date()
    sheets = [sheet for build in PRINTED.values() for sheet in build(material)]
    sheets.append(register(SheetWords(names=NAMES, lang=lang), [file], "hf01", day, day))
    screen = Screen(lang)
    Paper(screen, BOOK).show(complaint_form(file, NAMES))
    said = [part for sheet in sheets for part in (sheet.title, *sheet.labels(), *sheet.texts())]
    return "\n".join([*said, screen.text])


def raw_parts(text: str, lang: str) -> list[str]:
    """What a person cannot read: moments as machines write them, fields that were not filled in, ids without a name.

    In Chinese also every word in Latin letters that is no id by which a command would ask for it.
    """
    flat = ID.sub("", " ".join(text.split()))
    found = re.findall(r"\d{4}-\d\d-\d\dT\d\d|[{}]|\bNone\b|\bTrue\b|\bFalse\b|\['|: '", flat)
    if lang == "zh":
        found += re.findall(r"[A-Za-z]{2,}[\w.-]*", flat)
    return found


ID = re.compile(
    r"""\([a-z_]+\.[a-z_]+\)                          # `李娜 (li.na)`: a name, with the id that commands take
    |duly\sshow\s[\w.-]+                             # commands to copy
    |duly\s[a-z-]+\s.*?--as\s[a-z.]+
    |\bround-[\w.#-]+
    |\b(?:[A-Z]+\d*[-/.][\w.@\#~/-]*|[A-Z]{1,3}\d+|COUNTERSIGN|PREPARE|REGRADE|MERGED|GATHERED|WITHDRAWN)[\w.@\#~/-]*
    |\btest-\d+
    |(?<=\s)[0-9a-f]{8,64}\b                          # of an edition
    |\b(?:case\.json|journal\.jsonl|CHECKSUMS\.sha256)\b
    |\b(?:PDF|JPEG|PNG|GIF|WebP|HEIC|WAV|AMR|OGG|MOV|Word|Excel)\b   # formats, which have no other names
    """,
    re.VERBOSE,
)
"""What stands for itself: ids that people type, and the files of an archive."""


def columns(shown: str) -> int:
    from rich.cells import cell_len

    return max(cell_len(line) for line in shown.splitlines())
