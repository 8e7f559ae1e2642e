"""The Temporal schedules of the rounds: which should exist, which do exist, and the changes between the two.

There is one schedule for each periodic rule and each subject (project, department, consultant) of the directory. It
never skips anything by itself: rounds missed while the server was away are started when it is back, with their own
scheduled time, and every period's round is a workflow of its own, so that a long one delays no other. A paused schedule
starts nothing; the rounds it missed can be started late when it is resumed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleBackfill,
    ScheduleCalendarSpec,
    ScheduleDescription,
    ScheduleHandle,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from complaints.base import Frozen
from complaints.case.round import Subject
from complaints.clock.period_opening import Fires, fires
from complaints.editions.model import Edition, Rule
from complaints.people.model import Directory
from complaints.rounds.plan import opening_of, periodic, subjects
from worker.quarantine import SCHEDULES, Quarantine, away
from workflows import interface
from workflows.interface import RoundCall

PREFIX = "rounds-"
CATCH_UP = timedelta(days=400)
"""The catch-up window: how long the server may have been away without a round being left out."""
AT_ONCE = 8  # schedules processed concurrently


class Done(StrEnum):
    """The result of the sync for one schedule."""

    CREATED = "created"
    CHANGED = "changed"
    REMOVED = "removed"
    SAME = "same"


class ScheduleChange(Frozen):
    """The result of the sync for one schedule; `was` and `now` are its calls before and after, where they differ."""

    id: str
    done: Done
    was: RoundCall | None = None
    now: RoundCall | None = None

    @property
    def what(self) -> tuple[str, ...]:
        """The names of the fields that changed, out of "fires", "edition", "zone"."""
        if self.was is None or self.now is None:
            return ()
        return tuple(
            name for name in ("fires", "edition", "zone") if getattr(self.was, name) != getattr(self.now, name)
        )


class ScheduleSituation(Frozen):
    """The state of a schedule on the server."""

    id: str
    call: RoundCall
    paused: bool
    note: str = ""
    next: AwareDatetime | None = None
    last: AwareDatetime | None = None


def schedule_id(rule: str, subject: Subject) -> str:
    return f"{PREFIX}{rule}-{subject.key}"


def wanted(edition: Edition, directory: Directory) -> dict[str, RoundCall]:
    """Return the calls of all schedules that should exist, by schedule id."""
    return {
        schedule_id(rule.id, subject): _call(rule, subject, edition, directory)
        for rule in periodic(edition)
        for subject in subjects(rule, directory)
    }


def _call(rule: Rule, subject: Subject, edition: Edition, directory: Directory) -> RoundCall:
    assert rule.every is not None
    return RoundCall(
        rule=rule.id,
        subject=subject,
        edition=edition.pin,
        zone=directory.zone(subject.project or ""),
        fires=fires(opening_of(rule), rule.every),
    )


async def sync(
    client: Client,
    edition: Edition,
    directory: Directory,
    *,
    dry_run: bool = False,
    task_queue: str = interface.TASK_QUEUE,
    aside: Quarantine | None = None,
) -> list[ScheduleChange]:
    """Sync the server's schedules with the edition and the directory; return the result for every schedule.

    Idempotent. Paused schedules stay paused. With `dry_run` nothing is changed. Raises `RPCError` when the server is
    away. A single schedule that fails is set `aside`, and the others are synced; without `aside` its error is raised.
    """
    calls = wanted(edition, directory)
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(id: str, work: Callable[[], Awaitable[ScheduleChange]]) -> ScheduleChange | None:
        async with slots:
            try:
                change = await work()
            except Exception as error:
                if aside is None or away(error):
                    raise
                aside.put(SCHEDULES, id, error)
                return None
            if aside is not None:
                aside.done(SCHEDULES, id)
            return change

    def kept(id: str, call: RoundCall) -> Callable[[], Awaitable[ScheduleChange]]:
        return lambda: _kept(client, id, call, task_queue, dry_run)

    async def gone(id: str) -> ScheduleChange:
        if not dry_run:
            await _removed(client.get_schedule_handle(id))
        return ScheduleChange(id=id, done=Done.REMOVED)

    changes = list(await asyncio.gather(*(one(id, kept(id, call)) for id, call in calls.items())))
    there = [found.id async for found in await client.list_schedules() if found.id.startswith(PREFIX)]
    changes += [await one(id, lambda id=id: gone(id)) for id in there if id not in calls]
    if aside is not None:
        aside.only(SCHEDULES, {*calls, *there})
    return sorted((change for change in changes if change), key=lambda change: change.id)


async def standing(client: Client, ids: list[str]) -> list[ScheduleSituation]:
    """Return the states of these schedules; those that do not exist are left out."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(id: str) -> ScheduleSituation | None:
        async with slots:
            described = await _described(client.get_schedule_handle(id))
            return await _standing(client, id, described) if described else None

    return [found for found in await asyncio.gather(*(one(id) for id in ids)) if found]


async def pause(client: Client, id: str, *, by: str, reason: str, at: datetime | None = None) -> bool:
    """Pause a schedule; False if it was paused already. The note says by whom, when and why."""
    handle = client.get_schedule_handle(id)
    if (await handle.describe()).schedule.state.paused:
        return False
    await handle.pause(note=f"{(at or datetime.now(UTC)):%Y-%m-%dT%H:%M:%SZ} {by}: {reason}")
    return True


async def resume(client: Client, id: str, *, by: str, make_up: bool) -> bool:
    """Resume a schedule; with `make_up` also start, late, the rounds missed meanwhile. False if it was not paused."""
    handle = client.get_schedule_handle(id)
    described = await handle.describe()
    if not described.schedule.state.paused:
        return False
    since, now = _since(described.schedule.state.note or ""), datetime.now(UTC)
    await handle.unpause(note=f"{now:%Y-%m-%dT%H:%M:%SZ} {by}")
    if make_up and since is not None:
        await handle.backfill(ScheduleBackfill(start_at=since, end_at=now, overlap=ScheduleOverlapPolicy.ALLOW_ALL))
    return True


async def _kept(client: Client, id: str, call: RoundCall, task_queue: str, dry_run: bool) -> ScheduleChange:
    handle = client.get_schedule_handle(id)
    described = await _described(handle)
    if described is None:
        if not dry_run:
            try:
                await client.create_schedule(id, _schedule(id, call, task_queue))
            except ScheduleAlreadyRunningError:  # another worker was faster
                return ScheduleChange(id=id, done=Done.SAME)
        return ScheduleChange(id=id, done=Done.CREATED, now=call)
    was = await _call_of(client, described)
    if was == call:
        return ScheduleChange(id=id, done=Done.SAME)
    if not dry_run:

        async def changed(there: ScheduleUpdateInput) -> ScheduleUpdate:
            state = there.description.schedule.state
            return ScheduleUpdate(schedule=_schedule(id, call, task_queue, state))

        await handle.update(changed)
    return ScheduleChange(id=id, done=Done.CHANGED, was=was, now=call)


def _schedule(id: str, call: RoundCall, task_queue: str, state: ScheduleState | None = None) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            interface.ROUND_CALL, call, id=f"call-{id}", task_queue=task_queue, static_summary=f"{call.rule} · {id}"
        ),
        spec=ScheduleSpec(calendars=[calendar_of(call.fires)], time_zone_name=call.zone),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.ALLOW_ALL, catchup_window=CATCH_UP),
        state=state or ScheduleState(),
    )


def calendar_of(fires: Fires) -> ScheduleCalendarSpec:
    """Convert `fires` to the server's calendar spec, which counts the days of a week from Sunday, 0."""
    days = [ScheduleRange(fires.day)] if fires.day else [ScheduleRange(1, 31)]
    weekdays = [ScheduleRange(fires.weekday % 7)] if fires.weekday else [ScheduleRange(0, 6)]
    months = [ScheduleRange(month) for month in fires.months] or [ScheduleRange(1, 12)]
    return ScheduleCalendarSpec(
        minute=[ScheduleRange(fires.minute)],
        hour=[ScheduleRange(fires.hour)],
        day_of_month=days,
        month=months,
        day_of_week=weekdays,
    )


async def _described(handle: ScheduleHandle) -> ScheduleDescription | None:
    try:
        return await handle.describe()
    except RPCError as failed:
        if failed.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


async def _call_of(client: Client, described: ScheduleDescription) -> RoundCall | None:
    """Return the call that a schedule starts; None for one that an older release wrote in another shape."""
    action = described.schedule.action
    if not isinstance(action, ScheduleActionStartWorkflow):
        return None
    try:
        decoded = await client.data_converter.decode(list(action.args), [RoundCall])
    except (RuntimeError, ValueError):
        return None
    return decoded[0] if decoded and isinstance(decoded[0], RoundCall) else None


async def _standing(client: Client, id: str, described: ScheduleDescription) -> ScheduleSituation | None:
    call = await _call_of(client, described)
    if call is None:
        return None
    state, info = described.schedule.state, described.info
    return ScheduleSituation(
        id=id,
        call=call,
        paused=state.paused,
        note=state.note or "",
        next=info.next_action_times[0] if info.next_action_times else None,
        last=info.recent_actions[-1].scheduled_at if info.recent_actions else None,
    )


async def _removed(handle: ScheduleHandle) -> None:
    try:
        await handle.delete()
    except RPCError as failed:
        if failed.status is not RPCStatusCode.NOT_FOUND:
            raise


def _since(note: str) -> datetime | None:
    """Return when a schedule was paused, from its note; None if the note was not written by `pause`."""
    try:
        return datetime.fromisoformat(note.split(" ", 1)[0])
    except ValueError:
        return None


async def all_standing(client: Client) -> AsyncIterator[ScheduleSituation]:
    """Yield the state of every schedule of a round that the server lists."""
    async for found in await client.list_schedules():
        if found.id.startswith(PREFIX):
            for one in await standing(client, [found.id]):
                yield one
