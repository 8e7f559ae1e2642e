"""`duly attach`, `detach`, `attachments` and `attachment`: papers, photographs and recordings of a case."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from starters.cli.ui import completion
from starters.cli.ui.acting import on_case
from starters.cli.ui.cases import found
from starters.cli.ui.directory_names import open_book
from starters.cli.ui.errors import REFUSED, Told
from starters.cli.ui.options import As, Case
from starters.cli.ui.session import Session, operating, session
from starters.cli.ui.times import moment, stamp
from starters.cli.ui.wrapped_text import Prose

if TYPE_CHECKING:
    from complaints.case.attachments import Attachment
    from complaints.case.file import CaseFile
    from starters.cli.ui.directory_names import Book
    from starters.client import Duly

VERIFY = "verify"
STDIN = "-"
Id = Annotated[str, typer.Argument(help="act.detach.attachment", metavar="ID")]


def register(app: typer.Typer) -> None:
    app.command("attach", help="act.attach.help", rich_help_panel="panel.acts")(attach)
    app.command("detach", help="act.detach.help", rich_help_panel="panel.acts")(detach)
    app.command("attachments", help="help.attachments", rich_help_panel="panel.cases")(list_all)
    app.command("attachment", help="help.attachment", rich_help_panel="panel.cases")(show)


def attach(
    context: typer.Context,
    case: Case,
    files: Annotated[list[str], typer.Argument(help="option.attach.files", metavar="FILE...")],
    by: As,
    kind: Annotated[str | None, typer.Option("--kind", help="option.attach.kind", metavar="KIND")] = None,
    brought_by: Annotated[str | None, typer.Option("--from", help="option.attach.from", metavar="TEXT")] = None,
    duty: Annotated[
        str | None, typer.Option("--duty", help="option.attach.duty", metavar="DUTY", autocompletion=completion.duties)
    ] = None,
    at: Annotated[str | None, typer.Option("--at", help="option.attach.at", metavar="TIME")] = None,
    name: Annotated[str | None, typer.Option("--name", help="option.attach.name", metavar="TEXT")] = None,
) -> None:
    here = session(context)
    if name is not None and len(files) > 1:
        raise Told("attach.one-name")

    async def work() -> bool:
        person, duly = await here.who(by), await here.duly()
        file = await here.case(duly, case)
        book = await open_book(here)
        brought = moment(at, book.zone(file.place)) if at else None
        said = {"kind": kind, "brought_by": brought_by or book.name(person), "duty": duty, "at": brought}
        results = [await _attach(here, duly, file, one, name, by=person, **said) for one in files]
        here.data([result for result, _ in results])
        return all(well for _, well in results)

    if not here.run(work()):
        raise typer.Exit(REFUSED)


async def _attach(
    here: Session, duly: Duly, file: CaseFile, source: str, name: str | None, **said: Any
) -> tuple[dict[str, Any], bool]:
    """Attach one file. One that is refused is told, and takes no other with it."""
    from complaints.base.errors import Refusal, Refused
    from starters.client.sentences import sentence

    named = name or ("stdin" if source == STDIN else Path(source).name)
    try:
        content = await asyncio.to_thread(_content, source)
        said["kind"] = said["kind"] or _usual_kind(named, content)
        one = await duly.attach(file.key, content, name=named, **said)
    except Refusal as refusal:
        if refusal.code is Refused.SERVER_UNREACHABLE:
            raise
        said_of = {**refusal.params, "file": named} if "file" in refusal.params else refusal.params
        here.warn(sentence(Refusal(refusal.code, **said_of), here.lang))
        return {"file": named, "error": refusal.code.value, "params": said_of}, False
    said_done = here.say("act.attach.done", case=file.name, file=named, attachment=one.id)
    here.show(Prose(said_done, style="ok"))
    return one.model_dump(mode="json"), True


def _content(source: str) -> bytes:
    """The bytes of a file or of standard input, one more than may be kept at most. Raises `Told`."""
    from complaints.base import size_limits

    most = size_limits.ATTACHMENT + 1
    try:
        if source == STDIN:
            return sys.stdin.buffer.read(most)
        with Path(source).open("rb") as file:
            return file.read(most)
    except OSError as problem:
        raise Told("no-file", file=source, problem=problem.strerror or "") from problem


def _usual_kind(name: str, content: bytes) -> str:
    """What files of this type usually are; a file that is refused is refused by the client."""
    from complaints.attachments.sniffing import sniff
    from complaints.base.errors import Refusal
    from complaints.case.attachments import AttachmentKind

    try:
        family = sniff(name, content).value.partition("/")[0]
    except Refusal:
        return AttachmentKind.OTHER.value
    usual = {"image": AttachmentKind.PHOTO, "audio": AttachmentKind.RECORDING, "video": AttachmentKind.RECORDING}
    return usual.get(family, AttachmentKind.OTHER).value


def detach(
    context: typer.Context,
    case: Case,
    attachment: Id,
    by: As,
    reason: Annotated[str, typer.Option("--reason", help="help.reason", metavar="TEXT")],
) -> None:
    on_case(context, "detach", case, by, attachment=attachment, reason=reason)


def list_all(
    context: typer.Context,
    case: Annotated[
        str, typer.Argument(help="option.attachments.case", metavar="CASE|verify", autocompletion=completion.cases)
    ],
) -> None:
    if case == VERIFY:
        _verify(operating(context))
        return
    here = session(context)

    async def work() -> None:
        from complaints.case.attachments import attachments

        file = await found(here, case)
        there = attachments(file)
        here.data(there)
        if not there:
            here.show(here.say("attachments.none", case=file.name))
        elif not here.json:
            here.show(_table(here, await open_book(here), file, there))

    here.run(work())


def _table(here: Session, book: Book, file: CaseFile, there: tuple[Attachment, ...]) -> Table:
    from complaints.base.size_limits import megabytes
    from complaints.printing.filled_forms import choice

    table = Table(box=None, padding=(0, 1), header_style="quiet")
    for column in ("id", "file", "kind", "size", "brought_by", "at", "by"):
        table.add_column(here.say(f"attachments.{column}"), overflow="fold", no_wrap=column in ("id", "size", "at"))
    zone, year = book.zone(file.place), file.opened_at.year
    for one in there:
        style = "quiet" if one.detached else ""
        name = Prose(one.file or "…", style=style)
        if one.detached is not None:
            by, at = book.name(one.detached.by), stamp(one.detached.at, zone, year)
            name.append("\n" + here.say("attachments.detached", by=by, at=at, reason=one.detached.reason))
        size = f"{megabytes(one.size)} MB"
        kind = Prose(choice(one.kind, here.lang), style=style)
        whose = (Prose(one.brought_by), stamp(one.at, zone, year), Prose(book.name(one.by)))
        table.add_row(one.id, name, kind, size, *whose, style=style)
    return table


def show(
    context: typer.Context,
    case: Case,
    attachment: Id,
    out: Annotated[Path | None, typer.Option("--out", help="option.attachment.out", metavar="FILE")] = None,
    original: Annotated[bool, typer.Option("--original", help="option.attachment.original")] = False,
    preview: Annotated[bool, typer.Option("--preview", help="option.attachment.preview")] = False,
    *,
    by: As,
) -> None:
    here = session(context)

    async def work() -> None:
        person, duly = await here.who(by), await here.duly()
        if not here.through_gateway:
            await _check(here, await found(here, case), attachment, person, original=original)
        shown = await duly.attachment(case, attachment, original=original, preview=preview)
        file = out or Path(f"{attachment}-{shown.file}")
        if str(file) == STDIN:
            sys.stdout.buffer.write(shown.content)
            return
        await asyncio.to_thread(_write, file, shown.content, out is None)
        said = {"file": str(file), "media_type": shown.media_type.value, "size": len(shown.content)}
        here.data(said)
        here.show(here.say("attachment.original" if original else "attachment.written", **said))

    here.run(work())


def _write(file: Path, content: bytes, new: bool) -> None:
    from worker.archive_folder import put

    if new and file.exists():
        raise Told("attachment.exists", file=file)
    try:
        put(file, content)
    except OSError as problem:
        raise Told("print.not-written", file=file, problem=problem.strerror or "") from problem


async def _check(here: Session, file: CaseFile, attachment: str, by: str, *, original: bool) -> None:
    """Raise unless `by` may see this, by the directory that is in force."""
    from datetime import UTC, datetime

    from complaints.acts.detach import attachment as attached
    from complaints.attachments.access import sees, sees_original
    from complaints.base.errors import Refusal, Refused

    one, directory = attached(file, attachment), (await open_book(here)).directory
    if directory is None:
        raise Told("attachment.no-directory")
    people, now = directory.slice(file.place), datetime.now(UTC)
    if people.person(by) is None:
        raise Refusal(Refused.UNKNOWN_PERSON, person=by)
    if not sees(by, file, people):
        raise Refusal(Refused.ABOUT_YOU, person=people.name(by))
    if original and not sees_original(by, one, file, people, now):
        raise Told("attachment.not-entitled", person=people.name(by), attachment=one.id)


def _verify(here: Session) -> None:
    from complaints.base.faults import ObjectsAway

    async def work() -> int:
        from complaints.objects.store import Objects
        from complaints.store.attachments import AttachmentRecords
        from worker.attachments import verify

        objects = Objects.at(here.settings.need_objects())
        async with AttachmentRecords(here.settings.need_database(), size=1) as records:
            try:
                verdict = await verify(records, objects)
            except ObjectsAway as away:
                raise Told("attachments.store-away", why=away.message) from None
        here.data(verdict)
        for fault in verdict.faults:
            said = here.say(f"attachments.{fault.what.value}", case=fault.case, id=fault.id, sha256=fault.sha256[:16])
            here.show(Prose(said, style="late"))
        here.show(
            here.say(
                "attachments.verified",
                attachments=verdict.attachments,
                contents=verdict.contents,
                waiting=verdict.waiting,
                faults=len(verdict.faults),
            )
        )
        return len(verdict.faults)

    if here.run(work()):
        raise typer.Exit(REFUSED)
