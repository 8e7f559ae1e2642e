"""Builds the Temporal worker: the same workflows and activities in production, drills and tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, Worker, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.ledger import Ledger
from activities.ports import KeySource, ProjectorPort, RecordsPort, ReferenceSource, RetentionMoney
from activities.reference import References
from activities.retention import Retention
from activities.rounds import Ports, RoundActivities
from activities.settling import Settling
from complaints import editions
from complaints.connection.temporal import CONVERTER
from complaints.editions.model import Edition
from worker.stale_clock import ClockGuardedRunner
from workflows import interface
from workflows.complaint import ComplaintWorkflow
from workflows.rounds.round import RoundCallWorkflow, RoundWorkflow

WORKFLOWS = [ComplaintWorkflow, RoundWorkflow, RoundCallWorkflow]

# Modules that the strict runner loads once for all cases: models and pure modules, in which the linter bans clocks.
PASSED_THROUGH = ("complaints", "activities", "pydantic", "pydantic_core", "annotated_types", "zoneinfo")


def runner(*, strict: bool = False) -> WorkflowRunner:
    """Return the workflow runner: `strict` is the SDK's sandbox, for some of the tests.

    The sandbox loads the workflows anew for every case and stands between them and the SDK at every task: measured in a
    worker, that takes a fifth of all CPU, and some 30 ms for each case that is opened or taken over.
    """
    if not strict:
        return UnsandboxedWorkflowRunner()
    return SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))


def build_replayer(*, strict: bool = False) -> Replayer:
    """Build a replayer, which replays histories as a worker of this version would."""
    return Replayer(workflows=WORKFLOWS, workflow_runner=runner(strict=strict), data_converter=CONVERTER)


def build_worker(
    client: Client,
    records: RecordsPort,
    references: ReferenceSource,
    projector: ProjectorPort,
    retention: RetentionMoney,
    ports: Ports | None = None,
    *,
    keys: KeySource | None = None,
    newest: Callable[[], Edition] = editions.newest,
    task_queue: str = interface.TASK_QUEUE,
    strict: bool = False,
) -> Worker:
    """Build a worker for complaints and rounds; `ports` are its adapters for the rounds, `keys` verify what is signed.

    New cases and rounds are pinned to the edition that `newest` returns; tests may choose another.
    Run the worker with `async with` or `run()`. Some tests run it `strict` (`runner`).
    """
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=all_activities(records, references, projector, retention, ports or Ports(), newest, keys),
        workflow_runner=ClockGuardedRunner(runner(strict=strict)),
        max_cached_workflows=2_000,
        # How long the server waits for a worker that died before it gives that worker's cases to another.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
    )


def all_activities(
    records: RecordsPort,
    references: ReferenceSource,
    projector: ProjectorPort,
    retention: RetentionMoney,
    ports: Ports,
    newest: Callable[[], Edition] = editions.newest,
    keys: KeySource | None = None,
) -> list[Callable[..., Any]]:
    """Return every activity that a case or a round may ask for."""
    money, ledger = Retention(retention), Ledger(records)
    return [
        *_for_rounds(RoundActivities(ports)),
        ledger.write,
        ledger.related,
        ledger.later_related,
        ledger.later,
        *_references(References(references, newest, keys=keys)),
        Settling(projector).settle,
        money.deduct,
        money.settle_claim,
    ]


def _references(references: References) -> list[Callable[..., Any]]:
    return [
        references.reference,
        references.of_project,
        references.opening,
        references.round_opening,
        references.key_ring,
    ]


def _for_rounds(rounds: RoundActivities) -> list[Callable[..., Any]]:
    return [
        rounds.draft,
        rounds.issue,
        rounds.correct,
        rounds.records,
        rounds.draw,
        rounds.results,
        rounds.open_survey,
        rounds.begin_survey,
        rounds.survey_progress,
        rounds.close_survey,
        rounds.document,
        rounds.propose,
        rounds.carry_out,
    ]
