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
from starters.cli.ui.revisits import Id, Project, Year, revisit_book, save, shown
from starters.cli.ui.session import session

if TYPE_CHECKING:
    from complaints.case.round import Period


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

    here, month = session(context), month_named(period)
    if rule not in shares():
        raise Told("revisits.refused-rule", rule=rule, rules=", ".join(shares()))
    if shares()[rule].everyone and person is None:
        raise Told("revisits.need-person")
    if not shares()[rule].everyone and project is None:
        raise Told("revisits.need-project")

    async def work() -> None:
        async with revisit_book(here) as book:
            subject = Subject(project=project, department=department, person=person)
            ref = await book.draw(rule, month, subject)
            made = await shown(book, ref.id)
        here.data({**ref.model_dump(), "quota": made.quota, "short": made.short})
        show_made(here, made)

    here.run(work())


def list_draws(
    context: typer.Context,
    project: Project = None,
    year: Year = None,
    rule: Annotated[str | None, typer.Option(help="option.revisits.only-rule")] = None,
) -> None:
    here = session(context)

    async def work() -> None:
        async with revisit_book(here) as book:
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
    here = session(context)

    async def work() -> None:
        async with revisit_book(here) as book:
            made = await shown(book, id)
            content = await book.sheet(made) if sheet is not None else ""
        if sheet is not None:
            # A byte order mark, so that spreadsheet programs know that it is UTF-8.
            save(sheet, "\ufeff" + content)
            here.data({"written": len(made.to_ask)})
            here.show(here.say("revisits.sheet-written", count=len(made.to_ask), file=sheet))
            return
        here.data({"draw": made.draw, "quota": made.quota, "members": made.members, "left_out": made.left_out})
        show_draw(here, made, await open_book(here))

    here.run(work())


def replace(context: typer.Context, id: Id) -> None:
    here = session(context)

    async def work() -> None:
        async with revisit_book(here) as book:
            await shown(book, id)
            ref = await book.supplement(id)
            made = await shown(book, ref.id) if ref else None
        here.data({"supplement": made.draw if made else None})
        if made is None:
            here.show(here.say("revisits.nobody-to-replace"))
        else:
            count = len(made.replaces)
            here.show(here.say("revisits.replaced", id=made.draw.id, count=count, size=made.draw.size))

    here.run(work())


def quota(context: typer.Context, project: Project = None, year: Year = None) -> None:
    from complaints.clock.local_time import CHINA, local

    here, today = session(context), local(datetime.now(UTC), CHINA).date()

    async def work() -> None:
        async with revisit_book(here) as book:
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
