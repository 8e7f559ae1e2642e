"""Steps the chapters of a case: in order, one after the other, until none can go on without another act or moment.

A chapter is a coroutine. What it awaits in the end is a condition (`Wait`), at the longest until a moment. There is no
event loop, no clock and no thread: `settle` steps every branch that can go on, in the order in which they were started,
until there is none. Then nothing is under way, by construction; and an error in any branch is an error of `settle`.

    scheduler = Scheduler()
    branch = scheduler.start(chapter(), "the chapter")
    scheduler.settle(now)
    branch.done
"""

from __future__ import annotations

import types
from collections.abc import Callable, Coroutine, Generator
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")

STEPS = 100_000
"""More steps than this at one moment: two branches wake each other for ever."""


class Endless(Exception):
    """Branches go on and on without time passing or anybody acting: a mistake in a chapter."""


class Cancelled(Exception):
    """The branch whose result is awaited was cancelled."""


class Wait:
    """What a branch waits for: until `ready()`, or with `until` no longer than that moment.

    Whoever awaits it gets True if what it waited for has come, False if the moment has.
    `name` is what operators see of the moment (a timer's summary).
    """

    def __init__(self, ready: Callable[[], bool], until: datetime | None = None, name: str = "") -> None:
        self.ready = ready
        self.until = until
        self.name = name

    def __await__(self) -> Generator[Wait, bool, bool]:
        return (yield self)


class Branch(Generic[T]):
    """A coroutine under way. Awaiting it waits until it is over and gives its result, or raises what ended it."""

    def __init__(self, work: Coroutine[Any, Any, T], name: str, expected: tuple[type[Exception], ...]) -> None:
        self.name = name
        self.wait: Wait | None = None
        self.done = False
        self.cancelled = False
        self._work = work
        self._expected = expected
        self._result: T | None = None
        self._error: Exception | None = None

    def __await__(self) -> Generator[Wait, bool, T]:
        if not self.done:
            yield from Wait(lambda: self.done).__await__()
        return self.result()

    @property
    def failed(self) -> bool:
        """Whether an expected error ended it."""
        return self._error is not None

    def result(self) -> T:
        """What it came to. Raises the expected error that ended it, or `Cancelled`."""
        assert self.done, f"{self.name} is still under way"
        if self.cancelled:
            raise Cancelled(self.name)
        if self._error is not None:
            raise self._error
        return cast(T, self._result)

    def cancel(self) -> None:
        """It goes no further. Whatever it was waiting for, nobody hears of it; its `finally` blocks run."""
        if not self.done:
            self.done = self.cancelled = True
            self._work.close()

    def step(self, came: bool) -> None:
        """Let it go on, with the answer to what it waited for. Raises what nobody expected of it."""
        try:
            # What is sent before the first wait must be None.
            self.wait = self._work.send(came) if self.wait is not None else self._work.send(None)
        except StopIteration as end:
            self.done, self._result = True, end.value
        except self._expected as error:
            self.done, self._error = True, error
        except Exception as error:
            error.add_note(f"in {self.name}")
            raise


class Scheduler:
    """All branches of one case."""

    def __init__(self) -> None:
        self._branches: list[Branch[Any]] = []

    def start(
        self, work: Coroutine[Any, Any, T], name: str, *, expected: tuple[type[Exception], ...] = ()
    ) -> Branch[T]:
        """A new branch, which begins when its turn comes.

        `expected` are errors for whoever awaits the branch; any other is an error of `settle`.
        """
        branch = Branch(work, name, expected)
        self._branches.append(branch)
        return branch

    def settle(self, now: datetime) -> None:
        """Step every branch that can go on, until none can.

        Raises the first error that no branch expected: the case is in no state to go on with after it.
        """
        steps = 0
        moved = True
        while moved:
            moved = False
            for branch in tuple(self._branches):
                came = _can_go_on(branch, now)
                if came is not None:
                    moved, steps = True, steps + 1
                    branch.step(came)
            self._branches = [branch for branch in self._branches if not branch.done]
            if steps > STEPS:
                raise Endless(", ".join(branch.name for branch in self._branches))

    @property
    def waits(self) -> list[Wait]:
        """What the branches wait for that ends at a moment, in their order."""
        waits = (branch.wait for branch in self._branches)
        return [wait for wait in waits if wait is not None and wait.until is not None]

    def close(self) -> None:
        """Cancel whatever is still under way."""
        for branch in reversed(self._branches):
            branch.cancel()
        self._branches.clear()


def _can_go_on(branch: Branch[Any], now: datetime) -> bool | None:
    """None if it cannot; otherwise whether what it waits for has come, or only its moment."""
    if branch.done:
        return None
    wait = branch.wait
    if wait is None or wait.ready():
        return True
    return False if wait.until is not None and wait.until <= now else None


@types.coroutine
def turn() -> Generator[Wait, bool, None]:
    """Let the other branches go on first, as far as they can at this pass."""
    yield Wait(lambda: True)
