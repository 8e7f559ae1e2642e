"""`duly revisits`: draws of customers to ask in a month, their results, and the proof that a draw is honest."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starters.cli.ui import completion
from starters.cli.ui.directory_names import open_book
from starters.cli.ui.errors import Told
from starters.cli.ui.revisit_view import show_draw, show_line, show_made, show_quota
from starters.cli.ui.revisits import Id, Project, Year, draws, found, revisits, save
from starters.cli.ui.session import operating

if TYPE_CHECKING:
    from complaints.case.round import Period


OFFICE_MANAGERS = "RV-5.3a"
"""The rule whose sheet asks about every area of the office's work."""


def register(app: typer.Typer) -> None:
    from starters.cli.commands import revisit_proofs as proofs
    from starters.cli.commands import revisit_results as results

    part = typer.Typer(no_args_is_help=True)
    for name, command in {
        "draw": draw,
        "list": list_draws,
        "show": show,
        "result": results.result,
        "import": results.import_file,
        "correct": results.correct,
        "replace": replace,
        "unsatisfied": results.unsatisfied,
        "quota": quota,
        "verify": proofs.verify,
        "export": proofs.export,
        "commitment": proofs.commitment,
    }.items():
        part.command(name, help=f"option.revisits.{name}")(command)
    app.add_typer(part, name="revisits", help="help.revisits", rich_help_panel="panel.operation")


def draw(
    context: typer.Context,
    rule: Annotated[str, typer.Argument(help="option.revisits.rule", metavar="RULE")],
    period: Annotated[str, typer.Argument(help="option.revisits.period", metavar="MONTH")],
    project: Project = None,
    department: Annotated[str | None, typer.Option(help="option.revisits.department")] = None,
    person: Annotated[str | None, typer.Option(help="option.revisits.person", autocompletion=completion.people)] = None,
) -> None:
    from complaints.case.round import Subject
    from complaints.revisits.quota import shares

    here, month = operating(context), month_named(period)
    if rule not in shares():
        raise Told("revisits.refused-rule", rule=rule, rules=", ".join(shares()))
    if shares()[rule].everyone and person is None:
        raise Told("revisits.need-person")
    if not shares()[rule].everyone and project is None:
        raise Told("revisits.need-project")

    async def work() -> None:
        async with draws(here) as book:
            subject = Subject(project=project, department=department, person=person)
            ref = await book.draw(rule, month, subject, datetime.now(UTC))
            made = await found(book, ref.id)
        here.data({**ref.model_dump(), "quota": made.quota, "short": made.short})
        show_made(here, made)

    here.run(work())


def list_draws(
    context: typer.Context,
    project: Project = None,
    year: Year = None,
    rule: Annotated[str | None, typer.Option(help="option.revisits.only-rule")] = None,
) -> None:
    here = operating(context)

    async def work() -> None:
        async with revisits(here) as book:
            lines = await book.draws(project, year, rule)
        here.data(lines)
        if not lines:
            here.show(here.say("revisits.none"))
        for line in lines:
            show_line(here, line)

    here.run(work())


def show(
    context: typer.Context,
    id: Id,
    sheet: Annotated[Path | None, typer.Option(help="option.revisits.sheet", metavar="FILE")] = None,
) -> None:
    from complaints.revisits.lines import MemberState
    from complaints.revisits.sheet import written

    here = operating(context)

    async def work() -> None:
        async with draws(here) as book, revisits(here) as lists:
            made, members = await found(book, id), await lists.members(id)
        book_of = await open_book(here)
        if sheet is not None:
            to_ask = [one for one in members if one.state in (MemberState.OPEN, MemberState.TRIED)]
            lines = [
                {
                    "draw": id,
                    "customer": m.customer,
                    "name": m.name,
                    "contact": m.contact,
                    "home": "、".join(m.homes),
                    "caller": book_of.name(m.caller) if m.caller else "",
                }
                for m in to_ask
            ]
            office = made.asking.rule == OFFICE_MANAGERS
            # A byte order mark, so that spreadsheet programs know that it is UTF-8.
            save(sheet, "\ufeff" + written(lines, here.lang, areas=office))
            here.data({"written": len(lines)})
            here.show(here.say("revisits.sheet-written", count=len(lines), file=sheet))
            return
        here.data({"draw": made.ref, "quota": made.quota, "members": members, "left_out": made.left_out})
        show_draw(here, made, members, book_of)

    here.run(work())


def replace(context: typer.Context, id: Id) -> None:
    here = operating(context)

    async def work() -> None:
        async with draws(here) as book:
            await found(book, id)
            ref = await book.supplement(id, datetime.now(UTC))
            made = await found(book, ref.id) if ref else None
        here.data({"supplement": made.ref if made else None})
        if made is None:
            here.show(here.say("revisits.nobody-to-replace"))
        else:
            count = len(made.asking.replaces)
            here.show(here.say("revisits.replaced", id=made.id, count=count, size=len(made.chosen)))

    here.run(work())


def quota(context: typer.Context, project: Project = None, year: Year = None) -> None:
    from complaints.clock.local_time import CHINA, local

    here, today = operating(context), local(datetime.now(UTC), CHINA).date()

    async def work() -> None:
        async with revisits(here) as book:
            lines = await book.quota(year or today.year, today, project)
        here.data(lines)
        show_quota(here, lines)

    here.run(work())


def month_named(name: str) -> Period:
    """The month with this name. Raises `Told` if it is not a month."""
    from complaints.case.round import Period, PeriodError, PeriodKind

    try:
        period = Period.named(name)
    except PeriodError:
        raise Told("revisits.no-period", value=name) from None
    if period.kind is not PeriodKind.MONTH:
        raise Told("revisits.no-period", value=name)
    return period
