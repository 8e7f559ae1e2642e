"""`duly library`, `duly similar`: what was learned from complaints that are over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.rule import Rule as Line

from complaints.base.matching import found_at
from starters.cli.ui import complete
from starters.cli.ui.book import Book, open_book
from starters.cli.ui.failing import Told
from starters.cli.ui.moments import stamp
from starters.cli.ui.prose import Prose, indented
from starters.cli.ui.session import Session, session

if TYPE_CHECKING:
    from complaints.case.file import CaseFile
    from complaints.library.model import Found, Results, Similar, Study
    from complaints.store.library import CaseLibrary

Case = Annotated[str, typer.Argument(help="help.case", metavar="CASE", autocompletion=complete.cases)]
PROPOSED = 3
"""Cases shown with a complaint that waits for its grade."""


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
        async with _library(here) as library:
            results = await library.search(
                " ".join(words), project=project, studies=studies, limit=limit, offset=offset
            )
        here.data(results)
        if not here.json:
            _show_results(here, await open_book(here), results, offset)

    here.run(work())


def show(context: typer.Context, case: Case) -> None:
    here = session(context)

    async def work() -> None:
        async with _library(here) as library:
            study = await library.show(case)
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
        async with here.records() as records:
            key = await records.resolve(case)
        if key is None:
            from complaints.base.errors import Refusal, Refused

            raise Refusal(Refused.CASE_UNKNOWN, case=case)
        async with _library(here) as library:
            found = await library.similar(key, limit)
        here.data(found)
        show_similar(here, found)

    here.run(work())


async def propose_similar(here: Session, file: CaseFile) -> None:
    """With a complaint that is not graded yet, what was done about ones like it; nothing while the records are away."""
    from complaints.base.faults import RecordsAway

    if file.level is not None or file.closed or here.json or here.settings.database_url is None:
        return
    try:
        async with _library(here) as library:
            found = await library.similar(file.key, PROPOSED)
    except RecordsAway:
        return
    if found:
        here.show("")
        show_similar(here, found)


def show_similar(here: Session, found: tuple[Similar, ...]) -> None:
    """Cases like another one: what they were about, what was done, what came of it, how long it took, what it cost."""
    if not found:
        here.show(here.say("similar.none"))
        return
    here.show(Line(Prose(here.say("similar.head")), align="left", style="quiet"))
    for one in found:
        title = one.title or _short(one.matter, 24)
        likeness = round(100 * one.likeness)
        here.show(Prose(here.say("similar.case", number=one.number, title=title, likeness=likeness), style="name"))
        here.show(indented(Prose(" · ".join(_figures(here, one)), style="quiet")))
        if one.title:
            here.show(indented(Prose(_short(one.matter, 90))))
        if one.done:
            here.show(indented(Prose(here.say("similar.done", done=_short(one.done, 120)))))


def _figures(here: Session, one: Similar) -> list[str]:
    from complaints import texts
    from starters.cli.ui.filling import value_words

    category = here.say(f"category.{one.category.value}")
    said = [here.say("library.study") if one.study else here.say("library.closed"), category]
    if one.level is not None:
        said.append(here.say("similar.level", level=one.level))
    said.append(here.say("similar.took", days=_days(one)))
    if one.cost:
        said.append(here.say("similar.cost", cost=f"{one.cost:,.2f}"))
    if one.loss:
        said.append(here.say("similar.loss", loss=f"{one.loss:,.0f}"))
    if one.outcome:
        known = texts.known(f"cli.outcome.{one.outcome}")
        said.append(here.say(f"outcome.{one.outcome}") if known else one.outcome)
    if one.satisfaction:
        said.append(here.say("similar.satisfaction", said=value_words(one.satisfaction, here.lang)))
    return said


def _days(one: Similar) -> str:
    """Days to one place, so that a case of an hour is not one of no time at all; whole days from ten on."""
    days = one.took.total_seconds() / 86_400
    return f"{days:.0f}" if days >= 10 else f"{days:.1f}"


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


def _headline(here: Session, book: Book, one: Found) -> Prose:
    kind = here.say("library.study") if one.study else here.say("library.closed")
    line = Prose(one.number, style="name")
    if one.title:
        line.append(f"  {one.title}", style="name")
    category = here.say(f"category.{one.category.value}")
    line.append(f"  {kind} · {category} · {stamp(one.at, book.zone(one.project), year=0)}", style="quiet")
    return line


def _marked(text: str, words: tuple[str, ...]) -> Prose:
    """The text with the words that were looked for set off."""
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


def _short(text: str, most: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"


@asynccontextmanager
async def _library(here: Session) -> AsyncIterator[CaseLibrary]:
    from complaints.store.library import CaseLibrary

    library = CaseLibrary(here.settings.need_database())
    try:
        yield library
    finally:
        await library.close()
