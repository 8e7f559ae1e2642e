"""The records follow a case on what its tasks tell, once the server has taken them; nobody asks the case for it."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from typing import Any

import pytest
from temporalio.client import WorkflowHandle

from starters.client import Duly
from tests.fakes import ExampleReferences, MemoryRecords, MemoryRetention
from tests.following import Followed
from tests.people import MANAGER
from tests.world import Case, World, eventually
from worker.projector import DEBOUNCE, Projector
from worker.temporal_worker import build_worker
from workflows import interface, operator_view

pytestmark = pytest.mark.server


async def test_an_act_reaches_the_records_without_a_question(
    world: World, followed: Followed, monkeypatch: pytest.MonkeyPatch
):
    asked = questions(monkeypatch)
    monkeypatch.setattr(Projector, "_is_behind", never)  # a sweep may come between, and asks for what is on its way
    for _ in range(5):  # on a busy machine another task may have followed before the history is looked at
        asked.clear()
        case = await world.opens().graded(3)
        key = case.file.key
        await reached(followed.records, key, case.file.journal_seq)
        await another_worker_comes_and_goes(followed)
        await asyncio.sleep(DEBOUNCE * 2)
        await case.finishes(case.file.open_duties[0].id)
        await reached(followed.records, key, case.file.journal_seq)
        if not asked:
            return
    pytest.fail(f"each time it was asked: {asked}")


async def test_what_nobody_was_there_to_hear_is_found_by_who_comes_next(
    references: ExampleReferences, followed: Followed, monkeypatch: pytest.MonkeyPatch
):
    client, records, queue = followed.duly.client, MemoryRecords(), f"found-{uuid.uuid4()}"
    world = World(Duly(client, task_queue=queue), followed.skipper, queue, references)
    first = Projector(client, records, task_queue=queue)
    async with build_worker(client, records, references, first, MemoryRetention(), task_queue=queue):
        following = asyncio.create_task(first.follow())
        quiet, busy = await world.opens().graded(3), await world.opens().graded(3)
        for case in (quiet, busy):
            await reached(records, case.file.key, case.file.journal_seq)
        assert await first.finish(20)
        following.cancel()  # what is told from now on, nobody hears
        await asyncio.wait({following})
        await busy.finishes(busy.file.open_duties[0].id)
        asked = questions(monkeypatch)
        second = Projector(client, records, task_queue=queue)
        following = asyncio.create_task(second.run())
        await reached(records, busy.file.key, busy.file.journal_seq)
        assert set(asked) == {busy.file.key}, "a case that has nothing new is not asked"
        assert await second.sweep() == 0
        following.cancel()
        for case in (quiet, busy):
            await case.handle.terminate()


async def test_the_workflow_list_is_written_only_when_it_would_show_something_else(world: World):
    case = await world.opens().graded(3)
    before = await upserts(case)
    await case.amends(building="3栋")
    await case.look()
    assert await upserts(case) == before, "no attribute has the building"
    await case.goes_on_afresh()
    assert await upserts(case) == 0, "the list has the row of the new run as it had the old one"
    await case.delegates(case.file.open_duties[0].id, MANAGER)
    assert await upserts(case) == 1, "it waits for somebody else"
    shown = (await case.handle.describe()).typed_search_attributes
    assert operator_view.changes(shown, operator_view.attributes(case.file)) == []
    assert interface.PROJECT in {pair.key.name for pair in shown}


async def upserts(case: Case) -> int:
    """Of the present run."""
    history = await case.handle.fetch_history()
    return sum(event.HasField("upsert_workflow_search_attributes_event_attributes") for event in history.events)


def questions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of cases that are asked for what is new, as they are asked."""
    asked: list[str] = []
    query = WorkflowHandle[Any, Any].query

    async def watched(self: WorkflowHandle[Any, Any], name: str, *more: Any, **options: Any) -> Any:
        if name == interface.SINCE:
            asked.append(self.id)
        return await query(self, name, *more, **options)

    monkeypatch.setattr(WorkflowHandle, "query", watched)
    return asked


async def never(*_: Any) -> bool:
    return False


async def another_worker_comes_and_goes(followed: Followed) -> None:
    """Of another task queue, in this process: what our cases tell is told to ours."""
    other = asyncio.create_task(Projector(followed.duly.client, followed.records, task_queue="another").run())
    await asyncio.sleep(0)
    other.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await other


async def reached(records: MemoryRecords, key: str, line: int) -> None:
    async def there() -> bool:
        return await records.cursor(key) >= line

    await eventually(there)
