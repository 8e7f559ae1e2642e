"""`duly archive`: write a closed case to one file that opens without Duly, and verify that such a file is unchanged."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starters.cli.ui.errors import REFUSED, Told
from starters.cli.ui.options import Case
from starters.cli.ui.session import Session, operating
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from temporalio.client import Client

    from complaints.archive.content import Content

TRIES, PAUSE = 5, 0.4
"""Attempts, and seconds between them: the projector lags, so the read model may still have a closed case as open."""
File = Annotated[Path, typer.Argument(help="option.archive.file", metavar="FILE")]


def register(app: typer.Typer) -> None:
    part = typer.Typer(no_args_is_help=True)
    part.command("write", help="option.archive.write")(write)
    part.command("verify", help="option.archive.verify")(verify)
    app.add_typer(part, name="archive", help="help.archive", rich_help_panel="panel.cases")


def write(context: typer.Context, case: Case, file: File) -> None:
    here = operating(context)

    async def work() -> None:
        from complaints.base.faults import ObjectDamaged, ObjectsAway
        from complaints.objects.store import Objects
        from worker.archive_folder import put
        from worker.archiving import writer

        made, history = await _made(here, case)
        place = here.settings.need_objects() if made.attachments else None
        try:
            await asyncio.to_thread(put, file, writer(made, Objects.at(place) if place else None))
        except OSError as problem:
            raise Told("print.not-written", file=file, problem=problem.strerror or "") from problem
        except ObjectsAway as away:
            raise Told("attachments.store-away", why=away.message) from away
        except ObjectDamaged as damaged:
            raise Told("archive.damaged", file=file, sha256=damaged.sha256[:16]) from damaged
        names = sorted({*made.files, *made.attachments})
        here.data({"file": str(file), "files": names, "digest": made.digest, "history": history})
        here.show(here.say("archive.written", file=file, count=len(names), digest=made.digest))
        if not history:
            here.note(here.say("archive.no-history"))

    here.run(work())


async def _made(here: Session, case: str) -> tuple[Content, bool]:
    """The archive, and whether it contains the workflow's history: without a server it does not."""
    from temporalio.service import RPCError

    from complaints.store.signing_keys import SigningKeys
    from worker.archiving import archive

    client = await _client(here)
    async with here.records() as records, SigningKeys(here.settings.need_database(), size=1) as keys:
        for _ in range(TRIES):
            try:
                made = await archive(records, client, case, here.lang, keys)
            except RPCError:
                made = await archive(records, None, case, here.lang, keys)
            if made is not None:
                return made, any(name.startswith("history/") for name in made.files)
            await asyncio.sleep(PAUSE)
    raise Told("archive.not-closed", case=case)


async def _client(here: Session) -> Client | None:
    """The Temporal client; None if there is none, and the archive is then made without the history."""
    from complaints.base.errors import Refusal
    from complaints.connection.settings import Unsettled

    try:
        return (await here.duly()).client
    except (Refusal, Unsettled):
        return None


def verify(context: typer.Context, file: File) -> None:
    from complaints.archive.checking import verify as verified

    here = operating(context)
    try:
        with file.open("rb"):
            verdict = verified(file)
    except OSError as problem:
        raise Told("no-file", file=file, problem=problem.strerror or "") from problem
    faults = [{**fault.model_dump(), "say": fault.words(here.lang)} for fault in verdict.faults]
    here.data({**verdict.model_dump(), "whole": verdict.whole, "faults": faults})
    if verdict.whole:
        said = {"files": verdict.files, "lines": verdict.lines, "digest": verdict.digest}
        here.show(here.say("archive.whole", file=file.name, number=verdict.number, **said))
        return
    for fault in verdict.faults:
        here.show(indented(Prose(fault.words(here.lang), style="late"), 0))
    here.note(here.say("archive.broken", file=file.name, count=len(verdict.faults)))
    raise typer.Exit(REFUSED)
