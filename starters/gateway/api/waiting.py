"""Long polls: a question for new events that waits until there are some, for a bounded time.

The right to see is asked for again with every look. So who loses it, or is complained about meanwhile, hears nothing
more: the answer is that of an unknown case.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Query

from starters.gateway.api.call import ApiCall, renewed

LONGEST = 25
LOOK_AGAIN = 1.0
"""Seconds between two looks of one poll."""

T = TypeVar("T")

Wait = Annotated[int, Query(ge=0, le=LONGEST, description="Seconds to wait for something new, if there is nothing.")]
After = Annotated[int, Query(ge=0, le=1_000_000_000, description="The last line that you have; 0: from the beginning.")]


async def until_new(call: ApiCall, wait: int, look: Callable[[ApiCall], Awaitable[T]], new: Callable[[T], bool]) -> T:
    """Return what `look` finds once it is new, or after `wait` seconds. It gets the call with the rights of then.

    Raises what `look` raises, and `ApiProblem` (`rate`) if too many wait.
    """
    found = await look(call)
    if wait == 0 or new(found):
        return found
    loop = asyncio.get_running_loop()
    given_up = loop.time() + wait
    with call.parts.polls.taken(f"{call.principal.kind} {call.principal.id}"):
        while not new(found) and (left := given_up - loop.time()) > 0:
            await asyncio.sleep(min(LOOK_AGAIN, left))
            found = await look(await renewed(call))
    return found
