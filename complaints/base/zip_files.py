"""Files as one ZIP, and back. No time, no owner, one order: the same files are the same bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

LARGEST = 200_000_000
"""Bytes that all files of an archive may have together when it is opened: more than any case has."""

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that the format can say


class NotAnArchive(Exception):
    """The bytes are no ZIP, or one that nobody should open: a name twice, a way out of the folder, far too large."""


def pack(files: Mapping[str, bytes]) -> bytes:
    """These files, the page to begin with first, then by name."""
    return _packed({name: files[name] for name in sorted(files, key=lambda name: (name != "index.html", name))})


def timeless(packed: bytes) -> bytes:
    """The same ZIP, such as a Word document, without the times at which its files were put in."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return _packed({name: archive.read(name) for name in archive.namelist()})


def _packed(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in files:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, files[name])
    return packed.getvalue()


def unpack(packed: bytes) -> dict[str, bytes]:
    """The files by name; one whose content is damaged within the ZIP comes as empty. Raises `NotAnArchive`."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if len(set(names)) != len(names) or sum(entry.file_size for entry in entries) > LARGEST:
                raise NotAnArchive
            if any(name.startswith("/") or ".." in name.split("/") or "\\" in name for name in names):
                raise NotAnArchive
            return {name: _read(archive, name) for name in names}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as fault:
        raise NotAnArchive from fault


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    """What is in one file. `zlib.error` has no base of its own but `Exception`: anything wrong is damage here."""
    try:
        return archive.read(name)
    except Exception:
        return b""
