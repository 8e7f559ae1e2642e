"""The schedules on the real server: made, compared, changed, paused; what was missed is run late, with its own time."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncGenerator, Generator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleBackfill,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    ScheduleRange,
    ScheduleSpec,
)

from complaints import editions
from complaints.case.round import Period, PeriodKind, RoundFile, Subject, round_key
from complaints.connection.running_stack import StackInfo
from complaints.connection.temporal import connect
from complaints.editions.model import Rule
from complaints.people.model import Directory
from tests.conftest import FOLDER
from tests.fakes import ExampleReferences, MemoryRecords, MemoryRetention
from worker import schedules
from worker.projector import Projector
from worker.schedules import Done
from worker.temporal_worker import build_worker
from workflows import interface

EDITION = editions.newest()
QUEUE = "duly-schedules"


@pytest.fixture(scope="module")
def alone(stack: StackInfo) -> Generator[None]:
    """Let only one process of a run be in this module at a time: the server has one set of schedules."""
    with open(f"{os.environ[FOLDER]}/schedules", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(stack: StackInfo, alone: None) -> AsyncGenerator[Client]:
    """A client of the namespace in which time passes as usual, with a worker."""
    client = await connect(stack.temporal_address, "default")
    records = MemoryRecords()
    projector = Projector(client, records, task_queue=QUEUE)
    following = asyncio.create_task(projector.run())
    worker = build_worker(
        client, records, ExampleReferences(), projector, MemoryRetention(), task_queue=QUEUE, strict=True
    )
    async with worker:
        yield client
    following.cancel()
    await schedules.sync(client, EDITION, _without_projects(), task_queue=QUEUE)


@pytest.fixture
def directory() -> Directory:
    return ExampleReferences().directory


def _without_projects() -> Directory:
    """A directory for which there is nothing to do, so that nothing is left on the server."""
    whole = ExampleReferences().directory
    return whole.but(projects=whole.projects[:1], departments=(), people=())


async def there(client: Client, ids: set[str]) -> None:
    """The server's list of schedules lags a moment behind."""
    for _ in range(100):
        found = {one.id async for one in await client.list_schedules() if one.id.startswith(schedules.PREFIX)}
        if ids <= found:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the schedules are not listed")


async def test_syncing_twice_changes_nothing_and_a_changed_directory_says_what_it_changed(
    client: Client, directory: Directory
):
    first = await schedules.sync(client, EDITION, directory, task_queue=QUEUE)
    assert {change.done for change in first} <= {Done.CREATED, Done.SAME}
    assert len(first) == len(schedules.wanted(EDITION, directory))
    again = await schedules.sync(client, EDITION, directory, task_queue=QUEUE)
    assert {change.done for change in again} == {Done.SAME}

    await there(client, {change.id for change in again})
    smaller = directory.but(projects=directory.projects[:1])
    changes = await schedules.sync(client, EDITION, smaller, dry_run=True, task_queue=QUEUE)
    gone = {change.id for change in changes if change.done is Done.REMOVED}
    assert gone
    assert all("yx02" in id for id in gone)
    untouched = await schedules.sync(client, EDITION, directory, task_queue=QUEUE)
    assert {change.done for change in untouched} == {Done.SAME}, "a dry run changes nothing"


async def test_another_edition_changes_the_schedules_and_a_paused_one_stays_paused(
    client: Client, directory: Directory
):
    await schedules.sync(client, EDITION, directory, task_queue=QUEUE)
    id = schedules.schedule_id("CH-7.4.2", Subject(project="hf01"))
    assert await schedules.pause(client, id, by="li.na", reason="盘点")
    assert not await schedules.pause(client, id, by="li.na", reason="盘点")

    rule = EDITION.rule("CH-7.4.2")
    assert rule.opens is not None
    other = _with(EDITION, rule.but(opens=rule.opens.but(day=20)))
    changes = {change.id: change for change in await schedules.sync(client, other, directory, task_queue=QUEUE)}
    assert changes[id].done is Done.CHANGED
    assert changes[id].what == ("fires", "edition")
    [standing] = await schedules.standing(client, [id])
    assert standing.paused
    assert standing.call.fires.day == 20
    assert "li.na" in standing.note

    assert await schedules.resume(client, id, by="li.na", make_up=False)
    assert not await schedules.resume(client, id, by="li.na", make_up=False)
    back = await schedules.sync(client, EDITION, directory, task_queue=QUEUE)
    assert {change.done for change in back} == {Done.CHANGED}


async def test_a_schedule_that_fires_every_second_begins_one_round_a_period_whatever_runs_it_else(client: Client):
    """Every second for a rule of days: one round, of the day, however often it is called."""
    subject = Subject(project="yx02")
    call = schedules.wanted(EDITION, ExampleReferences().directory)[schedules.schedule_id("CH-7.4.1", subject)]
    spec = ScheduleSpec(
        calendars=[ScheduleCalendarSpec(second=[ScheduleRange(0, 59)], minute=[ScheduleRange(0, 59)], hour=_ALL_DAY)],
        time_zone_name=call.zone,
    )
    action = ScheduleActionStartWorkflow(interface.ROUND_CALL, call, id="call-every-second", task_queue=QUEUE)
    handle = await client.create_schedule("every-second", Schedule(action=action, spec=spec))
    try:
        for _ in range(100):
            described = await handle.describe()
            if described.info.num_actions >= 3:
                break
            await asyncio.sleep(0.2)
        assert (await handle.describe()).info.num_actions >= 3
    finally:
        await handle.delete()
    keys: set[str] = set()
    async for found in client.list_workflows(
        "WorkflowType = 'RoundCall' AND WorkflowId STARTS_WITH 'call-every-second'"
    ):
        keys.add(await client.get_workflow_handle(found.id).result())
    today = Period.of(PeriodKind.DAY, datetime.now(UTC).astimezone(schedules_zone(call.zone)).date())
    assert keys <= {round_key("CH-7.4.1", period, subject) for period in (today, today.before)}
    assert keys


async def test_what_was_missed_is_run_late_each_period_once_and_with_its_own_time(client: Client):
    """As after an outage of three days: the server starts what it missed, and each round counts from its own day."""
    subject = Subject(project="hf01")
    id = schedules.schedule_id("CH-7.4.1", subject)
    await schedules.sync(client, EDITION, ExampleReferences().directory, task_queue=QUEUE)
    now = datetime.now(UTC)
    missed = ScheduleBackfill(
        start_at=now - timedelta(days=4), end_at=now - timedelta(days=1), overlap=ScheduleOverlapPolicy.ALLOW_ALL
    )
    await client.get_schedule_handle(id).backfill(missed)
    zone = schedules_zone("Asia/Shanghai")
    days = [(now - timedelta(days=n)).astimezone(zone).date() for n in range(1, 5)]
    begun: list[RoundFile] = []
    for day in days:
        key = round_key("CH-7.4.1", Period.of(PeriodKind.DAY, day), subject)
        nine = datetime.combine(day, datetime.min.time(), zone) + timedelta(hours=9)
        if not now - timedelta(days=4) <= nine < now - timedelta(days=1):
            continue
        begun.append(await _file(client, key))
        duty = begun[-1].duties["CH-7.4.1"]
        assert duty.since == nine.astimezone(UTC)
        assert duty.deadline.due == nine.astimezone(UTC) + timedelta(hours=15)
        assert duty.breached_at == duty.deadline.due, "it is late, by its own time"
        told = [notice.kind.value for notice in begun[-1].notices if notice.to == duty.owner]
        assert told == ["late"], "one notice, not one for each moment that was missed"
    assert len(begun) == 3


_ALL_DAY = [ScheduleRange(0, 23)]


def schedules_zone(name: str):
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def _with(edition: editions.Edition, rule: Rule) -> editions.Edition:
    from dataclasses import replace

    return replace(edition, digest="another", rules={**edition.rules, rule.id: rule})


async def _file(client: Client, key: str) -> RoundFile:
    for _ in range(150):
        try:
            file = await client.get_workflow_handle(key).query(interface.CASE, result_type=RoundFile)
            if file.duties and all(duty.late for duty in file.duties.values()):
                return file
        except Exception:  # it has not begun yet
            pass
        await asyncio.sleep(0.1)
    raise AssertionError(f"{key} did not begin")
