"""Tells the worker that a case has something new for the records.

Records follow a case by reading its journal from a cursor, after the workflow task is committed (docs/adr). What is
told here says "look soon", and what will be found there if the server takes the task: losing it, or telling it twice,
changes nothing, and nobody may believe it unasked. It is to the workflow what a log line is.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from temporalio import workflow

from complaints.case.additions import Additions
from complaints.model import File, JournalLine


@dataclass(frozen=True)
class News:
    """What a file has come to by a task that the server may still refuse.

    It has taken it when the workflow shows the same `run_id`, `sequence` and `changed` (its search attributes): a task
    that is done a second time is done at another moment.
    """

    file: File
    lines: tuple[JournalLine, ...]
    """What the records may still lack."""
    run_id: str
    changed: datetime

    @property
    def key(self) -> str:
        return self.file.key

    @property
    def sequence(self) -> int:
        return self.file.journal_seq

    def since(self, after: int) -> Additions:
        """What the records lack that have the journal up to line `after`."""
        return Additions.of(self.file, after, self.lines)


Listener = Callable[[News], None]

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


def tell(news: News) -> None:
    """From a workflow: there is something new. Says nothing while replaying."""
    info = workflow.info()
    if (listener := _listeners.get((info.namespace, info.task_queue))) and not workflow.unsafe.is_replaying():
        with workflow.unsafe.sandbox_unrestricted():
            listener(news)
