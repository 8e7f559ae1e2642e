"""Draws the charts of a report as SVG with matplotlib, readable in black and white.

Nothing is told by colour alone: shades differ in lightness and have hatches, lines have markers and a name at their
end, bars carry their numbers. Texts stay text elements, so that the reader's own Chinese font shows them and they can
be searched and copied. Duly's own font is only used to measure, so that a chart is the same on every machine.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager

from complaints.printing import fonts
from complaints.reports.kinds import SHAPES
from complaints.reports.model import COMPARED, ReportColumn, ReportContent, ReportRow, ReportTable
from complaints.reports.words import ReportWords

FAMILIES = "'Noto Sans CJK SC', 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', SimHei, sans-serif"
WIDTH = 7.0
"""Inches: the width of a page within its margins."""
SOLID, HATCHED, EMPTY = (
    {"color": "#24466b", "hatch": ""},
    {"color": "#9dbbd8", "hatch": "////"},
    {"color": "#ffffff", "hatch": ""},
)
LINES = (
    {"color": "#24466b", "marker": "o", "linestyle": "-"},
    {"color": "#b35a1f", "marker": "s", "linestyle": "--"},
    {"color": "#5c5c5c", "marker": "^", "linestyle": ":"},
)
ROOM = {"zh": 20, "en": 32}
"""Maximum characters per line of the label beside a bar, by language."""
MOST = 8
"""Maximum rows of a bar chart; the rows with the largest values are kept."""

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "duly", "hatch.linewidth": 0.6, "font.size": 9})
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)


def charts(report: ReportContent, lang: str = "zh") -> dict[str, str]:
    """Return the charts of a report by key, as SVG documents; a chart without data is left out."""
    words = ReportWords(report, lang)
    font = _font()
    found: dict[str, str] = {}
    for key in SHAPES[report.kind].charts:
        table = report.table(key)
        if table is not None and table.rows and (figure := _CHARTS[key](words, table, font)) is not None:
            found[key] = _svg(figure, key, words.say(f"chart.{key}"))
    return found


@cache
def _font() -> FontProperties:
    """Return the fonts for measuring texts: matplotlib's own for Latin letters, Duly's for Chinese.

    Latin letters are wider in matplotlib's font than in any font that the reader may have. System fonts are removed
    from the font manager, because they would change the charts.
    """
    manager: Any = fontManager
    manager.ttflist = [
        entry for entry in manager.ttflist if Path(entry.fname).is_relative_to(matplotlib.get_data_path())
    ]
    manager.addfont(str(fonts.find().faces()[0].path))
    return FontProperties(family=["DejaVu Sans", manager.ttflist[-1].name], size=9)


def _svg(figure: Figure, key: str, title: str) -> str:
    """Return the figure as SVG, reproducible, with a title for screen readers.

    Its parts refer to each other by ids. Each id gets the prefix `key`, so that it differs from those of other charts
    on the page.
    """
    written = io.StringIO()
    drawn: Any = figure
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the measuring font lacks some characters; the reader's own font shows them
        drawn.savefig(written, format="svg", metadata={"Date": None, "Title": title, "Creator": None})
    # A variable font is thin unless a weight is given; Typst reads the weight from `font-variation-settings`.
    fonts_said = f"font-family: {FAMILIES}; font-variation-settings: 'wght' 400"
    said = re.sub(r"font-family: [^;\"]+", fonts_said, written.getvalue())
    said = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{key}-", said)
    return said[said.index("<svg") :]


def _canvas(rows: float, font: FontProperties) -> tuple[Figure, Any]:
    figure = Figure(figsize=(WIDTH, rows), layout="constrained")
    axes: Any = figure.add_subplot()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    return figure, axes


# --- lines


def _trend(words: ReportWords, table: ReportTable, font: FontProperties) -> Figure | None:
    names = [row.name or row.key for row in table.rows]
    if len(names) < 2 or not any(value for row in table.rows for value in row.values):
        return None
    figure, axes = _canvas(2.6, font)
    series = [
        (words.column(column), [int(row.values[nth] or 0) for row in table.rows])
        for nth, column in enumerate(table.columns)
    ]
    for (_, values), line in zip(series, LINES, strict=True):
        axes.plot(range(len(names)), values, linewidth=1.4, markersize=4, **line)
    for y, (said, values), line in _ends(series):
        text = f"{said} {values[-1]:,}"
        axes.annotate(
            text,
            (len(names) - 1, y),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            color=line["color"],
            fontproperties=font,
            annotation_clip=False,
        )
    said = [_short(name, first=not nth) for nth, name in enumerate(names)]
    axes.set_xticks(range(len(names)), said, fontproperties=font, fontsize=8)
    axes.set_ylim(bottom=0)
    axes.set_xlim(-0.3, len(names) - 1 + len(names) * 0.18)
    axes.grid(axis="y", linewidth=0.4, color="#cccccc")
    axes.yaxis.get_major_locator().set_params(integer=True)
    _plain_numbers(axes, font)
    return figure


def _ends(series: Sequence[tuple[str, list[int]]]) -> list[tuple[float, tuple[str, list[int]], dict[str, Any]]]:
    """Place the names at the ends of the lines, never over each other or the axis: (y, series, style)."""
    top = max((max(values) for _, values in series), default=0) or 1
    ordered = sorted(zip(series, LINES, strict=True), key=lambda one: one[0][1][-1])
    placed: list[tuple[float, tuple[str, list[int]], dict[str, Any]]] = []
    lowest = -top * 0.04
    for one, line in ordered:
        y = max(float(one[1][-1]), lowest + top * 0.1)
        placed.append((y, one, line))
        lowest = y
    return placed


def _short(name: str, first: bool) -> str:
    """Shorten a period such as 2026-11 for the axis: the year only where it begins, and on the first label."""
    year, _, rest = name.partition("-")
    if not rest:
        return name
    return f"{rest}\n{year}" if first or rest in ("01", "W01", "Q1", "01-01") else rest


# --- bars side by side


def _compared(words: ReportWords, table: ReportTable, font: FontProperties) -> Figure:
    columns = [ReportColumn(key="received"), *(one for one in table.columns if one.key in COMPARED)]
    labels = [words.say("column.now"), *(words.column(one) for one in columns[1:])]
    return _side_by_side(words, table, [one.key for one in columns], labels, font)


def _repairs(words: ReportWords, table: ReportTable, font: FontProperties) -> Figure:
    keys = ["begun", "ended", "open"]
    return _side_by_side(words, table, keys, [words.say(f"column.{key}") for key in keys], font)


def _side_by_side(
    words: ReportWords, table: ReportTable, keys: Sequence[str], labels: Sequence[str], font: FontProperties
) -> Figure:
    places = [[column.key for column in table.columns].index(key) for key in keys]
    rows = sorted(table.rows, key=lambda row: -int(row.values[places[0]] or 0))[:MOST]
    figure, axes = _canvas(0.6 + 0.52 * len(rows), font)
    for nth, (place, label, style) in enumerate(zip(places, labels, (SOLID, HATCHED, EMPTY), strict=True)):
        values = [int(row.values[place] or 0) for row in rows]
        at = [y + (nth - 1) * 0.27 for y in range(len(rows))]
        bars = axes.barh(at, values, height=0.25, label=label, edgecolor="#222222", linewidth=0.6, **style)
        axes.bar_label(bars, [f"{value:,}" for value in values], padding=2, fontsize=7.5)
    _names(words, table, rows, axes, font)
    _legend(axes, font, 3)
    return figure


# --- bars of parts


def _punctual(words: ReportWords, table: ReportTable, font: FontProperties) -> Figure | None:
    rows = [row for row in table.rows if _at(table, row, "late")]
    rows = sorted(rows, key=lambda row: -_at(table, row, "late"))[:MOST]
    return _parts(words, table, rows, ("late", "on_time"), (SOLID, EMPTY), font)


def _answers(words: ReportWords, table: ReportTable, font: FontProperties) -> Figure | None:
    keys = ("unsatisfied", "neutral", "satisfied")
    rows = [row for row in table.rows if any(_at(table, row, key) for key in keys)]
    return _parts(words, table, rows, keys, (SOLID, HATCHED, EMPTY), font)


def _parts(
    words: ReportWords,
    table: ReportTable,
    rows: Sequence[ReportRow],
    keys: Sequence[str],
    styles: Sequence[dict[str, Any]],
    font: FontProperties,
) -> Figure | None:
    if not rows:
        return None
    figure, axes = _canvas(0.65 + (0.42 if table.key == "clauses" else 0.34) * len(rows), font)
    widest = max(sum(_at(table, row, key) for key in keys) for row in rows) or 1
    begin = [0] * len(rows)
    for key, style in zip(keys, styles, strict=True):
        values = [_at(table, row, key) for row in rows]
        bars = axes.barh(
            range(len(rows)),
            values,
            left=begin,
            height=0.62,
            label=words.say(f"column.{key}"),
            edgecolor="#222222",
            linewidth=0.6,
            **style,
        )
        for bar, value in zip(bars, values, strict=True):
            if value > widest * 0.03:
                middle = (bar.get_x() + bar.get_width() / 2, bar.get_y() + bar.get_height() / 2)
                ink = "#ffffff" if style is SOLID else "#000000"
                ground = {"facecolor": style["color"], "edgecolor": "none", "pad": 0.8} if style["hatch"] else None
                axes.text(*middle, f"{value:,}", ha="center", va="center", fontsize=7.5, color=ink, bbox=ground)
        begin = [one + value for one, value in zip(begin, values, strict=True)]
    _names(words, table, rows, axes, font)
    _legend(axes, font, len(keys))
    return figure


def _at(table: ReportTable, row: ReportRow, key: str) -> int:
    return int(row.values[[column.key for column in table.columns].index(key)] or 0)


def _names(words: ReportWords, table: ReportTable, rows: Sequence[ReportRow], axes: Any, font: FontProperties) -> None:
    axes.set_yticks(range(len(rows)), [_name(words, table, row) for row in rows], fontproperties=font)
    axes.invert_yaxis()
    axes.margins(x=0.08)
    axes.set_xlim(left=0)
    axes.grid(axis="x", linewidth=0.4, color="#cccccc")
    axes.set_axisbelow(True)
    axes.xaxis.get_major_locator().set_params(integer=True)
    _plain_numbers(axes, font)


def _name(words: ReportWords, table: ReportTable, row: ReportRow) -> str:
    """Return the label of a bar, at most two lines: for a clause, its id and the beginning of its text."""
    room = ROOM[words.lang]
    said = words.row(table, row)
    asks = words.row_in_full(table, row).removeprefix(said).strip()
    parts = (said, asks) if asks else (said[:room], said[room:])
    return "\n".join(one if len(one) <= room else f"{one[: room - 1]}…" for one in parts if one)


def _plain_numbers(axes: Any, font: FontProperties) -> None:
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(font)
        label.set_fontsize(8)
        label.set_linespacing(1.3)


def _legend(axes: Any, font: FontProperties, columns: int) -> None:
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=columns,
        frameon=False,
        prop=font,
        handlelength=2.2,
        handleheight=0.9,
        borderaxespad=0.2,
    )


_CHARTS: dict[str, Callable[[ReportWords, ReportTable, FontProperties], Figure | None]] = {
    "trend": _trend,
    "category": _compared,
    "clauses": _punctual,
    "offices": _punctual,
    "revisits": _answers,
    "repairs": _repairs,
}
