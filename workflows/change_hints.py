"""Tells the worker that a case has something new for the read model.

The projector follows a case by reading its journal from a cursor, after the workflow task is committed (docs/adr). A
hint says "look soon", and what will be found there if the server accepts the task. Losing a hint, or sending it twice,
changes nothing, and a listener must verify it before using it. To the workflow it is a side effect like a log line.
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
    """A workflow task of a run, identified by its `WorkflowTaskStarted` event, in the history once it is completed.

    A retried task may have the same event id, but has another time.
    """

    event: int
    at: datetime
    """Time on the server's clock, in whole microseconds."""

    @classmethod
    def started(cls, event: int, nanoseconds: int) -> WorkflowTask:
        """Build it from the event's id and the event's time, in nanoseconds since 1970."""
        return cls(event, datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=nanoseconds // 1000))


@dataclass(frozen=True)
class ChangeHint:
    """The state of a file after a workflow task that the server may still reject."""

    file: File
    lines: tuple[JournalLine, ...]
    """The journal lines that the read model may still lack."""
    task: WorkflowTask

    @property
    def key(self) -> str:
        return self.file.key

    @property
    def sequence(self) -> int:
        return self.file.journal_seq

    def since(self, after: int) -> Additions:
        """What a read model that has the journal up to line `after` lacks."""
        return Additions.of(self.file, after, self.lines)


Listener = Callable[[ChangeHint], None]

_listeners: dict[tuple[str, str], Listener] = {}  # by namespace and task queue


@contextmanager
def listening(namespace: str, task_queue: str, listener: Listener) -> Generator[None]:
    """While the block runs, pass the hints of this task queue's workflows to `listener`, called from their threads.

    A listener that is registered later for the same queue replaces it.
    """
    _listeners[namespace, task_queue] = listener
    try:
        yield
    finally:
        if _listeners.get((namespace, task_queue)) is listener:  # unless another has replaced it
            del _listeners[namespace, task_queue]


def this_task() -> WorkflowTask:
    """In a workflow: the task under way. Its time is later than its start once a local activity has ended in it."""
    return WorkflowTask.started(workflow.info().get_current_history_length(), workflow.time_ns())


def publish(news: ChangeHint) -> None:
    """In a workflow: pass the hint to the listener. Does nothing during replay."""
    info = workflow.info()
    if (listener := _listeners.get((info.namespace, info.task_queue))) and not workflow.unsafe.is_replaying():
        with workflow.unsafe.sandbox_unrestricted():
            listener(news)
