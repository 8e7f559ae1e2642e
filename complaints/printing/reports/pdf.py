"""A report as PDF, set by Typst. As with forms, the program is always the same and the report reaches it as data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

from complaints.forms.sheets.legible import breakable, code
from complaints.printing import fonts
from complaints.printing.coverage import without_glyph
from complaints.printing.reports.page import Grid, Page, page
from complaints.reports.model import Drafted
from complaints.texts import say

_PROGRAM = files("complaints.printing.reports").joinpath("report.typ").read_bytes()
_EM = 3.0
"""Millimetres of one em of 8.5 points."""


def pdf(drafted: Drafted, lang: str, people: Mapping[str, str], folders: Sequence[Path] | None = None) -> bytes:
    """The report with page numbers. Raises `NoChineseFont`."""
    found = fonts.find(folders)
    data = json.dumps(_data(page(drafted, lang, people, folders), found.pair), ensure_ascii=False)
    for character in without_glyph({one for one in data if not one.isascii()}, found.faces()):
        data = data.replace(character, code(character))
    made = typst.Compiler(font_paths=found.all).compile(_PROGRAM, format="pdf", sys_inputs={"data": data}, timestamp=0)
    assert isinstance(made, bytes)
    return made


def _data(shown: Page, pair: fonts.Pair) -> dict[str, Any]:
    room = 261 if shown.landscape else 174
    return {
        **{name: getattr(shown, name) for name in ("title", "period", "whose", "rule", "remarks", "named", "how")},
        "lang": shown.lang,
        "landscape": shown.landscape,
        "digest": shown.digest,
        "sans": pair.sans,
        "serif": pair.serif,
        "pages": say("report.page.pages", shown.lang, page="{page}", pages="{pages}"),
        "standing": list(shown.standing),
        "sentences": list(shown.sentences),
        "grids": [_grid(grid, room, pair.sans) for grid in shown.grids],
    }


def _grid(grid: Grid, room: float, sans: str) -> dict[str, Any]:
    widths = [head.width for head in grid.heads]
    rooms = [room * width / sum(widths) / _EM - 0.8 for width in widths]
    rows = [[breakable(cell.text, wide) for cell, wide in zip(row, rooms, strict=True)] for row in grid.rows]
    return {
        "title": grid.title,
        "note": grid.note,
        "widths": widths,
        "rows": rows,
        "heads": [{"text": head.text, "number": head.number} for head in grid.heads],
        "chart": grid.chart.replace("'Noto Sans CJK SC'", f"'{sans}'") if grid.chart else "",
        "chart_title": grid.chart_title,
    }
