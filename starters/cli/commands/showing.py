"""`duly show`: show one case or round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from starters.cli.ui.case_view import CaseView
from starters.cli.ui.cases import Case, found
from starters.cli.ui.directory_names import open_book
from starters.cli.ui.round_view import RoundView
from starters.cli.ui.session import Session, session
from starters.cli.ui.similar import propose_similar

if TYPE_CHECKING:
    from complaints.case.round import RoundFile


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
    """Show the journal of a case or a round, line by line.

    The server has the newest lines, the read model those of runs that the server has forgotten.
    """
    from complaints.base.errors import Refusal
    from complaints.base.faults import RecordsAway
    from complaints.connection.settings import Unsettled
    from starters.cli.ui.journal_view import journal_table
    from workflows.interface import is_round

    file = await round_found(here, case.strip()) if is_round(case.strip()) else await found(here, case)
    try:
        lines = (await (await here.duly()).remembered(file.key)).lines
    except (Refusal, Unsettled):
        lines = ()
    if (not lines or lines[0].seq > 1) and here.settings.database_url is not None:
        try:
            async with here.records() as records:
                kept = await records.journal(file.key)
        except RecordsAway:
            kept = []
        newer = [line for line in lines if not kept or line.seq > kept[-1].seq]
        lines = (*kept, *newer)
    here.data(lines)
    if not here.json:
        here.show(journal_table(here, await open_book(here), file, lines))


async def show_round(here: Session, key: str, everything: bool) -> None:
    """Show a round."""
    file = await round_found(here, key)
    here.data(file)
    if not here.json:
        RoundView(here, await open_book(here), file).show(everything)


async def round_found(here: Session, key: str) -> RoundFile:
    """A round's current file, or the read model's copy if the server has no history of it or is unreachable."""
    from complaints.base.errors import Refusal, Refused
    from complaints.connection.settings import Unsettled

    try:
        return await (await here.duly()).round(key)
    except (Refusal, Unsettled) as failure:
        elsewhere = isinstance(failure, Unsettled) or failure.code in (Refused.CASE_UNKNOWN, Refused.SERVER_UNREACHABLE)
        if not elsewhere or here.settings.database_url is None:
            raise
        async with here.records() as records:
            kept = await records.round(key)
        if kept is None:
            raise
        here.note(here.say("show.from-records"))
        return kept
