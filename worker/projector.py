"""Keeps the records in step with cases and rounds: reads each case's journal from a cursor and writes what is new.

Why not a local activity in the workflow: what a workflow task does is only true once the server has committed the
task. A local activity runs before that, and an act that was being taken when the worker died would stand in the
records and nowhere else. The projector reads committed state, so the records never know more than the history; the
cursor is kept in the records themselves, in the same transaction, so nothing is written twice and nothing is left out.
It costs no history events, and PostgreSQL may be away for as long as it likes.

A workflow says "look soon" (`workflows.change_hints`), and what will be found. If the history then ends with the very
task that told it, that is what is written; if it ends with another, or nothing was told, the workflow is asked by a
query.

The records keep up to which task each case was followed. Where a word may be lost, because a worker or this part of it
has ended, `sweep` looks at the history's end of every open case and asks those that have come further.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Protocol

from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from complaints.base.error_text import described
from complaints.base.faults import Fault, RecordsAway, RecordsDisagree
from complaints.case.additions import Additions
from complaints.case.file import CaseFile, File, Notice, Written
from complaints.case.round import RoundFile
from complaints.store.agreement import Disagreement
from worker.committed_tasks import last_tasks
from worker.quarantine import PROJECTOR, Quarantine, away
from workflows import change_hints, interface
from workflows.change_hints import ChangeHint

log = logging.getLogger(__name__)

SWEEP_AGAIN = (3.0, 30.0)  # seconds after a sweep: the lists of the server, which it reads, lag a moment behind
SWEEP_EVERY = 3600.0  # seconds between two sweeps that nothing has called for
SWEEP_PUT_OFF = 10.0  # seconds until a sweep that failed because the server or the records are away
SWEEP_PACE = 0.02  # seconds between two cases of such a sweep
SWEEP_CONCURRENCY = 8  # cases looked at in a sweep that somebody has called for
RETRY_EVERY = 10.0  # seconds between two looks whether the time of a case that is set aside has come
CONCURRENCY = 8  # cases written side by side that have said that they have something new
SWEPT_CONCURRENCY = 4  # and of those found behind: nobody may be there to answer for them, and that takes its time
QUERY_TIMEOUT = timedelta(seconds=10)  # for a case to answer: what a worker that dies was asked, nobody answers
GATHER = 0.02  # seconds to let a task commit and its siblings pile up
CURSORS_KEPT = 5_000  # cases whose cursor is remembered
DOUBTS = 3  # times that a case's worker may be unable to answer before the case is set aside
DEBOUNCE = (
    0.25  # seconds for which a case is left alone that was written just now: a flurry of acts goes in a few writes
)


class ReadModel(Protocol):
    """What the projector needs of the records."""

    async def write(self, additions: Additions) -> Written: ...
    async def followed(self, key: str, to: datetime) -> None: ...
    async def cursor(self, key: str) -> int: ...
    async def followed_to(self) -> dict[str, datetime | None]: ...
    async def disagreement(self, server: Additions, known: int) -> Disagreement | None: ...


class DirectDelivery(Protocol):
    """Who brings notices to people while the records, and with them the outbox, are away (`worker.spool`)."""

    async def deliver(self, file: File, notices: Iterable[Notice]) -> None: ...
    def delivered(self, key: str) -> frozenset[str]: ...
    def remember(self, key: str, sequence: int, closed: bool) -> None: ...
    def cursor(self, key: str, opened_at: datetime) -> int | None: ...


class _WorkQueue:
    """Cases to be followed soon, a few side by side."""

    def __init__(self, at_once: int) -> None:
        self.wanted: set[str] = set()
        self.something = asyncio.Event()
        self.slots = asyncio.Semaphore(at_once)

    def enqueue(self, key: str) -> None:
        self.wanted.add(key)
        self.something.set()


class _CaseLock:
    """A case that somebody is at work on, and how many wait for it."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0


class Projector:
    """Follows every case of a task queue: only the workers of that queue can answer for them.

    `run` until cancelled: in this process its workflows tell it meanwhile. A case that cannot be read, that the records
    refuse or that fails in any other way is set `aside` until its next try; whatever new it has to say is a try at
    once.
    """

    def __init__(
        self,
        client: Client,
        records: ReadModel,
        away: DirectDelivery | None = None,
        *,
        task_queue: str = interface.TASK_QUEUE,
        aside: Quarantine | None = None,
    ) -> None:
        self._client = client
        self._task_queue = task_queue
        self._records = records
        self._away = away
        begun = f"{interface.PROJECT} IS NOT NULL"
        self._running = f"{interface.AT_WORK} AND TaskQueue = '{task_queue}' AND {begun}"
        self._loop = asyncio.get_running_loop()
        self._called = _WorkQueue(CONCURRENCY)
        self._found = _WorkQueue(SWEPT_CONCURRENCY)
        self._aside = aside or Quarantine()
        self._aside.on_retry(PROJECTOR, self._found.enqueue)
        self._doubts: dict[str, int] = {}  # cases that could not be answered for, and how often in a row
        self._records_away = False
        self._busy: dict[str, _CaseLock] = {}
        self._cursors: dict[str, int] = {}  # of the cases written last, so that they need not be asked for
        self._debouncing: set[str] = set()  # written just now
        self._hints: dict[str, ChangeHint] = {}  # and not looked at yet
        self._later: set[str] = set()  # waiting for another try
        self._picked: set[str] = set()  # waiting for a slot
        self._called_for = asyncio.Event()  # a sweep

    def hint(self, news: ChangeHint) -> None:
        """A case has something new. Safe from any thread, cheap, and harmless to repeat."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._hint_received, news)

    def _hint_received(self, news: ChangeHint) -> None:
        self._hints[news.key] = news
        self._called.enqueue(news.key)

    async def run(self) -> None:
        """Follow until cancelled: both of `follow` and `keep_sweeping`."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.follow())
            tasks.create_task(self.keep_sweeping())

    async def follow(self) -> None:
        """Write what the cases say, until cancelled."""
        with change_hints.listening(self._client.namespace, self._task_queue, self.hint):
            self.call_for_sweep()  # what was told before, nobody has heard
            async with asyncio.TaskGroup() as tasks:
                for lane, at_once in ((self._called, CONCURRENCY), (self._found, SWEPT_CONCURRENCY)):
                    lane.slots = asyncio.Semaphore(at_once)  # whoever held the old ones is gone
                    tasks.create_task(self._run(lane, tasks))
                tasks.create_task(self._keep_retrying())

    def call_for_sweep(self) -> None:
        """Words of cases may be lost, because whoever was told them has ended: look at all of them soon."""
        self._called_for.set()

    async def finish(self, seconds: float) -> bool:
        """Write what was told until now, for at most so long. False if something may be left unwritten."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._unwritten:  # noqa: ASYNC110  # it depends on too much for one event
                    await asyncio.sleep(GATHER)
        return not self._unwritten

    @property
    def _unwritten(self) -> bool:
        wanted = self._called.wanted | self._found.wanted
        return bool(self._hints or wanted or self._picked or self._busy or self._later)

    async def catch_up(self, key: str, sequence: int) -> None:
        """Return when the records have line `sequence` of this case. Raises `RecordsAway`."""
        async with self._turn(key):
            cursor = await self._records.cursor(key)
            if cursor < sequence and await self._write_from(key, cursor) < sequence:
                raise RecordsAway(f"{key} has not come to line {sequence} yet")

    @asynccontextmanager
    async def _turn(self, key: str) -> AsyncGenerator[None]:
        """One at a time for each case; nothing is kept of a case that nobody is at work on."""
        turn = self._busy.setdefault(key, _CaseLock())
        turn.users += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.users -= 1
            if not turn.users:
                del self._busy[key]

    async def sweep(self, pace: float = 0.0) -> int:
        """Look at the end of every open case's history, and follow those that the records are behind with; how many.

        `pace`: seconds between two cases, until somebody calls for another sweep. Those that are set aside are passed
        over. Raises `RecordsAway`, and `RPCError` where the server is away.
        """
        have = await self._records.followed_to()
        keys = [found.id async for found in self._client.list_workflows(self._running)]
        waiting, behind = iter(keys), 0

        async def look() -> None:
            nonlocal behind
            for key in waiting:
                if not self._aside.has(PROJECTOR, key) and await self._is_behind(key, have.get(key)):
                    behind += 1
                    self._cursors.pop(key, None)  # the records are asked what they have
                    self._found.enqueue(key)
                if pace and not self._called_for.is_set():
                    await asyncio.sleep(pace)

        looking = [asyncio.ensure_future(look()) for _ in range(1 if pace else SWEEP_CONCURRENCY)]
        try:
            await asyncio.gather(*looking)
        finally:
            for one in looking:
                one.cancel()
        return behind

    async def _is_behind(self, key: str, followed_to: datetime | None) -> bool:
        """Whether the last task of a case is another one than that up to which it was followed. Raises `RPCError`."""
        try:
            tasks = await last_tasks(self._client, key, within=QUERY_TIMEOUT)
        except RPCError as error:
            if away(error):
                raise
            if error.status is not RPCStatusCode.NOT_FOUND:  # it was closed and is gone
                self._aside.put(PROJECTOR, key, error)
            return False
        return bool(tasks) and tasks[0].at != followed_to

    async def _run(self, lane: _WorkQueue, tasks: asyncio.TaskGroup) -> None:
        while True:
            await lane.something.wait()
            await asyncio.sleep(GATHER)
            lane.something.clear()
            wanted = lane.wanted - self._debouncing
            lane.wanted -= wanted
            self._picked |= wanted
            for key in wanted:
                await lane.slots.acquire()
                tasks.create_task(self._follow(key, lane))

    def _debounce(self, key: str) -> None:
        self._debouncing.add(key)
        self._loop.call_later(DEBOUNCE, self._debounced, key)

    def _debounced(self, key: str) -> None:
        self._debouncing.discard(key)
        for lane in (self._called, self._found):
            if key in lane.wanted:
                lane.something.set()

    async def keep_sweeping(self) -> None:
        """Look for what nobody has said: at the start, whenever it is called for, and now and then. Until cancelled."""
        pauses = [0.0, *SWEEP_AGAIN]  # before the sweeps that are in a hurry
        while True:
            hurried = bool(pauses)
            if await self._called_within(pauses.pop(0) if pauses else SWEEP_EVERY):
                pauses = [0.0, *SWEEP_AGAIN]
                continue
            try:
                await self.sweep(pace=0.0 if hurried else SWEEP_PACE)
            except (RecordsAway, RPCError) as fault:
                if not isinstance(fault, RecordsAway) and not away(fault):
                    raise
                log.warning("sweep put off: %s", described(fault))
                pauses = [SWEEP_PUT_OFF, *SWEEP_AGAIN]

    async def _called_within(self, seconds: float) -> bool:
        """Wait so long, or until a sweep is called for."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._called_for.wait()
        called = self._called_for.is_set()
        self._called_for.clear()
        return called

    async def _keep_retrying(self) -> None:
        """Try what is set aside again, each at its time."""
        while True:
            for key in self._aside.due(PROJECTOR):
                if key not in self._busy:
                    self._found.enqueue(key)
            await asyncio.sleep(RETRY_EVERY)

    async def _follow(self, key: str, lane: _WorkQueue) -> None:
        try:
            async with self._turn(key):
                self._picked.discard(key)
                await self._write_or_deliver(key)
            self._doubts.pop(key, None)
        except Exception as error:
            self._failed(key, error)
        finally:
            lane.slots.release()

    def _failed(self, key: str, error: Exception) -> None:
        """A case could not be followed: ask again soon where nobody can answer now, else set the case aside."""
        if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
            log.warning("could not follow %s: the server does not have it", key)
            self._aside.done(PROJECTOR, key)
            return
        if away(error) or (isinstance(error, WorkflowQueryFailedError) and self._doubted(key)):
            log.warning("could not follow %s: %s", key, described(error))
            self._again(key, self._found, 5.0)
            return
        self._doubts.pop(key, None)
        self._hints.pop(key, None)
        self._cursors.pop(key, None)
        self._aside.put(PROJECTOR, key, error)

    def _again(self, key: str, lane: _WorkQueue, seconds: float) -> None:
        """Follow a case once more after so long."""

        def now() -> None:
            self._later.discard(key)
            lane.enqueue(key)

        self._later.add(key)
        self._loop.call_later(seconds, now)

    def _doubted(self, key: str) -> bool:
        """Whether a case that cannot be answered for may be asked once more: most can in a moment."""
        self._doubts[key] = self._doubts.get(key, 0) + 1
        return self._doubts[key] < DOUBTS and not self._aside.has(PROJECTOR, key)

    async def _write_or_deliver(self, key: str) -> None:
        try:
            # A remembered one may be behind, where other workers follow too: the records pass over what they have.
            cursor = self._cursors.pop(key, None)
            await self._write_from(key, await self._records.cursor(key) if cursor is None else cursor)
            if self._records_away:
                self._records_away = False
                log.info("the records are back")
                self._cursors.clear()  # they may be older than they were
                self.call_for_sweep()
        except RecordsAway as fault:
            if not self._records_away:
                log.warning("records behind with %s: %s", key, fault)
            self._records_away = True
            self._hints.pop(key, None)  # the case is asked when they are back: it keeps all this, and better
            self._again(key, self._called, 1.0)
            await self._meanwhile(key)

    async def _write_from(self, key: str, cursor: int) -> int:
        new = await self._since(key, cursor)
        if new.sequence <= cursor and (found := await self._records.disagreement(new, cursor)) is not None:
            raise RecordsDisagree(f"{key}: {found.detail}")
        if new.sequence > cursor:
            if self._away is not None and (brought := self._away.delivered(key)):
                new = new.but(mailed=tuple(n.id for n in new.notices if n.id in brought))
            await self._records.write(new)
            self._debounce(key)
            if self._away is not None:
                self._away.remember(key, new.sequence, new.over)
        elif new.followed_to is not None:
            await self._records.followed(key, new.followed_to)
        self._aside.done(PROJECTOR, key)
        if not new.over:
            self._cursors[key] = new.sequence
            if len(self._cursors) > CURSORS_KEPT:
                del self._cursors[next(iter(self._cursors))]
        if key not in self._hints:  # nothing has come since
            for lane in (self._called, self._found):
                lane.wanted.discard(key)
        return new.sequence

    async def _since(self, key: str, cursor: int) -> Additions:
        news = self._hints.pop(key, None)
        tasks = await last_tasks(self._client, key, within=QUERY_TIMEOUT)
        if news is not None and news.task in tasks:
            more = key in self._hints  # the same task has told something since, which is not in this
            return news.since(cursor).but(followed_to=None if more else news.task.at)
        handle = self._client.get_workflow_handle(key)
        new = await handle.query(interface.SINCE, cursor, result_type=Additions, rpc_timeout=QUERY_TIMEOUT)
        # It answers after the task that was the last before it was asked, and perhaps after another one.
        return new.but(followed_to=tasks[0].at if tasks else None)

    async def _meanwhile(self, key: str) -> None:
        """The records are away: what people must hear, they hear all the same."""
        if self._away is None:
            return
        handle = self._client.get_workflow_handle(key)
        shape: type[File] = RoundFile if interface.is_round(key) else CaseFile
        file = await handle.query(interface.CASE, result_type=shape, rpc_timeout=QUERY_TIMEOUT)
        cursor = self._away.cursor(key, file.opened_at)
        if cursor is not None and (notices := (await self._since(key, cursor)).notices):
            try:
                await self._away.deliver(file, notices)
            except Fault as fault:
                log.warning("notices of %s put off: %s", key, fault)
