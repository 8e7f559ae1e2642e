"""Errors of printing."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


class NotInstalled(Exception):
    """A library of the extra `duly[print]` is not installed; `package` names the module that is missing."""

    def __init__(self, package: str) -> None:
        self.package = package
        super().__init__(f"the Python package {package} is not installed: pip install 'duly[print]'")


@contextmanager
def libraries() -> Generator[None]:
    """Raise `NotInstalled` if a library that is imported in here is missing. Also a decorator: `@libraries()`."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "complaints"):
            raise
        raise NotInstalled(package) from None


class NoChineseFont(Exception):
    """No font with Chinese characters was found; `where` has the folders searched, empty for Duly's own font."""

    def __init__(self, where: tuple[Path, ...] = ()) -> None:
        self.where = where
        super().__init__(
            f"no Chinese font in {', '.join(map(str, where))}" if where else "the font package is not installed"
        )
