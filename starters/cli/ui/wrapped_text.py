"""Text that is wrapped where Unicode allows it (UAX #14): Chinese after any character, but never before a full stop.

`rich` breaks lines at spaces only.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.containers import Lines
from rich.padding import Padding
from rich.text import Text

_ASCII = re.compile(r"[!-~]")
_WORDS = re.compile(r"\S+\s*|\s+")


def breaks(text: str, width: int) -> list[int]:
    """The indexes at which lines of at most `width` cells begin, without the first. Spaces at a break hang over."""
    if cell_len(text.rstrip()) <= width:
        return []
    starts: list[int] = []
    used = begin = 0
    for piece in _pieces(text):
        end = begin + len(piece)
        cells = cell_len(piece.rstrip())
        if used and used + cells > width:
            starts.append(begin)
            used = 0
        while cells > width:  # a piece that is longer than a line is cut
            cut = _fitting(piece, width)
            starts.append(begin + cut)
            begin, piece = begin + cut, piece[cut:]
            cells = cell_len(piece.rstrip())
        used += cell_len(piece)
        begin = end
    return starts


def _pieces(text: str) -> list[str]:
    """The pieces between which a line may break. What people copy, a key or an option, stays in one piece."""
    if text.isascii():
        return _WORDS.findall(text)
    # It takes a while to load, and English does not need it.
    from uniseg.linebreak import line_break_units  # pyright: ignore[reportMissingTypeStubs]

    pieces: list[str] = []
    for unit in line_break_units(text):
        if pieces and _ASCII.fullmatch(pieces[-1][-1]) and _ASCII.fullmatch(unit[0]):
            pieces[-1] += unit
        else:
            pieces.append(unit)
    return pieces


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, without spaces at their ends."""
    starts = [0, *breaks(text, width), len(text)]
    return [text[begin:end].strip() for begin, end in pairwise(starts)]


def _fitting(piece: str, width: int) -> int:
    """How many characters of `piece` fit into `width` cells: at least one."""
    used = 0
    for count, character in enumerate(piece):
        used += cell_len(character)
        if used > width:
            return max(count, 1)
    return len(piece)


class Prose(Text):
    """`Text` with these breaks. It reads no markup: brackets that a customer wrote stay brackets."""

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
    """The text, indented. Indenting by 0 has a use too: `Console.print` would turn a bare `Text` into its own kind."""
    return Padding(text, (0, 0, 0, by), expand=False)
