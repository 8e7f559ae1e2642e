"""Reads workbooks (XLSX) as grids of text.

Decision. The parts of the file are read here and not by openpyxl, which writes the workbooks. Openpyxl does not
distinguish a formula that was never calculated from an empty cell, nor does it tell which cells are merged or hidden
unless it holds the whole file in memory. It reads numbers whose last digits are lost like others, leaves `_x000D_` in
texts, and finds no sheets in files of the strict standard. A value that a person sees must never be taken for missing,
or guessed.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from posixpath import join, normpath
from typing import IO
from xml.etree.ElementTree import Element, iterparse, parse

from complaints.spreadsheets.cells import Day, Spoilt, cell
from complaints.spreadsheets.grids import EPOCH, Area, Grid, GridRow, ReadFault, Unreadable, column_place

UNPACKED = 600_000_000
"""Maximum unpacked size of a workbook, in bytes: a small file can be made to expand to any size."""
WIDEST = 200
"""Maximum number of columns that are read."""
_EXACT = 10**15
"""The first number with more than the fifteen digits that spreadsheet programs keep."""
_AREA = re.compile(r"\$?([A-Z]+)\$?(\d+):\$?([A-Z]+)\$?(\d+)")
_LETTERS = re.compile(r"[A-Z]+")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DAY_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Built-in formats that show a number as a day or a time, including those of Chinese versions."""
_NO_DATE = re.compile(r'"[^"]*"|\\.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|_.|\*.', re.IGNORECASE)
_TRUE = frozenset({"1", "true", "on"})


@dataclass(slots=True)
class _Book:
    """Data of the workbook that the cells of all sheets refer to."""

    epoch: date = EPOCH
    strings: list[str] = field(default_factory=list[str])
    formats: list[str | int] = field(default_factory=list[str | int])  # by style: a format's text, or its number
    days: list[bool] = field(default_factory=list[bool])  # by style


def sheets(data: bytes) -> list[Grid]:
    """The sheets of a workbook that are not empty. Raises `Unreadable`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > UNPACKED:
                raise Unreadable("too-large", limit=f"{UNPACKED // 1_000_000} MB")
            filled = [grid for grid in _sheets(archive) if grid.rows]
    except Unreadable:
        raise
    except Exception as broken:  # a broken file can fail in any way: not a ZIP, not XML, not what its parts refer to
        raise Unreadable("broken-workbook", problem=type(broken).__name__) from broken
    if not filled:
        raise Unreadable("empty")
    return filled


def _sheets(archive: zipfile.ZipFile) -> Iterator[Grid]:
    [(place, _)] = [one for one in _relations(archive, "").values() if one[1] == "officeDocument"]
    parts = _relations(archive, place)
    with archive.open(place) as stream:
        root = parse(stream).getroot()
    book = _Book()
    for path, kind in parts.values():
        if kind == "sharedStrings":
            book.strings = _strings(archive, path)
        elif kind == "styles":
            _styles(archive, path, book)
    for element in root.iter():
        if _tag(element) == "workbookPr" and element.get("date1904") in _TRUE:
            book.epoch = date(1904, 1, 1)
    for element in root.iter():
        if _tag(element) == "sheet":
            id = next(value for name, value in element.items() if name.endswith("}id"))
            path, kind = parts[id]
            if kind == "worksheet":
                with archive.open(path) as stream:
                    yield _grid(stream, element.get("name", ""), element.get("state", "visible") != "visible", book)


def _relations(archive: zipfile.ZipFile, place: str) -> dict[str, tuple[str, str]]:
    """The parts that a part refers to: id → path and kind."""
    folder, _, name = place.rpartition("/")
    with archive.open(join(folder, "_rels", f"{name}.rels")) as stream:
        root = parse(stream).getroot()
    found: dict[str, tuple[str, str]] = {}
    for one in root:
        target = one.get("Target", "")
        path = target[1:] if target.startswith("/") else normpath(join(folder, target))
        found[one.get("Id", "")] = (path, one.get("Type", "").rpartition("/")[2])
    return found


def _strings(archive: zipfile.ZipFile, path: str) -> list[str]:
    found: list[str] = []
    with archive.open(path) as stream:
        for _, element in iterparse(stream):
            if _tag(element) == "si":
                found.append(_text(element))
                element.clear()
    return found


def _text(element: Element) -> str:
    """The text of a string, all its runs, without phonetic hints."""
    parts: list[str] = []
    for child in element:
        if _tag(child) == "t":
            parts.append(child.text or "")
        elif _tag(child) == "r":
            parts += [one.text or "" for one in child if _tag(one) == "t"]
    return _without_escapes("".join(parts))


def _without_escapes(text: str) -> str:
    """Decode `_x000D_`, a workbook's form of what XML cannot hold; `_x005F_` is an underscore before such a text."""
    if "_x" not in text:
        return text
    written = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return written.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _styles(archive: zipfile.ZipFile, path: str, book: _Book) -> None:
    with archive.open(path) as stream:
        root = parse(stream).getroot()
    formats: dict[str, str] = {}
    for element in root.iter():
        if _tag(element) == "numFmt":
            formats[element.get("numFmtId", "")] = element.get("formatCode", "")
    for element in root:
        if _tag(element) == "cellXfs":
            for style in element:
                number = style.get("numFmtId", "0")
                book.formats.append(formats.get(number, int(number)))
    book.days = [one in _DAY_FORMATS if isinstance(one, int) else _shows_a_day(one) for one in book.formats]


def _shows_a_day(format: str) -> bool:
    return bool(re.search(r"[ymdhs]", _NO_DATE.sub("", format.partition(";")[0]), re.IGNORECASE))


def _grid(stream: IO[bytes], name: str, hidden: bool, book: _Book) -> Grid:
    rows: list[GridRow] = []
    areas: list[Area] = []
    line = hidden_lines = 0
    rows_of: Element | None = None
    for event, element in iterparse(stream, events=("start", "end")):
        tag = _tag(element)
        if event == "start":
            rows_of = element if tag == "sheetData" else rows_of
        elif tag == "row":
            line = int(element.get("r", line + 1))
            cells, fault = _cells(element, book)
            if cells:
                rows.append(GridRow(line, cells, fault))
                hidden_lines += element.get("hidden") in _TRUE
            if rows_of is not None:
                rows_of.clear()
        elif tag == "mergeCell" and (found := _AREA.fullmatch(element.get("ref", ""))):
            left, right = column_place(found[1]), column_place(found[3])
            areas.append(Area(found[0], int(found[2]), left, int(found[4]), right))
    touched = _touched(rows, areas)
    merged = [GridRow(one.line, one.cells, touched.get(one.line, one.fault)) for one in rows]
    return Grid(name, tuple(merged), book.epoch, tuple(areas), hidden, hidden_lines)


def _touched(rows: list[GridRow], areas: list[Area]) -> dict[int, ReadFault]:
    """The lines that a merged area touches: only one cell of the area holds its value."""
    last = rows[-1].line if rows else 0
    touched: dict[int, ReadFault] = {}
    for one in areas:
        fault = ReadFault("merged", {"area": one.name})
        touched.update(dict.fromkeys(range(one.top, min(one.bottom, last) + 1), fault))
    return touched


def _cells(row: Element, book: _Book) -> tuple[list[str], ReadFault | None]:
    cells: list[str] = []
    fault: ReadFault | None = None
    place = -1
    for element in row:
        if _tag(element) != "c":
            continue
        letters = _LETTERS.match(element.get("r", ""))
        place = column_place(letters[0]) if letters else place + 1
        said = _cell(element, book)
        if not said:
            continue
        if place >= WIDEST:
            fault = ReadFault("too-wide", {"columns": str(WIDEST)})
            continue
        cells += [""] * (place + 1 - len(cells))
        cells[place] = said
    return cells, fault


def _cell(element: Element, book: _Book) -> str:
    """A cell as text, or as `Day` or `Spoilt`."""
    kind, value, formula, inline = element.get("t", "n"), None, None, None
    for child in element:
        match _tag(child):
            case "v":
                value = child.text or ""
            case "f":
                formula = child.text or ""
            case "is":
                inline = child
            case _:
                pass
    if inline is not None:
        return cell(_text(inline))
    if value is None:
        return "" if formula is None else Spoilt(f"={formula}"[:40], "formula-open")
    match kind:
        case "s":
            return cell(book.strings[int(value)])
        case "str":
            return cell(_without_escapes(value))
        case "b":
            return "true" if value.strip() in _TRUE else "false"
        case "e":
            return Spoilt(value, "formula")
        case "d":
            return Day(value.strip())
        case _:
            return _number(value.strip(), int(element.get("s", "0")), book) if value.strip() else ""


def _number(written: str, style: int, book: _Book) -> str:
    """A number as shown: without a `.0` and without digits beyond the fifteenth, which are not significant."""
    number = float(written)
    if style < len(book.days) and book.days[style] and 0 <= number < 2_958_466:  # until the year 9999
        return _day(Decimal(written), book.epoch)
    if abs(number) >= _EXACT or number != number:
        return Spoilt(f"{number:.6g}", "digits-lost")
    said = format(Decimal(f"{number:.15g}"), "f")
    said = said.rstrip("0").rstrip(".") if "." in said else said
    shown = book.formats[style] if style < len(book.formats) else 0
    if isinstance(shown, str) and re.fullmatch("0+", shown) and said.isdigit():
        return said.zfill(len(shown))
    return said


def _day(serial: Decimal, epoch: date) -> Day:
    """The day and time of day of a number shown as one; for a number below 1 the time alone."""
    if epoch == EPOCH and 1 <= serial < 60:
        serial += 1  # these programs count a 29 February 1900, which did not exist
    at = datetime.combine(epoch, time(0)) + timedelta(seconds=round(serial * 86_400))
    if serial < 1:
        return Day(at.time().isoformat())
    return Day(at.date().isoformat() if at.time() == time(0) else at.isoformat(" "))


def _tag(element: Element) -> str:
    """The name of an element without its namespace: the strict standard has other namespaces."""
    return element.tag.rpartition("}")[2]
