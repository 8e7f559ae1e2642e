"""`duly document`: plans and forms that departments review and the general manager approves."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starters.cli.ui.desk import in_path
from starters.cli.ui.directory_names import Book, open_book
from starters.cli.ui.document_view import DocumentView, version_of
from starters.cli.ui.documents import Shelf, shelf_of
from starters.cli.ui.errors import Told
from starters.cli.ui.files import bytes_of, text_of
from starters.cli.ui.options import As
from starters.cli.ui.session import Session, session
from starters.cli.ui.wrapped_text import Prose

if TYPE_CHECKING:
    from complaints.documents.model import Document, DocumentFile, DocumentKind, DocumentRevision

TEXTS = (".md", ".markdown", ".txt")

Id = Annotated[str, typer.Argument(help="option.document.id", metavar="DOCUMENT")]
Number = Annotated[int | None, typer.Option("--version", help="option.document.version", metavar="N", min=1)]


def register(app: typer.Typer) -> None:
    part = typer.Typer(no_args_is_help=True)
    part.command("new", help="option.document.new")(new)
    part.command("show", help="option.document.show")(show)
    part.command("list", help="option.document.list")(list_all)
    part.command("diff", help="option.document.diff")(diff)
    part.command("print", help="option.document.print")(print_one)
    app.add_typer(part, name="document", help="help.document", rich_help_panel="panel.operation")


def new(
    context: typer.Context,
    document: Id,
    file: Annotated[Path, typer.Argument(help="option.document.file", metavar="FILE")],
    by: As,
    kind: Annotated[str | None, typer.Option(help="option.document.kind", metavar="KIND")] = None,
    title: Annotated[str | None, typer.Option(help="option.document.title")] = None,
    summary: Annotated[str, typer.Option(help="option.document.summary")] = "",
    project: Annotated[str | None, typer.Option(help="option.document.project")] = None,
) -> None:
    here = session(context)

    async def work() -> None:
        from pydantic import ValidationError

        from complaints.base.errors import Refusal, Refused
        from complaints.documents.model import DocumentKind, Draft
        from complaints.intake.checking import problems_of

        person = await here.who(by)
        text, attachment, content = _read(file)
        async with _shelf(here) as shelf:
            before = await _known(shelf, document)
            chosen = _kind(kind) if kind else (before.kind if before else None)
            if chosen is None:
                raise Told("document.kind-first", id=document, kinds=", ".join(DocumentKind))
            said = {"document": document, "kind": chosen, "summary": summary, "text": text, "attachment": attachment}
            said["title"] = title or _heading(text) or (before.title if before else "")
            said["project"] = project or (before.project if before else None)
            if not said["title"]:
                raise Told("document.no-title")
            try:
                draft = Draft.model_validate(said)
            except ValidationError as invalid:
                raise Refusal(Refused.INVALID, problems=problems_of(invalid)) from None
            ref = await shelf.write(draft, person, before, content)
        here.data(ref)
        here.show(here.say("document.written", id=ref.document, version=ref.version, digest=ref.digest[:16]))

    here.run(work())


def show(context: typer.Context, document: Id, number: Number = None) -> None:
    here = session(context)

    async def work() -> None:
        async with _shelf(here) as shelf:
            whole = await shelf.get(document)
        here.data(whole)
        if not here.json:
            DocumentView(here, await open_book(here), whole).show(number)

    here.run(work())


def list_all(
    context: typer.Context,
    kind: Annotated[str | None, typer.Option(help="option.document.kind", metavar="KIND")] = None,
    project: Annotated[str | None, typer.Option(help="option.document.project")] = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="option.document.waiting")] = False,
) -> None:
    here = session(context)

    async def work() -> None:
        async with _shelf(here) as shelf:
            found = await shelf.documents(_kind(kind) if kind else None, project, waiting=waiting)
        here.data(found)
        if not found:
            here.show(here.say("document.none"))
        book = Book() if here.json else await open_book(here)
        for one in found:
            DocumentView(here, book, one).head(one.under_review or one.newest)

    here.run(work())


def diff(
    context: typer.Context,
    document: Id,
    old: Annotated[int | None, typer.Option("--old", help="option.document.old", metavar="N", min=1)] = None,
    number: Number = None,
) -> None:
    here = session(context)

    async def work() -> None:
        from difflib import unified_diff

        async with _shelf(here) as shelf:
            whole = await shelf.get(document)
        after = version_of(whole, number)
        before = version_of(whole, old) if old else _before(whole, after)
        lines = list(unified_diff(before.text.splitlines(), after.text.splitlines(), n=2, lineterm=""))[2:]
        here.data({"document": whole.id, "old": before.number, "new": after.number, "lines": lines})
        here.show(Prose(here.say("document.compared", old=before.number, new=after.number), style="name"))
        if not lines:
            here.show(here.say("document.same"))
        for line in lines:
            here.show(Prose(line, style={"+": "ok", "-": "late", "@": "quiet"}.get(line[:1], "")))

    here.run(work())


def print_one(
    context: typer.Context,
    document: Id,
    number: Number = None,
    out: Annotated[Path | None, typer.Option(help="option.form.out", metavar="FILE")] = None,
    attachment: Annotated[bool, typer.Option("--attachment", help="option.document.attachment")] = False,
) -> None:
    here = session(context)

    async def work() -> None:
        from complaints.printing.sheets import documents
        from starters.cli.ui.printing import check_kind, give, paper, sheet_words

        async with _shelf(here) as shelf:
            whole = await shelf.get(document)
            version = version_of(whole, number)
            if attachment:
                _save(here, version, await shelf.file(document, version.number) if version.attachment else None, out)
                return
        check_kind(out)
        printed = await paper(here, f"/documents/{in_path(document)}/print", out, version=version.number)
        give(here, [documents.document(sheet_words(here, await open_book(here)), whole, version)], out, printed)

    here.run(work())


def _before(document: Document, after: DocumentRevision) -> DocumentRevision:
    """The version to compare with: the one in force if older, else the one before. Raises `Told` if none."""
    in_force = document.in_force
    if in_force and in_force.number < after.number:
        return in_force
    before = document.version(after.number - 1)
    if before is None or after.number == 1:
        raise Told("document.one-version", id=document.id)
    return before


def _read(file: Path) -> tuple[str, DocumentFile | None, bytes | None]:
    """A file as (text, attachment, content): Markdown and plain text as text, others as attachment. Raises `Told`."""
    from complaints.documents.model import LARGEST, DocumentFile

    if file.suffix.lower() in TEXTS:
        text = text_of(file).strip()
        if not text:
            raise Told("document.empty", file=file)
        return text, None, None
    content = bytes_of(file)
    if not content:
        raise Told("document.empty", file=file)
    if len(content) > LARGEST:
        raise Told("document.too-large", file=file, size=len(content), most=LARGEST)
    digest = hashlib.sha256(content).hexdigest()
    return "", DocumentFile(name=file.name, size=len(content), sha256=digest), content


def _save(here: Session, version: DocumentRevision, content: bytes | None, out: Path | None) -> None:
    """Save the attached file as `out`, or under its own name, which never overwrites a file. Raises `Told`."""
    if version.attachment is None or content is None:
        raise Told("document.no-file", version=version.number)
    file = out or Path(Path(version.attachment.name).name)
    try:
        with file.open("wb" if out else "xb") as opened:
            opened.write(content)
    except OSError as problem:
        raise Told("print.not-written", file=file, problem=problem.strerror or "") from problem
    here.data({"file": str(file), "sha256": version.attachment.sha256})
    here.show(here.say("document.saved", file=file, sha256=version.attachment.sha256))


def _heading(text: str) -> str:
    """The first heading of a Markdown text."""
    found = next((line for line in text.splitlines() if line.startswith("#")), "")
    return found.lstrip("#").strip()[:200]


def _kind(value: str) -> DocumentKind:
    from complaints.documents.model import DocumentKind

    try:
        return DocumentKind(value)
    except ValueError:
        raise Told("not-one-of", value=value, choices=", ".join(DocumentKind)) from None


async def _known(shelf: Shelf, id: str) -> Document | None:
    from complaints.documents.course import DocumentRefused

    try:
        return await shelf.get(id)
    except DocumentRefused:
        return None


@asynccontextmanager
async def _shelf(here: Session) -> AsyncGenerator[Shelf]:
    from complaints.documents.course import DocumentRefused

    try:
        async with shelf_of(here) as shelf:
            yield shelf
    except DocumentRefused as refused:
        raise Told(f"document.refused.{refused.code.value}", **refused.params) from refused
