"""How many requests a client may send: a bucket of so many requests that fills up again with time.

Decision. Counts are kept in memory, for each gateway process: they protect the gateway and what is behind it from a
client that runs wild, and nothing depends on their being exact (ADR 45).
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MINUTE = 60.0
MOST_CLIENTS = 20_000
"""Clients that are remembered; those that have asked nothing for the longest are forgotten first."""


@dataclass(frozen=True)
class Rate:
    """At most `most` requests at once, and as many in each minute."""

    name: str
    most: int

    @property
    def per_second(self) -> float:
        return self.most / MINUTE


@dataclass(frozen=True)
class Left:
    """What is left to a client: whether this request is taken, how many more are, and seconds until all are again."""

    rate: Rate
    taken: bool
    remaining: int
    reset: int
    retry: int = 0

    @property
    def headers(self) -> dict[str, str]:
        """The headers `RateLimit-Policy` and `RateLimit`, as the IETF's draft of them says; `Retry-After` if none."""
        found = {
            "ratelimit-policy": f'"{self.rate.name}";q={self.rate.most};w={int(MINUTE)}',
            "ratelimit": f'"{self.rate.name}";r={self.remaining};t={self.reset}',
        }
        return found if self.taken else {**found, "retry-after": str(self.retry)}


class RateLimit:
    """Counts the requests of clients, by name. `clock` returns seconds that never go back."""

    def __init__(self, rate: Rate, clock: Callable[[], float]) -> None:
        self.rate = rate
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> Left:
        """Count a request of the client, and say what is left."""
        left = self.left(client)
        if left.taken:
            tokens, at = self._buckets[client]
            self._buckets[client] = (tokens - 1, at)
            return Left(self.rate, True, left.remaining - 1, self._until(tokens - 1, self.rate.most))
        return left

    def left(self, client: str) -> Left:
        """Say what is left to the client, without counting a request."""
        now = self._clock()
        tokens, at = self._buckets.get(client, (float(self.rate.most), now))
        tokens = min(float(self.rate.most), tokens + (now - at) * self.rate.per_second)
        self._buckets[client] = (tokens, now)
        self._buckets.move_to_end(client)
        while len(self._buckets) > MOST_CLIENTS:
            self._buckets.popitem(last=False)
        reset, taken = self._until(tokens, self.rate.most), tokens >= 1
        return Left(self.rate, taken, math.floor(tokens), reset, 0 if taken else max(1, self._until(tokens, 1)))

    def _until(self, tokens: float, wanted: float) -> int:
        return math.ceil(max(0.0, wanted - tokens) / self.rate.per_second)


@dataclass(frozen=True)
class RateLimits:
    """The limits of a gateway: for a principal, and for what of one address is not recognised."""

    known: RateLimit
    unknown: RateLimit
    seen: OrderedDict[str, None]
    """Digests of tokens that were recognised lately: they are looked up also where others of the address are not."""

    @classmethod
    def of(cls, known: int, unknown: int, clock: Callable[[], float]) -> RateLimits:
        """Limits of so many requests a minute."""
        return cls(RateLimit(Rate("client", known), clock), RateLimit(Rate("address", unknown), clock), OrderedDict())

    def recognised(self, digest: str) -> None:
        """Remember the digest of a token that counts."""
        self.seen[digest] = None
        self.seen.move_to_end(digest)
        while len(self.seen) > MOST_CLIENTS:
            self.seen.popitem(last=False)
