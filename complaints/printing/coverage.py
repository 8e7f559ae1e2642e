"""Which characters the fonts to print with have, read from their character maps (`cmap`, formats 4 and 12).

Typst puts an empty box where no font has a character, and says nothing of it. On a paper that people sign that would be
a loss in silence, so such characters are found beforehand and shown by their code.
"""

from __future__ import annotations

import struct
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

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
        has = _ranges(face)
        wanted = {one for one in wanted if not has.holds(ord(one))}
    return frozenset(wanted)


def _needs_none(character: str) -> bool:
    """Spaces, line ends, joiners, variation selectors: they are heard by the characters around them, not seen."""
    return unicodedata.category(character) in ("Cf", "Cc", "Zs", "Zl", "Zp") or varies(character)


@dataclass(frozen=True)
class Ranges:
    """Ranges of code points, in order, both ends included."""

    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()

    def holds(self, code: int) -> bool:
        at = bisect_right(self.starts, code) - 1
        return at >= 0 and code <= self.ends[at]


@lru_cache(maxsize=256)
def _ranges(face: Face) -> Ranges:
    """What a font has; nothing for a file that is no font we can read, which only means that others are asked."""
    try:
        with face.path.open("rb") as file:
            head = file.read(12)
            begin = 0
            if head[:4] == b"ttcf":
                file.seek(12 + 4 * face.index)
                begin = struct.unpack(">I", file.read(4))[0]
                file.seek(begin)
                head = file.read(12)
            directory = file.read(16 * struct.unpack(">H", head[4:6])[0])
            tables = {tag: (offset, length) for tag, _, offset, length in struct.iter_unpack(">4sIII", directory)}
            offset, length = tables[b"cmap"]
            file.seek(offset)
            return _mapped(file.read(length))
    except (OSError, KeyError, struct.error):
        return Ranges()


def _mapped(table: bytes) -> Ranges:
    """The ranges of the fullest Unicode map of a `cmap` table."""
    count = struct.unpack_from(">H", table, 2)[0]
    maps = {
        struct.unpack_from(">H", table, offset)[0]: offset
        for platform, _, offset in struct.iter_unpack(">HHI", table[4 : 4 + 8 * count])
        if platform in (0, 3)
    }
    pairs = _segments12(table, maps[12]) if 12 in maps else _segments4(table, maps[4])
    ordered = sorted(pairs)
    return Ranges(tuple(start for start, _ in ordered), tuple(end for _, end in ordered))


def _segments12(table: bytes, at: int) -> list[tuple[int, int]]:
    count = struct.unpack_from(">I", table, at + 12)[0]
    groups = struct.iter_unpack(">III", table[at + 16 : at + 16 + 12 * count])
    return [(start, end) for start, end, glyph in groups if glyph or end > start]


def _segments4(table: bytes, at: int) -> list[tuple[int, int]]:
    double = struct.unpack_from(">H", table, at + 6)[0]
    ends = struct.unpack_from(f">{double // 2}H", table, at + 14)
    starts = struct.unpack_from(f">{double // 2}H", table, at + 16 + double)
    return [(start, end) for start, end in zip(starts, ends, strict=True) if start != 0xFFFF]
