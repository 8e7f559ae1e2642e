"""Find the line numbers of tables and keys in a TOML text, which the standard library's parser does not report.

Decision. An administrator who edits a file by hand needs the line of a mistake. Libraries that keep positions replace
the whole document model for it; a scan of headers and keys beside `tomllib`, ignorant of the content, is enough.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from complaints.base.line_breaks import lines_of

_HEADER = re.compile(r"^\s*\[{1,2}\s*([^\[\]]+?)\s*\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*(?:\.[^=]+)?=")
_QUOTES = ('"""', "'''")
_TOKEN = re.compile(r'''"""|\'{3}|"(?:\\.|[^"\\])*"?|\'[^\']*\'?|[#\[\]]''')
"""Tokens that change the scanner's state: multi-line quotes, whole strings, a comment sign, brackets."""


@dataclass(slots=True)
class TomlTable:
    """A table: its header's name and line; `keys` maps each key written in it to its line."""

    name: str
    line: int
    keys: dict[str, int] = field(default_factory=dict[str, int])

    def where(self, key: str | None) -> int:
        """Return the line of `key`, or the header's line if the key is absent."""
        return self.keys.get(key, self.line) if key else self.line


def tables(text: str) -> list[TomlTable]:
    """Return the tables of a TOML text in order; the first is the nameless one before any header.

    Lines inside a multi-line string or list are not mistaken for headers or keys.
    """
    found = [TomlTable("", 1)]
    inside: str | None = None
    depth = 0
    for number, line in enumerate(lines_of(text), start=1):
        opened, depth_before = inside, depth
        inside, depth = _after(line, inside, depth)
        if opened or depth_before > 0:
            continue
        if header := _HEADER.match(line):
            found.append(TomlTable(header[1], number))
            depth = 0
        elif key := _KEY.match(line):
            found[-1].keys.setdefault(key[1], number)
    return found


def _after(line: str, inside: str | None, depth: int) -> tuple[str | None, int]:
    """Return the open multi-line quote after this line (None if none is open) and the depth of open list brackets."""
    at = 0
    while True:
        if inside:
            end = line.find(inside, at)
            if end < 0:
                return inside, depth
            inside, at = None, end + 3
        elif found := _TOKEN.search(line, at):
            token, at = found[0], found.end()
            if token in _QUOTES:
                inside = token
            elif token == "#":
                return None, depth
            else:
                depth += {"[": 1, "]": -1}.get(token, 0)
        else:
            return None, depth
