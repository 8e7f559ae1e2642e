"""`duly revisits result`, `import`, `correct`, `unsatisfied`: results of revisits, and dissatisfied customers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starters.cli.ui import completion
from starters.cli.ui.directory_names import open_book
from starters.cli.ui.errors import Told
from starters.cli.ui.files import bytes_of
from starters.cli.ui.mistakes import stop_at
from starters.cli.ui.options import As
from starters.cli.ui.revisits import mistake, revisit_book, save
from starters.cli.ui.session import Session, session
from starters.cli.ui.times import day as day_named
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from pydantic import ValidationError

    from complaints.revisits.correcting import Corrected
    from complaints.revisits.lines import Unsatisfied
    from complaints.revisits.results import ResultProblem, RevisitResult

Said = Annotated[str, typer.Option(help="option.revisits.said", metavar="TEXT")]
New = Annotated[str | None, typer.Option(help="option.revisits.new", metavar="VALUE")]


OFFICE_MANAGERS = "RV-5.3a-"
"""The beginning of the ids of an office manager's draws, whose revisits ask about every area of the office's work."""
Areas = Annotated[list[str] | None, typer.Option("--area", help="option.revisits.area", metavar="AREA=TEXT")]


def _areas(given: list[str] | None) -> dict[str, str]:
    """The areas of the office's work by their names. Raises `Told` for one that is none."""
    from complaints.revisits.forms import OFFICE_AREAS

    found: dict[str, str] = {}
    for one in given or ():
        name, _, words = one.partition("=")
        if name not in OFFICE_AREAS or not words:
            raise Told("not-one-of", value=one, choices=", ".join(f"{area}=…" for area in OFFICE_AREAS))
        found[name] = words
    return found


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
    area: Areas = None,
    not_said: Annotated[bool, typer.Option("--not-said", help="option.revisits.not-said")] = False,
) -> None:
    from complaints.revisits.forms import NOT_SAID, OFFICE_AREAS, QUESTIONS
    from complaints.revisits.sheet import NOT_REACHED, of_fields

    here = session(context)
    said = {
        "draw": draw,
        "customer": customer,
        "day": on or str(_today()),
        "way": way,
        "satisfaction": satisfaction or NOT_REACHED[0],
        "handling": handling,
        "efficiency": efficiency,
        "quality": quality,
        "attitude": attitude,
        "suggestions": suggestions,
        **_areas(area),
    }
    if not_said and satisfaction:
        office = OFFICE_AREAS if draw.startswith(OFFICE_MANAGERS) else ()
        said |= {name: NOT_SAID[0] for name in (*QUESTIONS, *office) if not said.get(name)}

    async def work() -> None:
        person = await here.who(by)
        one, problems = of_fields(None, {**said, "by": person})
        _stop_at(here, None, problems)
        assert one is not None
        await _enter(here, None, [(0, one)], person)

    here.run(work())


def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="option.revisits.file", metavar="FILE")],
    by: As,
    draw: Annotated[str | None, typer.Option(help="option.revisits.of-draw")] = None,
    on: Annotated[str | None, typer.Option(help="option.revisits.on", metavar="DAY")] = None,
) -> None:
    from complaints.revisits.sheet import read

    here = session(context)
    data = bytes_of(file)

    async def work() -> None:
        person = await here.who(by)
        results, problems = read(data, {"by": person, "draw": draw or "", "day": on or str(_today())})
        _stop_at(here, file, problems)
        await _enter(here, file, results, person)

    here.run(work())


def correct(
    context: typer.Context,
    draw: Annotated[str, typer.Argument(help="option.revisits.id", metavar="DRAW")],
    customer: Annotated[str, typer.Argument(help="option.revisits.customer", metavar="CUSTOMER")],
    by: As,
    reason: Annotated[str, typer.Option(help="help.reason", metavar="TEXT")],
    of: Annotated[str | None, typer.Option(help="option.revisits.of", metavar="DAY")] = None,
    version: Annotated[int | None, typer.Option(help="option.revisits.version", min=1)] = None,
    way: New = None,
    satisfaction: Annotated[str | None, typer.Option(help="option.revisits.new-satisfaction", metavar="VALUE")] = None,
    on: New = None,
    asked_by: Annotated[
        str | None, typer.Option(help="option.revisits.asked-by", metavar="PERSON", autocompletion=completion.people)
    ] = None,
    handling: New = None,
    efficiency: New = None,
    quality: New = None,
    attitude: New = None,
    suggestions: New = None,
    area: Areas = None,
) -> None:
    from pydantic import ValidationError

    from complaints.revisits.correcting import ResultCorrection

    here = session(context)
    given = {
        "way": way,
        "satisfaction": satisfaction,
        "day": on,
        "by": asked_by,
        "handling": handling,
        "efficiency": efficiency,
        "quality": quality,
        "attitude": attitude,
        "suggestions": suggestions,
    }
    fields = {name: value for name, value in given.items() if value is not None} | _areas(area)
    if not fields:
        raise Told("revisits.nothing-new")
    if not reason.strip():
        raise Told("revisits.no-reason")
    day = day_named(of, "revisits.bad-day") if of else None

    async def work() -> None:
        who, why = await here.who(by), reason.strip()
        try:
            asked = ResultCorrection(
                draw=draw, customer=customer, fields=fields, by=who, reason=why, of=day, version=version
            )
        except ValidationError as error:
            _stop_at(here, None, [_unfit(error)])
            return
        async with revisit_book(here) as book:
            corrected, mistakes = await book.correct(asked)
        stop_at(here, None, mistakes)
        assert corrected is not None
        here.data(corrected)
        _show_corrected(here, customer, corrected)

    here.run(work())


def _show_corrected(here: Session, customer: str, corrected: Corrected) -> None:
    assert corrected.now is not None
    key = "revisits.corrected-before" if corrected.known else "revisits.corrected"
    here.show(Prose(here.say(key, customer=customer, version=corrected.now.version), style="ok"))
    if corrected.reports:
        named = "、".join(f"{one.id} #{one.revision}" for one in corrected.reports)
        here.show(Prose(here.say("revisits.counted", reports=named), style="soon"))
    if corrected.complaint is not None:
        here.show(Prose(here.say("revisits.has-complaint", number=corrected.complaint), style="soon"))
    elif corrected.now.said.said.unsatisfied:
        here.show(Prose(here.say("revisits.proposal"), style="soon"))


def unsatisfied(
    context: typer.Context,
    project: Annotated[str | None, typer.Option(help="option.revisits.project")] = None,
    write: Annotated[Path | None, typer.Option(help="option.revisits.write", metavar="FILE")] = None,
) -> None:
    here = session(context)

    async def work() -> Sequence[Unsatisfied]:
        async with revisit_book(here) as book:
            ones = await book.unsatisfied(project)
            new = [one for one in ones if one.number is None]
            if write is not None:
                if new:  # with a byte order mark, so that spreadsheets know it is UTF-8
                    save(write, "\ufeff" + await book.proposals(project, new))
                here.data({"written": len(new)})
                key = "revisits.written" if new else "revisits.nothing-to-write"
                here.show(here.say(key, count=len(new), file=write))
        return ones

    ones = here.run(work())
    if write is not None:
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


async def _enter(here: Session, file: Path | None, results: Sequence[tuple[int, RevisitResult]], by: str) -> None:
    people = (await open_book(here)).people
    _stop_at(here, file, [_nobody(line, one) for line, one in results if people and one.by not in people])
    async with revisit_book(here) as book:
        entered, mistakes = await book.enter(results, by)
    stop_at(here, file, mistakes)
    assert entered is not None
    here.data({"entered": entered.entered, "known": entered.known, "unsatisfied": len(entered.unsatisfied)})
    here.show(here.say("revisits.entered", entered=entered.entered, known=entered.known))
    if entered.unsatisfied:
        here.show(Prose(here.say("revisits.proposal"), style="soon"))


def _nobody(line: int, one: RevisitResult) -> ResultProblem:
    from complaints.revisits.results import ResultProblem

    return ResultProblem(line=line or None, code="person", params={"name": one.by})


def _unfit(error: ValidationError) -> ResultProblem:
    from complaints.revisits.results import ResultProblem

    return ResultProblem(code="field", params={"name": str(error.errors()[0]["loc"][-1])})


def _stop_at(here: Session, file: Path | None, problems: Sequence[ResultProblem]) -> None:
    """Show all problems and end the command; does nothing if there are none."""
    stop_at(here, file, [mistake(one, here.lang) for one in problems])


def _today() -> date:
    from complaints.clock.local_time import CHINA, local

    return local(datetime.now(UTC), CHINA).date()
