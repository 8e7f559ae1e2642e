"""Chooses the column widths of a table by the texts in its cells."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from math import ceil

from complaints.printing.legible import breadth

_UNBROKEN = re.compile(r"[^\s\u2e80-\uffff]+|[\u2e80-\uffff]+")
LONGEST = 20.0
"""Width (em) up to which a word is not broken, such as a complaint's number or a name."""
TOGETHER = 4.0
"""Width (em) of Chinese text that stays on one line, such as a column's head."""
SAMPLE = 500
"""Number of rows by which widths are chosen: a year's register has a hundred thousand."""
ENOUGH = 60.0
"""Width (em) that is enough for any text."""


def width(text: str) -> float:
    """Return the width in em of a text's widest line."""
    return max((sum(breadth(one) for one in line) for line in text.split("\n")), default=0.0)


def needs(texts: Sequence[str]) -> tuple[float, float]:
    """Return the smallest and the largest useful width in em of a column with these texts.

    At the smallest width no number or word up to `LONGEST` is broken. At the largest, nine texts in ten need no break.
    """
    found = sorted(map(width, texts))
    runs = (run for text in texts for run in _UNBROKEN.findall(text))
    least = max((min(width(run), LONGEST if run[0] < "\u2e80" else TOGETHER) for run in runs), default=1.0)
    return least, max(least, min(found[ceil((len(found) - 1) * 0.9)], ENOUGH) if found else 0.0)


def shared(columns: Sequence[Sequence[str]], room: float, narrow: Collection[int] = ()) -> list[float]:
    """Return the widths in em of columns with these texts (heads included); they add up to `room`.

    Columns of short texts get the width they need; columns of long texts share the rest equally. Columns whose index is
    in `narrow` shrink first: their heads wrap onto several lines.
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
    """Return how many lines a row with these texts takes in columns of these widths (em)."""
    return max(
        1
        if len(text) <= room and "\n" not in text  # no character is wider than an em
        else sum(max(1, ceil(width(line) / room)) for line in text.split("\n"))
        for text, room in zip(texts, widths, strict=True)
    )


def _levelled(wanted: Sequence[tuple[float, float]], room: float) -> list[float]:
    """Return equal widths that together fill `room`, each clamped to its (smallest, largest)."""
    low, high = 0.0, ENOUGH
    for _ in range(40):
        level = (low + high) / 2
        if sum(min(max(level, least), most) for least, most in wanted) > room:
            high = level
        else:
            low = level
    return [min(max(low, least), most) for least, most in wanted]
