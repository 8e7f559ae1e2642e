"""Reads files that are boxes in boxes, as films and HEIF pictures are: their kind, and where they may say a place."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from complaints.case.attachments import MediaType

_INSIDE = {b"moov", b"trak", b"mdia", b"edts", b"moof", b"traf"}
"""Boxes that hold boxes, as far as anything in them is looked at."""
_TELLING = {b"udta", b"meta", b"uuid"}
"""Boxes with what a camera adds: place, device, owner."""
_OLD = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
"""Boxes with which a QuickTime file may begin that does not name its kind."""
DEPTH = 6


class MediaBox(NamedTuple):
    """A box: its name, and where it and its content begin and end."""

    name: bytes
    start: int
    body: int
    end: int


def looks_like(content: bytes) -> bool:
    return content[4:8] == b"ftyp" or content[4:8] in _OLD


def brand(content: bytes) -> str:
    """Return the kind that the file names first ("isom", "heic"); "qt" for one that names none."""
    return content[8:12].decode("latin-1").strip() if content[4:8] == b"ftyp" else "qt"


def whole(content: bytes) -> bool:
    """Return whether the boxes of the file end where it ends, so that nothing is cut off or added."""
    end = 0
    for box in boxes_in(content, 0, len(content)):
        end = box.end
    return 0 < end == len(content)


def film(content: bytes) -> MediaType | None:
    """Return the type of a film or a sound; None if it is damaged, cut off or followed by something else."""
    if not whole(content) or not any(box.name in (b"moov", b"moof") for box in boxes_in(content, 0, len(content))):
        return None
    if b"vide" not in {content[box.body + 8 : box.body + 12] for box in _all(content) if box.name == b"hdlr"}:
        return MediaType.M4A
    return MediaType.MOV if brand(content) == "qt" else MediaType.MP4


def without_place(content: bytes) -> bytes:
    """Return the same film without what its camera has added: such boxes become empty space, and nothing moves."""
    blanked = bytearray(content)
    for box in _all(content):
        if box.name in _TELLING:
            blanked[box.start + 4 : box.start + 8] = b"free"
            blanked[box.body : box.end] = bytes(box.end - box.body)
    return bytes(blanked)


def boxes_in(content: bytes, at: int, end: int) -> Iterator[MediaBox]:
    """Yield the boxes from `at` to `end`; ends before one that is damaged."""
    while at + 8 <= end:
        size, name = struct.unpack_from(">I4s", content, at)
        body = at + 8
        if size == 1 and at + 16 <= end:
            (size,) = struct.unpack_from(">Q", content, at + 8)
            body = at + 16
        elif size == 0:
            size = end - at
        if size < body - at or at + size > end:
            return
        yield MediaBox(name, at, body, at + size)
        at += size


def _all(content: bytes) -> Iterator[MediaBox]:
    waiting = [(0, len(content), 0)]
    while waiting:
        start, end, depth = waiting.pop()
        for box in boxes_in(content, start, end):
            yield box
            if box.name in _INSIDE and depth < DEPTH:
                waiting.append((box.body, box.end, depth + 1))
