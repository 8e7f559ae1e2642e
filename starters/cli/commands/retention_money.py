"""`duly retention`: load and show the retention money that the company holds from contractors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starters.cli.ui.desk import PAGE, given, shaped_items
from starters.cli.ui.errors import REFUSED, Told
from starters.cli.ui.files import bytes_of
from starters.cli.ui.operators import operator_name
from starters.cli.ui.session import Session, operating, session
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.people.model import Directory
    from complaints.repairs.deposits import Line, Problem
    from complaints.repairs.retention_money import Account, AccountEntry
    from complaints.store.retention_money import RetentionBook


def register(app: typer.Typer) -> None:
    part = typer.Typer(no_args_is_help=True)
    part.command("load", help="option.retention.load")(load)
    part.command("show", help="option.retention.show")(show)
    app.add_typer(part, name="retention", help="help.retention", rich_help_panel="panel.operation")


def load(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="option.retention.file", metavar="FILE")],
) -> None:
    here = operating(context)

    async def work() -> None:
        from complaints.repairs.deposits import Problem, read

        lines, problems = read(bytes_of(file), await _directory(here))
        _stop_at(here, file, problems)
        async with _book(here) as book:
            loaded = await book.load([line.deposit for line in lines], operator_name())
        _stop_at(here, file, [_taken(lines[place], Problem) for place in loaded.conflicts])
        here.data({"booked": loaded.booked, "known": loaded.known})
        here.show(here.say("retention.loaded", booked=loaded.booked, known=loaded.known))

    here.run(work())


def show(
    context: typer.Context,
    contractor: Annotated[
        str | None, typer.Argument(help="option.retention.contractor", metavar="[CONTRACTOR]")
    ] = None,
) -> None:
    here = session(context)

    async def work() -> None:
        accounts, entries = await _accounts(here, contractor)
        here.data({"accounts": accounts, "entries": entries})
        if not accounts:
            here.show(here.say("retention.none"))
        for account in accounts:
            _show_account(here, account, entries if contractor else ())

    here.run(work())


async def _accounts(here: Session, contractor: str | None) -> tuple[Sequence[Account], Sequence[AccountEntry]]:
    """The accounts and what was booked on them: of the gateway, or in a drill of the database."""
    if not here.through_gateway:
        async with _book(here) as book:
            return await book.accounts(contractor), await book.entries(contractor)
    from complaints.repairs.retention_money import Account, AccountEntry

    desk, cursor = await here.desk(), None
    accounts: list[Account] = []
    entries: list[AccountEntry] = []
    while True:
        asked = given({"contractor": contractor, "limit": PAGE, "cursor": cursor})
        page: dict[str, Any] = (await desk.ask("GET", "/retention-money", params=asked)).json()
        accounts += shaped_items(page["accounts"], Account)
        entries += shaped_items(page["entries"], AccountEntry)
        cursor = page["next"]
        if cursor is None:
            return accounts, entries


def _show_account(here: Session, account: Account, entries: Sequence[AccountEntry]) -> None:
    head = {"contractor": account.contractor, "project": account.project}
    here.show(Prose(here.say("retention.account", **head, balance=account.balance, claimed=account.claimed)))
    for entry in entries:
        if entry.project == account.project:
            kind, why = here.say(f"retention.kind.{entry.kind.value}"), f"{entry.case or ''} {entry.duty or ''}".strip()
            said = here.say(
                "retention.entry", day=entry.day, kind=kind, amount=entry.amount, voucher=entry.voucher, why=why
            )
            here.show(indented(Prose(said.rstrip(), style="quiet")))


def _taken(line: Line, problem: type[Problem]) -> Problem:
    return problem(line.line, "taken", {"voucher": line.deposit.voucher})


def _stop_at(here: Session, file: Path, problems: list[Problem]) -> None:
    """Show all problems and end the command; does nothing if there are none."""
    if not problems:
        return
    here.data({"problems": [{"line": one.line, "say": one.words(here.lang)} for one in problems]})
    for one in problems:
        here.show(Prose(f"{file.name}:{one.line}  {one.words(here.lang)}"))
    here.note(here.say("problems", count=len(problems)))
    raise typer.Exit(REFUSED)


async def _directory(here: Session) -> Directory:
    from complaints.people.loader import load as loaded

    async with here.records() as records:
        stored = await records.directory()
    if stored is None:
        raise Told("up.no-directory")
    return loaded(stored[1], "directory.toml")


def _book(here: Session) -> RetentionBook:
    from complaints.store.retention_money import RetentionBook

    return RetentionBook(here.settings.need_database())
