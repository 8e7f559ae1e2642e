"""`duly form` and `duly register`: the forms of the procedures, on the screen or as a file to print and sign."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starters.cli.commands.showing import Case, found
from starters.cli.ui.book import Book, open_book
from starters.cli.ui.failing import Told
from starters.cli.ui.moments import day
from starters.cli.ui.paper import Paper
from starters.cli.ui.prose import Prose
from starters.cli.ui.session import Session, session

if TYPE_CHECKING:
    from complaints.printing.sheets import Sheet, Words

Out = Annotated[Path | None, typer.Option(help="option.form.out", metavar="FILE")]


def register(app: typer.Typer) -> None:
    app.command("form", help="help.form-command", rich_help_panel="panel.cases")(form)
    app.command("register", help="help.register", rich_help_panel="panel.cases")(complaint_register)


def form(
    context: typer.Context,
    case: Case,
    name: Annotated[str | None, typer.Option("--form", help="option.form.form", metavar="FORM")] = None,
    out: Out = None,
) -> None:
    here = session(context)

    async def work() -> None:
        from complaints.printing.sheets import CODES, PRINTED, Material, Names, form_key
        from complaints.printing.sheets.complaint_data import complaint_form

        key = form_key(name or "complaint")
        if key is None:
            raise Told("not-one-of", value=name or "", choices=", ".join((*PRINTED, *CODES)))
        check_kind(out)
        file = await found(here, case)
        if name is None and out is None:
            book = await open_book(here)
            filled = complaint_form(file, Names.of(book.directory))
            here.data(filled)
            Paper(here, book).show(filled)
            return
        words = sheet_words(here, await open_book(here))
        material = Material(file=file, names=words.names, lang=words.lang, printed_at=words.printed_at)
        give(here, PRINTED[key](material), out)

    here.run(work())


def complaint_register(
    context: typer.Context,
    since: Annotated[str, typer.Option("--from", help="option.register.from", metavar="YYYY-MM-DD")],
    until: Annotated[str, typer.Option("--to", help="option.register.to", metavar="YYYY-MM-DD")],
    project: Annotated[str, typer.Option(help="option.register.project")],
    out: Out = None,
) -> None:
    here = session(context)

    async def work() -> None:
        from complaints.clock.local_time import end_of_day
        from complaints.printing.sheets import register

        first, last = day(since), day(until)
        check_kind(out)
        book = await open_book(here)
        known = book.directory
        if known and project not in {one.code for one in known.projects}:
            raise Told("not-one-of", value=project, choices=", ".join(one.code for one in known.projects))
        zone = book.zone(project)
        async with here.records() as records:
            begin = end_of_day(first - timedelta(days=1), zone)
            files = await records.register(project, begin, end_of_day(last, zone))
        give(here, [register(sheet_words(here, book), files, project, first, last)], out)

    here.run(work())


def sheet_words(here: Session, book: Book) -> Words:
    from complaints.printing.sheets import Names, Words

    return Words(names=Names.of(book.directory), lang=here.lang, printed_at=here.now)


def check_kind(out: Path | None) -> None:
    """Whether a file of this kind can be made, before anything is asked of anybody."""
    from complaints.printing import SUFFIXES

    if out is not None and out.suffix.lower() not in SUFFIXES:
        raise Told("print.kind", file=out, kinds=", ".join(SUFFIXES))


def give(here: Session, sheets: Sequence[Sheet], out: Path | None) -> None:
    """The sheets as the file `out`, or on the screen."""
    from complaints.printing import font_folders, printed

    if out is None:
        here.data(sheets)
        here.show(Prose(printed(sheets, ".txt").decode("utf-8").rstrip("\n")))
        return
    try:
        out.write_bytes(printed(sheets, out.suffix.lower(), font_folders(os.environ)))
    except OSError as problem:
        raise Told("print.not-written", file=out, problem=problem.strerror or "") from problem
    here.data({"file": str(out), "form": sheets[0].form, "sheets": len(sheets)})
    here.show(here.say("print.written", file=out, title=sheets[0].title, count=len(sheets)))
