"""Terminal view of a round: subject, period, report, draw, duties and course of events."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rich.table import Table

from starters.cli.ui.case_view import FileView
from starters.cli.ui.directory_names import Book
from starters.cli.ui.session import Session
from starters.cli.ui.wrapped_text import Prose

if TYPE_CHECKING:
    from complaints.case.round import RoundFile

SHOWN = ("document", "version", "survey", "recipients", "tried", "proposal", "certificate")


class RoundView(FileView):
    """Terminal view of a round: laid out like a case, but without a customer."""

    def __init__(self, here: Session, book: Book, file: RoundFile) -> None:
        super().__init__(here, book, file)
        self.file = file

    def _head(self) -> None:
        file, say = self.file, self.here.say
        state = say("state.closed", at=self.at(file.closed_at)) if file.closed_at else say("state.open")
        title = Prose(file.key, style="name")
        title.append(f"  {state}", style="")
        self.here.show(title, Prose(self.words(file.rule)))

    def _facts(self) -> None:
        file, say = self.file, self.here.say
        grid = Table.grid(padding=(0, 1))
        grid.add_column(style="quiet", no_wrap=True)
        grid.add_column(overflow="fold")

        def row(name: str, value: str) -> None:
            if value:
                grid.add_row(say(f"rounds.label.{name}"), Prose(value))

        row("outcome", outcome_words(self.here, file.outcome) if file.outcome else "")
        row("clause", self.edition.cite(file.rule, self.here.lang))
        row("period", f"{file.period.name} ({file.period.start} – {file.period.end})")
        row("subject", self._whose())
        row("opens", self.at(file.opens_at))
        row("signature", say("show.signed") if file.signed else "")
        if (again := file.again) is not None:
            row("again", say("rounds.again", nth=again.nth, by=self.book.person(again.by), reason=again.reason))
        if file.report is not None:
            issued = say("rounds.issued", at=self.at(file.report.issued_at)) if file.report.issued_at else ""
            revision = say("revision", revision=file.report.revision)
            counted = say("rounds.counted", at=self.at(file.counted_at)) if file.counted_at else ""
            row("report", " · ".join(part for part in (file.report.id, revision, counted, issued) if part))
            row("missing", "、".join(file.report.missing))
        if file.draw is not None:
            row("draw", say("rounds.drawn", id=file.draw.id, size=file.draw.size, done=file.draw.done))
        for name in SHOWN:
            if (value := file.data.get(name, "")) not in ("", "none"):
                row(name, value)
        self.here.show(grid)

    def _whose(self) -> str:
        subject = self.file.subject
        department = self.book.department(subject.department) if subject.department else ""
        project = self.book.project(subject.project) if subject.project else ""
        parts = (project, department, self.book.person(subject.person) if subject.person else "")
        return " · ".join(part for part in parts if part) or self.here.say("rounds.company")

    def _beginning(self) -> tuple[datetime, str]:
        return self.file.opens_at, self.here.say("rounds.opened")


def outcome_words(here: Session, outcome: str) -> str:
    """The outcome of a round, in words."""
    from complaints.texts import known

    return here.say(f"rounds.outcome.{outcome}") if known(f"cli.rounds.outcome.{outcome}") else outcome
