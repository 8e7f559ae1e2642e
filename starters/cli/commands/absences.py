"""`duly away`, `duly back`, `duly absences`: when people are away, and who stands in for them meanwhile."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starters.cli.ui import completion
from starters.cli.ui.directory_names import Book, open_book
from starters.cli.ui.errors import UNREACHABLE
from starters.cli.ui.options import As
from starters.cli.ui.session import Session, operating
from starters.cli.ui.tell_cases import report, tell_cases
from starters.cli.ui.times import moment, stamp
from starters.cli.ui.wrapped_text import Prose

if TYPE_CHECKING:
    from complaints.people.own_absences import OwnAbsence
    from complaints.store.records import PostgresRecords

Person = Annotated[
    str | None,
    typer.Option("--person", help="option.away.person", metavar="PERSON", autocompletion=completion.people),
]


def register(app: typer.Typer) -> None:
    app.command("away", help="help.away", rich_help_panel="panel.cases")(away)
    app.command("back", help="help.back", rich_help_panel="panel.cases")(back)
    app.command("absences", help="help.absences", rich_help_panel="panel.cases")(absences)


def away(
    context: typer.Context,
    named: As,
    until: Annotated[str, typer.Option("--until", help="option.away.until", metavar="TIME")],
    start: Annotated[str | None, typer.Option("--from", help="option.away.from", metavar="TIME")] = None,
    deputy: Annotated[
        str | None,
        typer.Option("--deputy", help="option.away.deputy", metavar="PERSON", autocompletion=completion.people),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="help.reason", metavar="TEXT")] = "",
    person: Person = None,
) -> None:
    here = operating(context)

    async def work() -> None:
        begins = _instant(start) if start else datetime.now(UTC)
        by = await here.who(named)
        async with here.records() as records:
            said: dict[str, Any] = {
                "start": begins,
                "until": _instant(until, last=True),
                "deputy": deputy,
                "reason": reason,
            }
            one = await records.set_absence(person or by, by=by, **said)
            await _told(here, records, [one], "away.set")

    here.run(work())


def back(context: typer.Context, named: As, person: Person = None) -> None:
    here = operating(context)

    async def work() -> None:
        by = await here.who(named)
        async with here.records() as records:
            ended = await records.end_absence(person or by, by=by)
            await _told(here, records, list(ended), "away.ended")

    here.run(work())


def absences(context: typer.Context) -> None:
    here = operating(context)

    async def work() -> None:
        async with here.records() as records:
            found = await records.absences()
        here.data(found)
        book = await open_book(here)
        now = datetime.now(UTC)
        for one in found:
            here.show(_line(here, book, one, now))
        if not found:
            here.show(here.say("away.none"))

    here.run(work())


async def _told(here: Session, records: PostgresRecords, changed: list[OwnAbsence], said: str) -> None:
    """Show what has changed, and signal the open cases, so that their clocks know of it at once."""
    book, now = await open_book(here), datetime.now(UTC)
    for one in changed:
        here.show(Prose(here.say(said, name=book.person(one.person)), style="ok"))
        here.show(_line(here, book, one, now))
    telling = await tell_cases(here, records, loaded=True)
    here.data({"absences": changed, **telling.data})
    report(here, telling)
    if telling.untold:
        raise typer.Exit(UNREACHABLE)


def _line(here: Session, book: Book, one: OwnAbsence, now: datetime) -> Prose:
    state = "ended" if one.ended_at else "over" if one.over(now) else "now" if one.start <= now else "coming"
    deputy = book.person(one.deputy) if one.deputy else here.say("away.usual")
    params = {"person": book.person(one.person), "start": stamp(one.start), "until": stamp(one.until)}
    said = here.say("away.line", deputy=deputy, **params, state=here.say(f"away.state.{state}"))
    return Prose(f"{said}{f' · {one.reason}' if one.reason else ''}", style="quiet" if one.over(now) else "")


def _instant(text: str, *, last: bool = False) -> datetime:
    """A typed time; a day alone is its beginning, or as the `last` day its end."""
    from complaints.people.rows import instant

    try:
        return instant(date.fromisoformat(text.strip()), last=last)
    except ValueError:
        return moment(text)
