"""`duly show`: show one case or round."""

from __future__ import annotations

from typing import Annotated

import typer

from starters.cli.ui.case_view import CaseView
from starters.cli.ui.cases import Case, found
from starters.cli.ui.directory_names import open_book
from starters.cli.ui.journal_view import journal_table
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
    """Show the journal of a case or a round, line by line: from the server, or from the read model."""
    duly = await here.duly()
    file = await here.file(duly, case)
    lines = (await duly.remembered(file.key)).lines
    if (not lines or lines[0].seq > 1) and here.settings.database_url is not None:  # the server forgot the first ones
        async with here.records() as records:
            lines = tuple(await records.journal(file.key)) or lines
    here.data(lines)
    if not here.json:
        here.show(journal_table(here, await open_book(here), file, lines))


async def show_round(here: Session, key: str, everything: bool) -> None:
    """Show a round's current file, or the read model's copy if the server has no history of it or is unreachable."""
    from complaints.base.errors import Refusal, Refused
    from complaints.connection.settings import Unsettled

    try:
        file = await (await here.duly()).round(key)
    except (Refusal, Unsettled) as failure:
        elsewhere = isinstance(failure, Unsettled) or failure.code in (Refused.CASE_UNKNOWN, Refused.SERVER_UNREACHABLE)
        if not elsewhere or here.settings.database_url is None:
            raise
        async with here.records() as records:
            kept = await records.round(key)
        if kept is None:
            raise
        file = kept
        here.note(here.say("show.from-records"))
    here.data(file)
    if not here.json:
        RoundView(here, await open_book(here), file).show(everything)
