"""`duly import`: import lists of customers, homes, contractors, retention money and old complaints."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from starters.cli.ui.errors import REFUSED, Told
from starters.cli.ui.files import bytes_of
from starters.cli.ui.operators import operator_name
from starters.cli.ui.progress import progress
from starters.cli.ui.session import Session, operating
from starters.cli.ui.tell_cases import ToldCases, report, tell_cases
from starters.cli.ui.wrapped_text import Prose

if TYPE_CHECKING:
    from complaints.importing.problems import ListProblem
    from complaints.importing.tables import ReadList
    from complaints.importing.values import Surroundings
    from complaints.store.customers import CustomerBook
    from complaints.store.import_staging import Imported, ImportOptions

SHOWN = 40
"""Problems shown on a terminal; `--json` has all."""

File = Annotated[Path, typer.Argument(help="option.import.file", metavar="FILE")]
Dry = Annotated[bool, typer.Option("--dry-run", help="option.import.dry-run")]
Skip = Annotated[bool, typer.Option("--skip-bad", help="option.import.skip-bad")]
Sheet = Annotated[str | None, typer.Option(help="option.import.sheet", metavar="NAME")]
Project = Annotated[str | None, typer.Option(help="option.import.project")]

Work = Callable[["ReadList[Any]", "Surroundings", "ImportOptions"], Awaitable["Imported"]]


def register(app: typer.Typer) -> None:
    part = typer.Typer(no_args_is_help=True)
    for kind, write in (("customers", customers), ("homes", homes)):
        part.command(kind, help=f"option.import.{kind}")(_command(kind, write))
    part.command("contractors", help="option.import.contractors")(contractors)
    for kind, write in (("deposits", deposits), ("complaints", complaints_)):
        part.command(kind, help=f"option.import.{kind}")(_command(kind, write))
    app.add_typer(part, name="import", help="help.import", rich_help_panel="panel.operation")


class ImportRequest(NamedTuple):
    """The arguments of a function that writes a list to the store."""

    here: Session
    listing: ReadList[Any]
    around: Surroundings
    manner: ImportOptions
    by: str
    project: str | None


async def customers(asked: ImportRequest) -> Imported:
    async with _book(asked.here) as book:
        entries, columns = asked.listing.entries, asked.listing.columns
        return await book.customers(entries, columns=columns, by=asked.by, at=asked.around.now, manner=asked.manner)


async def homes(asked: ImportRequest) -> Imported:
    async with _book(asked.here) as book:
        today = asked.around.today(asked.project or "")
        return await book.homes(asked.listing.entries, today=today, manner=asked.manner)


async def complaints_(asked: ImportRequest) -> Imported:
    from complaints import editions

    newest, people = editions.newest(), [one.id for one in asked.around.directory.people]
    async with _book(asked.here) as book:
        return await book.complaints(
            asked.listing.entries,
            by=asked.by,
            at=asked.around.now,
            edition=(newest.name, newest.digest),
            people=people,
            manner=asked.manner,
        )


async def deposits(asked: ImportRequest) -> Imported:
    from complaints.store.retention_money import RetentionBook

    async with RetentionBook(asked.here.settings.need_database()) as book:
        return await book.imported(asked.listing.entries, asked.by, asked.manner)


def _command(kind: str, write: Callable[[ImportRequest], Awaitable[Imported]]) -> Callable[..., None]:
    """Build the command that imports lists of this kind."""

    def command(
        context: typer.Context,
        file: File,
        dry_run: Dry = False,
        skip_bad: Skip = False,
        sheet: Sheet = None,
        project: Project = None,
    ) -> None:
        here = operating(context)

        async def work(listing: ReadList[Any], around: Surroundings, manner: ImportOptions) -> Imported:
            return await write(ImportRequest(here, listing, around, manner, operator_name(), project))

        _run(here, kind, file, work, dry_run=dry_run, skip_bad=skip_bad, sheet=sheet, project=project)

    return command


def contractors(
    context: typer.Context,
    file: File,
    dry_run: Dry = False,
    skip_bad: Skip = False,
    sheet: Sheet = None,
    save: Annotated[Path | None, typer.Option(help="option.import.save", metavar="FILE")] = None,
) -> None:
    here = operating(context)

    async def work(listing: ReadList[Any], _: Surroundings, manner: ImportOptions) -> Imported:
        from complaints.importing.contractors import merged
        from complaints.people.loader import load
        from complaints.store.import_staging import Imported

        async with here.records() as records:
            version, text = await _stored(records)
            result = merged(text, load(text), (entry.value for entry in listing.entries))
            if result.text != text and not manner.dry_run:
                version = await records.load_directory(result.text, operator_name(), after=version)
            telling = ToldCases() if manner.dry_run else await tell_cases(here, records, loaded=result.text != text)
            if telling.told:
                here.note(here.say("import.cases-told", version=version, told=len(telling.told)))
            report(here, telling)
        if save is not None:
            _save(here, save, result.text)
        elif result.text != text and not manner.dry_run:
            here.note(here.say("import.keep"))
        counts = (len(result.new), len(result.changed), len(result.unchanged))
        return Imported(*counts, written=not manner.dry_run)

    _run(here, "contractors", file, work, dry_run=dry_run, skip_bad=skip_bad, sheet=sheet)


def _run(
    here: Session,
    kind: str,
    file: Path,
    work: Work,
    *,
    dry_run: bool,
    skip_bad: bool,
    sheet: str | None,
    project: str | None = None,
) -> None:
    """Read the list, let `work` write it, and report the result. A nonzero exit code is raised as `typer.Exit`."""
    content = bytes_of(file)

    async def whole() -> int:
        from complaints.importing import KINDS
        from complaints.importing.tables import read
        from complaints.store.import_staging import Imported, ImportOptions

        around = await _surroundings(here, project)
        listing = read(KINDS[kind], content, around, sheet)
        result = Imported()
        if listing.entries and (skip_bad or not listing.problems):
            with progress(here, len(listing.entries), "import.progress") as done:
                result = await work(listing, around, ImportOptions(dry_run, skip_bad, done))
        return _tell(here, kind, file, listing, result, dry_run=dry_run, skip_bad=skip_bad)

    code = here.run(whole())
    if code:
        raise typer.Exit(code)


def _tell(
    here: Session, kind: str, file: Path, listing: ReadList[Any], result: Imported, *, dry_run: bool, skip_bad: bool
) -> int:
    """Report problems and counts. Returns the exit code: 2 if nothing was imported, 1 if lines were left out."""
    problems = sorted((*listing.problems, *result.problems), key=lambda one: one.line)
    refused = bool(problems) and (not skip_bad or not listing.entries)
    counts = {"new": result.new, "changed": result.changed, "unchanged": result.unchanged}
    told = [{"line": one.line, "code": one.code, "say": one.words(here.lang)} for one in problems]
    emptied = [{"line": one.line, "code": one.code, "say": one.words(here.lang)} for one in listing.left_empty]
    more = {"repeated": listing.repeated, "unused": listing.unused, "sheet": listing.sheet, "problems": told}
    more |= {"left_empty": emptied, "hidden": listing.hidden}
    here.data({"kind": kind, "written": result.written, "dry_run": dry_run, **counts, **more})
    for one in problems[:SHOWN]:
        _show_problem(here, file, one)
    if len(problems) > SHOWN:
        here.show(here.say("import.more", count=len(problems) - SHOWN))
    if listing.unused:
        here.note(here.say("import.unused", columns=here.say("join").join(listing.unused)))
    if listing.hidden:
        here.note(here.say("import.hidden", count=listing.hidden))
    if listing.left_empty:
        here.note(here.say("import.left-empty", count=len(listing.left_empty)))
    for one in listing.left_empty[:SHOWN]:
        _show_problem(here, file, one)
    if len(listing.left_empty) > SHOWN:
        here.show(here.say("import.more", count=len(listing.left_empty) - SHOWN))
    if refused:
        here.note(here.say("import.nothing-done", count=len(problems)))
        return REFUSED
    if listing.repeated:
        here.note(here.say("import.repeated", count=listing.repeated))
    key = "import.would" if dry_run else "import.done"
    here.show(here.say(key, kind=here.say(f"import.kind.{kind}"), **counts))
    if problems:
        here.note(here.say("import.left-out", count=len({one.line for one in problems})))
    return 1 if problems else 0


def _show_problem(here: Session, file: Path, one: ListProblem) -> None:
    where = f"{file.name}:{one.line}" if one.line else file.name
    here.show(Prose(f"{where}  {one.words(here.lang)}"))


def _save(here: Session, file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise Told("print.not-written", file=file, problem=problem.strerror or "") from problem
    here.note(here.say("import.saved", file=file))


async def _surroundings(here: Session, project: str | None) -> Surroundings:
    from complaints.importing.values import Surroundings
    from complaints.people.loader import load

    async with here.records() as records:
        _, text = await _stored(records)
    around = Surroundings(load(text, "directory.toml"), datetime.now(UTC), project=project)
    if project is not None and project not in around.zones:
        raise Told("not-one-of", value=project, choices=", ".join(around.zones))
    return around


async def _stored(records: Any) -> tuple[str, str]:
    stored = await records.directory()
    if stored is None:
        raise Told("up.no-directory")
    return stored


def _book(here: Session) -> CustomerBook:
    from complaints.store.customers import CustomerBook

    return CustomerBook(here.settings.need_database())
