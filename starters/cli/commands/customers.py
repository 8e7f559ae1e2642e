"""`duly customer`: show everything about one customer and their homes (CS-4.1.5)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starters.cli.ui.customers import customer_file_of, customers_found
from starters.cli.ui.desk import in_path
from starters.cli.ui.directory_names import Book, open_book
from starters.cli.ui.errors import Told
from starters.cli.ui.printing import check_kind, give, paper, sheet_words
from starters.cli.ui.session import Session, session
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.customers.file import CustomerFile, CustomerLine
    from complaints.printing.layout import Sheet


def register(app: typer.Typer) -> None:
    part = typer.Typer(no_args_is_help=True)
    part.command("show", help="option.customer.show")(show)
    part.callback()(_alone)  # Typer drops the name of a group's only command unless the group has a callback
    app.add_typer(part, name="customer", help="help.customer", rich_help_panel="panel.cases")


def _alone() -> None:
    pass


def show(
    context: typer.Context,
    who: Annotated[list[str], typer.Argument(help="option.customer.who", metavar="CUSTOMER")],
    project: Annotated[str | None, typer.Option(help="option.customer.project")] = None,
    out: Annotated[Path | None, typer.Option(help="option.customer.out", metavar="FILE")] = None,
) -> None:
    here = session(context)
    check_kind(out)
    here.run(_show(here, " ".join(who), project, out))


async def _show(here: Session, who: str, project: str | None, out: Path | None) -> None:
    found = await customers_found(here, who, project)
    if not found:
        raise Told("customer.none", who=who)
    meant = _meant(found, who)
    file = await customer_file_of(here, meant.id) if meant else None
    book = await open_book(here)
    if file is None:
        _show_several(here, book, found)
    elif out is not None:
        made = await paper(here, f"/customers/{in_path(file.id)}/print", out)
        give(here, [_sheet(here, book, file)], out, made)
    else:
        here.data(file)
        if not here.json:
            _show_sheet(here, _sheet(here, book, file))


def _meant(found: list[CustomerLine], who: str) -> CustomerLine | None:
    """The customer with this id, else the only owner of this home, else the only match; None if ambiguous."""
    for fits in ([one for one in found if one.id == who], [one for one in found if one.owner], found):
        if len(fits) == 1:
            return fits[0]
    return None


def _show_several(here: Session, book: Book, found: list[CustomerLine]) -> None:
    """List several matching customers, with masked telephone numbers."""
    here.data({"found": [one.model_dump(exclude={"contact", "owner"}) | {"contact": one.masked} for one in found]})
    here.show(here.say("customer.several", count=len(found)))
    projects = {one.code: one.name for one in book.directory.projects} if book.directory else {}
    for one in found:
        head = Prose(one.id, style="name")
        homes = "、".join(one.homes)
        head.append(
            f"  {one.name} · {one.masked} · {projects.get(one.project, one.project)}  {homes}".rstrip(), style=""
        )
        here.show(indented(head))


def _sheet(here: Session, book: Book, file: CustomerFile) -> Sheet:
    from complaints.printing.sheets.customer_file import customer_file

    contractors = {one.key: one.name for one in book.directory.contractors} if book.directory else {}
    return customer_file(sheet_words(here, book), file, contractors)


def _show_sheet(here: Session, sheet: Sheet) -> None:
    """Show the sheet on the screen: fields one after another, and each table row after its first cell."""
    from complaints.printing.layout import CellRow, Register, SheetHeading

    here.show(Prose(f"{sheet.title}  {sheet.number}", style="name"))
    colon = "：" if here.lang == "zh" else ": "
    for part in sheet.parts:
        match part:
            case CellRow():
                said = [f"{field.label}{colon}{field.text}" for field in part.fields if field.text]
                here.show(*([indented(Prose("　".join(said)), 2)] if said else []))
            case SheetHeading():
                here.show("", Prose(part.text, style="name"))
            case Register():
                for first, *rest in part.rows:
                    text = Prose(first, style="name" if any(rest) else "quiet")
                    text.append("  " + " · ".join(one.replace("\n", "；") for one in rest if one), style="")
                    here.show(indented(text, 2))
            case _:
                pass
    here.show("", Prose(sheet.note, style="quiet"))
