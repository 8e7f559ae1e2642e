"""Renders a report as PDF with Typst. As with forms, the program is constant and the report reaches it as data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from complaints.printing import fonts
from complaints.printing.coverage import without_glyph
from complaints.printing.legible import breakable, code
from complaints.printing.reports.page import Page, PageTable, page
from complaints.printing.typesetting import typeset
from complaints.reports.model import Drafted
from complaints.texts import say

_PROGRAM = files("complaints.printing.reports").joinpath("report.typ").read_bytes()


def pdf(drafted: Drafted, lang: str, people: Mapping[str, str], folders: Sequence[Path] | None = None) -> bytes:
    """Return the PDF with page numbers; `people` are names by id. Raises `NoChineseFont` and `BadlySet`."""
    found = fonts.find(folders)
    data = json.dumps(_data(page(drafted, lang, people), found.pair), ensure_ascii=False)
    for character in without_glyph({one for one in data if not one.isascii()}, found.faces()):
        data = data.replace(character, code(character))
    return typeset(_PROGRAM, json.loads(data), found)


def _data(shown: Page, pair: fonts.Pair) -> dict[str, Any]:
    return {
        **{name: getattr(shown, name) for name in ("title", "period", "whose", "rule", "how")},
        **{name: getattr(shown, name) for name in ("remarks_of", "remarks", "named")},
        "lang": shown.lang,
        "landscape": shown.landscape,
        "digest": shown.digest,
        "sans": pair.sans,
        "serif": pair.serif,
        "pages": say("report.page.pages", shown.lang, page="{page}", pages="{pages}"),
        "standing": list(shown.standing),
        "sentences": list(shown.sentences),
        "grids": [_grid(grid, pair.sans) for grid in shown.grids],
    }


def _grid(grid: PageTable, sans: str) -> dict[str, Any]:
    rooms = [head.width - 0.8 for head in grid.heads]
    rows = [[breakable(cell.text, room) for cell, room in zip(row, rooms, strict=True)] for row in grid.rows]
    return {
        "title": grid.title,
        "note": grid.note,
        "whole": grid.whole,
        "rows": rows,
        "heads": [{"text": head.text, "number": head.number, "width": head.width} for head in grid.heads],
        "chart": grid.chart.replace("'Noto Sans CJK SC'", f"'{sans}'") if grid.chart else "",
        "chart_title": grid.chart_title,
    }
