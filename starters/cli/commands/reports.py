"""`duly report`: show, print, preview and verify reports. The duty's owner issues a report with `duly do`."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table as Columns

from starters.cli.ui.directory_names import Book, open_book
from starters.cli.ui.errors import REFUSED, Told
from starters.cli.ui.printing import check_kind, give, sheet_words
from starters.cli.ui.reports import Reports, reports_of
from starters.cli.ui.session import Session, session
from starters.cli.ui.times import stamp
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.clock.periods import Period
    from complaints.reports.model import Drafted, ReportKind, ReportLine, ReportTable, StoredReport
    from complaints.reports.words import ReportWords

ROWS = 15
"""Rows of a table shown on the screen; files have all."""

Id = Annotated[str, typer.Argument(help="option.report.id", metavar="REPORT")]
File = Annotated[Path, typer.Argument(help="option.report.file", metavar="FILE")]
Revision = Annotated[int | None, typer.Option(help="option.report.revision", min=1)]
Project = Annotated[str | None, typer.Option(help="option.report.project")]


def register(app: typer.Typer) -> None:
    part = typer.Typer(no_args_is_help=True)
    part.command("list", help="option.report.list")(reports)
    part.command("show", help="option.report.show")(show)
    part.command("open", help="option.report.open")(write)
    part.command("records", help="option.report.records")(records)
    part.command("preview", help="option.report.preview")(preview)
    part.command("verify", help="option.report.verify")(verify)
    app.add_typer(part, name="report", help="help.report", rich_help_panel="panel.operation")


def reports(
    context: typer.Context,
    kind: Annotated[str | None, typer.Option(help="option.report.kind", metavar="KIND")] = None,
    project: Project = None,
    period: Annotated[str | None, typer.Option(help="option.report.period", metavar="PERIOD")] = None,
    limit: Annotated[int, typer.Option(help="option.search.limit", min=1, max=1000)] = 20,
) -> None:
    here = session(context)

    async def work() -> None:
        wanted = _period(period).name if period else None
        async with _reports(here) as store:
            lines = await store.lines(_kind(kind) if kind else None, project, wanted, limit)
        here.data(lines)
        if not lines:
            here.show(here.say("report.none", period=f"{datetime.now(UTC):%Y-%m}"))
        elif not here.json:
            book = await open_book(here)
            for line in lines:
                _show_line(here, book, line)

    here.run(work())


def show(
    context: typer.Context,
    report: Id,
    behind: Annotated[str | None, typer.Option(help="option.report.behind", metavar="FIGURE")] = None,
    revision: Revision = None,
) -> None:
    here = session(context)

    async def work() -> None:
        async with _reports(here) as store:
            found = await store.read(report, revision)
            if behind is not None:
                _show_behind(here, found, behind, await store.numbers(found, behind))
                return
        here.data(found.model_dump(exclude={"cases", "behind"}))
        if not here.json:
            book = await open_book(here)
            _show(here, found, book)
            here.out.print()
            here.show(Prose(here.say("report.hint", id=found.id), style="quiet"))

    here.run(work())


def write(context: typer.Context, report: Id, file: File, revision: Revision = None) -> None:
    here = session(context)

    async def work() -> None:
        suffix = _suffix(file)
        async with _reports(here) as store:
            found = await store.read(report, revision)
            written = await store.file(found, suffix)
        _write(here, found, file, await open_book(here), written)

    here.run(work())


def records(context: typer.Context, report: Id, file: File, revision: Revision = None) -> None:
    """Write the records (F1) that go along with a complaint report into one file (CH-7.4.2)."""
    here = session(context)

    async def work() -> None:
        from complaints.printing.sheets import PRINTED
        from complaints.printing.sheets.material import Material

        check_kind(file)
        async with _reports(here) as store:
            found = [(number, await store.record(number)) for number in await store.records(report, revision)]
        there = [case for _, case in found if case is not None]
        gone = [number for number, case in found if case is None]
        if gone:
            here.warn(here.say("report.records-gone", numbers=" ".join(gone)))
        if not there:
            here.data([])
            here.show(here.say("report.no-records", report=report))
            return
        words = sheet_words(here, await open_book(here))
        material = (
            Material(file=case, names=words.names, lang=words.lang, printed_at=words.printed_at) for case in there
        )
        give(here, [sheet for one in material for sheet in PRINTED["f1"](one)], file)

    here.run(work())


def preview(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="option.report.kind", metavar="KIND")],
    period: Annotated[str, typer.Argument(help="option.report.period", metavar="PERIOD")],
    file: Annotated[Path | None, typer.Argument(help="option.report.file", metavar="[FILE]")] = None,
    project: Project = None,
    department: Annotated[str | None, typer.Option(help="option.report.department")] = None,
) -> None:
    here = session(context)

    async def work() -> None:
        from complaints.case.round import Subject

        if file is not None:
            _suffix(file)
        wanted, subject = _period(period), Subject(project=project, department=department)
        chosen = _kind(kind)
        async with _reports(here) as store:
            drafted = await store.preview(chosen, wanted, subject)
            written = await store.preview_file(chosen, wanted, subject, _suffix(file)) if file else None
        if file is not None:
            _write(here, drafted, file, await open_book(here), written)
            return
        here.data(drafted.report)
        if not here.json:
            _show(here, drafted, await open_book(here))

    here.run(work())


def verify(context: typer.Context, report: Id, revision: Revision = None) -> None:
    here = session(context)

    async def work() -> None:
        async with _reports(here) as store:
            said, intact = await store.verified(report, revision)
        here.data({**said, "intact": intact})
        here.show(here.say("report.intact" if intact else "report.changed", **said))
        if not intact:
            raise typer.Exit(REFUSED)

    here.run(work())


# --- access to the report store


@asynccontextmanager
async def _reports(here: Session) -> AsyncGenerator[Reports]:
    """The reports of the session. A `ReportRefused` is raised again as `Told`, in the session's language."""
    from complaints.reports.errors import ReportRefused

    try:
        async with reports_of(here) as store:
            yield store
    except ReportRefused as refused:
        raise Told("report.refused", said=refused.words(here.lang), reason=refused.code.value) from refused


def _kind(text: str) -> ReportKind:
    from complaints.reports.model import ReportKind

    if text not in set(ReportKind):
        raise Told("not-one-of", value=text, choices=", ".join(ReportKind))
    return ReportKind(text)


def _period(text: str) -> Period:
    from complaints.clock.periods import Period, PeriodError

    try:
        return Period.named(text)
    except PeriodError:
        raise Told("report.bad-period", value=text[:40]) from None


# --- output


def _show_line(here: Session, book: Book, line: ReportLine) -> None:
    from complaints.clock.periods import Period
    from complaints.reports.words import kind_name, period_name

    projects = {one.code: one.name for one in book.directory.projects} if book.directory else {}
    whose = [projects.get(line.subject.project, line.subject.project) if line.subject.project else None]
    whose += [book.department(line.subject.department) if line.subject.department else None]
    whose += [book.name(line.subject.person) if line.subject.person else None]
    said = " · ".join(part for part in whose if part) or here.say("report.company")
    kind, period = kind_name(line.kind, here.lang), period_name(Period.named(line.period), here.lang)
    here.show(Prose(here.say("report.line", kind=kind, period=period, whose=said), style="name"))
    if line.issued_at is not None:
        issued = {"by": book.name(line.issued_by), "at": stamp(line.issued_at, year=0)}
        state = here.say("report.issued", revision=line.revision, **issued)
    else:
        state = here.say("report.draft", revision=line.revision)
    here.show(indented(Prose(f"{line.id} · {state}", style="quiet")))
    if line.missing and line.issued_at is None:
        here.show(indented(Prose(here.say("report.missing", numbers=" ".join(line.missing[:6])), style="soon")))


def _show_behind(here: Session, found: StoredReport, figure: str, numbers: tuple[str, ...]) -> None:
    from complaints.reports.words import ReportWords

    if not numbers:
        some = ", ".join(list(found.behind)[:4]) or "—"
        raise Told("report.no-figure", figure=figure, some=some)
    here.data({"figure": figure, "numbers": numbers})
    said = ReportWords(found.report, here.lang).figure(figure)
    here.show(Prose(here.say("report.behind", figure=said, count=len(numbers)), style="name"))
    here.show("  ".join(numbers))


def _show(here: Session, drafted: Drafted, book: Book) -> None:
    from complaints.reports.words import ReportWords

    words = ReportWords(drafted.report, here.lang)
    here.show(Prose(f"{words.title} · {words.period} · {words.whose}", style="name"))
    here.show(Prose(" · ".join(words.standing(drafted, book.people)), style="quiet"))
    here.out.print()
    here.show(*words.sentences)
    for table in drafted.report.tables:
        here.out.print()
        here.show(Prose(words.table(table), style="name"))
        here.out.print(_columns(words, table))
        left_out = table.left_out + max(len(table.rows) - ROWS, 0)
        if left_out:
            here.show(Prose(here.say("report.more", count=left_out), style="quiet"))


def _columns(words: ReportWords, table: ReportTable) -> Columns:
    """The table within the width of the screen: texts wrap, numbers do not."""
    from complaints.reports.model import Unit

    shown = Columns(box=None, padding=(0, 1, 0, 0), header_style="quiet")
    shown.add_column(words.head(table), no_wrap=table.listing)
    for column in table.columns:
        number = column.unit in (Unit.COUNT, Unit.SHARE, Unit.DAYS, Unit.HOURS, Unit.YUAN)
        whole = number or column.unit is Unit.MOMENT or column.key == "clause"
        shown.add_column(words.column(column), justify="right" if number else "left", no_wrap=whole)
    for row in table.rows[:ROWS]:
        values = [words.value(column, value, row) for column, value in zip(table.columns, row.values, strict=True)]
        shown.add_row(Prose(words.row(table, row)), *(Prose(value) for value in values))
    return shown


def _suffix(file: Path) -> str:
    """The suffix of a report file. Raises `Told` for an unsupported one, before the database is called."""
    from complaints.printing.reports import SUFFIXES

    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        raise Told("report.file-kind", file=file, kinds=", ".join(SUFFIXES))
    return suffix


def _write(here: Session, drafted: Drafted, file: Path, book: Book, content: bytes | None) -> None:
    """Write a report into a file; `content` is the file where it was made already. Raises `Told`."""
    from complaints.printing import font_folders
    from complaints.printing.reports import rendered
    from complaints.reports.words import ReportWords

    words = ReportWords(drafted.report, here.lang)
    if content is None:
        content = rendered(drafted, _suffix(file), here.lang, book.people, font_folders(os.environ))
    try:
        file.write_bytes(content)
    except OSError as problem:
        raise Told("print.not-written", file=file, problem=problem.strerror or "") from problem
    here.data({"file": str(file), "kind": drafted.report.kind.value, "period": drafted.report.period.name})
    title = f"{words.title} · {words.period} · {words.whose}"
    here.show(here.say("report.written", file=file, title=title))
