"""`duly retention`: load and show the retention money that the company holds from contractors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starters.cli.ui import completion
from starters.cli.ui.errors import REFUSED, Told
from starters.cli.ui.files import bytes_of
from starters.cli.ui.session import Session, operating
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
    by: Annotated[
        str,
        typer.Option(
            "--as", help="option.retention.as", metavar="PERSON", envvar="DULY_AS", autocompletion=completion.people
        ),
    ] = "cli",
) -> None:
    here = operating(context)

    async def work() -> None:
        from complaints.repairs.deposits import Problem, read

        lines, problems = read(bytes_of(file), await _directory(here))
        _stop_at(here, file, problems)
        async with _book(here) as book:
            loaded = await book.load([line.deposit for line in lines], by)
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
    here = operating(context)

    async def work() -> None:
        async with _book(here) as book:
            accounts, entries = await book.accounts(contractor), await book.entries(contractor)
        here.data({"accounts": accounts, "entries": entries})
        if not accounts:
            here.show(here.say("retention.none"))
        for account in accounts:
            _show_account(here, account, entries if contractor else ())

    here.run(work())


def _show_account(here: Session, account: Account, entries: tuple[AccountEntry, ...]) -> None:
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
