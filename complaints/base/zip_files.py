"""Pack and unpack ZIP archives reproducibly: no timestamps, no owner, fixed order, so equal files give equal bytes."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

LARGEST = 4_000_000_000
"""Maximum total uncompressed bytes of an archive that is opened: more than any case has."""
LARGEST_READ = 200_000_000
"""Maximum bytes of one file that is read into memory."""
CHUNK = 1024 * 1024

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that the format can represent


class NotAnArchive(Exception):
    """The bytes are no ZIP, or an unsafe one: a duplicate name, a path that leaves the folder, or too large."""


def pack(files: Mapping[str, bytes]) -> bytes:
    """Pack the files, `index.html` first, the others by name."""
    packed = io.BytesIO()
    pack_into(packed, files, {})
    return packed.getvalue()


def pack_into(target: BinaryIO, files: Mapping[str, bytes], large: Mapping[str, Callable[[], bytes]]) -> None:
    """Pack the files as `pack` does; those of `large` are fetched one by one, and stored as they are."""
    order = sorted({*files, *large}, key=lambda name: (name != "index.html", name))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in order:
            if name in files:
                _add(archive, name, files[name])
            else:
                _add(archive, name, large[name](), zipfile.ZIP_STORED)


def timeless(packed: bytes) -> bytes:
    """Repack a ZIP (such as a Word document) without the timestamps of its entries."""
    again = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(packed)) as archive,
        zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target,
    ):
        for name in archive.namelist():
            _add(target, name, archive.read(name))
    return again.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes, way: int = zipfile.ZIP_DEFLATED) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = way
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    archive.writestr(entry, content)


class OpenArchive:
    """An archive that is open for reading; one file of it is in memory at a time, and of a large one only a part."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.names = tuple(entry.filename for entry in archive.infolist())

    def read(self, name: str) -> bytes:
        """Return the content of a file; empty if it is damaged, not there, or larger than `LARGEST_READ`."""
        try:
            return self._archive.read(name) if self._archive.getinfo(name).file_size <= LARGEST_READ else b""
        except Exception:  # any error counts as damage, since `zlib.error` has no base class but `Exception`
            return b""

    def sha256(self, name: str) -> str:
        """Return the SHA-256 (hex) of a file; "" if it is damaged."""
        found = hashlib.sha256()
        try:
            with self._archive.open(name) as file:
                while part := file.read(CHUNK):
                    found.update(part)
        except Exception:
            return ""
        return found.hexdigest()


DAMAGED = (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError)
"""What `zipfile` raises for an archive that is damaged, or of a kind that it does not read."""


@contextmanager
def opened(packed: bytes | Path) -> Generator[OpenArchive]:
    """Open an archive, given as its bytes or its file. Raises `NotAnArchive`."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(packed) if isinstance(packed, bytes) else packed)
    except DAMAGED as fault:
        raise NotAnArchive from fault
    with archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if len(set(names)) != len(names) or sum(entry.file_size for entry in entries) > LARGEST:
            raise NotAnArchive
        if any(name.startswith("/") or ".." in name.split("/") or "\\" in name for name in names):
            raise NotAnArchive
        yield OpenArchive(archive)
