"""Rejects activations that deliver new events with the previous task's timestamp, and queries of an unfinished task.

A query that finds no worker waits at the server. If a timer fires or a signal comes meanwhile, the worker that takes
the query receives these events with it, though no workflow task has processed them yet: the SDK (1.35) delivers them to
the workflow with the time of the previous task, keeps the resulting state, and the next task continues from there. A
timer that has fired then looks early and is set again, for as long as has passed since that task; and a replay of the
same history behaves differently.

A similar fault comes from a task that another worker began and did not finish, because it was killed in the middle. The
history that comes with a query ends with the start of that task; the SDK runs it, keeps the resulting state, and sends
nothing. When the task has timed out and is done again, at another time, this worker continues from the state it kept.

So an instance rejects events that come while its clock stands still; and an instance whose only task that was not
replayed may belong to another worker rejects queries that come without a task. The query fails and may be retried, the
SDK evicts the run, and the next task starts from the history, with its own time.

Which worker's a task was cannot be seen, only that some tasks were certainly this worker's own. The first task of a run
is: no query comes without a task before that one is done. So is one with an update, which comes with no query, and
every later one, because a query's history ends with one unfinished task at most. A worker that replayed a run, did one
task without an update, and is queried before the next, rejects once without need: it answers the retry, after a replay.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from temporalio.bridge.proto.workflow_activation import WorkflowActivation, WorkflowActivationJob
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails, WorkflowRunner
from temporalio.workflow import _Definition  # pyright: ignore[reportPrivateUsage]  # part of what a runner has to be

log = logging.getLogger(__name__)

_STANDS = "events have come that no workflow task has taken up yet: ask again in a moment"
_UNFINISHED = "the last task of this case may not be done yet: ask again in a moment"
_BY_ITSELF = "legacy_query"  # the SDK's id for a query that comes without a workflow task
_NO_EVENTS = {"query_workflow", "remove_from_cache", "notify_has_patch", "update_random_seed"}

Activate = Callable[[WorkflowActivation], WorkflowActivationCompletion]


class ClockGuardedRunner(WorkflowRunner):
    """Delegates to another runner, but rejects events while the clock stands still, and queries of unfinished tasks."""

    def __init__(self, runner: WorkflowRunner) -> None:
        self._runner = runner

    def prepare_workflow(self, defn: _Definition) -> None:
        self._runner.prepare_workflow(defn)

    def set_worker_level_failure_exception_types(self, types: Sequence[type[BaseException]]) -> None:
        self._runner.set_worker_level_failure_exception_types(types)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        instance = self._runner.create_instance(det)
        setattr(instance, "activate", _Timely(instance.activate))  # noqa: B010 - a method of this one instance
        return instance


class _Timely:
    """The `activate` of one workflow instance: each activation is passed on or rejected."""

    def __init__(self, activate: Activate) -> None:
        self._activate = activate
        self._last: tuple[int, int, int] | None = None  # seconds, nanoseconds, history length at the last events
        self._live: int | None = None  # the history length at the first task that was not a replay
        self._proved = False  # whether that task was certainly this worker's own

    def __call__(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        if any(_brings_news(job) for job in act.jobs):
            now = (act.timestamp.seconds, act.timestamp.nanos, act.history_length)
            if self._last is not None and now[:2] == self._last[:2] and now[2] > self._last[2]:
                return _refused(act, _STANDS)
            if not act.is_replaying:
                first = self._last is None
                self._proved = self._proved or first or any(job.HasField("do_update") for job in act.jobs)
                self._proved = self._proved or (self._live is not None and act.history_length > self._live)
                self._live = self._live or act.history_length
            self._last = now
        elif self._live is not None and not self._proved and any(_asks_by_itself(job) for job in act.jobs):
            return _refused(act, _UNFINISHED)
        return self._activate(act)


def _brings_news(job: WorkflowActivationJob) -> bool:
    """Whether the job stands for an event. A local activity does not: it ends within its task, or a later one."""
    return job.WhichOneof("variant") not in _NO_EVENTS and not job.resolve_activity.is_local


def _asks_by_itself(job: WorkflowActivationJob) -> bool:
    """Whether the job is a query that came without a workflow task."""
    return job.query_workflow.query_id == _BY_ITSELF


def _refused(act: WorkflowActivation, reason: str) -> WorkflowActivationCompletion:
    log.warning("%s: %s", act.run_id, reason)
    completion = WorkflowActivationCompletion()
    completion.failed.failure.message = reason
    return completion
