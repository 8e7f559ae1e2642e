"""A loop in a thread of its own, for programs that have none, and methods that wait for those of an asyncio class."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import wraps
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Blocking:
    """Runs coroutines and waits for them. Closing it ends the thread; what is under way then is cancelled."""

    def __init__(self, of: Blocking | None = None) -> None:
        """A loop and thread of its own, or those `of` another."""
        if of is not None:
            self._loop, self._thread = of._loop, of._thread
            return
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="duly", daemon=True)
        self._thread.start()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`; when the waiting is interrupted, the work is cancelled."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        finally:
            future.cancel()

    def close(self) -> None:
        """End loop and thread. Closing twice is harmless."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(_wind_up(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


async def _wind_up() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()


def blocking(method: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]) -> Callable[Concatenate[Any, P], T]:
    """The same method for a `Blocking` that has the other object as `duly`: it waits for the answer."""

    @wraps(method)
    def waits(self: Any, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.wait(method(self.duly, *args, **kwargs))

    return waits


def collecting(method: Callable[Concatenate[Any, P], AsyncIterator[T]]) -> Callable[Concatenate[Any, P], list[T]]:
    """The same of a method that yields: its results when it is through."""

    @wraps(method)
    def waits(self: Any, *args: P.args, **kwargs: P.kwargs) -> list[T]:
        async def all_of_them() -> list[T]:
            return [one async for one in method(self.duly, *args, **kwargs)]

        return self.wait(all_of_them())

    return waits
