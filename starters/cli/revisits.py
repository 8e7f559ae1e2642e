"""`duly revisits`: who is to be asked this month, what they said, and the proof that the lot was honest."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starters.cli import complete
from starters.cli.failing import REFUSED, Told
from starters.cli.revisit_showing import show_draw, show_flaws, show_line, show_made, show_quota
from starters.cli.session import Session, session

if TYPE_CHECKING:
    from complaints.draws import Draw
    from complaints.records.draws import Draws
    from complaints.records.revisits import Revisits
    from complaints.rounds.model import Period

Id = Annotated[str, typer.Argument(help="option.revisits.id", metavar="DRAW")]
Project = Annotated[str | None, typer.Option(help="option.revisits.project")]
Year = Annotated[int | None, typer.Option(help="option.revisits.year", min=2000, max=2100)]


def register(app: typer.Typer) -> None:
    from starters.cli import revisit_results as results

    part = typer.Typer(no_args_is_help=True)
    for name, command in {
        "draw": draw,
        "list": list_draws,
        "show": show,
        "result": results.result,
        "import": results.import_file,
        "replace": replace,
        "unsatisfied": results.unsatisfied,
        "quota": quota,
        "verify": verify,
        "export": export,
        "commitment": commitment,
    }.items():
        part.command(name, help=f"option.revisits.{name}")(command)
    app.add_typer(part, name="revisits", help="help.revisits", rich_help_panel="panel.operation")


def draw(
    context: typer.Context,
    rule: Annotated[str, typer.Argument(help="option.revisits.rule", metavar="RULE")],
    period: Annotated[str, typer.Argument(help="option.revisits.period", metavar="MONTH")],
    project: Project = None,
    department: Annotated[str | None, typer.Option(help="option.revisits.department")] = None,
    person: Annotated[str | None, typer.Option(help="option.revisits.person", autocompletion=complete.people)] = None,
) -> None:
    from complaints.draws import SHARES
    from complaints.rounds.model import Subject

    here, month = session(context), month_named(period)
    if rule not in SHARES:
        raise Told("revisits.refused-rule", rule=rule, rules=", ".join(SHARES))
    if SHARES[rule].everyone and person is None:
        raise Told("revisits.need-person")
    if not SHARES[rule].everyone and project is None:
        raise Told("revisits.need-project")

    async def work() -> None:
        async with draws(here) as book:
            subject = Subject(project=project, department=department, person=person)
            ref = await book.draw(rule, month, subject, datetime.now(UTC))
            made = await _found(book, ref.id)
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
    from complaints.draws.lines import MemberState
    from complaints.draws.sheet import written

    here = session(context)

    async def work() -> None:
        async with draws(here) as book, revisits(here) as lists:
            made, members = await _found(book, id), await lists.members(id)
        if sheet is not None:
            to_ask = [one for one in members if one.state in (MemberState.OPEN, MemberState.TRIED)]
            lines = [
                {"draw": id, "customer": m.customer, "name": m.name, "contact": m.contact, "home": "、".join(m.homes)}
                for m in to_ask
            ]
            save(sheet, "\ufeff" + written(lines, here.lang))  # with a mark, so that spreadsheets know it is UTF-8
            here.data({"written": len(lines)})
            here.show(here.say("revisits.sheet-written", count=len(lines), file=sheet))
            return
        here.data({"draw": made.ref, "quota": made.quota, "members": members, "left_out": made.left_out})
        show_draw(here, made, members)

    here.run(work())


def replace(context: typer.Context, id: Id) -> None:
    here = session(context)

    async def work() -> None:
        async with draws(here) as book:
            await _found(book, id)
            ref = await book.supplement(id, datetime.now(UTC))
            made = await _found(book, ref.id) if ref else None
        here.data({"supplement": made.ref if made else None})
        if made is None:
            here.show(here.say("revisits.nobody-to-replace"))
        else:
            count = len(made.asking.replaces)
            here.show(here.say("revisits.replaced", id=made.id, count=count, size=len(made.chosen)))

    here.run(work())


def quota(context: typer.Context, project: Project = None, year: Year = None) -> None:
    from complaints.localtime import CHINA, local

    here, today = session(context), local(datetime.now(UTC), CHINA).date()

    async def work() -> None:
        async with revisits(here) as book:
            lines = await book.quota(year or today.year, today, project)
        here.data(lines)
        show_quota(here, lines)

    here.run(work())


def verify(
    context: typer.Context,
    proof: Annotated[str, typer.Argument(help="option.revisits.proof", metavar="DRAW|FILE")],
    digest: Annotated[str | None, typer.Option(help="option.revisits.digest")] = None,
) -> None:
    from complaints.draws import Flaw, problems

    here, file = session(context), Path(proof)

    async def beside_the_records() -> tuple[str, tuple[Flaw, ...]]:
        async with draws(here) as book:
            flaws = await book.verify(proof)
            if flaws is None:
                raise Told("revisits.unknown", id=proof)
            if digest is not None and not flaws:
                flaws = problems(await _found(book, proof), digest)
        return proof, flaws

    if alone := file.suffix == ".json" or file.is_file():
        made = _from_file(file)
        id, flaws = made.id, problems(made, digest)
    else:
        id, flaws = here.run(beside_the_records())
    here.data(
        {"id": id, "holds": not flaws, "flaws": [{"code": one.code, "say": one.words(here.lang)} for one in flaws]}
    )
    show_flaws(here, id, flaws)
    if alone and not flaws:
        here.note(here.say("revisits.verified-alone", id=id))
    if flaws:
        raise typer.Exit(REFUSED)


def export(
    context: typer.Context,
    id: Id,
    file: Annotated[Path, typer.Argument(help="option.revisits.to-file", metavar="FILE")],
) -> None:
    here = session(context)

    async def work() -> None:
        async with draws(here) as book:
            made = await _found(book, id)
        content = json.dumps(made.model_dump(mode="json"), ensure_ascii=False, indent=1, sort_keys=True)
        save(file, f"{content}\n")
        here.data({"written": str(file), "digest": made.digest})
        here.show(here.say("revisits.exported", file=file))

    here.run(work())


def commitment(
    context: typer.Context,
    project: Annotated[str, typer.Argument(help="option.revisits.project", metavar="PROJECT")],
    year: Annotated[int, typer.Argument(help="option.revisits.year", metavar="YEAR", min=2000, max=2100)],
) -> None:
    here = session(context)

    async def work() -> None:
        async with draws(here) as book:
            told = await book.commitment(project, year)
        here.data({"project": project, "year": year, "commitment": told})
        here.show(here.say("revisits.commitment", project=project, year=year, commitment=told))
        here.note(here.say("revisits.commitment-next"))

    here.run(work())


def month_named(name: str) -> Period:
    """A month by its name. Raises `Told`."""
    from complaints.rounds.model import Period, PeriodError, PeriodKind

    try:
        period = Period.named(name)
    except PeriodError:
        raise Told("revisits.no-period", value=name) from None
    if period.kind is not PeriodKind.MONTH:
        raise Told("revisits.no-period", value=name)
    return period


def day_named(value: str) -> date:
    """A day as 2026-11-05. Raises `Told`."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Told("revisits.bad-day", value=value) from None


def save(file: Path, content: str) -> None:
    """Write a file. Raises `Told` where that cannot be done."""
    try:
        file.write_text(content, encoding="utf-8")
    except OSError as problem:
        raise Told("no-file", file=file, problem=problem.strerror or "") from problem


async def _found(book: Draws, id: str) -> Draw:
    made = await book.read(id)
    if made is None:
        raise Told("revisits.unknown", id=id)
    return made


def _from_file(file: Path) -> Draw:
    from complaints.draws import Draw
    from starters.cli.files import text_of

    text: Any = text_of(file)
    try:
        return Draw.model_validate_json(text)
    except ValueError:
        raise Told("revisits.no-proof", file=file) from None


@asynccontextmanager
async def draws(here: Session) -> AsyncIterator[Draws]:
    from complaints.records.draws import Draws

    book = Draws(here.settings.need_database())
    try:
        yield book
    finally:
        await book.close()


@asynccontextmanager
async def revisits(here: Session) -> AsyncIterator[Revisits]:
    from complaints.records.revisits import Revisits

    book = Revisits(here.settings.need_database())
    try:
        yield book
    finally:
        await book.close()
