"""Starts the asyncio tasks beside a workflow's main coroutine, and reports their errors.

The SDK looks at the errors of the main coroutine and of signal and update handlers only. An error in any other task is
reported when that task is garbage-collected, and the workflow goes on without it. Of the errors that the SDK does look
at, those of activities and other workflows (`FailureError`), and `TimeoutError`, end the workflow.

So a `TaskSupervisor` starts every task. The main coroutine raises the error of any task too, at once and as an error
that fails the workflow task: operators see it with its traceback, the server retries the workflow task, and a release
with the bug fixed goes on from the history as if nothing had happened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

from temporalio.exceptions import ApplicationError, FailureError, is_cancelled_exception

T = TypeVar("T")

END_A_WORKFLOW = (FailureError, TimeoutError)
"""Errors with which the SDK ends a workflow; for all others it fails the workflow task."""


class Unexpected(Exception):
    """Replaces an error that would have ended the workflow by accident: the workflow task fails. See its cause."""

    def __init__(self, part: str, error: BaseException) -> None:
        super().__init__(f"{part}: {type(error).__name__}: {error}")


class Ends(Exception):
    """Raised to end the workflow with `refusal`: nothing has begun, and the caller is told why."""

    def __init__(self, refusal: ApplicationError) -> None:
        self.refusal = refusal
        super().__init__(refusal.message)


@contextmanager
def failing_the_task(part: str) -> Generator[None]:
    """Wrap the changes of a signal or update handler: an error in them fails the task and never ends the workflow."""
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
        """Whether a task has failed with an unexpected error."""
        return self._error is not None

    def check(self) -> None:
        """Raise the first unexpected error of a task, if there is one."""
        if self._error is not None:
            raise self._error

    def start(
        self, work: Coroutine[Any, Any, T], part: str, *, expected: tuple[type[Exception], ...] = ()
    ) -> asyncio.Task[T]:
        """Run `work` as a task. `part` names it in error messages.

        `expected` are errors that the awaiting coroutine handles. A cancelled task ends without an error.
        """
        task = asyncio.create_task(self._watched(work, part, expected))
        task.add_done_callback(lambda _: work.close())  # for a task that was cancelled before it began
        return task

    async def _watched(self, work: Coroutine[Any, Any, T], part: str, expected: tuple[type[Exception], ...]) -> T:
        try:
            return await work
        except expected:
            raise
        except (Exception, asyncio.CancelledError) as error:
            if _was_cancelled() and is_cancelled_exception(error):
                raise asyncio.CancelledError from error  # a cancelled activity raises an error of its own
            if isinstance(error, asyncio.CancelledError | FailureError | TimeoutError):
                unexpected = Unexpected(part, error)
                self._error = self._error or unexpected
                raise unexpected from error
            self._error = self._error or error
            raise


def _was_cancelled() -> bool:
    """Whether the present task itself was cancelled, and not only something that it awaits."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
