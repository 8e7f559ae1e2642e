"""A case that somebody asks the server to cancel goes on: the request leaves a line in the journal and nothing else."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError

from complaints.base.faults import RecordsAway
from complaints.case import journal
from complaints.case.file import DutyStatus
from starters.client import Duly
from tests.fakes import ExampleReferences, MemoryRetention
from tests.following import Followed
from tests.people import MANAGER, SUPERVISOR
from tests.world import Case, World
from worker.projector import Projector
from worker.temporal_worker import build_worker
from workflows import interface

pytestmark = pytest.mark.server

IGNORED = "case.cancellation-ignored"


async def away(*_: Any) -> Any:
    raise RecordsAway("for this test")


@pytest.mark.clause("CR-5.2.1b")
async def test_a_cancelled_case_keeps_its_duties_and_its_clocks_takes_acts_and_closes(world: World):
    case = await world.opens(loss=600_000).graded(1)
    before = case.file
    await case.handle.cancel(reason="entered twice")
    await case.look()
    line = (await case.journal())[-1]
    assert (line.kind, line.data) == (IGNORED, {"reason": "entered twice"})
    kept = {"duties", "acts", "notices", "level", "track", "leg"}
    assert case.file.model_dump(include=kept) == before.model_dump(include=kept)

    await case.passes(minutes=9)
    assert case.heard(SUPERVISOR) == ["CR-5.2.1b reminder", "CR-5.2.1b reminder"]
    await case.passes(minutes=2)
    assert case.heard(MANAGER) == ["CR-5.2.1b escalation"]
    await case.acknowledges("CR-5.2.1b", by=MANAGER)
    await case.does("CR-5.2.1b")
    assert case.duty("CR-5.2.1b").status is DutyStatus.DONE
    await case.to_the_end()
    assert case.file.closed
    assert (await case.handle.describe()).status is WorkflowExecutionStatus.COMPLETED
    case.ignores()


async def test_a_case_may_be_cancelled_again_and_again(world: World, followed: Followed):
    """The server takes one request for each run, and a new run knows nothing of the last one's."""
    case = await world.opens().graded(3)
    for _ in range(2):
        await case.handle.cancel()
        await case.handle.cancel()
        await case.goes_on_afresh()
    await case.to_the_end()
    assert kinds(followed, case).count(IGNORED) == 2
    assert case.file.closed


async def test_a_case_is_cancelled_while_it_goes_on_afresh(
    world: World, followed: Followed, monkeypatch: pytest.MonkeyPatch
):
    case = await world.opens().graded(3)
    run = (await case.handle.describe()).run_id
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(followed.records, "write", away)
        await case.handle.signal(interface.CONTINUE_AS_NEW)
        await case.handle.cancel()
        assert (await case.journal())[-1].kind == IGNORED
    await case.does("CS-4.2.1a")
    await case.to_the_end()
    assert (await case.handle.describe()).run_id != run
    assert kinds(followed, case).count(IGNORED) == 1


async def test_a_case_is_cancelled_while_it_closes(world: World, followed: Followed, monkeypatch: pytest.MonkeyPatch):
    case = await world.opens().graded(4)
    await case.until("CH-8.1.archive")
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(followed.records, "write", away)
        await case.does("CH-8.1.archive")
        await case.handle.cancel()
        assert [line.kind for line in await case.journal()][-2:] == ["case.closed", IGNORED]
    closing = await case.handle.result()
    assert closing["outcome"] == (await case.look()).file.outcome
    assert kinds(followed, case)[-2:] == ["case.closed", IGNORED]


async def test_a_case_is_cancelled_while_it_is_being_opened(
    world: World, followed: Followed, references: ExampleReferences, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(references, "reference", away)
        opening, handle = begin(world)
        await reaches(handle, events=5)  # its first task is over, and it goes on asking for the directory
        await handle.cancel(reason="not mine")
    case = await opening
    assert [line.kind for line in await case.journal()][:2] == ["case.opened", IGNORED]
    await case.does("CR-5.1.4")
    await case.does("CR-5.2.1a", level=4)
    await case.to_the_end()
    assert kinds(followed, case).count(IGNORED) == 1


async def test_a_case_is_cancelled_before_any_worker_has_seen_it(
    world: World, followed: Followed, references: ExampleReferences
):
    client, records = followed.duly.client, followed.records
    later = World(Duly(client, task_queue="later"), world.skipper, "later", references)
    opening, handle = begin(later)
    await reaches(handle, events=1)
    await handle.cancel()
    projector = Projector(client, records, task_queue="later")
    async with build_worker(client, records, references, projector, MemoryRetention(), task_queue="later"):
        case = await opening
        assert [line.kind for line in await case.journal()][:2] == ["case.opened", IGNORED]
        await case.does("CR-5.1.4")
        await case.does("CR-5.2.1a", level=4)
        await case.to_the_end()
    later.check()


def begin(world: World) -> tuple[asyncio.Task[Case], WorkflowHandle[Any, Any]]:
    """A complaint that is being opened, and the case that it will be."""
    told = world.opens()
    complaint = told.complaint()
    key = interface.complaint_key(complaint.source, complaint.external_id)

    async def opened() -> Case:
        return await world.opens(**{name: getattr(complaint, name) for name in type(complaint).model_fields})

    return asyncio.create_task(opened()), world.duly.client.get_workflow_handle(key)


async def reaches(handle: WorkflowHandle[Any, Any], events: int) -> None:
    """Wait until the case is there and its history so long."""
    async with asyncio.timeout(20):
        while True:
            with suppress(RPCError):  # it is not there yet
                if (await handle.describe()).history_length >= events:
                    return
            await asyncio.sleep(0.05)


def kinds(followed: Followed, case: Case) -> list[str]:
    """What the whole journal tells, as the records have it."""
    lines = followed.records.journals[case.handle.id]
    journal.verify(lines)
    return [line.kind for line in lines]
