"""No case is worked on by a clock that stands still.

A query that finds no worker waits at the server. If a timer fires or a signal comes meanwhile, the worker that takes
the query gets these events along, though no workflow task has taken them up yet: the SDK (1.35) hands them to the
workflow with the time of the task before, keeps what comes of it, and the next task goes on from there. A timer that
has fired is then taken for one that is early and is set again, for as long as has passed since that task; and the same
history, run again, does something else.

So a workflow that is to take up events while its clock stands refuses to. The query fails and may be asked again, the
SDK forgets the run, and the task that follows begins from the history, with its own time.
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
_NO_EVENTS = {"query_workflow", "remove_from_cache", "notify_has_patch", "update_random_seed"}

Activate = Callable[[WorkflowActivation], WorkflowActivationCompletion]


class TimelyRunner(WorkflowRunner):
    """Runs workflows as another runner does, but never by a clock that stands."""

    def __init__(self, runner: WorkflowRunner) -> None:
        self._runner = runner

    def prepare_workflow(self, defn: _Definition) -> None:
        self._runner.prepare_workflow(defn)

    def set_worker_level_failure_exception_types(self, types: Sequence[type[BaseException]]) -> None:
        self._runner.set_worker_level_failure_exception_types(types)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        instance = self._runner.create_instance(det)
        setattr(instance, "activate", _timely(instance.activate))  # noqa: B010 - a method of this one instance
        return instance


def _timely(activate: Activate) -> Activate:
    last: tuple[int, int, int] | None = None  # its time and its history's length, the last time something happened

    def timely(act: WorkflowActivation) -> WorkflowActivationCompletion:
        nonlocal last
        if any(_brings_news(job) for job in act.jobs):
            now = (act.timestamp.seconds, act.timestamp.nanos, act.history_length)
            if last is not None and now[:2] == last[:2] and now[2] > last[2]:
                log.warning("%s: %s", act.run_id, _STANDS)
                return _refused()
            last = now
        return activate(act)

    return timely


def _brings_news(job: WorkflowActivationJob) -> bool:
    """Whether it stands for an event; a local activity ends within a task, which may have gone on in another."""
    return job.WhichOneof("variant") not in _NO_EVENTS and not job.resolve_activity.is_local


def _refused() -> WorkflowActivationCompletion:
    completion = WorkflowActivationCompletion()
    completion.failed.failure.message = _STANDS
    return completion
