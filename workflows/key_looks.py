"""Fetches the key ring for all messages of a case that wait for it: one look at a time, and one for many.

Ten signals with a key that the case does not know yet come at once when a gateway has changed its key. Each of them
needs a ring that was read after it came, and all of them can use the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from temporalio import workflow

MOST_IN_VAIN = 3
"""How often a run looks for keys that signals name, and finds none: each look is in the history, and keys can be
invented."""


class KeyLooks:
    """The looks of one run. `fetch` fetches the ring, and returns whether it was a newer one.

    An error of `fetch` has to fail the workflow task, which is then repeated with all who wait.
    """

    def __init__(self, fetch: Callable[[], Awaitable[bool]]) -> None:
        self._fetch = fetch
        self._begun = 0
        self._ended = 0
        self._in_vain = 0

    async def look(self) -> None:
        """Return when a look has ended that began after this call."""
        await self._shared(for_a_signal=False)

    async def look_for_a_signal(self) -> None:
        """The same; but at once if too many looks have been in vain."""
        await self._shared(for_a_signal=True)

    async def _shared(self, *, for_a_signal: bool) -> None:
        wanted = self._begun + 1
        if self._under_way:  # it may have read the ring before the key was there
            await workflow.wait_condition(lambda: self._begun >= wanted or not self._under_way)
        if self._begun >= wanted:
            await workflow.wait_condition(lambda: self._ended >= wanted)
        elif not for_a_signal or self._in_vain < MOST_IN_VAIN:
            self._begun = wanted
            newer = await self._fetch()
            self._in_vain += for_a_signal and not newer
            self._ended = wanted

    @property
    def _under_way(self) -> bool:
        return self._ended < self._begun
