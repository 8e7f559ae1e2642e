"""Reads files named on the command line."""

from __future__ import annotations

from pathlib import Path

from starters.cli.ui.errors import Told


def bytes_of(file: Path) -> bytes:
    """The content of a file. Raises `Told`, which tells the user what to do."""
    try:
        return file.read_bytes()
    except OSError as problem:
        raise Told("no-file", file=file, problem=problem.strerror or "") from problem


def text_of(file: Path) -> str:
    """The text of a UTF-8 file, with or without a byte order mark. Raises `Told`, which tells the user what to do."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Told("not-utf8", file=file) from problem
    except OSError as problem:
        raise Told("no-file", file=file, problem=problem.strerror or "") from problem
