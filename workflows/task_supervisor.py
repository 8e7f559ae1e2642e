"""What runs beside a workflow's main coroutine, and where an error in it is seen.

The SDK looks at the errors of the main coroutine and of signal and update handlers only: an error in any other task is
said when the task is garbage, and the workflow goes on without it. And of the errors that it does look at, those that
activities and other workflows fail with (`FailureError`, and `TimeoutError`) end the workflow.

So every task is started by a `TaskSupervisor`. Whatever goes wrong in one is raised by the main coroutine too, at once
and as an error that fails the workflow task: operators see it with its traceback, the server tries the task again, and
a release that has the mistake mended goes on from the history as if nothing had happened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

from temporalio.exceptions import ApplicationError, FailureError, is_cancelled_exception

T = TypeVar("T")

END_A_WORKFLOW = (FailureError, TimeoutError)
"""Errors by which the SDK ends a workflow where it would fail the task for others."""


class Unexpected(Exception):
    """An error that would have ended the workflow, where nobody meant it to: the task fails instead. See its cause."""

    def __init__(self, part: str, error: BaseException) -> None:
        super().__init__(f"{part}: {type(error).__name__}: {error}")


class Ends(Exception):
    """The workflow is to end with `refusal`: nothing has begun, and whoever asked for it is told why."""

    def __init__(self, refusal: ApplicationError) -> None:
        self.refusal = refusal
        super().__init__(refusal.message)


@contextmanager
def failing_the_task(part: str) -> Generator[None]:
    """For what a signal or update handler changes: an error in it fails the task, and never ends the workflow."""
    try:
        yield
    except END_A_WORKFLOW as error:
        raise Unexpected(part, error) from error


class TaskSupervisor:
    """Starts the tasks of one workflow and keeps the first error of any of them, for the main coroutine to raise."""

    def __init__(self) -> None:
        self._error: Exception | None = None

    @property
    def failed(self) -> bool:
        """Whether something has gone wrong in a task."""
        return self._error is not None

    def check(self) -> None:
        """Raise what has gone wrong, if anything has."""
        if self._error is not None:
            raise self._error

    def start(
        self, work: Coroutine[Any, Any, T], part: str, *, expected: tuple[type[Exception], ...] = ()
    ) -> asyncio.Task[T]:
        """Run `work` as a task. `part` names it where an error has to be told.

        `expected` are errors that whoever awaits the task decides about. A task that is cancelled ends quietly.
        """
        task = asyncio.create_task(self._watched(work, part, expected))
        task.add_done_callback(lambda _: work.close())  # if it was cancelled before it began
        return task

    async def _watched(self, work: Coroutine[Any, Any, T], part: str, expected: tuple[type[Exception], ...]) -> T:
        try:
            return await work
        except expected:
            raise
        except (Exception, asyncio.CancelledError) as error:
            if _was_cancelled() and is_cancelled_exception(error):
                raise asyncio.CancelledError from error  # an activity that was waited for says it in its own way
            if isinstance(error, asyncio.CancelledError | FailureError | TimeoutError):
                unexpected = Unexpected(part, error)
                self._error = self._error or unexpected
                raise unexpected from error
            self._error = self._error or error
            raise


def _was_cancelled() -> bool:
    """Whether somebody has cancelled the present task, and not only something that it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
