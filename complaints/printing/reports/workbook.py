"""A report as a workbook: a sheet for each table, and one with every complaint behind every figure, to filter and sort.

It is written row by row, so that a year of a hundred thousand complaints needs no more memory than a month. What
customers wrote is text even where it begins like a formula.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink

from complaints.forms.sheets.legible import legible
from complaints.localtime import local
from complaints.printing.reports.page import Page, page
from complaints.reports.model import Column, Drafted, Row, Table, Unit
from complaints.reports.words import Words

ROWS = 1_000_000
"""Rows of a sheet: Excel has 1,048,576."""
_BOLD, _LINK, _TITLE = Font(bold=True), Font(color="1D4B86", underline="single"), Font(bold=True, size=16)
_WRAP = Alignment(vertical="top", wrap_text=True)
_FORMATS = {
    Unit.COUNT: "#,##0",
    Unit.SHARE: "0.0%",
    Unit.DAYS: "0.0",
    Unit.HOURS: "#,##0.0",
    Unit.YUAN: "#,##0.00",
    Unit.MOMENT: "yyyy-mm-dd hh:mm",
}


def workbook(drafted: Drafted, lang: str, people: Mapping[str, str]) -> bytes:
    """The content of the file."""
    book: Any = Workbook(write_only=True)
    words = Words(drafted.report, lang)
    book.properties.title = f"{words.title} {words.period}"
    places = dict(_places(drafted, words.say("page.behind")))
    _summary(book, page(drafted, lang, people, None, draw=False), words)
    for table in drafted.report.tables:
        _table(book, words, table, places)
    _behind(book, words, drafted)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _summary(book: Any, shown: Page, words: Words) -> None:
    sheet = book.create_sheet(words.say("page.contents"))
    sheet.column_dimensions["A"].width = 110
    for text, font in (
        (shown.title, _TITLE),
        (f"{shown.period} · {shown.whose}", _BOLD),
        *((one, None) for one in shown.standing),
        ("", None),
        *((one, None) for one in shown.sentences),
        ("", None),
        *((one, None) for one in (shown.remarks, shown.named) if one),
        (f"{shown.rule} · {shown.digest}", None),
    ):
        sheet.append([_text(sheet, text, font)])


def _table(book: Any, words: Words, table: Table, places: Mapping[str, str]) -> None:
    sheet = book.create_sheet(_free_name(book, words.table(table)))
    sheet.freeze_panes = "B2"
    sheet.column_dimensions["A"].width = 26
    for nth, column in enumerate(table.columns, 2):
        sheet.column_dimensions[get_column_letter(nth)].width = 16 if column.unit in _FORMATS else 28
    heads = [words.head(table), *(words.column(one) for one in table.columns)]
    sheet.append([_text(sheet, one, _BOLD) for one in heads])
    for place, row in enumerate(table.rows, 2):
        cells = [_text(sheet, words.row_in_full(table, row))]
        for nth, (column, value) in enumerate(zip(table.columns, row.values, strict=True), 2):
            cell = _value(sheet, words, column, row, value)
            if (target := places.get(table.figure(row, column))) is not None:
                cell.hyperlink = Hyperlink(ref=f"{get_column_letter(nth)}{place}", location=target)
                cell.font = _LINK
            cells.append(cell)
        sheet.append(cells)
    if table.left_out:
        sheet.append([_text(sheet, words.say("page.left-out", count=table.left_out))])


def _behind(book: Any, words: Words, drafted: Drafted) -> None:
    """Every figure with its complaints, a line each; on further sheets where one is full."""
    name, sheet, left = words.say("page.behind"), None, 0
    heads = (words.say("page.figure"), words.say("column.row"), words.say("column.number"))
    for nth, (figure, places) in enumerate(_placed(drafted)):
        said = words.figure(figure)
        for number in places:
            if not left:
                sheet = book.create_sheet(_sheet_name(name, nth))
                for column, width in (("A", 40), ("B", 44), ("C", 24)):
                    sheet.column_dimensions[column].width = width
                sheet.freeze_panes = "A2"
                sheet.append([_text(sheet, one, _BOLD) for one in heads])
                left = ROWS
            assert sheet is not None
            sheet.append([legible(figure), legible(said), number])
            left -= 1


def _placed(drafted: Drafted) -> Iterator[tuple[str, tuple[str, ...]]]:
    for figure in drafted.behind:
        yield figure, drafted.numbers(figure)


def _places(drafted: Drafted, name: str) -> Iterator[tuple[str, str]]:
    """Where the complaints of each figure begin; those beyond the first sheet are found by filtering."""
    row = 2
    for figure, places in drafted.behind.items():
        if row < ROWS:
            yield figure, f"'{name}'!A{row}"
        row += len(places)


def _free_name(book: Any, name: str) -> str:
    """The name as far as a workbook takes it (31 characters), told apart from the sheets there are."""
    taken = set(book.sheetnames)
    return next(one for n in range(1, 100) if (one := name[:31] if n == 1 else f"{name[:28]} {n}") not in taken)


def _sheet_name(name: str, nth: int) -> str:
    return name[:31] if nth == 0 else f"{name[:24]} {nth}"


def _text(sheet: Any, text: str, font: Font | None = None) -> Any:
    cell: Any = WriteOnlyCell(sheet, legible(text))
    cell.data_type = "s"  # "=1+1" is what somebody wrote
    cell.alignment = _WRAP
    if font is not None:
        cell.font = font
    return cell


def _value(sheet: Any, words: Words, column: Column, row: Row, value: Any) -> Any:
    """Numbers as numbers, moments as moments of the project's clock, all else as the words of the page."""
    unit = row.unit or column.unit
    if value is None or value == "":
        return _text(sheet, "")
    if unit not in _FORMATS:
        return _text(sheet, words.value(column, value, row))
    number: Any = (
        Decimal(value)
        if unit is not Unit.MOMENT
        else local(datetime.fromisoformat(value), words.zone).replace(tzinfo=None, microsecond=0)
    )
    cell: Any = WriteOnlyCell(sheet, number)
    cell.number_format = _FORMATS[unit]
    return cell
