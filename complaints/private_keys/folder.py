"""A folder of private keys: one file for each, which only its owner can read."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from complaints.base.written_files import put
from complaints.private_keys.places import ENDING, KeyFileUnusable
from complaints.signing.jws import SigningKey
from complaints.signing.key_ring import PublicKey

LOCK = ".lock"
OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class OwnKey:
    """A private key with its public one."""

    private: SigningKey
    public: PublicKey

    @property
    def kid(self) -> str:
        return self.public.kid

    @classmethod
    def generate(cls, signer: str, valid_from: datetime) -> OwnKey:
        """Make a new key, at random."""
        private = SigningKey.generate()
        return cls(private, private.public(signer, valid_from))


class KeyFolder:
    """The private keys in one folder, which is created with the first of them."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def keys(self) -> list[OwnKey]:
        """Return the keys, those that are valid first first. Raises `KeyFileUnusable` and `OSError`."""
        if not self.place.is_dir():
            return []
        found = [_read(file) for file in self.place.iterdir() if file.name.endswith(ENDING)]
        return sorted(found, key=lambda one: (one.public.valid_from, one.kid))

    def put(self, key: OwnKey) -> None:
        """Write a key. Raises `OSError`."""
        said = {
            "signer": key.public.signer,
            "valid_from": key.public.valid_from.isoformat(),
            "key": json.loads(key.private.secret()),
        }
        put(self._file(key.kid), json.dumps(said, indent=1) + "\n")

    def drop(self, kid: str) -> None:
        """Delete the private key with this id, if it is there. Raises `OSError`."""
        self._file(kid).unlink(missing_ok=True)

    @asynccontextmanager
    async def locked(self) -> AsyncGenerator[None]:
        """Hold the folder: one at a time makes keys. Creates the folder (0700). Raises `OSError`."""
        self.place.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.place.chmod(0o700)
        handle = os.open(self.place / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while not _taken(handle):  # noqa: ASYNC110  # another process holds it
                await asyncio.sleep(0.05)
            yield
        finally:
            os.close(handle)

    def _file(self, kid: str) -> Path:
        return self.place / f"{kid}{ENDING}"


def _taken(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows, where no service of ours runs
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(file: Path) -> OwnKey:
    if os.name == "posix" and file.stat().st_mode & OTHERS:
        raise KeyFileUnusable(file, "open")
    try:
        said = cast("dict[str, Any]", json.loads(file.read_text(encoding="utf-8")))
        private = SigningKey.read(json.dumps(said["key"]))
        public = private.public(str(said["signer"]), datetime.fromisoformat(str(said["valid_from"])))
    except (ValueError, KeyError, TypeError):
        raise KeyFileUnusable(file, "damaged") from None  # the cause could quote the file
    if file.name != f"{public.kid}{ENDING}":
        raise KeyFileUnusable(file, "damaged")
    return OwnKey(private, public)
