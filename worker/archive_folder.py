"""The folder of archives: files are written whole or not at all, and an id file tells it from every other folder.

Why the id: a worker that uses another folder than the one a file was put into would not find the file there, and would
report it deleted.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

ID = "folder-id.txt"
Writer = Callable[[BinaryIO], None]
"""Writes the content of a file."""


class ArchiveFolder:
    """A folder, created when the first file is put into it. All methods raise `OSError`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def id(self) -> str:
        """The id of the folder; empty if it has none yet."""
        try:
            return (self._path / ID).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return ""

    def put(self, name: str, body: bytes | Writer) -> str:
        """Write a file; return its place, "<folder id>/<name>". Also raises what a `Writer` raises."""
        if not self.id:
            self._path.mkdir(parents=True, exist_ok=True)
            beside = self._path / f".{ID}.{uuid4().hex}"
            try:
                beside.write_text(f"{uuid4().hex}\n", encoding="ascii")
                os.link(beside, self._path / ID)  # atomic: the first of several workers sets the id
            except FileExistsError:
                pass
            finally:
                beside.unlink(missing_ok=True)
        put(self._path / name, body)
        return f"{self.id}/{name}"

    def delete(self, place: str) -> bool:
        """Delete the file at this place, if it is still there; False if the place is in another folder."""
        folder, _, name = place.rpartition("/")
        if not folder or folder != self.id:
            return False
        for one in (self._path / Path(name).name, _beside(self._path / Path(name).name)):
            one.unlink(missing_ok=True)
        return True


def put(path: Path, body: bytes | Writer) -> None:
    """Write a file whole or not at all: its bytes, or what a function writes."""
    beside = _beside(path)
    try:
        with beside.open("w+b") as file:
            if isinstance(body, bytes):
                file.write(body)
            else:
                body(file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()  # a partial file would only take space on a full disk
        raise


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
