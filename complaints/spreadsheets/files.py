"""Turns the bytes of a file into grids: encoding, separator, ends of records."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from complaints.spreadsheets.cells import cell
from complaints.spreadsheets.grids import Grid, GridRow, ReadFault, Unreadable

LIMIT = 50_000_000
"""Maximum size of a file, in bytes."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_SEP = re.compile(r'"?sep=(.)"?[\r\n]*', re.IGNORECASE)
_SEPARATORS = ",;\t|"
_WIDE = "，；、"
_SAMPLE = 20
PATIENCE = 100
"""Unreadable lines after which reading stops: the file is plainly something else, and more reading would only take
time."""


def grids(data: bytes) -> list[Grid]:
    """The sheets of a file, recognised by content, not by file name. Raises `Unreadable`."""
    if len(data) > LIMIT:
        raise Unreadable("too-large", limit=f"{LIMIT // 1_000_000} MB")
    if not data.strip():
        raise Unreadable("empty")
    if is_workbook(data):
        from complaints.spreadsheets.workbooks import sheets

        return sheets(data)
    text = decoded(data)
    if text is None:
        raise Unreadable("encoding")
    return [table(text)]


def is_workbook(data: bytes) -> bool:
    """Whether this is an XLSX file. Raises `Unreadable` for workbooks of the old format."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("old-workbook")
    return data.startswith(b"PK\x03\x04")


def decoded(data: bytes) -> str | None:
    """Decode a file in UTF-8, GB18030, or UTF-16 with a byte order mark; None for any other encoding."""
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\x00" in text or (encoding == "gb18030" and _unlikely(text)) else text
    return None


def _unlikely(text: str) -> bool:
    """Whether a text decoded as GB18030 is more probably in Big5, Latin-1 or another encoding.

    GB18030 has a character for nearly every byte sequence. In Chinese text most characters are signs or the 3,755
    characters of everyday use, which have code ranges of their own; in other encodings read as GB18030 they are not.
    """
    foreign = Counter(text[:200_000])
    whole = usual = 0
    for character, times in foreign.items():
        if character.isascii():
            continue
        whole += times
        code = character.encode("gb18030")
        everyday = len(code) == 2 and code[1] >= 0xA1 and (0xB0 <= code[0] <= 0xD7 or code[0] in (0xA1, 0xA2, 0xA3))
        usual += times if everyday else 0
    return usual * 3 < whole * 2


def text_lines(text: str) -> list[str]:
    """Split a text into lines with their ends: CR, LF or both, and nothing else.

    `str.splitlines` also ends a line at U+2028, U+0085, a form feed and others, which may stand within a cell.
    """
    return _LINE.findall(text)


def table(text: str) -> Grid:
    """Parse a CSV text into a grid. Raises `Unreadable` if it is empty."""
    lines = text_lines(text.removeprefix("\ufeff"))
    said = _SEP.fullmatch(lines[0]) if lines else None
    if said:
        lines = lines[1:]  # an instruction to the spreadsheet program, which hides it
    rows = tuple(_rows(lines, said[1] if said else _separator(lines)))
    if not rows:
        raise Unreadable("empty")
    return Grid("", rows)


def _rows(lines: list[str], separator: str) -> Iterator[GridRow]:
    """Yield records by number, blank ones counted too. A record whose quotes do not close spoils only its own line."""
    start = number = broken = 0
    while start < len(lines):
        reader = csv.reader(islice(lines, start, None), delimiter=separator, strict=True)
        began = start
        try:
            for record in reader:
                number += 1
                cells = [cell(one) for one in record]
                if any(cells):
                    yield GridRow(number, cells)
                began = start + reader.line_num
            return
        except csv.Error:
            number, broken = number + 1, broken + 1
            yield GridRow(number, [], ReadFault("quotes"))
            if broken == PATIENCE:
                yield GridRow(number, [], ReadFault("too-many-broken", {"count": str(PATIENCE)}))
                return
            start = began + 1


def _separator(lines: list[str]) -> str:
    """The separator by which most of the first lines have the same number of cells, more than one.

    A separator by which the first line has that number too is preferred: texts that contain other separators do not
    decide.
    """
    beginning = list(islice((line for line in lines if line.strip()), _SAMPLE))
    for separators in (_SEPARATORS, _WIDE):
        found = max(separators, key=lambda one: _agreement(beginning, one))
        if _agreement(beginning, found) > (False, 0, 0):
            return found
    return ","


def _agreement(lines: list[str], separator: str) -> tuple[bool, int, int]:
    """Rank a separator: whether the first line has the commonest cell count, how many lines have it, and that count.

    (False, 0, 0) for a single cell.
    """
    found = list(_widths(lines, separator))
    widths = Counter(width for width in found if width > 1)
    times, most = max(((times, width) for width, times in widths.items()), default=(0, 0))
    return times > 1 and found[0] == most, times, most


def _widths(lines: list[str], separator: str) -> Iterator[int]:
    """Yield the number of cells of each record, up to one that cannot be read."""
    try:
        yield from map(len, csv.reader(lines, delimiter=separator))
    except csv.Error:
        return
