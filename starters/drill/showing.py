"""Prints the timeline on a terminal: 80 columns, a heading for each day, late duties clearly visible.

Colours never carry a meaning alone: every line has its mark in words.
"""

from __future__ import annotations

from datetime import date, datetime

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from complaints.clock.local_time import local
from complaints.texts import say
from starters.cli.ui.wrapped_text import wrapped
from starters.drill.report import DrillReport
from starters.drill.timeline import TimelineEntry

WIDTH = 80
MARK = {"zh": 6, "en": 10}
WHO = {"zh": 6, "en": 11}
CLAUSE = 11

STYLE = {
    "breached": "bold white on red",
    "escalated": "bold red",
    "reminded": "yellow",
    "acknowledged": "magenta",
    "returned": "bold yellow",
    "refused": "bold magenta",
    "approved": "green",
    "done": "green",
    "track": "bold cyan",
    "opened": "bold cyan",
    "closed": "bold cyan",
    "told": "magenta",
    "owed": "dim",
    "superseded": "dim",
}
TEXT = {"breached": "bold red", "escalated": "red", "owed": "dim", "superseded": "dim", "reminded": "yellow"}


class Printer:
    """Prints entries as they arrive."""

    def __init__(self, console: Console, lang: str, zone: str) -> None:
        self._out = console
        self._lang = lang
        self._zone = zone
        self._first: date | None = None
        self._day: date | None = None
        self._width = min(console.width, WIDTH)

    def title(self, title: str, remark: str) -> None:
        """Print what will be played."""
        body = Text.assemble((title, "bold"), "\n", (remark, "dim"))
        self._out.print(Panel(body, width=self._width, border_style="cyan"))

    def entry(self, entry: TimelineEntry) -> None:
        """Print an entry with its notes below, after a heading if a new day begins."""
        self._new_day(entry.at)
        if entry.kind == "narrator":
            told = Text("\n".join(wrapped(f"» {entry.text}", self._width - 8)), style="italic cyan")
            self._out.print()
            self._out.print(Padding(told, (0, 0, 0, 6), expand=False))
            return
        room = max(self._width - 5 - MARK[self._lang] - WHO[self._lang] - CLAUSE - 4, 12)
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=5)
        grid.add_column(width=MARK[self._lang], no_wrap=True)
        grid.add_column(width=WHO[self._lang], no_wrap=True)
        grid.add_column(width=room, no_wrap=True)
        grid.add_column(width=CLAUSE, justify="right", no_wrap=True)
        mark = Text(say(f"drill.mark.{entry.kind}", self._lang), style=STYLE.get(entry.kind, ""))
        said = Text("\n".join(wrapped(entry.text, room)), style=TEXT.get(entry.kind, ""))
        clock = self._clock(entry.at)
        who = Text(entry.who, style="dim" if entry.kind in ("owed", "superseded") else "bold")
        grid.add_row(Text(clock, style="dim"), mark, who, said, Text(entry.clause, style="dim"))
        for note in entry.notes:
            grid.add_row("", "", "", Text("\n".join(wrapped(note, room)), style="dim"), "")
        self._out.print(grid)

    def _clock(self, at: datetime) -> str:
        """Return the time; the date of what happened before the day of the heading and is on record only now."""
        moment = local(at, self._zone)
        earlier = self._day is not None and moment.date() < self._day
        return f"{moment:%m-%d}" if earlier else f"{moment:%H:%M}"

    def _new_day(self, at: datetime) -> None:
        day = local(at, self._zone).date()
        if self._day is not None and day <= self._day:
            return
        self._first = self._first or day
        self._day = day
        number = (day - self._first).days + 1
        weekday = say(f"weekday.{day.isoweekday()}", self._lang)
        month = say(f"month.{day.month}", self._lang)
        named = say("date.day", self._lang, day=day.day, month=day.month, month_name=month)
        title = say("drill.day", self._lang, day=named, weekday=weekday, n=number)
        self._out.print()
        self._out.print(Rule(Text(title, style="bold"), align="left", style="dim"), width=self._width)

    def summary(self, report: DrillReport) -> None:
        """Print the result of the drill."""
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True, style="dim")
        grid.add_column(ratio=1)
        for name, value in report.lines(self._lang):
            grid.add_row(say(f"drill.report.{name}", self._lang), Text(value))
        self._out.print()
        heading = say("drill.report.title", self._lang)
        self._out.print(Panel(grid, title=heading, width=self._width, border_style="cyan", title_align="left"))

    def look(self, words: str, url: str) -> None:
        """Print how to view the case afterwards; the URL is on a line of its own and is not wrapped."""
        self._out.print(Text(words), width=self._width)
        self._out.print(Text(url, style="cyan"), soft_wrap=True)
