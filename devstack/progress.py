"""Progress messages of the stack for people, independent of where they are shown."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Note:
    """One line of progress. A `live` note replaces the one before it and is only worth showing on a terminal."""

    zh: str
    en: str
    seconds: float | None = None
    live: bool = False

    def text(self, language: str) -> str:
        words = self.en if language.startswith("en") else self.zh
        return words if self.seconds is None else f"{words} ({self.seconds:.1f} s)"


Progress = Callable[[Note], None]


def silent(note: Note) -> None:
    """Ignore the note, for callers that show nothing."""


def to_stderr(note: Note) -> None:
    """Write a note to stderr; live notes only on a terminal, each over the one before."""
    line = note.text(os.environ.get("DULY_LANG", "zh"))
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{line}" + ("" if note.live else "\n"))
    elif not note.live:
        sys.stderr.write(line + "\n")
    sys.stderr.flush()


@dataclass
class Phases:
    """Measures and reports the parts of the start; `done` is their (name, seconds), in order."""

    progress: Progress = silent
    done: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])

    @contextmanager
    def phase(self, name: str, zh: str, en: str) -> Iterator[None]:
        began = time.monotonic()
        self.progress(Note(f"{zh} …", f"{en} …", live=True))
        yield
        seconds = time.monotonic() - began
        self.done.append((name, seconds))
        self.progress(Note(zh, en, seconds=seconds))
