"""Selects the pieces of text to search for and to compare complaints by, and cuts snippets. Pure arithmetic.

The database makes the pieces (`library_pieces`): characters and pairs of Chinese, words and runs of three letters of
other scripts. Thus stored and searched texts are cut up by the same rule.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import islice

from complaints.base.matching import found_at
from complaints.library.model import Similar

UNKNOWN = 1e-4
"""Assumed share of texts for a piece that was not counted: it is rare."""
BUDGET = 0.3
"""The share of all texts that one comparison may look at (a text counts once for each piece it has)."""
AT_MOST = 60
"""Maximum number of pieces compared; the rarest are chosen, because they say most."""
LIKE_ENOUGH = 0.12
"""Likeness below which two complaints are unrelated."""
FIRST = 0.5
"""A case study comes first if its likeness is at least this share of the greatest likeness found."""
AROUND = 48
"""Characters of a snippet before and after the word found."""


def wanted(pieces: Iterable[str]) -> tuple[str, ...]:
    """The pieces by which the index finds every text that has a word, also within longer words.

    Whole words of more than three letters are left out: they would miss "leaking" for "leak". So are pieces within
    another piece, which add nothing.
    """
    short = sorted({piece for piece in pieces if len(piece) <= 3})
    return tuple(piece for piece in short if not any(piece != other and piece in other for other in short))


def weight(share: float | None) -> float:
    """Inverse document frequency of a piece that this share of all texts have."""
    return math.log(1 + 1 / max(share or UNKNOWN, UNKNOWN))


def compared(pieces: Iterable[str], shares: Mapping[str, float]) -> dict[str, float]:
    """The pieces worth comparing, with their weights.

    Single characters say little beside their pairs, and a whole word's runs of three letters nothing beside the word.
    """
    given = set(pieces)
    long = {piece for piece in given if len(piece) > 3}
    telling = [piece for piece in given if len(piece) > 1 and not any(piece in word for word in long - {piece})]
    return {piece: weight(shares.get(piece)) for piece in sorted(telling)}


def looked_up(weights: Mapping[str, float], shares: Mapping[str, float]) -> tuple[str, ...]:
    """The pieces that find the candidates: the rarest first, as many as the budget allows, at least one."""
    chosen: list[str] = []
    spent = 0.0
    for piece in sorted(weights, key=lambda one: (-weights[one], one))[:AT_MOST]:
        spent += shares.get(piece, UNKNOWN)
        if chosen and spent > BUDGET:
            break
        chosen.append(piece)
    return tuple(chosen)


def proposed(found: Iterable[Similar], limit: int) -> tuple[Similar, ...]:
    """The most similar cases, at most `limit`, case studies first: their causes have been analysed already."""
    ranked = sorted((one for one in found if one.likeness >= LIKE_ENOUGH), key=lambda one: (-one.likeness, one.key))
    if not ranked:
        return ()
    enough = FIRST * ranked[0].likeness
    return tuple(sorted(ranked, key=lambda one: not (one.study and one.likeness >= enough))[:limit])


def snippet(text: str, words: Iterable[str], around: int = AROUND) -> str:
    """The part of a text where most of the words stand close together, on one line, with … where it was cut."""
    flat = " ".join(text.split())
    found = {word: [start for start, _ in islice(found_at(flat, word), 50)] for word in words if word}
    places = sorted(place for some in found.values() for place in some)
    if not places:
        return flat if len(flat) <= 2 * around else f"{flat[: 2 * around]}…"
    begin = max(places, key=lambda place: (_words_within(found, place, 2 * around), -place))
    start = max(0, begin - around // 2)
    end = min(len(flat), start + 2 * around)
    return f"{'…' if start else ''}{flat[start:end].strip()}{'…' if end < len(flat) else ''}"


def _words_within(found: Mapping[str, list[int]], start: int, length: int) -> int:
    return sum(any(start <= place <= start + length - len(word) for place in some) for word, some in found.items())
