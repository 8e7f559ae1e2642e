"""`duly meetings`: minutes of the monthly meetings, and their resolutions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starters.cli.ui.desk import in_path
from starters.cli.ui.directory_names import Book, open_book
from starters.cli.ui.errors import Told
from starters.cli.ui.session import Session, session
from starters.cli.ui.times import stamp
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.meetings.model import Meeting, Resolved
    from complaints.store.meetings import MeetingBook


def register(app: typer.Typer) -> None:
    part = typer.Typer(no_args_is_help=True)
    part.command("list", help="option.meetings.list")(list_all)
    part.command("show", help="option.meetings.show")(show)
    app.add_typer(part, name="meetings", help="help.meetings", rich_help_panel="panel.operation")


def list_all(
    context: typer.Context,
    project: Annotated[str | None, typer.Option(help="option.meetings.project")] = None,
    everything: Annotated[bool, typer.Option("--all", "-a", help="option.meetings.all")] = False,
) -> None:
    here = session(context)

    async def work() -> None:
        found = await _held(here, project, open_only=not everything)
        here.data(found)
        if here.json:
            return
        book = await open_book(here)
        if everything:
            _show_meetings(here, book, found)
        else:
            _show_open(here, book, found)

    here.run(work())


def show(
    context: typer.Context,
    meeting: Annotated[str, typer.Argument(help="option.meetings.id", metavar="MEETING")],
    out: Annotated[Path | None, typer.Option(help="option.form.out", metavar="FILE")] = None,
) -> None:
    here = session(context)

    async def work() -> None:
        from complaints.printing.sheets import documents
        from starters.cli.ui.printing import check_kind, give, paper, sheet_words

        check_kind(out)
        found = await _meeting(here, meeting)
        if found is None:
            raise Told("meetings.unknown", id=meeting)
        if here.json and out is None:
            here.data(found)
            return
        printed = await paper(here, f"/meetings/{in_path(meeting)}/print", out)
        give(here, [documents.minutes(sheet_words(here, await open_book(here)), found)], out, printed)

    here.run(work())


def _show_open(here: Session, book: Book, meetings: tuple[Meeting, ...]) -> None:
    """Show every open resolution, the earliest due first, with the round and duty that complete it."""
    owed = sorted(((one, held) for held in meetings for one in held.open), key=lambda pair: (pair[0].due, pair[1].id))
    if not owed:
        here.show(here.say("meetings.none"))
    for one, held in owed:
        here.show(_line(here, book, one, held))
        place = {"project": held.project, "period": held.period}
        said = here.say("meetings.from-unwritten", **place)
        if one.duty:
            said = here.say("meetings.from", **place, round=held.id, duty=one.duty)
        here.show(indented(Prose(said, style="quiet")))


def _show_meetings(here: Session, book: Book, meetings: tuple[Meeting, ...]) -> None:
    if not meetings:
        here.show(here.say("meetings.no-meetings"))
    for held in meetings:
        at = stamp(held.minutes.held_at, book.zone(held.project), year=0)
        chair = book.name(held.minutes.chair)
        here.show(
            Prose(here.say("meetings.head", project=held.project, period=held.period, at=at, chair=chair), style="name")
        )
        here.show(indented(Prose(held.id, style="quiet")))
        for one in held.resolutions:
            here.show(indented(_line(here, book, one, held)))


def _line(here: Session, book: Book, one: Resolved, held: Meeting) -> Prose:
    zone = book.zone(held.project)
    due, owner = stamp(one.due, zone, year=0), book.name(one.owner)
    line = Prose(here.say("meetings.resolution", due=due, owner=owner, what=one.what))
    if one.done_at is not None:
        at, by = stamp(one.done_at, zone, year=0), book.name(one.done_by)
        if one.stand_in:
            by = book.signed(one.done_by, one.stand_in, here.lang)
        line.append("  " + here.say("meetings.done", at=at, by=by, done=one.done or ""), style="ok")
    elif here.now is not None and one.late(here.now):
        line.append("  " + here.say("meetings.late"), style="late")
    else:
        line.append("  " + here.say("meetings.open"), style="soon")
    return line


async def _held(here: Session, project: str | None, *, open_only: bool) -> tuple[Meeting, ...]:
    """The meetings, the newest first, or only those with open resolutions."""
    from complaints.meetings.model import Meeting

    if here.through_gateway:
        desk = await here.desk()
        return tuple(await desk.pages("/meetings", "meetings", Meeting, project=project, open=open_only))
    async with _meetings(here) as meetings:
        return await meetings.meetings(project, open_only=open_only)


async def _meeting(here: Session, id: str) -> Meeting | None:
    """The minutes of a meeting, by the key of its round; None if there is none, or none that may be seen."""
    from complaints.base.errors import Refused
    from complaints.meetings.model import Meeting

    if here.through_gateway:
        return await (await here.desk()).known(
            f"/meetings/{in_path(id)}", Meeting, Refused.RECORD_UNKNOWN, Refused.CASE_UNKNOWN
        )
    async with _meetings(here) as meetings:
        return await meetings.meeting(id)


def _meetings(here: Session) -> MeetingBook:
    from complaints.store.meetings import MeetingBook

    return MeetingBook(here.settings.need_database())
