"""Checks Word and Excel files: a ZIP is opened with bounds, and nothing of it is kept in memory."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from complaints.base.zip_files import DAMAGED
from complaints.case.attachments import MediaType

UNPACKED = 200_000_000
"""Maximum bytes of all parts together, unpacked."""
RATIO = 150
"""Maximum ratio of unpacked to packed bytes; texts and tables hardly reach 50."""
FLAT = 1_000_000
"""Unpacked bytes up to which the ratio says nothing: an empty sheet may be packed to next to nothing."""
PARTS = 5_000
CHUNK = 64 * 1024

END = b"PK\x05\x06"
_START = b"PK\x03\x04"
_MAIN = {"word/document.xml": MediaType.DOCX, "xl/workbook.xml": MediaType.XLSX}
_TYPES = "[Content_Types].xml"


class Unsafe(Exception):
    """Raised for a file that is not safe to open; `why` is a key of `cli.why`."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


def ends_with_zip(content: bytes) -> bool:
    """Return whether a program that reads ZIP files from their end would find one in it."""
    at = len(content)
    first = max(0, len(content) - 22 - 0xFFFF)
    while (at := content.rfind(END, first, at)) >= 0:
        if at + 22 <= len(content):
            entries, size = struct.unpack_from("<HI", content, at + 10)
            if not entries or content[at - size : at - size + 4] == b"PK\x01\x02":
                return True
    return False


def office(content: bytes) -> MediaType | None:
    """Return the type of a Word or Excel file; None if it is another ZIP. Raises `Unsafe`."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            kind = next((kind for name, kind in _MAIN.items() if name in names and _TYPES in names), None)
            if kind is None:
                return None
            _check(content, archive, entries)
            return kind
    except (*DAMAGED, zlib.error, struct.error):
        raise Unsafe("damaged") from None


def _check(content: bytes, archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names) or len(archive.comment) + 22 + content.rfind(END) != len(content):
        raise Unsafe("two-things")  # two readers may see two files
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Unsafe("macros")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unsafe("encrypted")
    if len(entries) > PARTS or sum(entry.compress_size for entry in entries) > len(content):  # parts that overlap
        raise Unsafe("bomb")
    if sum(entry.file_size for entry in entries) > UNPACKED or any(_swells(entry) for entry in entries):
        raise Unsafe("bomb")
    for entry in entries:
        if _unpacked(content, entry) != entry.file_size:  # a reader that does not trust the list would get another
            raise Unsafe("bomb")


def _swells(entry: zipfile.ZipInfo) -> bool:
    return entry.file_size > FLAT and entry.file_size > RATIO * max(1, entry.compress_size)


def _unpacked(content: bytes, entry: zipfile.ZipInfo) -> int:
    """Return the bytes that a part really has, counted up to one more than it says."""
    at = entry.header_offset
    if content[at : at + 4] != _START:
        raise Unsafe("damaged")
    name, extra = struct.unpack_from("<HH", content, at + 26)
    packed = memoryview(content)[at + 30 + name + extra :][: entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        return len(packed)
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise Unsafe("damaged")
    stream, count = zlib.decompressobj(-zlib.MAX_WBITS), 0
    for start in range(0, len(packed), CHUNK):
        data: bytes = bytes(packed[start : start + CHUNK])
        while data and count <= entry.file_size:
            count += len(stream.decompress(data, CHUNK))
            data = stream.unconsumed_tail
    while count <= entry.file_size and (rest := stream.decompress(b"", CHUNK)):
        count += len(rest)
    return count
