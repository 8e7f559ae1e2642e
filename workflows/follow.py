"""Tells the worker that a case has something new for the records.

Records follow a case by reading its journal from a cursor, after the workflow task is committed (docs/adr). This call
only says "look soon": losing it, or making it twice, changes nothing. It is to the workflow what a log line is.
"""

from __future__ import annotations

from collections.abc import Callable

from temporalio import workflow

_listeners: dict[str, Callable[[str], None]] = {}  # by namespace


def listen(namespace: str, listener: Callable[[str], None] | None) -> None:
    """The worker of a namespace says whom to tell. Called with a workflow id, from a workflow's thread."""
    if listener is None:
        _listeners.pop(namespace, None)
    else:
        _listeners[namespace] = listener


def look_soon() -> None:
    """From a workflow: there is something new. Says nothing while replaying."""
    info = workflow.info()
    if (listener := _listeners.get(info.namespace)) and not workflow.unsafe.is_replaying():
        with workflow.unsafe.sandbox_unrestricted():
            listener(info.workflow_id)
