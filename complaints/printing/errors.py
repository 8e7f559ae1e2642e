"""Errors of printing."""

from __future__ import annotations

from pathlib import Path


class NoChineseFont(Exception):
    """No font with Chinese characters was found; `where` has the folders searched, empty for Duly's own font."""

    def __init__(self, where: tuple[Path, ...] = ()) -> None:
        self.where = where
        super().__init__(
            f"no Chinese font in {', '.join(map(str, where))}" if where else "the font package is not installed"
        )
