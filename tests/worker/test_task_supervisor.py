"""Every task of a workflow is supervised: what a task raises is raised where it is seen."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path
from typing import Any

import pytest
from temporalio.exceptions import ActivityError, ApplicationError, CancelledError, RetryState

from workflows.task_supervisor import TaskSupervisor, Unexpected, failing_the_task

WORKFLOWS = Path(__file__).parents[2] / "workflows"
HELPER = WORKFLOWS / "task_supervisor.py"
STARTS_TASKS = {
    "create_task",
    "ensure_future",
    "gather",
    "TaskGroup",
    "as_completed",
    "run_coroutine_threadsafe",
    "shield",
    "wait",
    "wait_for",
}


class Expected(Exception):
    pass


def failed_activity(cause: BaseException) -> ActivityError:
    error = ActivityError(
        "Activity task failed",
        scheduled_event_id=1,
        started_event_id=2,
        identity="",
        activity_type="settle_records",
        activity_id="1",
        retry_state=RetryState.NON_RETRYABLE_FAILURE,
    )
    error.__cause__ = cause
    return error


async def raising(error: BaseException) -> None:
    await asyncio.sleep(0)
    raise error


def named_in(tree: ast.AST) -> set[str]:
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    of_loops = {node.attr for node in attributes if node.attr in ("create_task", "ensure_future")}
    of_asyncio = {node.attr for node in attributes if isinstance(node.value, ast.Name) and node.value.id == "asyncio"}
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "asyncio"]
    return of_loops | of_asyncio | {alias.name for node in imports for alias in node.names}


@pytest.mark.parametrize(
    "module", sorted(WORKFLOWS.rglob("*.py")), ids=lambda path: path.relative_to(WORKFLOWS).as_posix()
)
def test_no_workflow_module_starts_a_task_that_nobody_supervises(module: Path):
    if module != HELPER:
        started = named_in(ast.parse(module.read_text(encoding="utf-8"))) & STARTS_TASKS
        assert not started, f"use Supervisor.start instead of {sorted(started)}"


def test_the_check_itself_finds_each_way_of_starting_a_task():
    for source in (
        "asyncio.create_task(x())",
        "asyncio.gather(x)",
        "from asyncio import gather",
        "loop().create_task(x)",
    ):
        assert named_in(ast.parse(source)) & STARTS_TASKS, source


async def test_an_error_in_a_task_that_nobody_awaits_is_kept_for_the_main_coroutine():
    supervisor = TaskSupervisor()
    supervisor.check()
    supervisor.start(raising(ValueError("boom")), "publishing").add_done_callback(lambda task: task.exception())
    await asyncio.sleep(0.01)
    assert supervisor.failed
    with pytest.raises(ValueError, match="boom"):
        supervisor.check()


@pytest.mark.parametrize(
    "error",
    [
        ApplicationError("refused", type="records-refused"),
        failed_activity(ApplicationError("refused")),
        TimeoutError("late"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_an_error_that_would_end_the_workflow_becomes_one_that_fails_the_task(error: BaseException):
    supervisor = TaskSupervisor()
    task = supervisor.start(raising(error), "numbering")
    with pytest.raises(Unexpected, match="numbering") as awaited:
        await task
    with pytest.raises(Unexpected) as kept:
        supervisor.check()
    assert kept.value is awaited.value
    assert kept.value.__cause__ is error
    with pytest.raises(Unexpected), failing_the_task("act"):
        raise error


async def test_what_the_awaiter_decides_about_is_none_of_the_supervisors():
    supervisor = TaskSupervisor()
    task = supervisor.start(raising(Expected()), "a chapter", expected=(Expected,))
    with pytest.raises(Expected):
        await task
    assert not supervisor.failed


async def test_a_task_that_is_cancelled_ends_quietly_even_while_it_waits_for_an_activity():
    async def activity() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise failed_activity(CancelledError("by the workflow"))  # noqa: B904 - its cause is what it says

    supervisor = TaskSupervisor()
    for work in (asyncio.sleep(60), activity()):
        task: asyncio.Task[Any] = supervisor.start(work, "a matter")
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()
    assert not supervisor.failed


async def test_a_cancellation_that_nobody_asked_for_is_an_error():
    supervisor = TaskSupervisor()
    for error in (asyncio.CancelledError(), failed_activity(CancelledError("by an operator"))):
        with pytest.raises(Unexpected):
            await supervisor.start(raising(error), "a matter")
    with pytest.raises(Unexpected):
        supervisor.check()
