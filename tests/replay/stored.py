"""The stored histories, and what replaying one leads to."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

from temporalio.client import WorkflowHistory

from worker.temporal_worker import build_replayer
from workflows.duty_workflow import DutyWorkflow

HISTORIES = Path(__file__).parent / "histories"


def history(file: Path) -> WorkflowHistory:
    """A stored run under its own workflow id, which the acts in it name."""
    text = gzip.decompress(file.read_bytes()).decode()
    started = json.loads(text)["events"][0]["workflowExecutionStartedEventAttributes"]
    return WorkflowHistory.from_json(started["workflowId"], text)


async def last_line(file: Path) -> str:
    """Number and hash of the last journal line that replaying a stored run leads to."""
    begun: list[DutyWorkflow[Any]] = []
    first = DutyWorkflow.__init__

    def kept(self: DutyWorkflow[Any], *given: Any) -> None:
        begun.append(self)
        first(self, *given)

    with patch.object(DutyWorkflow, "__init__", kept):
        await build_replayer().replay_workflow(history(file))
    [run] = begun
    return f"{run._case.file.journal_seq} {run._case.file.journal_hash}"
