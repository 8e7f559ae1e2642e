"""The installed editions: those of the product, and those of the folders in `DULY_EDITIONS`.

They are read once, at import, because workflows look editions up and must do no I/O. A worker therefore loads a new
edition when it is restarted.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from complaints.editions.loader import load
from complaints.editions.model import Edition, newness
from complaints.editions.problems import EditionError, EditionMissing, EditionProblem

VARIABLE = "DULY_EDITIONS"
"""Environment variable: folders of editions, or folders that contain such folders, separated as in PATH."""


class EditionRegistry:
    """Editions by name and digest; immutable."""

    def __init__(self, folders: Iterable[Path | Traversable]) -> None:
        self._editions: dict[tuple[str, str], Edition] = {}
        broken: list[EditionError] = []
        for folder in folders:
            try:
                edition = load(folder)
            except EditionError as error:  # raised by `newest`: one bad folder must not stop other editions
                broken.append(error)
                continue
            broken.extend(self._clash(edition, folder))
            self._editions[edition.name, edition.digest] = edition
        self.broken = tuple(broken)

    def get(self, name: str, digest: str) -> Edition:
        """Return the edition that a case is pinned to. Raises `EditionMissing`, which says what to install where."""
        try:
            return self._editions[name, digest]
        except KeyError:
            raise EditionMissing(name, digest, self._editions) from None

    def newest(self) -> Edition:
        """Return the edition for new complaints: the last by name (2026.10 after 2026.9, names after numbers).

        Raises `EditionError` if a folder is unusable: falling back to an older edition would hide the mistake.
        """
        if self.broken:
            raise self.broken[0]
        return max(self._editions.values(), key=lambda edition: newness(edition.name))

    def all(self) -> tuple[Edition, ...]:
        """Return all usable editions, oldest first."""
        return tuple(sorted(self._editions.values(), key=lambda edition: (newness(edition.name), edition.digest)))

    def _clash(self, edition: Edition, folder: Path | Traversable) -> list[EditionError]:
        """Report two different contents under one name, which would make the name ambiguous."""
        if all(name != edition.name or digest == edition.digest for name, digest in self._editions):
            return []
        return [EditionError(str(folder), [EditionProblem(folder.name, 1, "name-taken", {"name": edition.name})])]


def edition_folders(paths: str | None) -> list[Path]:
    """Return the folders of a value of `DULY_EDITIONS`; a folder without TOML files stands for its subfolders."""
    found: list[Path] = []
    for path in (Path(part) for part in (paths or "").split(os.pathsep) if part):
        inner = sorted(child for child in path.iterdir() if child.is_dir()) if path.is_dir() else []
        found += inner if inner and not any(path.glob("*.toml")) else [path]
    return found


def packaged_folders() -> list[Traversable]:
    """Return the folders of the product's editions."""
    here = files("complaints.editions")
    return sorted((item for item in here.iterdir() if item.is_dir() and item.name[0].isdigit()), key=lambda i: i.name)
