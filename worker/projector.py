"""Keeps the records (the read model) in step with cases and rounds: reads each journal from a cursor, writes new lines.

Why not a local activity in the workflow: the result of a workflow task is only final once the server has committed the
task. A local activity runs before that, and an act in progress when the worker died would be in the records and nowhere
else. The projector reads committed state, so the records never know more than the history. The cursor is kept in the
records themselves, in the same transaction, so nothing is written twice and nothing is left out. The projector adds no
history events, and PostgreSQL may be away for any length of time.

A workflow publishes a change hint (`workflows.change_hints`): "look soon", with the additions to expect. If the task
that published it is among the last committed tasks of the history, the projector writes those additions; if it is not,
or there was no hint, the projector queries the workflow.

The records keep a checkpoint of each case: the last workflow task up to which the case was followed. Where hints may be
lost, because a worker or its projector has ended, `sweep` reads the end of every open case's history and follows the
cases that have advanced beyond their checkpoint.
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

SWEEP_AGAIN = (3.0, 30.0)  # seconds after a sweep until its repeats: the server's list, which it reads, lags slightly
SWEEP_EVERY = 3600.0  # seconds between two routine sweeps, which nothing has called for
SWEEP_PUT_OFF = 10.0  # seconds until the retry of a sweep that failed because the server or the records are away
SWEEP_PACE = 0.02  # seconds between two cases of a routine sweep
SWEEP_CONCURRENCY = 8  # cases checked concurrently in a sweep that was called for
RETRY_EVERY = 10.0  # seconds between two checks for set-aside cases whose retry is due
CONCURRENCY = 8  # cases with a hint, written concurrently
SWEPT_CONCURRENCY = 4  # cases found by a sweep, written concurrently: a query may find no worker, and then takes long
QUERY_TIMEOUT = timedelta(seconds=10)  # a query sent to a worker that dies is never answered
GATHER = 0.02  # seconds to let a task commit and further hints arrive
CURSORS_KEPT = 5_000  # cases whose cursor is cached
DOUBTS = 3  # failed queries in a row after which a case is set aside
DEBOUNCE = 0.25  # seconds; minimum interval between two writes of one case, so that a burst of acts is batched


class ReadModel(Protocol):
    """What the projector needs from the records."""

    async def write(self, additions: Additions) -> Written: ...
    async def followed(self, key: str, to: datetime) -> None: ...
    async def cursor(self, key: str) -> int: ...
    async def followed_to(self) -> dict[str, datetime | None]: ...
    async def disagreement(self, server: Additions, known: int) -> Disagreement | None: ...


class DirectDelivery(Protocol):
    """Delivers notices to people while the records, and with them the outbox, are away (`worker.spool`)."""

    async def deliver(self, file: File, notices: Iterable[Notice]) -> None: ...
    def delivered(self, key: str) -> frozenset[str]: ...
    def remember(self, key: str, sequence: int, closed: bool) -> None: ...
    def cursor(self, key: str, opened_at: datetime) -> int | None: ...


class _WorkQueue:
    """Keys of cases to follow soon, with a limit on concurrency."""

    def __init__(self, at_once: int) -> None:
        self.wanted: set[str] = set()
        self.something = asyncio.Event()
        self.slots = asyncio.Semaphore(at_once)

    def enqueue(self, key: str) -> None:
        self.wanted.add(key)
        self.something.set()


class _CaseLock:
    """The lock of one case, with the number of coroutines that hold it or wait for it."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0


class Projector:
    """Projects every case of one task queue: only the workers of that queue can answer queries about them.

    `run` runs until it is cancelled; meanwhile the workflows of this process publish their hints to it. A case that
    cannot be read, that the records refuse or that fails in any other way is set `aside` until its next retry; a new
    hint of the case retries it at once.
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
        self._doubts: dict[str, int] = {}  # failed queries in a row, by case
        self._records_away = False
        self._busy: dict[str, _CaseLock] = {}
        self._cursors: dict[str, int] = {}  # of the cases written last, to save reading them from the records
        self._debouncing: set[str] = set()  # cases written within `DEBOUNCE`
        self._hints: dict[str, ChangeHint] = {}  # the newest of each case, not processed yet
        self._later: set[str] = set()  # cases waiting for a retry
        self._picked: set[str] = set()  # cases waiting for a slot and their lock
        self._called_for = asyncio.Event()  # a sweep was called for

    def hint(self, news: ChangeHint) -> None:
        """Take the hint that a case has something new. Safe from any thread, cheap, and harmless to repeat."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._hint_received, news)

    def _hint_received(self, news: ChangeHint) -> None:
        self._hints[news.key] = news
        self._called.enqueue(news.key)

    async def run(self) -> None:
        """Run `follow` and `keep_sweeping` until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.follow())
            tasks.create_task(self.keep_sweeping())

    async def follow(self) -> None:
        """Write the changes that hints and sweeps find, until cancelled."""
        with change_hints.listening(self._client.namespace, self._task_queue, self.hint):
            self.call_for_sweep()  # hints published before now are lost
            async with asyncio.TaskGroup() as tasks:
                for lane, at_once in ((self._called, CONCURRENCY), (self._found, SWEPT_CONCURRENCY)):
                    lane.slots = asyncio.Semaphore(at_once)  # an earlier call's tasks may hold the old slots
                    tasks.create_task(self._run(lane, tasks))
                tasks.create_task(self._keep_retrying())

    def call_for_sweep(self) -> None:
        """Request a sweep soon, because hints may be lost: the projector that received them has ended."""
        self._called_for.set()

    async def finish(self, seconds: float) -> bool:
        """Write all pending changes, for at most `seconds`. False if something may be left unwritten."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._unwritten:  # noqa: ASYNC110  # it depends on too many fields for one event
                    await asyncio.sleep(GATHER)
        return not self._unwritten

    @property
    def _unwritten(self) -> bool:
        wanted = self._called.wanted | self._found.wanted
        return bool(self._hints or wanted or self._picked or self._busy or self._later)

    async def catch_up(self, key: str, sequence: int) -> None:
        """Return once the records hold line `sequence` of this case. Raises `RecordsAway`."""
        async with self._turn(key):
            cursor = await self._records.cursor(key)
            if cursor < sequence and await self._write_from(key, cursor) < sequence:
                raise RecordsAway(f"{key} has not come to line {sequence} yet")

    @asynccontextmanager
    async def _turn(self, key: str) -> AsyncGenerator[None]:
        """Hold the lock of a case. It is dropped when no coroutine uses it any more."""
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
        """Check the end of every open case's history, and enqueue the cases whose records are behind; return how many.

        `pace`: seconds between two cases, until another sweep is called for. Cases that are set aside are skipped.
        Raises `RecordsAway`, and `RPCError` where the server is away.
        """
        have = await self._records.followed_to()
        keys = [found.id async for found in self._client.list_workflows(self._running)]
        waiting, behind = iter(keys), 0

        async def look() -> None:
            nonlocal behind
            for key in waiting:
                if not self._aside.has(PROJECTOR, key) and await self._is_behind(key, have.get(key)):
                    behind += 1
                    self._cursors.pop(key, None)  # so that it is read from the records
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
        """Whether the last committed task of a case is not the one of its checkpoint. Raises `RPCError`."""
        try:
            tasks = await last_tasks(self._client, key, within=QUERY_TIMEOUT)
        except RPCError as error:
            if away(error):
                raise
            if error.status is not RPCStatusCode.NOT_FOUND:  # NOT_FOUND: it was closed and is gone
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
        """Sweep for changes without a hint: at the start, when called for, and every `SWEEP_EVERY`. Until cancelled."""
        pauses = [0.0, *SWEEP_AGAIN]  # before the next urgent sweeps
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
        """Wait for `seconds`, or until a sweep is called for; return whether one was."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._called_for.wait()
        called = self._called_for.is_set()
        self._called_for.clear()
        return called

    async def _keep_retrying(self) -> None:
        """Retry the cases that are set aside, each when it is due."""
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
        """Handle the failure of a case: retry soon where no worker can answer now, else set the case aside."""
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
        """Follow a case once more after `seconds`."""

        def now() -> None:
            self._later.discard(key)
            lane.enqueue(key)

        self._later.add(key)
        self._loop.call_later(seconds, now)

    def _doubted(self, key: str) -> bool:
        """Whether to query a case once more after a failed query: most can be answered a moment later."""
        self._doubts[key] = self._doubts.get(key, 0) + 1
        return self._doubts[key] < DOUBTS and not self._aside.has(PROJECTOR, key)

    async def _write_or_deliver(self, key: str) -> None:
        try:
            # A cached cursor may be behind if other workers write the case too: the records skip lines they have.
            cursor = self._cursors.pop(key, None)
            await self._write_from(key, await self._records.cursor(key) if cursor is None else cursor)
            if self._records_away:
                self._records_away = False
                log.info("the records are back")
                self._cursors.clear()  # the records may be older than before: a backup
                self.call_for_sweep()
        except RecordsAway as fault:
            if not self._records_away:
                log.warning("records behind with %s: %s", key, fault)
            self._records_away = True
            self._hints.pop(key, None)  # when they are back, a query returns all this and more
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
        if key not in self._hints:  # no hint has come since
            for lane in (self._called, self._found):
                lane.wanted.discard(key)
        return new.sequence

    async def _since(self, key: str, cursor: int) -> Additions:
        news = self._hints.pop(key, None)
        tasks = await last_tasks(self._client, key, within=QUERY_TIMEOUT)
        if news is not None and news.task in tasks:
            more = key in self._hints  # a later hint, of the same task, is not in this one
            return news.since(cursor).but(followed_to=None if more else news.task.at)
        handle = self._client.get_workflow_handle(key)
        new = await handle.query(interface.SINCE, cursor, result_type=Additions, rpc_timeout=QUERY_TIMEOUT)
        # The answer covers the task that was the last before the query, and perhaps a later one.
        return new.but(followed_to=tasks[0].at if tasks else None)

    async def _meanwhile(self, key: str) -> None:
        """While the records are away, deliver notices without them."""
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
