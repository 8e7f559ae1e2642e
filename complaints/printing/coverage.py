"""Which characters the fonts have, by their character maps.

Typst prints an empty box for a character that no font has, without a warning. On a paper that people sign, that would
be a silent loss. Such characters are found before printing and printed as their code.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError  # pyright: ignore[reportMissingTypeStubs]

from complaints.printing.legible import varies


@dataclass(frozen=True)
class Face:
    """A font within a file; collections have several."""

    path: Path
    index: int


def without_glyph(characters: Iterable[str], faces: Iterable[Face]) -> frozenset[str]:
    """Those of the characters that are to be seen and that none of these fonts has; the first fonts are asked first."""
    wanted = {one for one in characters if not _needs_none(one)}
    for face in faces:
        if not wanted:
            break
        has = _characters(face)
        wanted = {one for one in wanted if ord(one) not in has}
    return frozenset(wanted)


def _needs_none(character: str) -> bool:
    """Spaces, line ends, joiners, variation selectors: they are heard by the characters around them, not seen."""
    return unicodedata.category(character) in ("Cf", "Cc", "Zs", "Zl", "Zp") or varies(character)


@lru_cache(maxsize=256)
def _characters(face: Face) -> frozenset[int]:
    """The code points that a font has. A file that is no readable font has none: the other fonts are asked."""
    try:
        with TTFont(face.path, fontNumber=face.index, lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except (OSError, TTLibError, struct.error):
        return frozenset()
