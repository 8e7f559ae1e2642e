"""`duly show`: show one case or round."""

from __future__ import annotations

from typing import Annotated

import typer

from starters.cli.ui.case_view import CaseView
from starters.cli.ui.cases import found
from starters.cli.ui.directory_names import open_book
from starters.cli.ui.journals import file_of, journal_of, round_found
from starters.cli.ui.options import Case
from starters.cli.ui.round_view import RoundView
from starters.cli.ui.session import Session, session
from starters.cli.ui.similar import propose_similar


def register(app: typer.Typer) -> None:
    app.command("show", help="help.show", rich_help_panel="panel.cases")(show)


def show(
    context: typer.Context,
    case: Case,
    everything: Annotated[bool, typer.Option("--all", "-a", help="option.show.all")] = False,
    journal: Annotated[bool, typer.Option("--journal", help="option.show.journal")] = False,
) -> None:
    here = session(context)

    async def work() -> None:
        from workflows.interface import is_round

        if journal:
            await show_journal(here, case)
            return
        if is_round(case.strip()):
            await show_round(here, case.strip(), everything)
            return
        file = await found(here, case)
        here.data(file)
        if not here.json:
            CaseView(here, await open_book(here), file).show(everything)
            await propose_similar(here, file)

    here.run(work())


async def show_journal(here: Session, case: str) -> None:
    """Show the journal of a case or a round, line by line."""
    from starters.cli.ui.journal_view import journal_table

    file = await file_of(here, case)
    lines = await journal_of(here, file)
    here.data(lines)
    if not here.json:
        here.show(journal_table(here, await open_book(here), file, lines))


async def show_round(here: Session, key: str, everything: bool) -> None:
    """Show a round."""
    file = await round_found(here, key)
    here.data(file)
    if not here.json:
        RoundView(here, await open_book(here), file).show(everything)
