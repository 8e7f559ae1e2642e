"""The worker as every process runs it: the same workflows, activities and sandbox in production, drills and tests."""

from __future__ import annotations

from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.ledger import Ledger
from activities.ports import Follower, Records, ReferenceSource
from activities.reference import References
from activities.settling import Settling
from workflows import interface
from workflows.complaint import ComplaintWorkflow

# Pure modules and models are loaded once, outside the sandbox: loading them anew for every case would cost most of the
# time of a workflow task. Bans on clocks and randomness in them are the linter's work.
PASSED_THROUGH = ("complaints", "activities", "pydantic", "pydantic_core", "annotated_types", "zoneinfo")


def build_worker(
    client: Client,
    records: Records,
    references: ReferenceSource,
    follower: Follower,
    *,
    task_queue: str = interface.TASK_QUEUE,
) -> Worker:
    """A worker for complaints; run it with `async with` or `run()`."""
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[ComplaintWorkflow],
        activities=[Ledger(records).write, References(references).reference, Settling(follower).settle],
        workflow_runner=SandboxedWorkflowRunner(
            restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
        ),
        max_cached_workflows=2_000,
        # How long the server waits for a worker that died before it gives its cases to another.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
    )
