"""The measurements. Each one returns named figures; times are in seconds unless the name says otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from time import perf_counter, process_time
from typing import Any

import asyncpg
from temporalio.client import Client

from bench import bare
from bench.figures import percentile
from bench.flows import CaseFlow, Flow, side_by_side
from bench.histories import quarters
from bench.kinds import CRISIS, GRADING
from bench.stage import cpu
from complaints.case.file import CaseFile, NoticeKind
from starters.client import Duly

Figures = dict[str, float]


class TooSlow(Exception):
    """The cases could not be opened before the first of them fell due."""


async def in_time(work: Callable[[float], Awaitable[Figures]], ahead: float) -> Figures:
    """Return the figures of `work(ahead)`. If the machine is too slow, retry with twice the time to the deadline."""
    try:
        return await work(ahead)
    except TooSlow:
        return await in_time(work, ahead * 2)


LOOK = "SELECT 1 FROM acts WHERE key = $1 AND seq = $2"
LOOK_EVERY = 0.003  # seconds between two checks for an act in the read model
GIVE_UP = 60  # seconds after which an act counts as lost, not late
GRADED_WITHIN = timedelta(minutes=30)
LANES = 6


async def lives(flow: Flow, cases: int, lanes: int) -> Figures:
    """Play whole lives of cases. Figures: lives per second, latency of acts, CPU time per life and process."""
    used, began = _cpu(flow), perf_counter()
    played = await side_by_side(flow, cases, lanes)
    passed, after = perf_counter() - began, _cpu(flow)
    acts = [seconds for one in played for seconds in one.seconds[1:]]
    openings = [one.seconds[0] for one in played]
    return {
        "lives/s": cases / passed,
        "act p50 ms": percentile(acts, 0.5) * 1000,
        "act p99 ms": percentile(acts, 0.99) * 1000,
        "opening p50 ms": percentile(openings, 0.5) * 1000,
        **{f"CPU ms/life, {name}": (after[name] - used[name]) / cases * 1000 for name in used},
    }


async def track(flow: Flow, cases: int, lanes: int, messages: range) -> tuple[Figures, str]:
    """Play whole lives of a track: lives per second, latency of acts; of `messages`, also by first and last quarter.

    Also returns the id of one of the cases, so that the caller can read its history.
    """
    began = perf_counter()
    played = await side_by_side(flow, cases, lanes)
    passed = perf_counter() - began
    acts = [seconds for one in played for seconds in one.seconds[1:]]
    figures = {
        "lives/s": cases / passed,
        "act p50 ms": percentile(acts, 0.5) * 1000,
        "act p99 ms": percentile(acts, 0.99) * 1000,
    }
    if messages:
        for name, part in (("first", quarters(messages)[0]), ("last", quarters(messages)[-1])):
            taken = [one.seconds[n] for one in played for n in part]
            figures[f"act p50 ms, {name} quarter"] = percentile(taken, 0.5) * 1000
    return figures, played[0].id


def _cpu(flow: Flow) -> Figures:
    return {"client": process_time()} | {name: cpu(process) for name, process in flow.processes.items()}


async def records_lag(flow: CaseFlow, records: asyncpg.Pool, cases: int, lanes: int, pause: float) -> Figures:
    """Measure the time from an act's answer until it is in PostgreSQL. The next act is sent `pause` seconds later."""
    waiting, lags = iter(range(cases)), list[asyncio.Task[float]]()

    async def lane() -> None:
        for _ in waiting:
            key = await flow.opens()
            for act in flow.script.acts:
                receipt = await flow.duly.act(key, act)
                lags.append(tasks.create_task(_until_there(records, key, receipt.seq)))
                await asyncio.sleep(pause)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(lanes):
            tasks.create_task(lane())
    found = [lag.result() for lag in lags]
    return {"p50 ms": percentile(found, 0.5) * 1000, "p99 ms": percentile(found, 0.99) * 1000}


async def _until_there(records: asyncpg.Pool, key: str, seq: int) -> float:
    began = perf_counter()
    async with asyncio.timeout(GIVE_UP):
        while not await records.fetchval(LOOK, key, seq):  # noqa: ASYNC110  # the row comes from another process
            await asyncio.sleep(LOOK_EVERY)
    return perf_counter() - began


async def duly_lateness(duly: Duly, cases: int, per_second: float, ahead: float) -> Figures:
    """Open complaints that must be graded within seconds and are not; measure how late each breach is recorded.

    The delay is by the workflow's own clock. `ahead` is the time from the first opening to the first deadline, in
    seconds.
    """
    first = datetime.now(UTC) + timedelta(seconds=ahead)

    async def open_one(n: int) -> str:
        due = first + timedelta(seconds=n / per_second)
        return (await duly.open_complaint(CRISIS.complaint(due - GRADED_WITHIN))).key

    keys = await _each(cases, open_one)
    ready = datetime.now(UTC)
    await asyncio.sleep(max((first - ready).total_seconds(), 0) + cases / per_second + 2)

    async def look(n: int) -> float:
        file = await duly.case(keys[n])
        handle = duly.client.get_workflow_handle(keys[n])
        await handle.terminate("measured")
        return _late_by(file)

    return _lateness(await _each(cases, look), spare=(first - ready).total_seconds())


def _late_by(file: CaseFile) -> float:
    due = file.duties[GRADING].deadline.due
    assert due == file.complaint.received_at + GRADED_WITHIN
    told = [n for n in file.notices if n.duty == GRADING and n.kind is NoticeKind.LATE]
    assert len(told) == 1, f"{file.key}: the breach was told {len(told)} times"
    return (told[0].at - due).total_seconds()


async def bare_lateness(client: Client, cases: int, per_second: float, ahead: float) -> Figures:
    """Measure how late workflows wake up that only sleep until a given time."""
    first = datetime.now(UTC) + timedelta(seconds=ahead)
    dues = [first + timedelta(seconds=n / per_second) for n in range(cases)]

    async def start(n: int) -> Any:
        name = f"sleeper-{first:%H%M%S%f}-{n}"
        return await client.start_workflow("Sleeper", dues[n].isoformat(), id=name, task_queue=bare.TASK_QUEUE)

    handles = await _each(cases, start)
    spare = (first - datetime.now(UTC)).total_seconds()
    woke = [datetime.fromisoformat(await handle.result()) for handle in handles]
    return _lateness([(at - due).total_seconds() for at, due in zip(woke, dues, strict=True)], spare)


def _lateness(late: list[float], spare: float) -> Figures:
    if spare <= 0:
        raise TooSlow(f"{-spare:.1f} s")
    return {
        "p50 ms": percentile(late, 0.5) * 1000,
        "p99 ms": percentile(late, 0.99) * 1000,
        "max ms": max(late) * 1000,
        "early": sum(seconds < 0 for seconds in late),
    }


async def _each(count: int, work: Callable[[int], Awaitable[Any]]) -> list[Any]:
    """Return the answers of `work(0)`, `work(1)` …, in order; `LANES` of them run concurrently."""
    waiting, answers = iter(range(count)), dict[int, Any]()

    async def lane() -> None:
        for n in waiting:
            answers[n] = await work(n)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(LANES):
            tasks.create_task(lane())
    return [answers[n] for n in range(count)]


__all__ = ["Figures", "bare_lateness", "duly_lateness", "lives", "records_lag", "track"]
