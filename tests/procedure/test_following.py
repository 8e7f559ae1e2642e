"""The records follow a case on what its tasks tell, once the server has taken them; nobody asks the case for it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from temporalio.client import WorkflowHandle

from tests.following import Followed
from tests.world import World, eventually
from worker.follower import REST, Follower
from workflows import interface

pytestmark = pytest.mark.server


async def test_an_act_reaches_the_records_without_a_question(
    world: World, followed: Followed, monkeypatch: pytest.MonkeyPatch
):
    case = await world.opens().graded(3)
    key = case.file.key
    await reached(followed, key, case.file.journal_seq)
    await another_worker_comes_and_goes(followed)
    await asyncio.sleep(REST * 2)
    asked: list[str] = []
    query = WorkflowHandle[Any, Any].query

    async def watched(self: WorkflowHandle[Any, Any], name: str, *more: Any, **options: Any) -> Any:
        if self.id == key and name == interface.SINCE:
            asked.append(name)
        return await query(self, name, *more, **options)

    monkeypatch.setattr(WorkflowHandle, "query", watched)
    await case.finishes(case.file.open_duties[0].id)
    await reached(followed, key, case.file.journal_seq)
    assert asked == []


async def another_worker_comes_and_goes(followed: Followed) -> None:
    """Of another task queue, in this process: what our cases tell is told to ours."""
    other = asyncio.create_task(Follower(followed.duly.client, followed.records, task_queue="another").run())
    await asyncio.sleep(0)
    other.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await other


async def reached(followed: Followed, key: str, line: int) -> None:
    async def there() -> bool:
        return await followed.records.cursor(key) >= line

    await eventually(there)
