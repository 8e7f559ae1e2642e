"""`duly library`, `duly similar`: search and show closed complaints and their case studies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from complaints.base.matching import found_at
from starters.cli.ui.directory_names import Book, open_book
from starters.cli.ui.errors import Told
from starters.cli.ui.library import library
from starters.cli.ui.lists import reading
from starters.cli.ui.options import Case
from starters.cli.ui.session import Session, session
from starters.cli.ui.similar import show_similar
from starters.cli.ui.times import stamp
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.library.model import FoundCase, Results, Study


def register(app: typer.Typer) -> None:
    part = typer.Typer(no_args_is_help=True)
    part.command("search", help="option.library.search")(search)
    part.command("show", help="option.library.show")(show)
    app.add_typer(part, name="library", help="help.library", rich_help_panel="panel.cases")
    app.command("similar", help="help.similar", rich_help_panel="panel.cases")(similar)


def search(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(help="option.library.words", metavar="WORDS")],
    project: Annotated[str | None, typer.Option(help="option.library.project")] = None,
    studies: Annotated[bool, typer.Option("--studies", help="option.library.studies")] = False,
    limit: Annotated[int, typer.Option(help="option.library.limit", min=1, max=200)] = 10,
    offset: Annotated[int, typer.Option(help="option.library.offset", min=0)] = 0,
) -> None:
    here = session(context)

    async def work() -> None:
        async with library(here) as cases:
            results = await cases.search(" ".join(words), project, studies, limit=limit, offset=offset)
        here.data(results)
        if not here.json:
            _show_results(here, await open_book(here), results, offset)

    here.run(work())


def show(context: typer.Context, case: Case) -> None:
    here = session(context)

    async def work() -> None:
        async with library(here) as cases:
            study = await cases.show(case)
        if study is None:
            raise Told("library.unknown", case=case)
        here.data(study)
        if not here.json:
            _show_study(here, await open_book(here), study)

    here.run(work())


def similar(
    context: typer.Context,
    case: Case,
    limit: Annotated[int, typer.Option(help="option.library.limit", min=1, max=50)] = 5,
) -> None:
    here = session(context)

    async def work() -> None:
        key = case if here.through_gateway else await _key(here, case)
        async with reading(here) as lists:
            found = await lists.similar(key, limit)
        here.data(found)
        show_similar(here, found)

    here.run(work())


async def _key(here: Session, case: str) -> str:
    """The key of a case by number or key, in the read model. Raises `Refusal` (`CASE_UNKNOWN`)."""
    from complaints.base.errors import Refusal, Refused

    async with here.records() as records:
        key = await records.resolve(case)
    if key is None:
        raise Refusal(Refused.CASE_UNKNOWN, case=case)
    return key


def _show_results(here: Session, book: Book, results: Results, offset: int) -> None:
    if not results.found:
        here.show(here.say("library.nothing"))
        return
    last = offset + len(results.found)
    here.note(here.say("library.count", count=results.count, first=offset + 1, last=last))
    for one in results.found:
        here.show(_headline(here, book, one), indented(_marked(one.text, results.words)))
    if last < results.count:
        here.note(here.say("library.more", offset=last))


def _headline(here: Session, book: Book, one: FoundCase) -> Prose:
    kind = here.say("library.study") if one.study else here.say("library.closed")
    line = Prose(one.number, style="name")
    if one.title:
        line.append(f"  {one.title}", style="name")
    category = here.say(f"category.{one.category.value}")
    line.append(f"  {kind} · {category} · {stamp(one.at, book.zone(one.project), year=0)}", style="quiet")
    return line


def _marked(text: str, words: tuple[str, ...]) -> Prose:
    """The text with the searched words highlighted."""
    prose = Prose(text)
    for word in words:
        for start, end in found_at(text, word):
            prose.stylize("soon", start, end)
    return prose


def _show_study(here: Session, book: Book, study: Study) -> None:
    from starters.cli.ui.filling import label

    zone = book.zone(study.project)
    kind = here.say("library.study") if study.study else here.say("library.closed")
    here.show(Prose(f"{study.number}  {study.title or kind}", style="name"))
    here.show(
        Prose(
            f"{kind} · {here.say(f'category.{study.category.value}')} · {stamp(study.at, zone, year=0)}", style="quiet"
        )
    )
    _part(here, here.say("library.matter"), study.matter)
    if not study.study:
        _part(here, here.say("library.done"), study.done)
    for name in ("course", "causes", "measures", "lessons"):
        _part(here, label(name, here.lang), getattr(study, name) or "")
    if study.written_by and study.written_at and study.accepted_by and study.accepted_at:
        written = here.say(
            "library.written", by=book.person(study.written_by), at=stamp(study.written_at, zone, year=0)
        )
        taken = here.say(
            "library.accepted", by=book.person(study.accepted_by), at=stamp(study.accepted_at, zone, year=0)
        )
        here.show(Prose(f"{written} · {taken}", style="quiet"))


def _part(here: Session, head: str, text: str) -> None:
    if text:
        here.show(Prose(head, style="quiet"), indented(Prose(text)))
