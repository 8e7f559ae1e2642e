"""An error that nobody expected, in whatever part of a case: operators see it, and once it is mended the case goes on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from temporalio.api.failure.v1 import Failure
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.worker import Replayer


from complaints.model import ActKind, ActRequest, MatterKind, Track
from starters.drill.skipping import PATIENCE
from tests.following import Followed
from tests.forms import FORM
from tests.people import ADMIN, MANAGER
from tests.world import Case, World, eventually
from worker.running import build_replayer
from workflows import course, interface, linking, operations
from workflows.complaint import ComplaintWorkflow
from workflows.course import Course
from workflows.life import Life
from workflows.watching import Watch

PARTS: dict[str, tuple[Any, str]] = {
    "publishing": (ComplaintWorkflow, "_show"),
    "posting": (Course, "_posting"),
    "leading": (linking, "leading"),
    "the watch list": (Watch, "run"),
    "becoming major": (course, "becoming_major"),
    "the matters": (Course, "_matters"),
    "the tracks": (Course, "_through_the_tracks"),
    "the procedures": (Course, "run"),
    "held beside the chapter": (course.Casework, "hold"),
    "the life": (Life, "_left_behind"),
}
"""Where something is broken, by name: what is called there. A new run of a case calls each."""

ERRORS: list[Exception] = [ValueError("boom"), ApplicationError("boom", type="records-refused", non_retryable=True)]


def broken(error: Exception) -> Any:
    """Something that raises at once, whether it is awaited or not."""

    def raises_for_this_test(*_: Any, **__: Any) -> Any:
        raise error

    return raises_for_this_test


async def failure(handle: WorkflowHandle[Any, Any]) -> Failure:
    """The first failure of a workflow task that the history of the present run tells of."""
    found: list[Failure] = []

    async def failed() -> bool:
        async for event in handle.fetch_history_events():
            if event.HasField("workflow_task_failed_event_attributes"):
                found.append(event.workflow_task_failed_event_attributes.failure)
        return bool(found)

    await eventually(failed)
    return found[0]


async def seen(handle: WorkflowHandle[Any, Any]) -> None:
    """The task has failed with what was raised and where, and the workflow still runs."""
    told = await failure(handle)
    assert "boom" in told.message
    traces = told.stack_trace + told.cause.stack_trace
    assert "raises_for_this_test" in traces
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING


async def replays(case: Case) -> None:
    history = await case.handle.fetch_history()
    replayer: Replayer = build_replayer()
    await replayer.replay_workflow(history)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("part", PARTS)
async def test_an_error_in_any_part_is_seen_and_mended_the_case_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, part: str, error: Exception
):
    case = await world.opens().graded(3)
    before = case.file
    with monkeypatch.context() as release:
        release.setattr(*PARTS[part], broken(error))
        await case.handle.signal(interface.AFRESH)
        if part == "the life":
            await seen(case.handle)
        else:
            await world_has_gone_on(case)
            await seen(case.handle)
    await settled_down(case)
    assert case.file.acts == before.acts
    await case.to_the_end()
    assert case.file.closed
    await replays(case)


async def world_has_gone_on(case: Case) -> None:
    """A new run has begun, whose tasks fail."""

    async def another() -> bool:
        described = await case.handle.describe()
        return described.raw_info.first_run_id != described.run_id

    await eventually(another)


async def settled_down(case: Case) -> None:
    """The server has tried the task again, and it has passed."""

    async def passed() -> bool:
        described = (await case.handle.describe()).raw_description
        return not described.HasField("pending_workflow_task")

    await eventually(passed)
    await case.look()
