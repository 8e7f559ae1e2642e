"""Reads HEIF pictures (HEIC), which are boxes too: what the picture is coded in, and its size, without decoding it.

The picture that is shown is the primary item of the box `meta`: coded as it is (`hvc1`), or put together of tiles
(`grid`), as telephones do. A file with pictures that are derived or coded in other ways is none of ours: its decoder
would have more to do, and more to do wrong.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from complaints.attachments.boxes import MediaBox, boxes_in, brand, whole

AV1_BRANDS = frozenset({"avif", "avis"})
BRANDS = frozenset({"heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1", *AV1_BRANDS})
"""Brands of files with pictures, in HEVC, in any coding (`mif1`, `msf1`) and in AV1."""

_CODED, _GRID, _AV1 = b"hvc1", b"grid", b"av01"
_OTHERS = frozenset({b"iden", b"iovl", b"mski", b"unci", b"avc1", b"vvc1", b"evc1", b"j2k1", b"lhv1"})
_OF_PICTURE = {b"ftyp", b"meta", b"mdat", b"moov"}
"""Boxes that belong to the picture. A camera may add others behind, such as a short film."""


class HeifPicture(NamedTuple):
    """Width and height of the largest picture in the file, and where what belongs to the pictures ends."""

    width: int
    height: int
    end: int


def kind(content: bytes) -> str | None:
    """Return "HEIC", or what it is called in another coding: "AVIF", "HEIF"; None if it is damaged."""
    if brand(content) in AV1_BRANDS:
        return "AVIF"
    meta = _meta(content)
    items = _items(content, meta) if meta and _says_pictures(content, meta) else {}
    primary = items.get(_primary(content, meta)) if meta else None
    if primary is None:
        return None
    types = set(items.values())
    if _AV1 in types:
        return "AVIF"
    return "HEIC" if primary in (_CODED, _GRID) and _CODED in types and not types & _OTHERS else "HEIF"


def picture(content: bytes) -> HeifPicture | None:
    """Return the largest size that the file says; None if it says none, or is cut off. Raises `struct.error`."""
    meta = _meta(content)
    if meta is None or not whole(content):
        return None
    width = height = 0
    for box in _sizes(content, meta):
        wide, high = struct.unpack_from(">II", content, box.body + 4)
        width, height = max(width, wide), max(height, high)
    return HeifPicture(width, height, _end(content))


def _end(content: bytes) -> int:
    end = 0
    for box in boxes_in(content, 0, len(content)):
        if box.name not in _OF_PICTURE:
            break
        end = box.end
    return end


def _meta(content: bytes) -> MediaBox | None:
    """Return the box that describes the pictures; None if there is none, or more than one to choose from."""
    all_found = (box for box in boxes_in(content, 0, len(content)) if box.name == b"meta")
    first, second = next(all_found, None), next(all_found, None)
    return first if second is None else None


def _inside(content: bytes, meta: MediaBox, name: bytes) -> Iterator[MediaBox]:
    return (box for box in boxes_in(content, meta.body + 4, meta.end) if box.name == name)


def _version(content: bytes, box: MediaBox) -> int:
    """Return the version of a box that has one, which says how wide its numbers are."""
    return int.from_bytes(content[box.body : box.body + 1])


def _says_pictures(content: bytes, meta: MediaBox) -> bool:
    return [content[box.body + 8 : box.body + 12] for box in _inside(content, meta, b"hdlr")] == [b"pict"]


def _primary(content: bytes, meta: MediaBox) -> int:
    """Return the id of the item that is shown; 0, which no item has, if none is named."""
    for box in _inside(content, meta, b"pitm"):
        return int.from_bytes(content[box.body + 4 : box.body + (8 if _version(content, box) else 6)])
    return 0


def _items(content: bytes, meta: MediaBox) -> dict[int, bytes]:
    """Return the types of the items by their id: `hvc1`, `grid`, `Exif` …"""
    types: dict[int, bytes] = {}
    for table in _inside(content, meta, b"iinf"):
        for box in boxes_in(content, table.body + (8 if _version(content, table) else 6), table.end):
            version, at = _version(content, box), box.body + 4
            if box.name == b"infe" and version in (2, 3):
                width = 2 * (version - 1)
                id = int.from_bytes(content[at : at + width])
                types[id] = content[at + width + 2 : at + width + 6]
    return types


def _sizes(content: bytes, meta: MediaBox) -> Iterator[MediaBox]:
    for properties in _inside(content, meta, b"iprp"):
        for container in boxes_in(content, properties.body, properties.end):
            if container.name == b"ipco":
                yield from (box for box in boxes_in(content, container.body, container.end) if box.name == b"ispe")
