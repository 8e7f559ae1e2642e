"""`duly revisits verify`, `export`, `commitment`: let third parties check that a draw is honest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starters.cli.ui.errors import REFUSED, Told
from starters.cli.ui.revisit_view import show_flaws
from starters.cli.ui.revisits import FlawLine, Id, flaw_lines, revisit_book, save
from starters.cli.ui.session import session

if TYPE_CHECKING:
    from complaints.revisits.model import Draw


def verify(
    context: typer.Context,
    proof: Annotated[str, typer.Argument(help="option.revisits.proof", metavar="DRAW|FILE")],
    digest: Annotated[str | None, typer.Option(help="option.revisits.digest")] = None,
) -> None:
    here, file = session(context), Path(proof)

    async def beside_the_records() -> Sequence[FlawLine]:
        async with revisit_book(here) as book:
            found = await book.flaws(proof, digest)
        if found is None:
            raise Told("revisits.unknown", id=proof)
        return found

    if alone := file.suffix == ".json" or file.is_file():
        made = _from_file(file)
        id, flaws = made.id, flaw_lines(made, digest, here.lang)
    else:
        id, flaws = proof, here.run(beside_the_records())
    here.data({"id": id, "holds": not flaws, "flaws": flaws})
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
        async with revisit_book(here) as book:
            made = await book.proof(id)
        if made is None:
            raise Told("revisits.unknown", id=id)
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
        async with revisit_book(here) as book:
            told = await book.commitment(project, year)
        here.data({"project": project, "year": year, "commitment": told})
        here.show(here.say("revisits.commitment", project=project, year=year, commitment=told))
        here.note(here.say("revisits.commitment-next"))

    here.run(work())


def _from_file(file: Path) -> Draw:
    from complaints.revisits.model import Draw
    from starters.cli.ui.files import text_of

    text = text_of(file)
    try:
        return Draw.model_validate_json(text)
    except ValueError:
        raise Told("revisits.no-proof", file=file) from None
