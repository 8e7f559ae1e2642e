"""Tells the worker that a case has something new for the records.

Records follow a case by reading its journal from a cursor, after the workflow task is committed (docs/adr). This call only
says "look soon": losing it, or making it twice, changes nothing. It is to the workflow what a log line is.
"""

from __future__ import annotations

from collections.abc import Callable

from temporalio import workflow

_listener: Callable[[str], None] | None = None


def listen(listener: Callable[[str], None] | None) -> None:
    """The worker sets whom to tell. Called with a workflow id, from a workflow's thread."""
    global _listener
    _listener = listener


def look_soon() -> None:
    """From a workflow: there is something new. Says nothing while replaying."""
    if _listener is not None and not workflow.unsafe.is_replaying():
        with workflow.unsafe.sandbox_unrestricted():
            _listener(workflow.info().workflow_id)
