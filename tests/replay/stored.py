"""The stored histories, and what replaying one leads to."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import (
    ExecuteWorkflowInput,
    Interceptor,
    Replayer,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from worker.temporal_worker import build_replayer
from workflows.duty_workflow import DutyWorkflow

HISTORIES = Path(__file__).parent / "histories"


def history(file: Path) -> WorkflowHistory:
    """A stored run under its own workflow id, which the acts in it name."""
    text = gzip.decompress(file.read_bytes()).decode()
    started = json.loads(text)["events"][0]["workflowExecutionStartedEventAttributes"]
    return WorkflowHistory.from_json(started["workflowId"], text)


class Kept(Interceptor):
    """Keeps the workflows that one replayer begins, not those that a worker of this process begins meanwhile."""

    def __init__(self) -> None:
        self.begun: list[DutyWorkflow[Any]] = []

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:
        begun = self.begun

        class Inbound(WorkflowInboundInterceptor):
            async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:
                begun.append(workflow.instance())
                return await super().execute_workflow(input)

        return Inbound


async def replayed(history: WorkflowHistory) -> DutyWorkflow[Any]:
    """Replay a run, and return its workflow as the run left it."""
    kept = Kept()
    await Replayer(**{**build_replayer().config(), "interceptors": [kept]}).replay_workflow(history)
    [run] = kept.begun
    return run


async def last_line(file: Path) -> str:
    """Number and hash of the last journal line that replaying a stored run leads to."""
    run = await replayed(history(file))
    return f"{run._case.file.journal_seq} {run._case.file.journal_hash}"
