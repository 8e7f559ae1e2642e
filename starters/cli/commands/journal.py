"""`duly journal verify`: prove from a journal and the public keys alone who did what."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from starters.cli.ui.directory_names import Book, open_book
from starters.cli.ui.errors import REFUSED, UNSIGNED, Told
from starters.cli.ui.files import text_of
from starters.cli.ui.journals import file_of, journal_of
from starters.cli.ui.session import Session, operating
from starters.cli.ui.times import stamp
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.case.file import JournalLine
    from complaints.signing.key_ring import KeyRing
    from complaints.signing.proof import Deed, Proof


def register(app: typer.Typer) -> None:
    part = typer.Typer(no_args_is_help=True)
    part.command("verify", help="option.journal.verify")(verify)
    app.add_typer(part, name="journal", help="help.journal", rich_help_panel="panel.cases")


def verify(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="option.journal.what", metavar="CASE|FILE")],
    keys: Annotated[Path | None, typer.Option(help="option.journal.keys", metavar="FILE")] = None,
) -> None:
    from complaints.signing.proof import prove

    here = operating(context)
    ring = _ring_in(keys, text_of(keys)) if keys is not None else None
    file = Path(what)
    if file.is_file():
        lines, within = _read(file)
        ring, own = ring or within, ring is None
        book = Book()
    else:
        lines, ring, book = here.run(_asked(here, what, ring))
        own = False
    if ring is None:
        raise Told("journal.no-keys", file=what)
    proof = prove(lines, ring)
    here.data({**proof.model_dump(mode="json"), "whole": proof.whole, "faults": _faults(here, proof)})
    _show(here, what, proof, book, own=own)
    if not proof.whole:
        raise typer.Exit(REFUSED if proof.faults else UNSIGNED)


async def _asked(here: Session, case: str, ring: KeyRing | None) -> tuple[Sequence[JournalLine], KeyRing, Book]:
    """The journal of a case or a round, the key ring of the installation unless there is one, and the names."""
    from complaints.store.signing_keys import SigningKeys

    lines = await journal_of(here, await file_of(here, case))
    if ring is None:
        async with SigningKeys(here.settings.need_database(), size=1) as table:
            ring = await table.ring()
    return lines, ring, await open_book(here)


def _read(file: Path) -> tuple[list[JournalLine], KeyRing | None]:
    """Read an archive (ZIP) with its keys, or a journal as `duly show --journal --json` prints it, or line by line."""
    from complaints.archive.content import JOURNAL, KEYS
    from complaints.base.zip_files import NotAnArchive, opened
    from complaints.signing.key_ring import KeyRing

    try:
        with opened(file) as archive:
            text = archive.read(JOURNAL).decode("utf-8", "replace")
            keys = archive.read(KEYS).decode("utf-8", "replace") if KEYS in archive.names else None
        return _lines(file, text), KeyRing() if keys is None else _ring_in(file, keys)
    except NotAnArchive:
        lines = _lines(file, text_of(file))
        from complaints.signing.proof import kids_in

        return lines, None if kids_in(lines) else KeyRing()


def _lines(file: Path, text: str) -> list[JournalLine]:
    from pydantic import TypeAdapter, ValidationError

    from complaints.base.line_breaks import lines_of
    from complaints.case.file import JournalLine

    try:
        if text.lstrip().startswith("["):
            return TypeAdapter(list[JournalLine]).validate_json(text)
        return [JournalLine.model_validate_json(line) for line in lines_of(text) if line.strip()]
    except ValidationError as damaged:
        raise Told("journal.unreadable", file=file) from damaged


def _ring_in(file: Path, text: str) -> KeyRing:
    from complaints.base.errors import Refusal
    from complaints.signing.key_ring import KeyRing

    try:
        return KeyRing.read(text)
    except Refusal as damaged:
        raise Told("journal.no-ring", file=file) from damaged


def _faults(here: Session, proof: Proof) -> list[dict[str, object]]:
    return [{**fault.model_dump(mode="json"), "say": fault.words(here.lang)} for fault in proof.faults]


def _show(here: Session, what: str, proof: Proof, book: Book, *, own: bool) -> None:
    if proof.deeds:
        here.show(_table(here, proof.deeds, book))
    for fault in proof.faults:
        here.show(indented(Prose(fault.words(here.lang), style="late"), 0))
    if proof.refused:
        here.show(here.say("journal.refused", count=proof.refused))
    if proof.whole:
        here.show(
            "", Prose(here.say("journal.whole", name=what, count=len(proof.deeds), lines=proof.lines), style="ok")
        )
        if own:
            kids = ", ".join(sorted({deed.kid for deed in proof.deeds}))
            here.note(here.say("journal.own-keys", kids=kids))
    elif proof.faults:
        here.note(here.say("journal.broken", name=what, count=len(proof.faults)))
    else:
        here.show(here.say("journal.unsigned", name=what, lines=proof.lines))


def _table(here: Session, deeds: Sequence[Deed], book: Book) -> Table:
    """Each proven deed with its line, moment, person, act and way."""
    from complaints.texts import say

    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True, style="quiet", justify="right")
    grid.add_column(no_wrap=True, style="quiet")
    grid.add_column()
    for deed in deeds:
        special = deed.what in ("opening", "again", "recalculate", "restart")
        kind = here.say(f"journal.{deed.what}") if special else say(f"cli.act.{deed.what}", here.lang)
        said = Prose(f"{book.person(deed.by)}  {kind} {deed.duty or ''}".rstrip())
        said.append(f"  {deed.via} · {deed.kid[:8]}", style="quiet")
        for text, fields in (("journal.filled-in", deed.added), ("journal.left-out", deed.left_out)):
            if fields:
                said.append(f"\n{here.say(text, fields=', '.join(fields))}", style="quiet")
        grid.add_row(str(deed.line), stamp(deed.accepted_at), said)
    return grid
