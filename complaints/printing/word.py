"""Renders sheets as a Word document, for forms to be completed and signed: the same tables, to be filled in.

Word uses the reader's own fonts (宋体 and 黑体 are named), so no font is needed here. Page numbers are Word fields,
counted section by section, because only Word knows where its pages end.
"""

# python-docx's types stop at the XML below them, and its cell class is private although every caller needs it.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportPrivateUsage=false

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Emu, Mm, Pt
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from complaints.printing.layout import WIDTH, Box, CellRow, Part, Register, Sheet, SheetCell, SheetHeading, Sign, Tick

SONG, HEI = "宋体", "黑体"
_MARGIN = Mm(18)
_SHORT, _LONG = Mm(210), Mm(297)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Creation time written into every document, so that the same sheets give the same file."""


def word(sheets: Sequence[Sheet]) -> bytes:
    """Return the .docx of these sheets, each in a section with its own page numbers."""
    document = docx.Document()
    _prepare(document)
    for nth, sheet in enumerate(sheets):
        section = document.sections[0] if nth == 0 else document.add_section(WD_SECTION.NEW_PAGE)
        _page(section, sheet)
        _head(document, sheet, _width(section))
        for part in sheet.parts:
            _part(document, part, sheet.lang, _width(section))
        _write(document.add_paragraph(), sheet.note, size=7.5)  # Word requires a paragraph after the last table
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _prepare(document: Document) -> None:
    style: Any = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(10)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), SONG)
    style.paragraph_format.space_after = Pt(0)
    properties = document.core_properties
    properties.author, properties.comments = "Duly", ""
    properties.created = properties.modified = _EPOCH


def _page(section: Section, sheet: Sheet) -> None:
    section.orientation = WD_ORIENT.LANDSCAPE if sheet.landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (_LONG, _SHORT) if sheet.landscape else (_SHORT, _LONG)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = _MARGIN
    section.footer.is_linked_to_previous = False
    numbering = OxmlElement("w:pgNumType")
    numbering.set(qn("w:start"), "1")
    section._sectPr.append(numbering)
    foot = section.footer.paragraphs[0]
    foot.paragraph_format.tab_stops.clear_all()
    foot.paragraph_format.tab_stops.add_tab_stop(_width(section), WD_TAB_ALIGNMENT.RIGHT)
    _write(foot, " ".join(part for part in (sheet.edition, sheet.printed) if part), size=7.5)
    before, _, rest = sheet.pages.partition("{page}")
    between, _, after = rest.partition("{pages}")
    _write(foot, "\t" + before, size=7.5)
    _counted(foot, "PAGE")
    _write(foot, between, size=7.5)
    _counted(foot, "SECTIONPAGES")
    _write(foot, after, size=7.5)


def _width(section: Section) -> Any:
    assert section.page_width is not None
    return section.page_width - 2 * _MARGIN


def _head(document: Document, sheet: Sheet, width: Any) -> None:
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _write(title, sheet.title, size=17, label=True)
    below = document.add_paragraph()
    below.paragraph_format.tab_stops.add_tab_stop(width, WD_TAB_ALIGNMENT.RIGHT)
    below.paragraph_format.space_after = Pt(3)
    _write(below, f"{sheet.number}\t{sheet.code}", size=7.5)


def _part(document: Document, part: Part, lang: str, width: Any) -> None:
    match part:
        case CellRow():
            spans = [span for field in part.fields for span in (field.head, field.span - field.head)]
            row = _table(document, spans, width).rows[0]
            for nth, field in enumerate(part.fields):
                _field(row.cells[2 * nth], row.cells[2 * nth + 1], field)
            _high(row, 9)
        case Box():
            row = _table(document, [WIDTH], width).rows[0]
            _box(row.cells[0], part, lang)
            _high(row, part.room + 9 + 10 * len(part.signs))
        case SheetHeading():
            cell = _table(document, [WIDTH], width).rows[0].cells[0]
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
            _write(cell.paragraphs[0], part.text, size=9, label=True)
        case Register():
            _register(document, part, width)


def _table(document: Document, widths: list[int], width: Any) -> Table:
    """Add a table of one row; Word joins it with the table before, because nothing stands between them."""
    table: Table = document.add_table(rows=1, cols=len(widths), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    whole = sum(widths)
    for column, part in zip(table.columns, widths, strict=True):
        column.width = Emu(width * part // whole)
        for cell in column.cells:
            cell.width = Emu(width * part // whole)
    return table


def _high(row: _Row, millimetres: float) -> None:
    row.height, row.height_rule = Mm(millimetres), WD_ROW_HEIGHT_RULE.AT_LEAST


def _field(label: _Cell, value: _Cell, field: SheetCell) -> None:
    _write(label.paragraphs[0], field.label, size=9, label=True)
    _write(value.paragraphs[0], _ticks(field.ticks) if field.ticks else field.text)


def _box(cell: _Cell, part: Box, lang: str) -> None:
    colon = "：" if lang == "zh" else ": "
    first = cell.paragraphs[0]
    _write(first, part.label, size=9, label=True)
    first.paragraph_format.keep_with_next = True
    if part.ticks:
        _write(cell.add_paragraph(), _ticks(part.ticks))
    for one in part.paragraphs:
        if one.label:
            _write(cell.add_paragraph(), one.label + colon, size=8)
        _write(cell.add_paragraph(), one.text)
    for sign in part.signs:
        _sign(cell.add_paragraph(), sign, colon)


def _sign(paragraph: Paragraph, sign: Sign, colon: str) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    paragraph.paragraph_format.space_before = Pt(12)
    paragraph.paragraph_format.keep_together = True
    if sign.remark:
        _write(paragraph, sign.remark + "    ", size=8)
    _write(paragraph, sign.label + colon, size=9, label=True)
    _write(paragraph, f"{sign.by} ________________ {sign.at}")


def _ticks(ticks: tuple[Tick, ...]) -> str:
    return "    ".join(f"{'☑' if tick.on else '☐'} {tick.text}" for tick in ticks)


def _register(document: Document, part: Register, width: Any) -> None:
    table = _table(document, [column.width for column in part.columns], width)
    head = table.rows[0]
    repeated = OxmlElement("w:tblHeader")
    head._tr.get_or_add_trPr().append(repeated)
    for cell, column in zip(head.cells, part.columns, strict=True):
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
        _write(cell.paragraphs[0], column.label, size=9, label=True)
    blank = tuple("" for _ in part.columns)
    for filled in [*part.rows, *(blank for _ in range(part.least - len(part.rows)))]:
        row = table.add_row()
        _high(row, 9)
        for cell, said in zip(row.cells, filled, strict=True):
            _write(cell.paragraphs[0], said, size=8.5)


def _write(paragraph: Paragraph, text: str, size: float = 10, label: bool = False) -> Run:
    """Add text as a run; its line breaks become Word line breaks."""
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(size), label or None
    if label:
        run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), HEI)
    return run


def _counted(paragraph: Paragraph, what: str) -> None:
    """Add a field that Word computes: PAGE or SECTIONPAGES."""
    run = _write(paragraph, "", size=7.5)
    for kind in ("begin", None, "end"):
        if kind is None:
            element = OxmlElement("w:instrText")
            element.set(qn("xml:space"), "preserve")
            element.text = f" {what} "
        else:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
        run._element.append(element)
