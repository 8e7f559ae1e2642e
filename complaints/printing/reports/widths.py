"""How wide the columns of a table are: by what stands in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from math import ceil

from complaints.printing.legible import breadth

_UNBROKEN = re.compile(r"[^\s\u2e80-\uffff]+|[\u2e80-\uffff]+")
LONGEST = 20.0
"""Em up to which a word is not broken: a complaint's number, a name."""
TOGETHER = 4.0
"""Em of Chinese that stay on one line: a column's head."""
SAMPLE = 500
"""Rows by which widths are chosen: a year's register has a hundred thousand."""
ENOUGH = 60.0
"""Em that are wide enough for any text."""


def width(text: str) -> float:
    """The width in em of a text's widest line."""
    return max((sum(breadth(one) for one in line) for line in text.split("\n")), default=0.0)


def needs(texts: Sequence[str]) -> tuple[float, float]:
    """The least and the greatest width in em that a column with these texts can make use of.

    The least breaks no number and no word, the greatest no line of nine texts in ten.
    """
    found = sorted(map(width, texts))
    runs = (run for text in texts for run in _UNBROKEN.findall(text))
    least = max((min(width(run), LONGEST if run[0] < "\u2e80" else TOGETHER) for run in runs), default=1.0)
    return least, max(least, min(found[ceil((len(found) - 1) * 0.9)], ENOUGH) if found else 0.0)


def shared(columns: Sequence[Sequence[str]], room: float, narrow: Collection[int] = ()) -> list[float]:
    """The widths in em of columns with these texts, heads among them; together they are `room`.

    Columns of short texts have as much as they need, those of long texts the same each out of what is left. Columns
    whose place is in `narrow` give way first: their heads go on several lines.
    """
    wanted = [needs(texts) for texts in columns]
    least, most = sum(low for low, _ in wanted), sum(high for _, high in wanted)
    if most <= room:
        return [high * room / most for _, high in wanted]
    if least >= room:
        return [low * room / least for low, _ in wanted]
    wanted = [(low, low if nth in narrow else high) for nth, (low, high) in enumerate(wanted)]
    if (most := sum(high for _, high in wanted)) <= room:
        return [high * room / most for _, high in wanted]
    return _levelled(wanted, room)


def lines(texts: Sequence[str], widths: Sequence[float]) -> int:
    """How many lines a row with these texts takes in columns of these widths."""
    return max(
        1
        if len(text) <= room and "\n" not in text  # no character is wider than an em
        else sum(max(1, ceil(width(line) / room)) for line in text.split("\n"))
        for text, room in zip(texts, widths, strict=True)
    )


def _levelled(wanted: Sequence[tuple[float, float]], room: float) -> list[float]:
    """The widths at the level at which they fill the room, each within what it wants."""
    low, high = 0.0, ENOUGH
    for _ in range(40):
        level = (low + high) / 2
        if sum(min(max(level, least), most) for least, most in wanted) > room:
            high = level
        else:
            low = level
    return [min(max(low, least), most) for least, most in wanted]
