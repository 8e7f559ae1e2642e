"""Tells the worker that a case has something new for the records.

Records follow a case by reading its journal from a cursor, after the workflow task is committed (docs/adr). What is
told here says "look soon", and what will be found there if the server takes the task: losing it, or telling it twice,
changes nothing, and nobody may believe it unasked. It is to the workflow what a log line is.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from temporalio import workflow

from complaints.case.additions import Additions
from complaints.case.file import File, JournalLine


class WorkflowTask(NamedTuple):
    """A workflow task of a run, by the event `WorkflowTaskStarted` that its history has of it once it is completed.

    A task that is done a second time may have the same event id, and has another time.
    """

    event: int
    at: datetime
    """By the server's clock, in whole microseconds."""

    @classmethod
    def started(cls, event: int, nanoseconds: int) -> WorkflowTask:
        """The task of an event's id and its time, in nanoseconds since 1970."""
        return cls(event, datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=nanoseconds // 1000))


@dataclass(frozen=True)
class ChangeHint:
    """What a file has come to by a task that the server may still refuse."""

    file: File
    lines: tuple[JournalLine, ...]
    """What the records may still lack."""
    task: WorkflowTask

    @property
    def key(self) -> str:
        return self.file.key

    @property
    def sequence(self) -> int:
        return self.file.journal_seq

    def since(self, after: int) -> Additions:
        """What the records lack that have the journal up to line `after`."""
        return Additions.of(self.file, after, self.lines)


Listener = Callable[[ChangeHint], None]

_listeners: dict[tuple[str, str], Listener] = {}  # by namespace and task queue


@contextmanager
def listening(namespace: str, task_queue: str, listener: Listener) -> Generator[None]:
    """For as long as it lasts, `listener` is told by the workflows of this task queue, from their threads.

    Another that comes for the same queue meanwhile is told instead.
    """
    _listeners[namespace, task_queue] = listener
    try:
        yield
    finally:
        if _listeners.get((namespace, task_queue)) is listener:  # and no other has come since
            del _listeners[namespace, task_queue]


def this_task() -> WorkflowTask:
    """From a workflow: the task that is under way. Later than its start once a local activity has ended in it."""
    return WorkflowTask.started(workflow.info().get_current_history_length(), workflow.time_ns())


def publish(news: ChangeHint) -> None:
    """From a workflow: there is something new. Says nothing while replaying."""
    info = workflow.info()
    if (listener := _listeners.get((info.namespace, info.task_queue))) and not workflow.unsafe.is_replaying():
        with workflow.unsafe.sandbox_unrestricted():
            listener(news)
