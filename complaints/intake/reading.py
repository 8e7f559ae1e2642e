"""From bytes to rows of named fields: which encoding, which format, which line. What the fields mean is not known here.

Files come from spreadsheets and from programs, so much is tolerated (UTF-8 with or without a mark, GB18030, UTF-16 with
a mark; commas, semicolons or tabs; Chinese headings) and nothing is guessed: a row that cannot be read is refused with
its line, and reading goes on at the next place where a row can begin.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any, NoReturn, cast

from complaints.intake.checking import Rejected
from complaints.intake.headings import FIELDS
from complaints.plain import plain_text

LIMIT = 10_000_000
"""The most text one file may hold, in bytes (or characters, when text is passed)."""

PATIENCE = 100
"""After so many unreadable rows the file is plainly something else, and looking for more would only take time."""

_BLANK = re.compile(r"[\s,]*")
_NEXT_OBJECT = re.compile(r"\n\s*(?=\{)")


@dataclass(frozen=True, slots=True)
class Row:
    """The named fields of one complaint and the line it begins on; or why that line cannot be read."""

    line: int
    fields: dict[str, Any] = field(default_factory=dict[str, Any])
    rejected: Rejected | None = None


class _Unreadable(ValueError):
    """What JSON allows and we do not: a key twice in one object, NaN, or a number without end."""

    def __init__(self, key: str, **params: str) -> None:
        self.key = key
        self.params = params
        super().__init__(key)


def rows(data: bytes | str) -> Iterator[Row]:
    """The rows of a file, readable or not, in its order."""
    if len(data) > LIMIT:
        yield _refused(None, "intake.too-large", limit=f"{LIMIT // 1_000_000} MB")
        return
    text = decoded(data) if isinstance(data, bytes) else data.removeprefix("\ufeff")
    if text is None:
        yield _refused(None, "intake.encoding")
        return
    if not text.strip():
        yield _refused(None, "intake.empty")
        return
    unreadable = 0
    for row in _objects(text) if text.lstrip()[0] in "{[" else _table(text):
        yield row
        unreadable += row.rejected is not None
        if unreadable == PATIENCE:
            yield _refused(row.line, "intake.too-many-broken", count=str(PATIENCE))
            return


def _refused(line: int | None, key: str, **params: str) -> Row:
    return Row(line=line or 0, rejected=Rejected(line=line, key=key, params=params))


def decoded(data: bytes) -> str | None:
    """The text of a file in UTF-8, GB18030 or marked UTF-16; None for anything else."""
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _objects(text: str) -> Iterator[Row]:
    """JSON: one object, a list of objects, or one object after another (JSON lines)."""
    decoder = json.JSONDecoder(
        object_pairs_hook=_once_each, parse_float=_number, parse_int=_number, parse_constant=_not_a_number
    )
    listed = text.lstrip()[0] == "["
    position = text.index("[") + 1 if listed else 0
    line, counted = 1, 0
    while (position := cast(re.Match[str], _BLANK.match(text, position)).end()) < len(text):
        line, counted = line + text.count("\n", counted, position), position
        if listed and text[position] == "]":
            listed, position = False, position + 1
            continue
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as fault:
            yield _broken(text, fault, line, position)
            following = _NEXT_OBJECT.search(text, position)
            if following is None:
                return
            position = following.end()
            continue
        if isinstance(value, dict):
            yield Row(line=line, fields=cast(dict[str, Any], value))
        else:
            yield _refused(line, "intake.not-an-object")
    if listed:
        yield _refused(text.count("\n") + 1, "intake.list-not-closed")


def _broken(text: str, fault: Exception, line: int, position: int) -> Row:
    """Why the entry that begins at `position`, on `line`, cannot be read."""
    match fault:
        case json.JSONDecodeError():
            return _refused(line + text.count("\n", position, fault.pos), "intake.broken-json", began=str(line))
        case _Unreadable():
            return _refused(line, fault.key, **fault.params)
        case _:
            return _refused(line, "intake.broken-json", began=str(line))


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Unreadable(
            "intake.field-twice", name=plain_text(next(name for name in names if names.count(name) > 1))[:40]
        )
    return fields


def _number(digits: str) -> Decimal:
    if len(digits) > 40:
        raise _Unreadable("intake.number-too-long")
    return Decimal(digits)


def _not_a_number(name: str) -> NoReturn:
    raise _Unreadable("intake.not-a-number", name=name)


def _table(text: str) -> Iterator[Row]:
    """CSV with a header row. An unclosed quote spoils its own line only: reading goes on at the line after it."""
    lines = text.splitlines(keepends=True)
    first = next(at for at, line in enumerate(lines) if line.strip())
    separator = max(",;\t", key=lines[first].count)
    headings: list[str] | None = None
    for line, cells in records(lines, first, separator):
        if cells is None:
            yield _refused(line, "intake.broken-csv")
        elif headings is None:
            headings = [FIELDS.get(cell.strip(), cell.strip().lower()) for cell in cells]
            twice = sorted({name for name in headings if name and headings.count(name) > 1})
            if twice:
                yield _refused(line, "intake.field-twice", name=twice[0])
                return
        elif len(cells) > len(headings) and any(cell.strip() for cell in cells[len(headings) :]):
            yield _refused(line, "intake.too-many-cells", cells=str(len(cells)), columns=str(len(headings)))
        elif any(cell.strip() for cell in cells):
            named = zip(headings, cells, strict=False)
            yield Row(line=line, fields={name: cell.strip() for name, cell in named if cell.strip()})


def records(lines: list[str], first: int, separator: str) -> Iterator[tuple[int, list[str] | None]]:
    """Records with the number of their first line; `None` for one whose quotes do not close."""
    start = first
    while start < len(lines):
        reader = csv.reader(islice(lines, start, None), delimiter=separator, strict=True)
        began = start
        try:
            for cells in reader:
                yield began + 1, cells
                began = start + reader.line_num
            return
        except csv.Error:
            yield began + 1, None
            start = began + 1
