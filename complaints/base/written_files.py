"""Small files that are written whole or not at all, and that only their owner can read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def put(path: Path, text: str) -> None:
    """Write a temporary file (0600) and rename it, so that a process that dies meanwhile leaves the old file intact.

    Raises `OSError`; then nothing has changed.
    """
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())  # a file that is renamed before it is written may be empty after a power failure
        Path(beside).replace(path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise
