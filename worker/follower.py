"""Keeps the records in step with cases and rounds: reads each case's journal from a cursor and writes what is new.

Why not a local activity in the workflow: what a workflow task does is only true once the server has committed the
task. A local activity runs before that, and an act that was being taken when the worker died would stand in the
records and nowhere else. The follower reads committed state, so the records never know more than the history; the
cursor is kept in the records themselves, in the same transaction, so nothing is written twice and nothing is left out.
It costs no history events, and PostgreSQL may be away for as long as it likes.

A workflow says "look soon" (`workflows.follow`), and what will be found. If the server then shows the very state that
was told, that is what is written; if it shows another, or nothing was told, the workflow is asked by a query. Losing
the word changes nothing: `sweep` compares the sequences that the cases publish with those that the records have.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Protocol

from temporalio.api.common.v1 import SearchAttributes
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.converter import encode_search_attributes
from temporalio.service import RPCError, RPCStatusCode

from complaints.case.additions import Additions
from complaints.described import described
from complaints.faults import Fault, RecordsAway, RecordsDisagree
from complaints.model import CaseFile, File, Notice, Written
from complaints.records.agreement import Disagreement
from complaints.rounds.model import RoundFile
from worker import connection
from worker.aside import FOLLOWER, Aside, away
from workflows import follow, interface
from workflows.follow import News

log = logging.getLogger(__name__)

SWEEP_EVERY = 30.0  # seconds
SWEEP_AGAIN = 3.0  # seconds after the first sweep: the lists of the server, which it reads, lag a moment behind
AT_ONCE = 8  # cases written side by side that have said that they have something new
FOUND_AT_ONCE = 4  # and of those found behind: nobody may be there to answer for them, and that takes its time
ANSWER = timedelta(seconds=10)  # for a case to answer: what a worker that dies was asked, nobody answers
GATHER = 0.02  # seconds to let a task commit and its siblings pile up
CURSORS_KEPT = 5_000  # cases whose cursor is remembered
DOUBTS = 3  # times that a case's worker may be unable to answer before the case is set aside
REST = 0.25  # seconds for which a case is left alone that was written just now: a flurry of acts goes in a few writes


class Keeper(Protocol):
    """What the follower needs of the records."""

    async def write(self, additions: Additions) -> Written: ...
    async def cursor(self, key: str) -> int: ...
    async def cursors(self) -> dict[str, int]: ...
    async def disagreement(self, server: Additions, known: int) -> Disagreement | None: ...


class Away(Protocol):
    """Who brings notices to people while the records, and with them the outbox, are away (`worker.spool`)."""

    async def bring(self, file: File, notices: Iterable[Notice]) -> None: ...
    def brought(self, key: str) -> frozenset[str]: ...
    def remember(self, key: str, sequence: int, closed: bool) -> None: ...
    def cursor(self, key: str, opened_at: datetime) -> int | None: ...


class _Lane:
    """Cases to be followed soon, a few side by side."""

    def __init__(self, at_once: int) -> None:
        self.wanted: set[str] = set()
        self.something = asyncio.Event()
        self.slots = asyncio.Semaphore(at_once)

    def want(self, key: str) -> None:
        self.wanted.add(key)
        self.something.set()


class _Turn:
    """A case that somebody is at work on, and how many wait for it."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0


class Follower:
    """Follows every case of a task queue: only the workers of that queue can answer for them.

    `run` until cancelled: in this process its workflows tell it meanwhile. A case that cannot be read, that the records
    refuse or that fails in any other way is set `aside`: the sweeps pass it over until its next try, and whatever new
    it has to say is a try at once.
    """

    def __init__(
        self,
        client: Client,
        records: Keeper,
        away: Away | None = None,
        *,
        task_queue: str = interface.TASK_QUEUE,
        aside: Aside | None = None,
    ) -> None:
        self._client = client
        self._task_queue = task_queue
        self._records = records
        self._away = away
        self._running = (
            f"WorkflowType IN ('{interface.COMPLAINT}', '{interface.ROUND}') AND TaskQueue = '{task_queue}'"
            " AND ExecutionStatus = 'Running'"
        )
        self._loop = asyncio.get_running_loop()
        self._called = _Lane(AT_ONCE)
        self._found = _Lane(FOUND_AT_ONCE)
        self._aside = aside or Aside()
        self._aside.on_retry(FOLLOWER, self._found.want)
        self._doubts: dict[str, int] = {}  # cases that could not be answered for, and how often in a row
        self._records_away = False
        self._busy: dict[str, _Turn] = {}
        self._cursors: dict[str, int] = {}  # of the cases written last, so that they need not be asked for
        self._resting: set[str] = set()  # written just now
        self._told: dict[str, News] = {}  # and not looked at yet

    def tell(self, news: News) -> None:
        """A case has something new. Safe from any thread, cheap, and harmless to repeat."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._hear, news)

    def _hear(self, news: News) -> None:
        self._told[news.key] = news
        self._called.want(news.key)

    async def run(self) -> None:
        """Follow until cancelled: both of `follow` and `keep_sweeping`."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.follow())
            tasks.create_task(self.keep_sweeping())

    async def follow(self) -> None:
        """Write what the cases say, until cancelled."""
        with follow.listening(self._client.namespace, self._task_queue, self.tell):
            async with asyncio.TaskGroup() as tasks:
                for lane, at_once in ((self._called, AT_ONCE), (self._found, FOUND_AT_ONCE)):
                    lane.slots = asyncio.Semaphore(at_once)  # whoever held the old ones is gone
                    tasks.create_task(self._run(lane, tasks))

    async def catch_up(self, key: str, sequence: int) -> None:
        """Return when the records have line `sequence` of this case. Raises `RecordsAway`."""
        async with self._turn(key):
            cursor = await self._records.cursor(key)
            if cursor < sequence and await self._write_from(key, cursor) < sequence:
                raise RecordsAway(f"{key} has not come to line {sequence} yet")

    @asynccontextmanager
    async def _turn(self, key: str) -> AsyncGenerator[None]:
        """One at a time for each case; nothing is kept of a case that nobody is at work on."""
        turn = self._busy.setdefault(key, _Turn())
        turn.users += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.users -= 1
            if not turn.users:
                del self._busy[key]

    async def sweep(self) -> int:
        """Look at every case that is ahead of the records; returns how many were.

        Those that are set aside are passed over until their next try.
        """
        have = await self._records.cursors()
        behind: set[str] = set()
        async for found in self._client.list_workflows(self._running):
            try:
                sequence = found.typed_search_attributes.get(interface.SEQUENCE_KEY)
            except Exception as error:  # one entry of the list cannot be read
                behind.add(found.id)
                if not self._aside.waits(FOLLOWER, found.id):
                    self._aside.put(FOLLOWER, found.id, error)
                continue
            if sequence is not None and have.get(found.id, 0) < sequence:
                behind.add(found.id)
                if not self._aside.waits(FOLLOWER, found.id):
                    self._found.want(found.id)
        for key in self._aside.due(FOLLOWER):  # the lists lag: what is set aside for the first time stays until later
            if key not in behind:
                self._aside.done(FOLLOWER, key)
        return len(behind)

    async def _run(self, lane: _Lane, tasks: asyncio.TaskGroup) -> None:
        while True:
            await lane.something.wait()
            await asyncio.sleep(GATHER)
            lane.something.clear()
            wanted = lane.wanted - self._resting
            lane.wanted -= wanted
            for key in wanted:
                await lane.slots.acquire()
                tasks.create_task(self._follow(key, lane))

    def _rest(self, key: str) -> None:
        self._resting.add(key)
        self._loop.call_later(REST, self._rested, key)

    def _rested(self, key: str) -> None:
        self._resting.discard(key)
        for lane in (self._called, self._found):
            if key in lane.wanted:
                lane.something.set()

    async def keep_sweeping(self) -> None:
        """Look now and then for what nobody has said, until cancelled."""
        pause = SWEEP_AGAIN
        while True:
            try:
                await self.sweep()
            except (RecordsAway, RPCError) as fault:
                if not isinstance(fault, RecordsAway) and not away(fault):
                    raise
                log.warning("sweep put off: %s", described(fault))
            await asyncio.sleep(pause)
            pause = SWEEP_EVERY

    async def _follow(self, key: str, lane: _Lane) -> None:
        try:
            async with self._turn(key):
                await self._write_or_bring(key)
            self._doubts.pop(key, None)
        except Exception as error:
            self._failed(key, error)
        finally:
            lane.slots.release()

    def _failed(self, key: str, error: Exception) -> None:
        """A case could not be followed: ask again soon where nobody can answer now, else set the case aside."""
        if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
            log.warning("could not follow %s: the server does not have it", key)
            return
        if away(error) or (isinstance(error, WorkflowQueryFailedError) and self._doubted(key)):
            log.warning("could not follow %s: %s", key, described(error))
            self._loop.call_later(5.0, self._found.want, key)
            return
        self._doubts.pop(key, None)
        self._told.pop(key, None)
        self._cursors.pop(key, None)
        self._aside.put(FOLLOWER, key, error)

    def _doubted(self, key: str) -> bool:
        """Whether a case that cannot be answered for may be asked once more: most can in a moment."""
        self._doubts[key] = self._doubts.get(key, 0) + 1
        return self._doubts[key] < DOUBTS and not self._aside.has(FOLLOWER, key)

    async def _write_or_bring(self, key: str) -> None:
        try:
            # A remembered one may be behind, where other workers follow too: the records pass over what they have.
            cursor = self._cursors.pop(key, None)
            await self._write_from(key, await self._records.cursor(key) if cursor is None else cursor)
            if self._records_away:
                self._records_away = False
                log.info("the records are back")
        except RecordsAway as fault:
            if not self._records_away:
                log.warning("records behind with %s: %s", key, fault)
            self._records_away = True
            self._told.pop(key, None)  # the case is asked when they are back: it keeps all this, and better
            self._loop.call_later(1.0, self._called.want, key)
            await self._meanwhile(key)

    async def _write_from(self, key: str, cursor: int) -> int:
        new = await self._since(key, cursor)
        if new.sequence <= cursor and (found := await self._records.disagreement(new, cursor)) is not None:
            raise RecordsDisagree(f"{key}: {found.detail}")
        if new.sequence > cursor:
            if self._away is not None and (brought := self._away.brought(key)):
                new = new.but(mailed=tuple(n.id for n in new.notices if n.id in brought))
            await self._records.write(new)
            self._rest(key)
            if self._away is not None:
                self._away.remember(key, new.sequence, new.over)
        self._aside.done(FOLLOWER, key)
        if not new.over:
            self._cursors[key] = new.sequence
            if len(self._cursors) > CURSORS_KEPT:
                del self._cursors[next(iter(self._cursors))]
        if key not in self._told:  # nothing has come since
            for lane in (self._called, self._found):
                lane.wanted.discard(key)
        return new.sequence

    async def _since(self, key: str, cursor: int) -> Additions:
        news = self._told.pop(key, None)
        if news is not None and await self._stands(news):
            return news.since(cursor)
        handle = self._client.get_workflow_handle(key)
        return await handle.query(interface.SINCE, cursor, result_type=Additions, rpc_timeout=ANSWER)

    async def _stands(self, news: News) -> bool:
        """Whether the server has taken the task that this was told by, and no other since."""
        shown = (await connection.described(self._client, news.key, within=ANSWER)).workflow_execution_info
        fields = shown.search_attributes.indexed_fields
        told = SearchAttributes()
        encode_search_attributes(_attributes(news), told)
        return shown.execution.run_id == news.run_id and all(
            fields[name].data == value.data for name, value in told.indexed_fields.items()
        )

    async def _meanwhile(self, key: str) -> None:
        """The records are away: what people must hear, they hear all the same."""
        if self._away is None:
            return
        handle = self._client.get_workflow_handle(key)
        shape: type[File] = RoundFile if interface.is_round(key) else CaseFile
        file = await handle.query(interface.CASE, result_type=shape, rpc_timeout=ANSWER)
        cursor = self._away.cursor(key, file.opened_at)
        if cursor is not None and (notices := (await self._since(key, cursor)).notices):
            try:
                await self._away.bring(file, notices)
            except Fault as fault:
                log.warning("notices of %s put off: %s", key, fault)


def _attributes(news: News) -> TypedSearchAttributes:
    """What a workflow shows with the task that told this."""
    return TypedSearchAttributes(
        [
            SearchAttributePair(interface.SEQUENCE_KEY, news.sequence),
            SearchAttributePair(interface.CHANGED_KEY, news.changed),
        ]
    )
