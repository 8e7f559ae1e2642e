"""A report as a page, before anybody chose paper or a screen: texts, charts, and tables whose cells lead somewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from complaints.forms.sheets.legible import legible
from complaints.printing.reports.charts import charts
from complaints.reports.kinds import SHAPES
from complaints.reports.model import Drafted, Kind, Row, Stored, Table, Unit
from complaints.reports.words import Words

_TEXTS = (Unit.TEXT, Unit.WORD, Unit.WORDS, Unit.NUMBERS, Unit.MOMENT, Unit.DAY)
_WIDE = {
    **dict.fromkeys(("cause", "why", "outcome", "matter", "causes", "measures", "lessons"), 4),
    **dict.fromkeys(("title", "earlier", "what", "clause"), 3),
    **dict.fromkeys(("due", "received", "written", "complete_by", "owner", "project", "expected", "completed"), 2),
    **dict.fromkeys(("audited", "deducted", "shortfall", "claimed", "late_by", "hours"), 2),
}
"""How wide columns are beside those of one number."""


@dataclass(frozen=True)
class Cell:
    """What stands in a cell, and the key of the figure it is, where complaints are behind it."""

    text: str
    figure: str | None = None


@dataclass(frozen=True)
class Head:
    """A column: what it is called, how wide it is beside the others, whether it holds numbers."""

    text: str
    width: int
    number: bool


@dataclass(frozen=True)
class Grid:
    """A table as it is shown."""

    key: str
    title: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    chart: str | None = None  # SVG
    chart_title: str = ""


@dataclass(frozen=True)
class Page:
    """Everything that a reader sees, in order."""

    lang: str
    title: str
    period: str
    whose: str
    rule: str
    standing: Sequence[str]
    sentences: Sequence[str]
    remarks: str
    named: str
    grids: Sequence[Grid]
    how: str
    digest: str
    landscape: bool


def page(
    drafted: Drafted, lang: str, people: Mapping[str, str], fonts: Sequence[Path] | None, draw: bool = True
) -> Page:
    """The page of a report in `lang`; without charts where nobody could see them."""
    words, report = Words(drafted.report, lang), drafted.report
    shape = SHAPES[report.kind]
    drawn = charts(report, lang, fonts) if draw else {}
    stored = drafted if isinstance(drafted, Stored) else None
    return Page(
        lang=lang,
        title=words.title,
        period=words.period,
        whose=legible(words.whose),
        rule=words.say("page.rule", rule=shape.rule),
        standing=[legible(line) for line in words.standing(drafted, dict(people))],
        sentences=words.sentences,
        remarks=legible(stored.remarks) if stored else "",
        named=words.say("page.named", numbers=" ".join(stored.named)) if stored and stored.named else "",
        grids=[_grid(words, drafted, table, drawn) for table in report.tables],
        how=words.say("page.how", id=stored.id) if stored else "",
        digest=words.say("page.digest", digest=(stored.digest_kept if stored else drafted.digest)[:16]),
        landscape=report.kind in (Kind.REGISTER, Kind.DAILY_CHECK),
    )


def _grid(words: Words, drafted: Drafted, table: Table, drawn: Mapping[str, str]) -> Grid:
    heads = [Head(words.head(table), 6 if table.key in ("clauses", "rounds", "draws", "answers") else 4, False)]
    heads += [
        Head(words.column(one), _WIDE.get(one.key, 1 if one.unit not in _TEXTS else 2), one.unit not in _TEXTS)
        for one in table.columns
    ]
    return Grid(
        key=table.key,
        title=words.table(table),
        heads=heads,
        rows=[_row(words, drafted, table, row) for row in table.rows],
        note=words.say("page.left-out", count=table.left_out) if table.left_out else "",
        chart=drawn.get(table.key),
        chart_title=words.say(f"chart.{table.key}") if table.key in drawn else "",
    )


def _row(words: Words, drafted: Drafted, table: Table, row: Row) -> list[Cell]:
    cells = [Cell(legible(words.row_in_full(table, row)))]
    for column, value in zip(table.columns, row.values, strict=True):
        figure = table.figure(row, column)
        text = words.value(column, value, row)
        if table.key == "studies" and column.key == "title" and value is None:
            text = words.say("page.missing-study")
        cells.append(Cell(legible(text), figure if figure in drafted.behind else None))
    return cells
