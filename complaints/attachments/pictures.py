"""Reads the size and the end of a picture from its structure, without decoding it. Pure, and linear in its length."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import NamedTuple

from complaints.attachments import heif
from complaints.case.attachments import MediaType

PIXELS = 120_000_000
"""Maximum pixels of a picture: more than a telephone takes, and what a machine can decode."""
SIDE = 32_000
"""Maximum width and height of a picture, in pixels."""

_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""The next marker of a JPEG after the data of a scan."""
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of a JPEG that say its size."""


class Picture(NamedTuple):
    """Width and height in pixels, and where the picture ends in the file."""

    width: int
    height: int
    end: int

    @property
    def too_large(self) -> bool:
        return self.width * self.height > PIXELS or max(self.width, self.height) > SIDE


def picture(content: bytes, kind: MediaType) -> Picture | None:
    """Return what the structure of the picture says; None if it is damaged, cut off or empty."""
    try:
        found = _READERS[kind](content)
    except (IndexError, struct.error):
        return None
    return found if found is not None and found.width and found.height and found.end <= len(content) else None


def _jpeg(content: bytes) -> Picture | None:
    at, width, height = 2, 0, 0
    while True:
        if content[at] != 0xFF:
            return None
        while content[at + 1] == 0xFF:  # fill bytes
            at += 1
        marker = content[at + 1]
        if marker == 0xD9:
            return Picture(width, height, at + 2)
        if marker in (0x00, 0xD8):
            return None
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:  # without length
            at += 2
            continue
        (length,) = struct.unpack_from(">H", content, at + 2)
        if length < 2:
            return None
        if marker in _FRAMES:
            high, wide = struct.unpack_from(">HH", content, at + 5)
            width, height = max(width, wide), max(height, high)
        at += 2 + length
        if marker == 0xDA:
            found = _AFTER_SCAN.search(content, at)
            if found is None:
                return None
            at = found.start()


def _png(content: bytes) -> Picture | None:
    at, size = 8, (0, 0)
    while True:
        length, name = struct.unpack_from(">I4s", content, at)
        if name == b"IHDR":
            size = struct.unpack_from(">II", content, at + 8)
        at += 12 + length
        if name == b"IEND":
            return Picture(*size, at)


def _gif(content: bytes) -> Picture | None:
    width, height, flags = struct.unpack_from("<HHB", content, 6)
    at = 13 + _colours(flags)
    while content[at] != 0x3B:
        if content[at] == 0x21:
            at = _after_blocks(content, at + 2)
        elif content[at] == 0x2C:
            left, top, wide, high, local = struct.unpack_from("<HHHHB", content, at + 1)
            width, height = max(width, left + wide), max(height, top + high)
            at = _after_blocks(content, at + 10 + _colours(local) + 1)
        else:
            return None
    return Picture(width, height, at + 1)


def _colours(flags: int) -> int:
    """Return the bytes of a GIF's table of colours."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(content: bytes, at: int) -> int:
    while content[at]:
        at += 1 + content[at]
    return at + 1


def _webp(content: bytes) -> Picture | None:
    (length,) = struct.unpack_from("<I", content, 4)
    end, at, width, height = 8 + length, 12, 0, 0
    while at + 8 <= min(end, len(content)):
        name, size = struct.unpack_from("<4sI", content, at)
        wide, high = _webp_part(content, name, at + 8)
        width, height = max(width, wide), max(height, high)
        at += 8 + size + size % 2
    return Picture(width, height, end)


def _webp_part(content: bytes, name: bytes, at: int) -> tuple[int, int]:
    """Return width and height that a part of a WebP says; zeros for the others."""
    if name == b"VP8X":
        return tuple(1 + int.from_bytes(content[at + n : at + n + 3], "little") for n in (4, 7))  # pyright: ignore[reportReturnType]
    if name == b"VP8 ":
        wide, high = struct.unpack_from("<HH", content, at + 6)
        return wide & 0x3FFF, high & 0x3FFF
    if name == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, at + 1)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return 0, 0


def _heic(content: bytes) -> Picture | None:
    found = heif.picture(content)
    return Picture(*found) if found else None


_READERS: dict[MediaType, Callable[[bytes], Picture | None]] = {
    MediaType.JPEG: _jpeg,
    MediaType.PNG: _png,
    MediaType.GIF: _gif,
    MediaType.WEBP: _webp,
    MediaType.HEIC: _heic,
}
PICTURES = frozenset(_READERS)
