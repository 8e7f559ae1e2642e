"""On which line a table and its keys stand in a TOML text: the standard library's parser does not tell.

Decision. Whoever edits a file by hand needs the line of a mistake, and the libraries that keep positions rewrite the
whole document model for it. A scan of headers and keys beside `tomllib` is enough, and knows nothing of the content.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from complaints.base.line_breaks import lines_of

_HEADER = re.compile(r"^\s*\[{1,2}\s*([^\[\]]+?)\s*\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*(?:\.[^=]+)?=")
_QUOTES = ('"""', "'''")
_TOKEN = re.compile(r'''"""|\'{3}|"(?:\\.|[^"\\])*"?|\'[^\']*\'?|[#\[\]]''')
"""What decides how a line is read: quotes that may stay open, whole strings, a comment, brackets."""


@dataclass(slots=True)
class TomlTable:
    """A table by its header's name; `keys` are the lines of the keys written in it."""

    name: str
    line: int
    keys: dict[str, int] = field(default_factory=dict[str, int])

    def where(self, key: str | None) -> int:
        """The key's line, or the header's for a key that is not there."""
        return self.keys.get(key, self.line) if key else self.line


def tables(text: str) -> list[TomlTable]:
    """The tables of a TOML text in their order; the first is the nameless one before any header.

    Lines inside a multi-line string or a multi-line list are not taken for headers or keys.
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
    """Whether a multi-line string is open after this line, and how many list brackets are."""
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
