"""The worker as every process runs it: the same workflows, activities and sandbox in production, drills and tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Replayer, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.ledger import Ledger
from activities.ports import Follower, Records, ReferenceSource
from activities.reference import References
from activities.settling import Settling
from worker.connection import CONVERTER
from workflows import interface
from workflows.complaint import ComplaintWorkflow

WORKFLOWS = [ComplaintWorkflow]

# Loaded once, outside the sandbox: loading our own modules anew for every case costs some 30 ms of CPU a case, about
# what three acts cost. Bans on clocks and randomness in them are the linter's work, and a test loads them strictly.
PASSED_THROUGH = ("complaints", "activities", "workflows", "pydantic", "pydantic_core", "annotated_types", "zoneinfo")


def sandbox(passed_through: Iterable[str] = PASSED_THROUGH) -> SandboxedWorkflowRunner:
    """The sandbox our workflows run in."""
    return SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*passed_through))


def build_replayer() -> Replayer:
    """Replays histories as a worker of this version would."""
    return Replayer(workflows=WORKFLOWS, workflow_runner=sandbox(), data_converter=CONVERTER)


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
        workflows=WORKFLOWS,
        activities=[Ledger(records).write, References(references).reference, Settling(follower).settle],
        workflow_runner=sandbox(),
        max_cached_workflows=2_000,
        # How long the server waits for a worker that died before it gives its cases to another.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
    )
