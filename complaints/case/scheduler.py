"""A deterministic scheduler for the coroutines of one case.

A chapter is the coroutine that runs one procedure. It ultimately awaits a condition (`Wait`), optionally with a
timeout. There is no event loop, no clock and no thread: `settle` steps every branch that can proceed, in the order in
which they were started, until no branch can proceed without a new message or timer. Then nothing is under way, by
construction; an error in any branch is raised by `settle`.

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
"""Maximum steps of one `settle`. More means that two branches wake each other for ever."""


class Endless(Exception):
    """Branches keep running without a new message or timer: a bug in a chapter."""


class Cancelled(Exception):
    """The branch whose result is awaited was cancelled."""


class Wait:
    """A condition that a branch awaits: `ready()`, or the time `until` at the latest.

    Awaiting it returns True if `ready()` holds, False if `until` has come. `name` is the timer's summary for operators.
    """

    def __init__(self, ready: Callable[[], bool], until: datetime | None = None, name: str = "") -> None:
        self.ready = ready
        self.until = until
        self.name = name

    def __await__(self) -> Generator[Wait, bool, bool]:
        return (yield self)


class Branch(Generic[T]):
    """A running coroutine. Awaiting it returns its result, or raises its expected error or `Cancelled`."""

    def __init__(
        self,
        work: Coroutine[Any, Any, T],
        name: str,
        expected: tuple[type[Exception], ...],
        started_by: Branch[Any] | None = None,
    ) -> None:
        self.name = name
        self.started_by = started_by
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
        """Whether it ended with an expected error."""
        return self._error is not None

    def result(self) -> T:
        """Return its result. Raises the expected error that ended it, or `Cancelled`."""
        assert self.done, f"{self.name} is still under way"
        if self.cancelled:
            raise Cancelled(self.name)
        if self._error is not None:
            raise self._error
        return cast(T, self._result)

    def cancel(self) -> None:
        """Close the coroutine: its `finally` blocks run, and what it waited for is ignored."""
        if not self.done:
            self.done = self.cancelled = True
            self._work.close()

    def is_of(self, other: Branch[Any]) -> bool:
        """Whether it is the other branch, or was started by it or by a branch of it."""
        here: Branch[Any] | None = self
        while here is not None and here is not other:
            here = here.started_by
        return here is other

    def step(self, came: bool) -> None:
        """Resume it with the result of its wait. Raises errors that are not expected."""
        try:
            # A coroutine that has not started accepts only None.
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
        self.running: Branch[Any] | None = None  # the branch that is being stepped

    def start(
        self, work: Coroutine[Any, Any, T], name: str, *, expected: tuple[type[Exception], ...] = ()
    ) -> Branch[T]:
        """Create a branch, which starts at its turn in `settle`.

        `expected` errors are raised to the coroutine that awaits the branch; any other is raised by `settle`.
        """
        branch = Branch(work, name, expected, self.running)
        self._branches.append(branch)
        return branch

    def settle(self, now: datetime) -> None:
        """Step every branch that can proceed at `now`, until none can.

        Raises the first unexpected error, after which the state of the case is unusable; `Endless` after `STEPS` steps.
        """
        steps = 0
        moved = True
        while moved:
            moved = False
            for branch in tuple(self._branches):
                came = _can_go_on(branch, now)
                if came is not None:
                    moved, steps = True, steps + 1
                    self.running = branch
                    try:
                        branch.step(came)
                    finally:
                        self.running = None
            self._branches = [branch for branch in self._branches if not branch.done]
            if steps > STEPS:
                raise Endless(", ".join(branch.name for branch in self._branches))

    @property
    def waits(self) -> list[Wait]:
        """The branches' waits that have a timeout, in the order of the branches."""
        waits = (branch.wait for branch in self._branches)
        return [wait for wait in waits if wait is not None and wait.until is not None]

    def close(self) -> None:
        """Cancel all branches, newest first."""
        for branch in reversed(self._branches):
            branch.cancel()
        self._branches.clear()


def _can_go_on(branch: Branch[Any], now: datetime) -> bool | None:
    """Return None if it cannot proceed; True if its condition holds or it has not started; False at a timeout."""
    if branch.done:
        return None
    wait = branch.wait
    if wait is None or wait.ready():
        return True
    return False if wait.until is not None and wait.until <= now else None


@types.coroutine
def turn() -> Generator[Wait, bool, None]:
    """Yield to the other branches: continue at the next pass of `settle`."""
    yield Wait(lambda: True)
