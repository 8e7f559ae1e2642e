"""Text that breaks where Chinese may break: after any character, but not inside a number or a word, and never so that a
line begins with a full stop or a closing bracket. Plain `rich` text breaks at spaces only.
"""

from __future__ import annotations

import re
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.containers import Lines
from rich.padding import Padding
from rich.text import Text

_PIECE = re.compile(r"[\x21-\x7e\u00a0-\u024f]+|\s+|.", re.DOTALL)
_NEVER_FIRST = frozenset("，。；：！？、）》」』】”’…—%")
_NEVER_LAST = frozenset("（《「『【“‘")


def breaks(text: str, width: int) -> list[int]:
    """Where lines of at most `width` cells begin, the first one left out. Spaces at a break hang over."""
    starts: list[int] = []
    used = 0
    for begin, piece in _pieces(text):
        cells = cell_len(piece.rstrip())
        if used and used + cells > width:
            starts.append(begin)
            used = 0
        while cells > width:  # one piece longer than a line has to be cut somewhere
            cut = _fitting(piece, width)
            starts.append(begin + cut)
            begin, piece = begin + cut, piece[cut:]
            cells = cell_len(piece.rstrip())
        used += cell_len(piece)
    return starts


def _pieces(text: str) -> list[tuple[int, str]]:
    """What must stay together, with its place: a word, or a character with the marks that cling to it."""
    pieces: list[tuple[int, str]] = []
    for match in _PIECE.finditer(text):
        piece = match.group()
        clings = pieces and (piece[0] in _NEVER_FIRST or piece.isspace() or pieces[-1][1][-1] in _NEVER_LAST)
        if clings:
            begin, before = pieces.pop()
            pieces.append((begin, before + piece))
        else:
            pieces.append((match.start(), piece))
    return pieces


def _fitting(piece: str, width: int) -> int:
    """How many characters of `piece` fit into `width` cells; at least one."""
    used = 0
    for count, character in enumerate(piece):
        used += cell_len(character)
        if used > width:
            return max(count, 1)
    return len(piece)


class Prose(Text):
    """`Text` with these breaks. No markup is read from it, so what customers write stays as they wrote it."""

    def wrap(self, console: Console, width: int, *, no_wrap: bool | None = None, **more: Any) -> Lines:
        if no_wrap or self.no_wrap:
            return super().wrap(console, width, no_wrap=True, **more)
        lines = Lines()
        for line in self.split(allow_blank=True):
            for part in line.divide(breaks(line.plain, max(width, 2))):
                part.rstrip()
                lines.append(part)
        return lines


def indented(text: Text, by: int = 4) -> Padding:
    """A text moved to the right; by 0 also useful, since `Console.print` turns bare texts into its own kind."""
    return Padding(text, (0, 0, 0, by), expand=False)
