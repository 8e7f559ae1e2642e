"""`duly looks`: who has looked at a case or a customer, and why where contacts were unmasked."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from starters.cli.ui import completion
from starters.cli.ui.directory_names import open_book
from starters.cli.ui.errors import Told
from starters.cli.ui.session import Session, operating
from starters.cli.ui.times import moment, stamp
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.access.looks import LoggedLook
    from complaints.access.visibility import Visibility
    from starters.cli.ui.directory_names import Book

AS = typer.Option("--as", help="option.looks.as", metavar="PERSON", envvar="DULY_AS", autocompletion=completion.people)


def register(app: typer.Typer) -> None:
    app.command("looks", help="help.looks", rich_help_panel="panel.operation")(looks)


def looks(
    context: typer.Context,
    case: Annotated[
        str | None,
        typer.Argument(help="option.looks.case", metavar="[CASE]", autocompletion=completion.cases),
    ] = None,
    person: Annotated[
        str | None,
        typer.Option("--person", help="option.looks.person", metavar="PERSON", autocompletion=completion.people),
    ] = None,
    since: Annotated[str | None, typer.Option("--since", help="option.looks.since", metavar="TIME")] = None,
    until: Annotated[str | None, typer.Option("--until", help="option.looks.until", metavar="TIME")] = None,
    before: Annotated[int | None, typer.Option("--before", help="option.looks.before", metavar="ID")] = None,
    limit: Annotated[int, typer.Option("--limit", help="option.looks.limit", min=1, max=1000)] = 50,
    reader: Annotated[str | None, AS] = None,
) -> None:
    here = operating(context)

    async def work() -> None:
        from complaints.store.looks import LookBook

        book = await open_book(here)
        begins, ends = _instant(since), _instant(until, last=True)
        async with LookBook(here.settings.need_database()) as log:
            seen = await _seen(here, book, reader, person) if reader else None
            found = await log.looks(case, person, begins, ends, seen=seen, before=before, limit=limit + 1)
        here.data(found[:limit])
        for one in found[:limit]:
            _show(here, book, one)
        if not found:
            here.show(here.say("looks.none"))
        if len(found) > limit:
            here.show(Prose(here.say("looks.more", before=found[limit - 1].id), style="quiet"))

    here.run(work())


async def _seen(here: Session, book: Book, reader: str, person: str | None) -> Visibility:
    """What the reader may see of the log. Raises `Refusal` for whoever may not read it."""
    from complaints.access.policy import Access
    from complaints.access.principal import Principal

    if book.directory is None:
        raise Told("up.no-directory")
    principal = Principal(kind="person", id=reader, via="command")
    return Access(principal, book.directory, datetime.now(UTC)).looks(of=person)


def _show(here: Session, book: Book, one: LoggedLook) -> None:
    who = book.person(one.who) if one.kind == "person" else here.say(f"looks.kind.{one.kind}", id=one.who)
    line = Prose(f"{stamp(one.at, year=0)}  ")
    line.append(one.number, style="name")
    line.append(f"  {here.say(f'looks.what.{one.what.value}')}  {who}", style="")
    here.show(line)
    if one.why:
        here.show(indented(Prose(here.say("looks.why", why=one.why), style="quiet"), 4))


def _instant(text: str | None, *, last: bool = False) -> datetime | None:
    """A typed time; a day alone is its beginning, or as the `last` day its end."""
    from complaints.people.rows import instant

    if text is None:
        return None
    try:
        return instant(date.fromisoformat(text.strip()), last=last)
    except ValueError:
        return moment(text)
