"""Renders a report as a workbook: a sheet per table, and one with every complaint behind every figure.

The sheets are for filtering and sorting. They are written row by row, so that a year of a hundred thousand complaints
needs no more memory than a month. Customers' texts stay text even if they begin like a formula.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from complaints.clock.local_time import local
from complaints.printing.legible import legible
from complaints.printing.reports.page import Page, page
from complaints.printing.reports.widths import SAMPLE, lines, width
from complaints.reports.model import Drafted, ReportColumn, ReportRow, ReportTable, Unit
from complaints.reports.words import ReportWords
from complaints.spreadsheets.writing import workbook_text

ROWS = 1_000_000
"""Maximum rows of a sheet: Excel has 1,048,576."""
_FACE, _SIZE, _LARGE = "Calibri", 11, 16
_PLAIN, _BOLD = Font(name=_FACE, size=_SIZE), Font(name=_FACE, size=_SIZE, bold=True)
_LINK = Font(name=_FACE, size=_SIZE, color="1D4B86", underline="single")
_TITLE = Font(name=_FACE, size=_LARGE, bold=True)
_WRAP = Alignment(vertical="top", wrap_text=True)
_RIGHT = Alignment(horizontal="right", vertical="top", wrap_text=True)
_LEFT, _ONE_LINE = Alignment(horizontal="left", vertical="top"), Alignment(vertical="top")
_CHARACTERS = 2.0
"""Characters of column width per em."""
_WIDEST, _LINE = 26, 48
"""Em: maximum column width of a table, and line width of the summary."""
_LINES, _HIGHEST = 15.0, 409.0
"""Points: height of a line, and of the highest row that a sheet allows."""
_HEADER = 120
"""Maximum characters of the left header; a header with all its parts may have 255."""
_FORMATS = {
    Unit.COUNT: "#,##0",
    Unit.SHARE: "0.0%",
    Unit.DAYS: "0.0",
    Unit.HOURS: "#,##0.0",
    Unit.YUAN: "#,##0.00",
    Unit.MOMENT: "yyyy-mm-dd hh:mm",
}
_NUMBERS = frozenset(_FORMATS) - {Unit.MOMENT}


def workbook(drafted: Drafted, lang: str, people: Mapping[str, str]) -> bytes:
    """Return the content of the .xlsx file; `people` are names by id."""
    book: Any = Workbook(write_only=True)
    words = ReportWords(drafted.report, lang)
    book.properties.title = f"{words.title} {words.period}"
    places = dict(_places(drafted, words.say("page.behind")))
    _summary(book, page(drafted, lang, people, draw=False), words)
    for table in drafted.report.tables:
        _table(book, words, table, places)
    _behind(book, words, drafted)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _summary(book: Any, shown: Page, words: ReportWords) -> None:
    sheet = _sheet(book, words, words.say("page.contents"))
    _columns(sheet, [_LINE])
    remarks = (shown.remarks_of, shown.remarks) if shown.remarks else ()
    said = (
        (shown.title, _TITLE),
        (f"{shown.period} · {shown.whose}", _BOLD),
        *((one, _PLAIN) for one in shown.standing),
        ("", _PLAIN),
        *((one, _PLAIN) for one in shown.sentences),
        ("", _PLAIN),
        *((one, _PLAIN) for one in (*remarks, shown.named) if one),
        (f"{shown.rule} · {shown.digest}", _PLAIN),
    )
    for place, (text, font) in enumerate(said, 1):
        sheet.row_dimensions[place].height = _height([text], [_LINE], size=_LARGE if font is _TITLE else _SIZE)
        sheet.append([_text(sheet, text, font)])


def _table(book: Any, words: ReportWords, table: ReportTable, places: Mapping[str, str]) -> None:
    sheet = _sheet(book, words, _free_name(book, words.table(table)))
    heads = [words.head(table), *(words.column(one) for one in table.columns)]
    rows = [_texts(words, table, row) for row in table.rows]
    widths = [min(max(map(width, texts)), _WIDEST) for texts in zip(heads, *rows[:SAMPLE], strict=True)]
    _columns(sheet, widths)
    sheet.freeze_panes = "B2"
    sheet.print_title_rows = "1:1"
    if table.listing:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(heads))}{len(rows) + 1}"
    numbers = [False, *(one.unit in _NUMBERS for one in table.columns)]
    cells = [_text(sheet, one, _BOLD, right) for one, right in zip(heads, numbers, strict=True)]
    sheet.row_dimensions[1].height = _height(heads, widths)
    sheet.append(cells)
    for place, (row, texts) in enumerate(zip(table.rows, rows, strict=True), 2):
        cells = [_text(sheet, texts[0])]
        for nth, (column, value) in enumerate(zip(table.columns, row.values, strict=True), 2):
            cell = _value(sheet, words, texts[nth - 1], column, row, value)
            if (target := places.get(table.figure(row, column))) is not None:
                cell.hyperlink = Hyperlink(ref=f"{get_column_letter(nth)}{place}", location=target)
                cell.font = _LINK
            cells.append(cell)
        sheet.row_dimensions[place].height = _height(texts, widths)
        sheet.append(cells)
    if table.left_out:
        cell = _text(sheet, words.say("page.left-out", count=table.left_out))
        cell.alignment = _ONE_LINE
        sheet.append([cell])


def _texts(words: ReportWords, table: ReportTable, row: ReportRow) -> list[str]:
    values = zip(table.columns, row.values, strict=True)
    return [words.row_in_full(table, row), *(words.cell(table, row, column, value) for column, value in values)]


def _behind(book: Any, words: ReportWords, drafted: Drafted) -> None:
    """Write one row per figure and complaint, on further sheets when one is full."""
    name, sheet, left = words.say("page.behind"), None, 0
    rest = sum(len(places) for places in drafted.behind.values())
    heads = (words.say("page.figure"), words.say("column.row"), words.say("column.number"))
    for nth, (figure, places) in enumerate(_placed(drafted)):
        said = words.figure(figure)
        for number in places:
            if not left:
                sheet = _sheet(book, words, _sheet_name(name, nth))
                _columns(sheet, [22, 26, 14])
                sheet.freeze_panes = "A2"
                sheet.print_title_rows = "1:1"
                left = min(ROWS, rest)
                sheet.auto_filter.ref = f"A1:C{left + 1}"
                sheet.append([_text(sheet, one, _BOLD) for one in heads])
            assert sheet is not None
            sheet.append([legible(figure), legible(said), number])
            left, rest = left - 1, rest - 1


def _sheet(book: Any, words: ReportWords, name: str) -> Any:
    """Add a sheet that prints one page wide and as many pages long as it needs, with the report's title above."""
    sheet = book.create_sheet(name)
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    said = f"{words.title} · {words.period} · {legible(words.whose)}"
    sheet.oddHeader.left.text = said.replace("&", "&&")[:_HEADER]
    sheet.oddHeader.right.text = "&A"
    sheet.oddFooter.left.text = words.say("page.drafted", at=words.moment(words.report.at))
    sheet.oddFooter.right.text = words.say("page.pages", page="&P", pages="&N")
    return sheet


def _columns(sheet: Any, widths: Sequence[float]) -> None:
    for nth, room in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(nth)].width = round(room * _CHARACTERS + 2, 1)


def _height(texts: Sequence[str], widths: Sequence[float], size: float = _SIZE) -> float:
    """Return the height in points of a row with these texts, because not every program computes it."""
    needed = lines([legible(text) for text in texts], widths)
    return min(needed * _LINES * size / _SIZE + 2, _HIGHEST)


def _placed(drafted: Drafted) -> Iterator[tuple[str, tuple[str, ...]]]:
    for figure in drafted.behind:
        yield figure, drafted.numbers(figure)


def _places(drafted: Drafted, name: str) -> Iterator[tuple[str, str]]:
    """Yield the cell where each figure's complaints begin; those beyond the first sheet are found by filtering."""
    row = 2
    for figure, places in drafted.behind.items():
        if row < ROWS:
            yield figure, f"'{name}'!A{row}"
        row += len(places)


def _free_name(book: Any, name: str) -> str:
    """Return the name cut to the 31 characters that a workbook allows, unique among its sheets."""
    taken = set(book.sheetnames)
    return next(one for n in range(1, 100) if (one := name[:31] if n == 1 else f"{name[:28]} {n}") not in taken)


def _sheet_name(name: str, nth: int) -> str:
    return name[:31] if nth == 0 else f"{name[:24]} {nth}"


def _text(sheet: Any, text: str, font: Font = _PLAIN, right: bool = False) -> Any:
    cell: Any = WriteOnlyCell(sheet, workbook_text(legible(text)))
    cell.data_type = "s"  # "=1+1" is a text that a person wrote
    cell.alignment = _RIGHT if right else _WRAP
    cell.font = font
    return cell


def _value(sheet: Any, words: ReportWords, text: str, column: ReportColumn, row: ReportRow, value: Any) -> Any:
    """Write numbers as numbers, moments in the report's time zone, and all else as the page's words (`text`)."""
    unit = row.unit or column.unit
    if value is None or value == "" or unit not in _FORMATS:
        return _text(sheet, text, right=unit in _NUMBERS)
    number: Any = (
        Decimal(value)
        if unit is not Unit.MOMENT
        else local(datetime.fromisoformat(value), words.zone).replace(tzinfo=None, microsecond=0)
    )
    cell: Any = WriteOnlyCell(sheet, number)
    cell.number_format = _FORMATS[unit]
    cell.alignment = _LEFT if unit is Unit.MOMENT else _RIGHT
    cell.font = _PLAIN
    return cell
