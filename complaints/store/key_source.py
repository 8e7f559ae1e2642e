"""The key ring for workflows: the newest stored one, or the last known while PostgreSQL is unavailable."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

from complaints.base.errors import Refusal
from complaints.base.faults import RecordsAway
from complaints.base.written_files import put
from complaints.signing.key_ring import KeyRing
from complaints.store.signing_keys import SigningKeys

log = logging.getLogger(__name__)

POLL = 2.0
"""Seconds for which a ring counts as the newest without a query. A new key becomes valid later than that."""


class KeysMissing(Exception):
    """The stored ring lacks keys that were there before."""


class StoredKeys:
    """A `KeySource` over the table of keys. `cache` is a file that keeps the last ring across restarts.

    The file has public keys only. A ring that lacks keys of the one before is never taken: with an empty one, new cases
    would take unsigned acts.
    """

    def __init__(
        self, keys: SigningKeys, cache: Path | None = None, trouble: Callable[[Exception | None], None] = lambda _: None
    ) -> None:
        """`trouble` is called after each query with what is wrong with the ring or with the file, or None."""
        self._keys = keys
        self._cache = cache
        self._trouble = trouble
        self._good: KeyRing | None = None
        self._in_file: KeyRing | None = None
        self._asked_at: float | None = None
        self._asking = asyncio.Lock()

    async def keys(self, *, newest: bool = False) -> KeyRing:
        """Return the key ring; with `newest`, never from memory.

        Raises `RecordsAway` while PostgreSQL is unavailable, if `newest` is asked for or no ring is remembered.
        """
        async with self._asking:
            if newest or self._asked_at is None or time.monotonic() - self._asked_at >= POLL:
                await self._ask(newest)
            assert self._good is not None
            return self._good

    async def _ask(self, newest: bool) -> None:
        if self._good is None:
            self._good = self._kept()
        try:
            found = await self._keys.ring()
        except RecordsAway:
            if newest or self._good is None:
                raise
            log.warning("the records are away: the key ring of before stays in use")
            return
        self._asked_at = time.monotonic()
        if self._good is not None and not found.continues(self._good):
            log.error("the stored key ring %s lacks keys of %s, which stays in use", found.version, self._good.version)
            self._trouble(KeysMissing(f"the table of keys lacks some of {len(self._good.keys)} that were in use"))
            return
        self._good = found
        self._trouble(self._keep(found))

    def _kept(self) -> KeyRing | None:
        if self._cache is None:
            return None
        try:
            if not self._cache.exists():
                return None
            self._in_file = KeyRing.read(self._cache.read_text(encoding="utf-8"))
        except (OSError, ValueError, Refusal) as damaged:
            log.warning("%s cannot be read, and is not used: %s", self._cache.name, type(damaged).__name__)
            return None
        return self._in_file

    def _keep(self, ring: KeyRing) -> OSError | None:
        """Write the file for the next start, unless it has this ring. If it cannot be written, the old file stays.

        Returns the error. The next query tries again, so that the trouble lasts as long as its cause.
        """
        if self._cache is None or self._in_file == ring:
            return None
        try:
            self._cache.parent.mkdir(parents=True, exist_ok=True)
            put(self._cache, ring.written())
        except OSError as error:
            return error
        self._in_file = ring
        return None
