"""Renders sheets as PDF with Typst: one wheel without system libraries.

Case data is never part of the program that Typst runs. The program is always `sheet.typ`; the sheets reach it as data,
so that a `#` or `$` that a customer wrote is printed literally.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from complaints.printing import fonts
from complaints.printing.coverage import without_glyph
from complaints.printing.layout import WIDTH, Box, CellRow, Part, Register, Sheet, SheetCell, SheetHeading, Sign, Tick
from complaints.printing.legible import breakable, code
from complaints.printing.typesetting import typeset

_PROGRAM = files("complaints.printing").joinpath("sheet.typ").read_bytes()
_MILLIMETRES = {False: 174, True: 261}
SHORT = 20
"""Maximum lines of a box that is never torn between two pages."""
_EM, _SMALL = 3.53, 3.0
"""Millimetres per em: at 10 points, and at the 8.5 points of registers."""


def pdf(sheets: Sequence[Sheet], folders: Sequence[Path] | None = None) -> bytes:
    """Return the PDF of these sheets, each with its own page numbers. Raises `NoChineseFont` and `BadlySet`."""
    found = fonts.find(folders)
    pair = found.pair
    shown = [_shown(sheet, found) for sheet in sheets]
    data: dict[str, Any] = {"sans": pair.sans, "serif": pair.serif, "sheets": [_sheet(sheet) for sheet in shown]}
    return typeset(_PROGRAM, data, found)


def _shown(sheet: Sheet, found: fonts.FoundFonts) -> Sheet:
    """Replace each character that no font has by its code, before the texts are measured."""
    said = sheet.model_dump_json()
    missing = without_glyph({one for one in said if not one.isascii()}, found.faces())
    for character in missing:
        said = said.replace(character, code(character))
    return Sheet.model_validate_json(said) if missing else sheet


def _sheet(sheet: Sheet) -> dict[str, Any]:
    """Return the sheet as data for Typst, with the texts around it."""
    head = {name: getattr(sheet, name) for name in ("title", "code", "number", "landscape", "printed", "note", "lang")}
    unit = _MILLIMETRES[sheet.landscape] / WIDTH
    return {
        **head,
        "edition": sheet.edition,
        "pages": sheet.pages,
        "parts": [_part(part, unit) for part in sheet.parts],
    }


def _part(part: Part, unit: float) -> dict[str, Any]:
    match part:
        case CellRow():
            return {"kind": "line", "fields": [_field(field, unit) for field in part.fields]}
        case Box():
            texts = [{"label": one.label, "lines": _lines(one.text, WIDTH * unit - 4)} for one in part.paragraphs]
            box: dict[str, Any] = {"kind": "box", "label": part.label, "texts": texts, "room": part.room}
            box["long"] = _is_long(part, WIDTH * unit - 4)
            return {**box, "ticks": _ticks(part.ticks), "signs": [_sign(sign) for sign in part.signs]}
        case SheetHeading():
            return {"kind": "heading", "text": part.text}
        case Register():
            return _register(part, unit)


def _is_long(part: Box, room: float) -> bool:
    """Whether a box may go on over pages: others stay in one piece, with their signatures."""
    each = [line for one in part.paragraphs for line in (one.label, *one.text.split("\n"))]
    lines = sum(1 + int(len(line) * _EM // room) for line in each)
    return lines + 2 * len(part.signs) > SHORT


def _field(field: SheetCell, unit: float) -> dict[str, Any]:
    room = (field.span - field.head) * unit - 4
    said = {"label": field.label, "head": field.head, "span": field.span - field.head}
    return {**said, "lines": _lines(field.text, room), "ticks": _ticks(field.ticks)}


def _register(part: Register, unit: float) -> dict[str, Any]:
    whole = sum(column.width for column in part.columns)
    rooms = [WIDTH * unit * column.width / whole - 2.4 for column in part.columns]
    rows = [[_lines(cell, room, _SMALL) for cell, room in zip(row, rooms, strict=True)] for row in part.rows]
    return {
        "kind": "register",
        "widths": [column.width for column in part.columns],
        "labels": [column.label for column in part.columns],
        "rows": rows,
        "blank": max(part.least - len(rows), 0),
    }


def _ticks(ticks: tuple[Tick, ...]) -> list[dict[str, Any]]:
    return [{"text": tick.text, "on": tick.on} for tick in ticks]


def _sign(sign: Sign) -> dict[str, Any]:
    return {"label": sign.label, "by": sign.by, "at": sign.at, "remark": sign.remark}


def _lines(text: str, room: float, em: float = _EM) -> list[str]:
    """Return the lines of a text for a cell `room` millimetres wide inside; an empty text has no lines."""
    return breakable(text, room / em).split("\n") if text else []
