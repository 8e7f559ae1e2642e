"""`duly form` and `duly register`: show the procedures' forms, or write them to a file to print and sign."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from starters.cli.ui.cases import found
from starters.cli.ui.complaint_form import Paper
from starters.cli.ui.directory_names import open_book
from starters.cli.ui.errors import Told
from starters.cli.ui.options import Case
from starters.cli.ui.printing import check_kind, give, sheet_words
from starters.cli.ui.session import operating, session
from starters.cli.ui.times import day

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
        from complaints.printing.sheets import CODES, PRINTED, form_key
        from complaints.printing.sheets.complaint_data import complaint_form
        from complaints.printing.sheets.material import Material
        from complaints.printing.sheets.names import SheetNames

        key = form_key(name or "complaint")
        if key is None:
            raise Told("not-one-of", value=name or "", choices=", ".join((*PRINTED, *CODES)))
        check_kind(out)
        file = await found(here, case)
        if name is None and out is None:
            book = await open_book(here)
            filled = complaint_form(file, SheetNames.of(book.directory))
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
    here = operating(context)

    async def work() -> None:
        from complaints.clock.local_time import end_of_day
        from complaints.printing.sheets.register import register

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
