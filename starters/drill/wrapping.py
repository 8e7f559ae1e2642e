"""Wraps lines of mixed Chinese and Latin text by terminal cells.

Terminals break Chinese anywhere, which puts full stops at the beginning of lines and splits times. Here a line never
begins with closing punctuation or ends with opening punctuation, and a word or a number stays whole.
"""

from __future__ import annotations

import re

from rich.cells import cell_len

CLOSING = "，。、；：！？）”’》】％,.;:!?)]}%"
OPENING = "（“‘《【([{"
_PIECE = re.compile(r"[ \u3000]+|\d+ (?:d|h|min|s)\b|[A-Za-z0-9.:/@_+#~'’-]+|.", re.DOTALL)


def wrapped(text: str, width: int) -> list[str]:
    """Return the text in lines of at most `width` cells; a single piece that is wider is cut."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if cell_len(line + piece.rstrip()) <= width:
            line += piece
            continue
        lines += [line.rstrip()] if line.strip() else []
        line = piece.lstrip()
        while cell_len(line) > width:
            cut = _fitting(line, width)
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _pieces(text: str) -> list[str]:
    """Return the pieces that must stay whole: words, and characters with the punctuation that belongs to them."""
    pieces: list[str] = []
    for piece in _PIECE.findall(text):
        joins = pieces and (piece[0] in CLOSING or pieces[-1][-1] in OPENING)
        if joins and not piece.isspace():
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def _fitting(text: str, width: int) -> int:
    """Return how many characters fit into `width` cells; at least one."""
    count = 1
    while count < len(text) and cell_len(text[: count + 1]) <= width:
        count += 1
    return count
