"""The folder of archives: written whole or not at all, and told from every other folder by an id that it keeps.

Why the id: a worker that looks into another folder than the one a file was put into would find nothing there, and call
it deleted.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

ID = "folder-id.txt"


class ArchiveFolder:
    """A folder, made when something is first put into it. All methods raise `OSError`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def id(self) -> str:
        """What the folder is known by; empty if there is none yet."""
        try:
            return (self._path / ID).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return ""

    def put(self, name: str, body: bytes) -> str:
        """Write a file; its place, which says in which folder it is."""
        if not self.id:
            self._path.mkdir(parents=True, exist_ok=True)
            beside = self._path / f".{ID}.{uuid4().hex}"
            try:
                beside.write_text(f"{uuid4().hex}\n", encoding="ascii")
                os.link(beside, self._path / ID)  # the first of several workers names it
            except FileExistsError:
                pass
            finally:
                beside.unlink(missing_ok=True)
        put(self._path / name, body)
        return f"{self.id}/{name}"

    def delete(self, place: str) -> bool:
        """Delete the file of this place, if it is still there; False if that is another folder."""
        folder, _, name = place.rpartition("/")
        if not folder or folder != self.id:
            return False
        for one in (self._path / Path(name).name, _beside(self._path / Path(name).name)):
            one.unlink(missing_ok=True)
        return True


def put(path: Path, body: bytes) -> None:
    """Write a file whole or not at all."""
    beside = _beside(path)
    try:
        with beside.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink()  # half a file would only take more of a disk that is full
        raise


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
