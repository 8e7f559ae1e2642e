"""Where private keys are. It loads no cryptography: every command asks whether there are any."""

from __future__ import annotations

from pathlib import Path

ENDING = ".private.json"
"""What the name of a file with a private key ends with."""


class KeyFileUnusable(Exception):
    """A file of a private key cannot be used. `why` is `open` (others can read it) or `damaged`."""

    def __init__(self, file: Path, why: str) -> None:
        self.file = file
        self.why = why
        super().__init__(f"{file} is not used: {why}")


def place_of(home: Path, namespace: str) -> Path:
    """Return the folder of the private keys of a namespace, in the home of the program that signs for it."""
    return home / "gateway" / namespace / "keys"


def has_keys(place: Path) -> bool:
    """Return whether the folder has a private key; False as well if this process may not look."""
    try:
        return any(one.name.endswith(ENDING) for one in place.iterdir())
    except OSError:
        return False
