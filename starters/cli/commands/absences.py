"""`duly away`, `duly back`, `duly absences`: when people are away, and who stands in for them meanwhile."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from starters.cli.ui import completion
from starters.cli.ui.desk import given, shaped_items
from starters.cli.ui.directory_names import Book, open_book
from starters.cli.ui.errors import UNREACHABLE
from starters.cli.ui.options import As
from starters.cli.ui.session import Session, session
from starters.cli.ui.tell_cases import ToldCases, report, tell_cases
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
    here = session(context)

    async def work() -> None:
        begins = _instant(start) if start else datetime.now(UTC)
        by = await here.who(named)
        said = {"start": begins, "until": _instant(until, last=True), "deputy": deputy, "reason": reason}
        _show(here, await open_book(here), await _set(here, person, by, said), "away.set")

    here.run(work())


def back(context: typer.Context, named: As, person: Person = None) -> None:
    here = session(context)

    async def work() -> None:
        by = await here.who(named)
        _show(here, await open_book(here), await _ended(here, person, by), "away.ended")

    here.run(work())


def absences(context: typer.Context) -> None:
    here = session(context)

    async def work() -> None:
        found = await _all(here)
        here.data(found)
        book = await open_book(here)
        now = datetime.now(UTC)
        for one in found:
            here.show(_line(here, book, one, now))
        if not found:
            here.show(here.say("away.none"))

    here.run(work())


# --- the gateway, and in drills the read model


class ChangedClocks(NamedTuple):
    """The absences that were set or ended, and the open cases that were signalled, so that their clocks know of it.

    The gateway only counts cases that it could not signal (`unnamed`; elsewhere 0): not everybody may know of each.
    """

    absences: list[OwnAbsence]
    told: int
    untold: dict[str, str]
    unnamed: int = 0


async def _set(here: Session, person: str | None, by: str, said: dict[str, Any]) -> ChangedClocks:
    if here.through_gateway:
        moments = {name: said[name].isoformat() for name in ("start", "until")}
        return await _asked(here, "/absences", {**said, **moments, "person": person})
    async with here.records() as records:
        return await _telling(here, records, [await records.set_absence(person or by, by=by, **said)])


async def _ended(here: Session, person: str | None, by: str) -> ChangedClocks:
    if here.through_gateway:
        return await _asked(here, "/absences/end", {"person": person})
    async with here.records() as records:
        return await _telling(here, records, list(await records.end_absence(person or by, by=by)))


async def _all(here: Session) -> list[OwnAbsence]:
    from complaints.people.own_absences import OwnAbsence

    if here.through_gateway:
        return await (await here.desk()).pages("/absences", "absences", OwnAbsence)
    async with here.records() as records:
        return list(await records.absences())


async def _asked(here: Session, path: str, said: dict[str, Any]) -> ChangedClocks:
    from complaints.people.own_absences import OwnAbsence

    answer: dict[str, Any] = (await (await here.desk()).ask("POST", path, json=given(said))).json()
    cases = answer["cases"]
    return ChangedClocks(shaped_items(answer["absences"], OwnAbsence), cases["told"], {}, cases["untold"])


async def _telling(here: Session, records: PostgresRecords, changed: list[OwnAbsence]) -> ChangedClocks:
    telling = await tell_cases(here, records, loaded=True)
    return ChangedClocks(changed, len(telling.told), telling.untold)


def _show(here: Session, book: Book, changed: ChangedClocks, said: str) -> None:
    now = datetime.now(UTC)
    for one in changed.absences:
        here.show(Prose(here.say(said, name=book.person(one.person)), style="ok"))
        here.show(_line(here, book, one, now))
    telling = ToldCases(untold=changed.untold)
    here.data({"absences": changed.absences, **telling.data, "cases_told": changed.told})
    report(here, telling)
    if changed.unnamed:
        here.warn(here.say("telling.again", count=changed.unnamed))
    if changed.untold or changed.unnamed:
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
