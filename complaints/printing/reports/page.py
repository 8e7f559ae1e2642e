"""A report as a page, independent of the output format: texts, charts, and tables with linked cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from complaints.printing.legible import legible
from complaints.printing.reports.charts import charts
from complaints.printing.reports.widths import SAMPLE, lines, shared
from complaints.reports.kinds import SHAPES
from complaints.reports.model import Drafted, ReportKind, ReportRow, ReportTable, StoredReport, Unit
from complaints.reports.words import ReportWords

_TEXTS = (Unit.TEXT, Unit.WORD, Unit.WORDS, Unit.NUMBERS, Unit.MOMENT, Unit.DAY)
NAMED = 40
"""Maximum records that a report names; the command prints all of them."""
WHOLE = 16
"""Maximum lines of a table that is kept on one page."""
_EM = 3.0
"""Millimetres per em at 8.5 points."""
_INSET = 0.87
"""Em between the texts of two columns."""
_UPRIGHT, _FLIPPED = 174, 261
"""Millimetres between the margins of a page: portrait, landscape."""


@dataclass(frozen=True)
class Cell:
    """The text of a cell, and the key of its figure if there are complaints behind it."""

    text: str
    figure: str | None = None


@dataclass(frozen=True)
class ColumnHead:
    """A column: its heading, its width on paper (em), and whether it holds numbers."""

    text: str
    width: float
    number: bool


@dataclass(frozen=True)
class PageTable:
    """A table as shown. `listing`: a list of complaints, whose rows begin with the complaint's number."""

    key: str
    title: str
    listing: bool
    heads: Sequence[ColumnHead]
    rows: Sequence[Sequence[Cell]]
    whole: bool  # small enough to be kept on one page
    note: str = ""
    chart: str | None = None  # SVG
    chart_title: str = ""


@dataclass(frozen=True)
class Page:
    """Everything the reader sees, in order."""

    lang: str
    title: str
    period: str
    whose: str
    rule: str
    standing: Sequence[str]
    sentences: Sequence[str]
    remarks_of: str  # heading above the remarks
    remarks: str
    named: str
    grids: Sequence[PageTable]
    how: str
    digest: str
    landscape: bool


def page(drafted: Drafted, lang: str, people: Mapping[str, str], draw: bool = True) -> Page:
    """Build the page of a report in `lang`; `people` are names by id, `draw=False` leaves the charts out."""
    words, report = ReportWords(drafted.report, lang), drafted.report
    shape = SHAPES[report.kind]
    drawn = charts(report, lang) if draw else {}
    stored = drafted if isinstance(drafted, StoredReport) else None
    landscape = report.kind in (ReportKind.REGISTER, ReportKind.DAILY_CHECK)
    return Page(
        lang=lang,
        title=words.title,
        period=words.period,
        whose=legible(words.whose),
        rule=words.say("page.rule", rule=shape.rule),
        standing=[legible(line) for line in words.standing(drafted, dict(people))],
        sentences=[*words.sentences, *_records(words, stored)],
        remarks_of=words.say("page.remarks"),
        remarks=legible(stored.remarks) if stored else "",
        named=words.say("page.named", numbers=" ".join(stored.named)) if stored and stored.named else "",
        grids=[_grid(words, drafted, table, drawn, landscape) for table in report.tables],
        how=words.say("page.how", id=stored.id) if stored else "",
        digest=words.say("page.digest", digest=(stored.digest_kept if stored else drafted.digest)[:16]),
        landscape=landscape,
    )


def _records(words: ReportWords, stored: StoredReport | None) -> list[str]:
    """Say which records (F1) go along with a complaint report, and how to print them all (CH-7.4.2)."""
    if stored is None or stored.report.kind is not ReportKind.COMPLAINT_REPORT or not (numbers := stored.records):
        return []
    named = " ".join(numbers[:NAMED]) + (" …" if len(numbers) > NAMED else "")
    return [words.say("page.records", count=len(numbers), numbers=named, id=stored.id)]


def _grid(
    words: ReportWords, drafted: Drafted, table: ReportTable, drawn: Mapping[str, str], landscape: bool
) -> PageTable:
    heads = [(words.head(table), False), *((words.column(one), one.unit not in _TEXTS) for one in table.columns)]
    rows = [_row(words, drafted, table, row) for row in table.rows]
    texts = [[head, *(row[nth].text for row in rows[:SAMPLE])] for nth, (head, _) in enumerate(heads)]
    alike = [text for (_, number), column in zip(heads, texts, strict=True) if number for text in column]
    narrow = () if table.listing else range(1, len(heads))
    if narrow:
        texts = [alike if number else column for (_, number), column in zip(heads, texts, strict=True)]
    rooms = shared(texts, (_FLIPPED if landscape else _UPRIGHT) / _EM - _INSET * len(heads), narrow)
    return PageTable(
        key=table.key,
        title=words.table(table),
        listing=table.listing,
        heads=[ColumnHead(text, room + _INSET, number) for (text, number), room in zip(heads, rooms, strict=True)],
        rows=rows,
        whole=len(rows) <= WHOLE and sum(lines([cell.text for cell in row], rooms) for row in rows) <= WHOLE,
        note=words.say("page.left-out", count=table.left_out) if table.left_out else "",
        chart=drawn.get(table.key),
        chart_title=words.say(f"chart.{table.key}") if table.key in drawn else "",
    )


def _row(words: ReportWords, drafted: Drafted, table: ReportTable, row: ReportRow) -> list[Cell]:
    cells = [Cell(legible(words.row_in_full(table, row)))]
    for column, value in zip(table.columns, row.values, strict=True):
        figure = table.figure(row, column)
        text = words.cell(table, row, column, value)
        cells.append(Cell(legible(text), figure if figure in drafted.behind else None))
    return cells
