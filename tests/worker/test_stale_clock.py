"""Events that come with the time of the task before are not taken up, nor is an unfinished task answered out of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from temporalio.bridge.proto.workflow_activation import WorkflowActivation, WorkflowActivationJob
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.worker import WorkflowInstance, WorkflowRunner

from worker.stale_clock import ClockGuardedRunner

NINE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TEN = NINE.replace(hour=10)


class Inner:
    """A runner and its instance, which take down what they are to do."""

    def __init__(self) -> None:
        self.done: list[list[str | None]] = []

    def create_instance(self, _: object) -> Inner:
        return self

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        self.done.append([job.WhichOneof("variant") for job in act.jobs])
        return WorkflowActivationCompletion()


def activation(at: datetime, history: int, *jobs: str, again: bool = False) -> WorkflowActivation:
    act = WorkflowActivation(history_length=history, is_replaying=again)
    act.timestamp.FromDatetime(at)
    for job in jobs:
        one = WorkflowActivationJob()
        getattr(one, job).SetInParent()
        act.jobs.append(one)
    return act


def instance() -> tuple[WorkflowInstance, Inner]:
    inner = Inner()
    return ClockGuardedRunner(cast("WorkflowRunner", inner)).create_instance(cast("Any", None)), inner


def failed(completion: WorkflowActivationCompletion) -> bool:
    return completion.HasField("failed")


def test_what_came_without_a_task_of_its_own_is_refused_and_not_done():
    case, inner = instance()
    assert not failed(case.activate(activation(NINE, 3, "initialize_workflow")))
    for job in ("fire_timer", "signal_workflow", "resolve_activity", "cancel_workflow"):
        refused = case.activate(activation(NINE, 7, job))
        assert failed(refused)
        assert "ask again" in refused.failed.failure.message
    assert inner.done == [["initialize_workflow"]]


def test_the_task_of_its_own_is_done():
    case, inner = instance()
    case.activate(activation(NINE, 3, "initialize_workflow"))
    assert not failed(case.activate(activation(TEN, 10, "fire_timer")))
    assert not failed(case.activate(activation(TEN, 10, "resolve_activity"))), "in the same task"
    assert not failed(case.activate(activation(TEN, 12, "query_workflow"))), "asked after the task"
    assert not failed(case.activate(activation(TEN, 12, "remove_from_cache")))
    assert len(inner.done) == 5


def test_a_local_activity_may_end_in_a_task_that_went_on():
    case, inner = instance()
    case.activate(activation(NINE, 3, "initialize_workflow"))
    ended = activation(NINE, 6, "resolve_activity")
    ended.jobs[0].resolve_activity.is_local = True
    assert not failed(case.activate(ended))
    assert len(inner.done) == 2


def asked(at: datetime, history: int, query: str = "legacy_query") -> WorkflowActivation:
    act = activation(at, history, "query_workflow", again=True)
    act.jobs[0].query_workflow.query_id = query
    return act


def test_what_may_be_out_of_an_unfinished_task_is_not_answered():
    case, inner = instance()
    case.activate(activation(NINE, 3, "initialize_workflow", again=True))
    case.activate(activation(TEN, 8, "fire_timer"))
    refused = case.activate(asked(TEN, 8))
    assert failed(refused)
    assert "ask again" in refused.failed.failure.message
    assert len(inner.done) == 2


def test_what_is_known_to_be_finished_is_answered():
    replayed, _ = instance()
    replayed.activate(activation(NINE, 3, "initialize_workflow", again=True))
    assert not failed(replayed.activate(asked(NINE, 4))), "nothing but what was finished"

    together, _ = instance()
    together.activate(activation(NINE, 3, "initialize_workflow", again=True))
    together.activate(activation(TEN, 9, "fire_timer"))
    assert not failed(together.activate(asked(TEN, 9, "b1946ac9"))), "with the task itself"

    acting, _ = instance()
    acting.activate(activation(NINE, 3, "initialize_workflow", again=True))
    acting.activate(activation(TEN, 9, "do_update"))
    assert not failed(acting.activate(asked(TEN, 12))), "no query brings updates"

    beginning, _ = instance()
    beginning.activate(activation(NINE, 3, "initialize_workflow"))
    assert not failed(beginning.activate(asked(NINE, 4))), "the first task of all"

    working, _ = instance()
    working.activate(activation(NINE, 3, "initialize_workflow", again=True))
    working.activate(activation(TEN, 9, "fire_timer"))
    working.activate(activation(TEN, 9, "resolve_activity"))
    assert failed(working.activate(asked(TEN, 9))), "all in one task"
    working.activate(activation(TEN.replace(minute=5), 15, "fire_timer"))
    assert not failed(working.activate(asked(TEN, 15))), "no query brings two tasks that are not finished"
