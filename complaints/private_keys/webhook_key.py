"""The webhook key: a file that only its owner can read, made once by whoever registers the first webhook.

Whoever registers and whoever sends need the same key: they share a home, or `DULY_WEBHOOK_KEY` gives it to both.
"""

from __future__ import annotations

import os
import secrets
import stat
from base64 import b64decode, b64encode
from contextlib import suppress
from pathlib import Path

from complaints.private_keys.places import KeyFileUnusable
from complaints.webhooks.signing import KEY_BYTES

OTHERS = stat.S_IRWXG | stat.S_IRWXO


class WebhookKey:
    """The key of one installation: `given` by a setting, else in the file `webhooks/<namespace>/key` of the home."""

    def __init__(self, home: Path, namespace: str, given: bytes | None = None) -> None:
        self.file = home / "webhooks" / namespace / "key"
        self._given = given

    def read(self) -> bytes | None:
        """Return the key; None if there is none yet. Raises `KeyFileUnusable` and `OSError`."""
        if self._given is not None:
            return self._given
        try:
            text = self.file.read_text(encoding="ascii")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except UnicodeDecodeError:
            raise KeyFileUnusable(self.file, "damaged") from None
        if os.name == "posix" and self.file.stat().st_mode & OTHERS:
            raise KeyFileUnusable(self.file, "open")
        return self._decoded(text)

    def made(self) -> bytes:
        """Return the key; make it if there is none. Raises `KeyFileUnusable` and `OSError`."""
        if (key := self.read()) is not None:
            return key
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self.file.with_name(f".{self.file.name}.{secrets.token_hex(8)}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
                out.flush()
                os.fsync(out.fileno())
            with suppress(FileExistsError):  # another process has just made one
                os.link(fresh, self.file)
        finally:
            fresh.unlink()
        key = self.read()
        if key is None:
            raise KeyFileUnusable(self.file, "damaged")
        return key

    def _decoded(self, text: str) -> bytes:
        try:
            key = b64decode(text.strip(), validate=True)
        except ValueError:
            raise KeyFileUnusable(self.file, "damaged") from None
        if len(key) < KEY_BYTES:
            raise KeyFileUnusable(self.file, "damaged")
        return key
