"""Workbooks (XLSX) as grids of text.

Decision. They are read as a stream, because the ordinary way takes a gigabyte for 100,000 lines. The stream does not
say which cells are merged, and a merged cell has its value in one line only, so the sheet's own text is searched for
that: a value must never be taken for missing, or guessed, where somebody sees it.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from complaints.importing.grids import EPOCH, Grid, Row
from complaints.importing.problems import Problem, Unreadable

UNPACKED = 600_000_000
"""The most that a workbook may hold when it is unpacked, in bytes: a small file can be made to hold anything."""
WIDEST = 200
"""Columns that are looked at."""
LINES = 1_048_576
"""Lines that a sheet can have."""
_MERGED = re.compile(rb'<mergeCell\s[^>]*ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_CHUNK = 1 << 20


def sheets(data: bytes) -> list[Grid]:
    """The sheets of a workbook that hold anything. Raises `Unreadable`."""
    import openpyxl
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, warnings.catch_warnings():
            if sum(part.file_size for part in archive.infolist()) > UNPACKED:
                raise Unreadable("too-large", limit=f"{UNPACKED // 1_000_000} MB")
            warnings.simplefilter("ignore")  # of styles and validations that it does not know and we do not need
            book: Any = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            epoch = date(1904, 1, 1) if book.epoch == CALENDAR_MAC_1904 else EPOCH
            found = [
                Grid(str(sheet.title), tuple(_rows(sheet, _merged(archive, sheet))), epoch) for sheet in book.worksheets
            ]
    except Unreadable:
        raise
    except Exception as broken:  # the library has no error of its own for a broken file, and raises what it meets
        raise Unreadable("broken-workbook", problem=type(broken).__name__) from broken
    filled = [grid for grid in found if grid.rows]
    if not filled:
        raise Unreadable("empty")
    return filled


def _rows(sheet: Any, merged: dict[int, str]) -> Iterator[Row]:
    sheet.reset_dimensions()  # what a sheet says about its own size is often wrong
    for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = [_text(value) for value in values[:WIDEST]]
        while cells and not cells[-1]:
            cells.pop()
        across = merged.get(line)
        if cells or across:
            yield Row(line, cells, Problem(line, "merged", {"area": across}) if across else None)


def _text(value: Any) -> str:
    """A cell as text. Numbers without a fraction lose the `.0` that makes a telephone number unusable."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime():
            whole = value.time() == time(0)
            return value.date().isoformat() if whole else value.replace(microsecond=0).isoformat(" ")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case _:
            return str(value).strip()


def _merged(archive: zipfile.ZipFile, sheet: Any) -> dict[int, str]:
    """The lines that a merged area touches, each with the area's name, such as "A5:A7"."""
    path = str(getattr(sheet, "_worksheet_path", "")).removeprefix("/")
    if path not in archive.namelist():
        return {}
    found: dict[int, str] = {}
    with archive.open(path) as part:
        before = b""
        while chunk := part.read(_CHUNK):
            text, end = before + chunk, 0
            for area in _MERGED.finditer(text):
                left, top, right, bottom = (piece.decode() for piece in area.groups())
                lines = range(int(top), min(int(bottom), LINES) + 1)
                found.update(dict.fromkeys(lines, f"{left}{top}:{right}{bottom}"))
                end = area.end()
            before = text[max(end, len(text) - 200) :]  # one that is cut in two by the end of the chunk
    return found
