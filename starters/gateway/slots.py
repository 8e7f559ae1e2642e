"""Places for requests that last: so many at a time, for each client and together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

from starters.gateway.problems import ApiProblem


class Slots:
    """At most `each` requests of one client and `most` of all at a time."""

    def __init__(self, most: int, each: int) -> None:
        self._most = most
        self._each = each
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken(self, client: str) -> Generator[None]:
        """Take a place for the time of the block. Raises `ApiProblem` (`rate`) if there is none."""
        if self._taken[client] >= self._each or self._taken.total() >= self._most:
            raise ApiProblem(429, "rate", {"seconds": 5}, headers={"retry-after": "5"})
        self._taken[client] += 1
        try:
            yield
        finally:
            self._taken[client] -= 1
            if not self._taken[client]:
                del self._taken[client]
