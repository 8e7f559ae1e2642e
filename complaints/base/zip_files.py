"""Pack and unpack ZIP archives reproducibly: no timestamps, no owner, fixed order, so equal files give equal bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

LARGEST = 200_000_000
"""Maximum total uncompressed bytes of an archive that is opened: more than any case has."""

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that the format can represent


class NotAnArchive(Exception):
    """The bytes are no ZIP, or an unsafe one: a duplicate name, a path that leaves the folder, or too large."""


def pack(files: Mapping[str, bytes]) -> bytes:
    """Pack the files, `index.html` first, the others by name."""
    return _packed({name: files[name] for name in sorted(files, key=lambda name: (name != "index.html", name))})


def timeless(packed: bytes) -> bytes:
    """Repack a ZIP (such as a Word document) without the timestamps of its entries."""
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
    """Return the files by name; a file whose content is damaged is returned empty. Raises `NotAnArchive`."""
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
    """Read one file; any error counts as damage, since `zlib.error` has no base class but `Exception`."""
    try:
        return archive.read(name)
    except Exception:
        return b""
