"""Hashes of passwords: argon2id (RFC 9106), few at a time, and as many for a name that nobody has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from complaints.accounts.passwords import prepared
from starters.gateway.problems import ApiProblem

T = TypeVar("T")

AT_ONCE = 2
"""Hashes computed at the same time; each takes 64 MB and a core."""
WAITING = 50
"""Sign-ins that may wait for a hash; further ones are sent away."""


class Hasher(Protocol):
    """Computes and verifies hashes; `argon2.PasswordHasher` is one."""

    def hash(self, password: str) -> str: ...
    def verify(self, hash: str, password: str) -> bool: ...
    def check_needs_rehash(self, hash: str) -> bool: ...


class Passwords:
    """Computes hashes beside the event loop."""

    def __init__(self, hasher: Hasher | None = None) -> None:
        self._hasher: Hasher = hasher or PasswordHasher()
        self._nobodys = self._hasher.hash("the password of nobody")
        self._places = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def hashed(self, password: str) -> str:
        """Return the hash of a password. Raises `ApiProblem` (`busy`)."""
        return await self._beside(self._hasher.hash, prepared(password))

    async def fits(self, hash: str | None, password: str) -> bool:
        """Return whether it is the password of the hash. None costs as much as a hash, and never fits.

        Raises `ApiProblem` (`busy`).
        """
        fits = await self._beside(self._verified, hash or self._nobodys, prepared(password))
        return fits and hash is not None

    def is_old(self, hash: str) -> bool:
        """Return whether the hash has other parameters than those of today."""
        return self._hasher.check_needs_rehash(hash)

    def _verified(self, hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(hash, password)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False

    async def _beside(self, work: Callable[..., T], *said: str) -> T:
        if self._waiting >= WAITING:
            raise ApiProblem(503, "busy", headers={"retry-after": "5"})
        self._waiting += 1
        try:
            async with self._places:
                return await asyncio.to_thread(work, *said)
        finally:
            self._waiting -= 1
