"""Writes down what a Word document, an Excel sheet or a mail says, without what it tells of its maker.

Part of the program `making`, and like it importing nothing of ours. What is written comes from a list of what may be:
the text of a document as it is shown, the values of cells, four headers of a mail and its text. So the properties of a
document, its authors, comments and deletions, formulas, hidden sheets, and the way and the machines that a mail came by
are never even looked at. Pictures and attached files are named only. Nothing is fetched.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, time
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import Compat32
from html.parser import HTMLParser
from typing import Any, TypeAlias, cast
from xml.parsers import expat

LONGEST = 1_000_000
"""Characters of a copy."""
BEGINNING = 2_000
"""Characters of a preview."""
CELLS = 2_000_000
"""Cells of a workbook that are looked at, empty ones included."""
DEPTH = 500
"""Elements of a document in each other. Deeper ones are made by nobody who writes."""
MAIL_DEPTH = 30
PARTS = 1_000
HEADER = 4_000
"""Characters of a header, or of the name of an attached file, that are looked at."""
UNPACKED = 200_000_000
CHUNK = 64 * 1024

Words: TypeAlias = Mapping[str, str]
"""The words beside what the file says, by name: `cli.as_text` in the catalogue of texts."""

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MAIL = "message/rfc822"

_RAW = re.compile("[\udc80-\udcff]")
"""A byte of a header that came without a coding."""
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""Characters that are not seen, or turn the reading direction."""


def as_text(variant: str, media_type: str, content: bytes, words: Words) -> bytes:
    """Return the text in UTF-8: the whole, or for a preview its beginning. Raises anything if it is damaged."""
    lines = {_WORD: _word, _EXCEL: _excel, _MAIL: _mail}[media_type](content, words)
    preview = variant == "preview"
    said = "\n".join(_cut(lines, BEGINNING if preview else LONGEST, words["more" if preview else "cut"]))
    return f"{words['head']}\n\n{said.strip() or words['empty']}\n".encode()


def _cut(lines: Iterable[str], most: int, note: str) -> Iterator[str]:
    """Yield the lines as far as they have no more than `most` characters, then the note; of empty lines one."""
    before = ""
    for line in lines:
        clean = _clean(line).rstrip()
        if len(clean) > most:
            if most > 0:
                yield clean[:most]
            yield f"\n{note}"
            return
        if clean or before:
            yield clean
            most -= len(clean) + 1
        before = clean


def _clean(text: str) -> str:
    return _UNSEEN.sub("", text)


# --- Word and Excel


class _Enough(Exception):
    """Raised when a part has been read as far as it is needed."""


def _check_declarations(archive: zipfile.ZipFile) -> None:
    """Raise `ValueError` if a part declares anything: parts of documents never do, only entities that grow or fetch."""

    def enough(*_: Any) -> None:
        raise _Enough

    def refuse(*_: Any) -> None:
        raise ValueError("a part declares something")

    for part in archive.namelist():
        if part.endswith((".xml", ".rels")):
            parser = expat.ParserCreate()
            parser.StartDoctypeDeclHandler, parser.StartElementHandler = refuse, enough
            with suppress(_Enough):
                for chunk in _unpacked(archive, part):
                    parser.Parse(chunk, False)


def _unpacked(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    size = 0
    with archive.open(part) as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > UNPACKED:
                raise ValueError("too large")
            yield chunk


class _Document:
    """Collects the lines of a part of a document. A row of a table is a line, with a tab between its cells."""

    _SKIPPED = frozenset({"del", "moveFrom", "Fallback"})
    """What is not shown: deleted, moved away, and what only old programs read."""

    def __init__(self, words: Words, most: int) -> None:
        self.lines: list[str] = []
        self._words, self._left = words, most
        self._open: list[str] = []
        self._skipped_from = 0  # the depth of what is skipped; 0: nothing is
        self._hidden = False
        self._line: list[str] = []
        self._cells: list[list[str]] = []  # the lines of each cell that is open, the innermost last
        self._rows: list[list[str]] = []

    def read(self, archive: zipfile.ZipFile, part: str) -> bool:
        """Read a part; return whether there was room for all of it."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            for chunk in _unpacked(archive, part):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except _Enough:
            while self._open:
                self._end("")
            return False
        return True

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        self._open.append(local)
        if len(self._open) > DEPTH:
            raise ValueError("too deep")
        if self._skipped_from:
            return
        if local in self._SKIPPED:
            self._skipped_from = len(self._open)
        elif local == "p":
            self._end_line()
        elif local == "r":
            self._hidden = False
        elif local == "vanish" and self._open[-3:-1] == ["r", "rPr"]:
            self._hidden = not any(value in ("0", "false", "off") for value in attributes.values())
        elif local == "tr":
            self._rows.append([])
        elif local == "tc":
            self._cells.append([])
        elif local in ("pic", "imagedata"):
            self._say(self._words["picture"])
        elif local in ("br", "cr") and self._inside("r"):
            self._end_line()
        elif local == "tab" and self._inside("r"):
            self._say("    ")
        elif local == "noBreakHyphen":
            self._say("-")

    def _end(self, _: str) -> None:
        local, depth = self._open.pop(), len(self._open) + 1
        if self._skipped_from:
            if depth == self._skipped_from:
                self._skipped_from = 0
        elif local == "p":
            self._end_line(always=True)
        elif local == "tc" and self._cells:
            self._end_line()
            cell = " ".join(filter(None, self._cells.pop()))
            if self._rows:
                self._rows[-1].append(cell.replace("\t", " "))
            else:
                self._say(cell)
        elif local == "tr" and self._rows:
            self._line = ["\t".join(self._rows.pop())]
            self._end_line()

    def _characters(self, text: str) -> None:
        if self._open[-1] == "t" and not self._skipped_from and not self._hidden:
            self._say(text)

    def _inside(self, parent: str) -> bool:
        return self._open[-2:-1] == [parent]

    def _say(self, text: str) -> None:
        self._line.append(_clean(text))
        self._left -= len(text)
        if self._left < 0:
            raise _Enough

    def _end_line(self, *, always: bool = False) -> None:
        if self._line or always:
            (self._cells[-1] if self._cells else self.lines).append("".join(self._line))
            self._line = []


def _word(content: bytes, words: Words) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        _check_declarations(archive)
        names = archive.namelist()
        notes = [name for name in names if re.fullmatch(r"word/(foot|end)notes\d*\.xml", name)]
        margins = [name for name in names if re.fullmatch(r"word/(header|footer)\d*\.xml", name)]
        for heading, parts in (("", ["word/document.xml"]), ("notes", notes), ("margins", margins)):
            document = _Document(words, LONGEST + 1)
            whole = all(document.read(archive, part) for part in sorted(parts))
            if heading and any(line.strip() for line in document.lines):
                yield f"\n{words[heading]}"
            yield from document.lines
            if not whole:
                yield f"\n{words['cut']}"
                return


def _excel(content: bytes, words: Words) -> Iterator[str]:
    from openpyxl import load_workbook

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        _check_declarations(archive)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of what it does not know, which is much
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        if not book.worksheets:
            raise ValueError("no sheets: of another standard, or damaged")
        cells = CELLS
        for sheet in book.worksheets:
            yield f"\n{words['sheet']}{sheet.title}"
            if sheet.sheet_state != "visible":
                yield words["hidden"]
                continue
            sheet.reset_dimensions()  # what the file says of its size may be anything
            for row in sheet.iter_rows(values_only=True):
                cells -= max(1, len(row))
                if cells < 0:
                    yield f"\n{words['cut']}"
                    return
                yield "\t".join(_value(value) for value in row)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return f"{value:.15g}"  # further digits are not significant
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ", "seconds")
    return "" if value is None else re.sub(r"\s+", " ", str(value)).strip()


# --- mail


class _AsSent(Compat32):
    """Leaves headers as they came: the usual policy replaces Chinese that was sent without a coding."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value


def _mail(content: bytes, words: Words) -> Iterator[str]:
    letter = message_from_bytes(content, policy=_AsSent())
    for header in ("from", "to", "cc", "date", "subject"):
        for value in letter.get_all(header, [])[:1]:
            yield f"{words[header]}{_header(value)}"
    attached: list[str] = []
    body = _body(letter, attached, words, 0)
    yield ""
    yield from body.splitlines()
    if attached:
        yield f"\n{words['attached']}"
        yield from attached


def _body(part: Message, attached: list[str], words: Words, depth: int) -> str:
    """Return the text of a part and of those in it; the names of attached files are added to `attached`."""
    if depth > MAIL_DEPTH or len(attached) > PARTS:
        raise ValueError("too many parts in each other")
    kind = part.get_content_type()
    if part.get_content_maintype() == "multipart":
        said = [(one.get_content_type(), _body(one, attached, words, depth + 1)) for one in _inside(part)]
        said = [(one, text) for one, text in said if text.strip()]
        if kind == "multipart/alternative":  # the same again and again, the plainest first
            return next((text for one, text in said if one == "text/plain"), said[-1][1] if said else "")
        return "\n\n".join(text for _, text in said)
    if kind not in ("text/plain", "text/html") or part.get_content_disposition() == "attachment" or _name(part):
        attached.append(f"{_name(part) or kind} ({_size(part):,} {words['bytes']})")
        return ""
    text = _decoded(_content(part), part.get_content_charset())
    return _of_page(text, words) if kind == "text/html" else text


def _inside(part: Message) -> list[Message]:
    return cast("list[Message]", part.get_payload()) if part.is_multipart() else []


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _size(part: Message) -> int:
    with suppress(Exception):  # a mail that is attached may be damaged in any way
        return sum(len(one.as_bytes()) for one in _inside(part)) or len(_content(part))
    return 0


def _name(part: Message) -> str:
    return _header(part.get_filename() or "")


def _header(value: Any) -> str:
    """Return a header in one line. Words without their coding, which many programs leave in, are understood too."""
    raw = re.sub(r"\s+", " ", str(value)[:HEADER])
    try:
        parts = decode_header(raw)
    except (HeaderParseError, ValueError):
        parts = [(raw, None)]
    said = "".join(part if isinstance(part, str) else _decoded(part, charset) for part, charset in parts)
    if _RAW.search(said):
        said = _decoded(said.encode("utf-8", "surrogateescape"), None)
    return re.sub(r"\s+", " ", said).strip()


def _decoded(content: bytes, charset: str | None) -> str:
    """Return the text; of what names no charset, or a wrong one, in the one that fits."""
    named = {"gb2312": "gb18030", "gbk": "gb18030"}.get(charset or "", charset)
    for encoding in filter(None, (named, "utf-8", "gb18030")):
        with suppress(UnicodeDecodeError, LookupError):
            text = content.decode(encoding)
            if named or encoding != "utf-8" or not _by_chance(text, content):
                return text
    return content.decode("utf-8", "replace")


def _by_chance(text: str, content: bytes) -> bool:
    """Return whether this text in UTF-8 is rather Chinese in GB 18030: the bytes of some words, as 联通, are both."""
    if not "\x7f" < max(text, default="") < "\u0800":
        return False
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


class _Page(HTMLParser):
    """Collects the text of a page as far as it is shown."""

    _SKIPPED = frozenset({"script", "style", "head", "title", "template", "noscript"})
    _LINES = re.compile(
        "address|article|blockquote|br|d[dlt]|div|footer|h[1-6r]|header|li|[ou]l|p|pre|section|table|tr"
    )

    def __init__(self, words: Words) -> None:
        super().__init__()
        self.said: list[str] = []
        self._skipped = ""
        self._words = words

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skipped:
            return
        if tag in self._SKIPPED:
            self._skipped = tag
        elif self._LINES.fullmatch(tag):
            self.said.append("\n")
        elif tag in ("td", "th"):
            self.said.append("\t")
        elif tag == "img" and dict(attrs).get("width") not in ("0", "1"):  # smaller ones only report who reads
            self.said.append(self._words["picture"])

    def handle_endtag(self, tag: str) -> None:
        if tag == self._skipped or (tag == "head" and self._skipped):
            self._skipped = ""
        elif self._LINES.fullmatch(tag) and not self._skipped:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.said.append(re.sub(r"\s+", " ", data))


def _of_page(text: str, words: Words) -> str:
    page = _Page(words)
    page.feed(text[: 4 * LONGEST])
    page.close()
    return "\n".join(line.strip() for line in "".join(page.said).splitlines())
