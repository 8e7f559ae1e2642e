"""`duly revisits result`, `import`, `unsatisfied`: what customers said, one by one or by file, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starters.cli import complete
from starters.cli.book import open_book
from starters.cli.failing import REFUSED
from starters.cli.files import bytes_of
from starters.cli.prose import Prose, indented
from starters.cli.session import Session, session

if TYPE_CHECKING:
    from complaints.draws.lines import Unsatisfied
    from complaints.draws.results import Problem, Result

As = Annotated[
    str,
    typer.Option("--as", help="option.revisits.as", metavar="PERSON", envvar="DULY_AS", autocompletion=complete.people),
]
Said = Annotated[str, typer.Option(help="option.revisits.said", metavar="TEXT")]


def result(
    context: typer.Context,
    draw: Annotated[str, typer.Argument(help="option.revisits.id", metavar="DRAW")],
    customer: Annotated[str, typer.Argument(help="option.revisits.customer", metavar="CUSTOMER")],
    by: As,
    way: Annotated[str, typer.Option(help="option.revisits.way")] = "telephone",
    satisfaction: Annotated[str | None, typer.Option(help="option.revisits.satisfaction")] = None,
    on: Annotated[str | None, typer.Option(help="option.revisits.on", metavar="DAY")] = None,
    handling: Said = "",
    efficiency: Said = "",
    quality: Said = "",
    attitude: Said = "",
    suggestions: Annotated[str, typer.Option(help="option.revisits.suggestions", metavar="TEXT")] = "",
) -> None:
    from complaints.draws.sheet import NOT_REACHED, of_fields

    here = session(context)
    fields = {
        "draw": draw,
        "customer": customer,
        "day": on or str(_today()),
        "by": by,
        "way": way,
        "satisfaction": satisfaction or NOT_REACHED[0],
        "handling": handling,
        "efficiency": efficiency,
        "quality": quality,
        "attitude": attitude,
        "suggestions": suggestions,
    }
    one, problems = of_fields(None, fields)
    _stop_at(here, None, problems)
    assert one is not None
    _enter(here, None, [(0, one)], by)


def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="option.revisits.file", metavar="FILE")],
    by: As,
    draw: Annotated[str | None, typer.Option(help="option.revisits.of-draw")] = None,
    on: Annotated[str | None, typer.Option(help="option.revisits.on", metavar="DAY")] = None,
) -> None:
    from complaints.draws.sheet import read

    here = session(context)
    data = bytes_of(file)
    defaults = {"by": by, "draw": draw or "", "day": on or str(_today())}
    results, problems = read(data, defaults)
    _stop_at(here, file, problems)
    _enter(here, file, results, by)


def unsatisfied(
    context: typer.Context,
    project: Annotated[str | None, typer.Option(help="option.revisits.project")] = None,
    write: Annotated[Path | None, typer.Option(help="option.revisits.write", metavar="FILE")] = None,
) -> None:
    from complaints.draws.proposing import written
    from starters.cli.revisits import revisits, save

    here = session(context)

    async def work() -> tuple[Unsatisfied, ...]:
        async with revisits(here) as book:
            return await book.unsatisfied(project)

    ones = here.run(work())
    new = [one for one in ones if one.number is None]
    if write is not None:
        if new:
            save(write, written(new, here.lang))
        here.data({"written": len(new)})
        here.show(here.say("revisits.written" if new else "revisits.nothing-to-write", count=len(new), file=write))
        return
    here.data(ones)
    if not ones:
        here.show(here.say("revisits.all-satisfied"))
    for one in ones:
        head = Prose(one.name or one.customer, style="name")
        head.append("".join(f"  {word}" for word in (one.contact, one.home) if word), style="")
        here.show(head)
        number = one.number or here.say("revisits.no-complaint")
        words = "  ".join(word for word in (str(one.day), one.by, one.said) if word)
        here.show(indented(Prose(f"{words}  ").append(number, style="ok" if one.number else "late")))


def _enter(here: Session, file: Path | None, results: Sequence[tuple[int, Result]], by: str) -> None:
    from starters.cli.revisits import revisits

    async def work() -> None:
        people = (await open_book(here)).people
        _stop_at(here, file, [_nobody(line, one) for line, one in results if people and one.by not in people])
        async with revisits(here) as book:
            entered = await book.enter([one for _, one in results], by, datetime.now(UTC))
        lines = [problem.but(line=results[place][0] or None) for place, problem in entered.problems.items()]
        _stop_at(here, file, lines)
        here.data({"entered": entered.entered, "known": entered.known, "unsatisfied": len(entered.unsatisfied)})
        here.show(here.say("revisits.entered", entered=entered.entered, known=entered.known))
        if entered.unsatisfied:
            here.show(Prose(here.say("revisits.proposal"), style="soon"))

    here.run(work())


def _nobody(line: int, one: Result) -> Problem:
    from complaints.draws.results import Problem

    return Problem(line=line or None, code="person", params={"name": one.by})


def _stop_at(here: Session, file: Path | None, problems: Sequence[Problem]) -> None:
    """Show every problem and end the command, if there is one."""
    if not problems:
        return
    here.data({"problems": [{"line": one.line, "say": one.words(here.lang)} for one in problems]})
    for one in problems:
        where = f"{file.name}:{one.line}  " if file and one.line else ""
        here.show(Prose(f"{where}{one.words(here.lang)}"))
    if file:
        here.note(here.say("problems", count=len(problems)))
    raise typer.Exit(REFUSED)


def _today() -> date:
    from complaints.localtime import CHINA, local

    return local(datetime.now(UTC), CHINA).date()
