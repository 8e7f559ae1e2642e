"""Records follow the cases: soon after a word, in few writes when many words come at once, and no line is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import (
    GetWorkflowExecutionHistoryReverseRequest,
    GetWorkflowExecutionHistoryReverseResponse,
)
from temporalio.client import Client

from complaints.base.faults import RecordsRefused
from complaints.case import journal
from complaints.case.additions import Additions
from complaints.case.file import CaseFile, JournalLine, Written
from complaints.case.journal import GENESIS
from complaints.store.agreement import Disagreement, End, disagreement
from tests import casefiles
from worker import projector
from worker.committed_tasks import last_tasks
from worker.projector import Projector
from workflows.change_hints import ChangeHint, WorkflowTask

KEY = "test-1"
BEGIN = datetime(2026, 1, 12, tzinfo=UTC)


def a_file(lines: list[JournalLine]) -> CaseFile:
    """A file of which a projector reads nothing but the end of its journal."""
    return casefiles.file().but(key=KEY, journal_seq=len(lines), journal_hash=lines[-1].hash if lines else "")


class Case:
    """A case whose journal grows, one workflow task a line, and the client through which it is asked."""

    namespace = "default"

    def __init__(self) -> None:
        self.lines: list[JournalLine] = []
        self.asked: list[int] = []
        self.began = datetime(2026, 1, 12, 1, tzinfo=UTC)  # when its first task was started
        self.unfinished = 0  # the last tasks, which nobody has completed
        self.listed = False
        self.looked_at = 0
        self.silent: set[str] = set()
        self.waiting: list[int] = []

    def goes_on(self) -> None:
        seq, end = (self.lines[-1].seq, self.lines[-1].hash) if self.lines else (0, "")
        self.lines.append(journal.line(seq, end, at=BEGIN, kind="duty.done"))

    def get_workflow_handle(self, key: str) -> Any:
        return SimpleNamespace(query=self.never) if key in self.silent else self

    async def never(self, *_: Any, **__: Any) -> None:
        self.waiting.append(1)
        await asyncio.Event().wait()

    async def query(self, name: str, after: int, **_: Any) -> Additions:
        self.asked.append(after)
        return Additions.of(a_file(self.lines), after, self.lines)

    @property
    def workflow_service(self) -> Case:
        return self

    def task(self, nth: int) -> WorkflowTask:
        """The task that wrote the nth line."""
        return WorkflowTask(nth * 4 - 1, self.began + timedelta(seconds=nth))

    async def get_workflow_execution_history_reverse(
        self, asked: GetWorkflowExecutionHistoryReverseRequest, **_: Any
    ) -> GetWorkflowExecutionHistoryReverseResponse:
        """A page has as many transactions as are asked for: a start, or a completion with what came of it."""
        self.looked_at += 1
        transactions: list[list[HistoryEvent]] = []
        for nth in range(1, len(self.lines) + 1):
            task, done = self.task(nth), nth <= len(self.lines) - self.unfinished
            start = HistoryEvent(event_id=task.event, event_type=EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED)
            start.event_time.FromDatetime(task.at)
            end = HistoryEvent(event_id=task.event + 1)
            ended = (
                end.workflow_task_completed_event_attributes if done else end.workflow_task_timed_out_event_attributes
            )
            ended.started_event_id = task.event
            transactions += [[start], [HistoryEvent(event_id=task.event + 2), end][:: 1 if done else -1]]
        transactions.reverse()
        first = int(asked.next_page_token or b"0")
        last = first + asked.maximum_page_size
        page = GetWorkflowExecutionHistoryReverseResponse()
        page.history.events.extend(event for one in transactions[first:last] for event in one)
        page.next_page_token = str(last).encode() if last < len(transactions) else b""
        return page

    def news(self) -> ChangeHint:
        """What its workflow says of it now."""
        return ChangeHint(a_file(self.lines), tuple(self.lines), self.task(len(self.lines)))

    async def list_workflows(self, query: str) -> AsyncGenerator[Any]:
        for key in (*self.silent, *([KEY] if self.listed else [])):
            yield SimpleNamespace(id=key)


class Records:
    """Records that take additions only from where they are, and count."""

    def __init__(self) -> None:
        self.lines: list[JournalLine] = []
        self.to: dict[str, datetime | None] = {}
        self.writes = 0
        self.cursors_asked = 0

    async def write(self, additions: Additions) -> Written:
        self.writes += 1
        if additions.after > len(self.lines):
            raise RecordsRefused("they begin beyond the cursor")
        self.lines = [*self.lines[: additions.after], *additions.lines]
        self.to[additions.key] = additions.followed_to
        return Written()

    async def followed(self, key: str, to: datetime) -> None:
        self.to[key] = to

    async def cursor(self, key: str) -> int:
        self.cursors_asked += 1
        return len(self.lines)

    async def followed_to(self) -> dict[str, datetime | None]:
        return dict(self.to)

    async def disagreement(self, server: Additions, known: int) -> Disagreement | None:
        there = {line.seq: line.hash for line in self.lines}.get(server.sequence)
        end = self.lines[-1] if self.lines else None
        return disagreement(End(end.seq if end else 0, end.hash if end else GENESIS, there), server, known)


@asynccontextmanager
async def following(case: Case, records: Records) -> AsyncGenerator[Projector]:
    subject = Projector(cast(Client, case), records)
    running = asyncio.create_task(subject.run())
    yield subject
    running.cancel()


async def until(records: Records, lines: int) -> None:
    async with asyncio.timeout(5):
        while len(records.lines) < lines:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_a_flurry_of_acts_is_written_in_a_few_writes_and_whole():
    case, records = Case(), Records()
    async with following(case, records) as subject:
        for _ in range(30):
            case.goes_on()
            subject.hint(case.news())
            await asyncio.sleep(0.01)
        await until(records, 30)
    assert [line.seq for line in records.lines] == list(range(1, 31))
    assert records.writes <= 4


@pytest.mark.slow
async def test_an_act_after_a_while_is_written_at_once_and_the_cursor_is_not_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(projector, "DEBOUNCE", 2.0)  # long enough to tell "at once" from "after a rest" on any machine
    case, records = Case(), Records()
    async with following(case, records) as subject:
        for n in (1, 2):
            case.goes_on()
            subject.hint(case.news())
            async with asyncio.timeout(projector.DEBOUNCE * 0.8):
                await until(records, n)
            await asyncio.sleep(projector.DEBOUNCE + 0.05)
    assert (records.writes, records.cursors_asked) == (2, 1)


async def test_a_remembered_cursor_that_is_wrong_is_asked_for_again():
    case, records = Case(), Records()
    async with following(case, records) as subject:
        case.goes_on()
        subject.hint(case.news())
        await until(records, 1)
        records.lines = []  # somebody rebuilds the records
        for _ in range(2):
            await asyncio.sleep(projector.DEBOUNCE + 0.05)
            case.goes_on()
            subject.hint(case.news())
        await until(records, 3)
    assert records.lines == case.lines


async def test_what_a_worker_left_unsaid_is_found_though_the_lists_lag_when_the_next_one_starts(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(projector, "SWEEP_AGAIN", (0.05,))
    case, records = Case(), Records()
    case.goes_on()
    async with following(case, records):
        await asyncio.sleep(0.02)
        case.listed = True
        await until(records, 1)
    assert records.to == {KEY: case.task(1).at}


async def swept(case: Case) -> None:
    """The sweep that is called for has begun and has had the time to end."""
    seen = case.looked_at
    async with asyncio.timeout(5):
        while case.looked_at == seen:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    await asyncio.sleep(projector.GATHER * 3)


async def test_a_sweep_asks_no_case_that_has_been_followed_to_its_last_task():
    case, records = Case(), Records()
    async with following(case, records) as subject:
        case.goes_on()
        subject.hint(case.news())
        await until(records, 1)
        await asyncio.sleep(projector.DEBOUNCE + 0.05)
        case.listed = True
        subject.call_for_sweep()
        await swept(case)
        assert case.asked == []
        case.goes_on()  # and nobody hears of it
        subject.call_for_sweep()
        await until(records, 2)
    assert case.asked == [1]


async def test_a_task_that_nobody_has_completed_is_not_taken_for_one_that_the_records_lack():
    case, records = Case(), Records()
    case.listed = True
    for _ in range(3):
        case.goes_on()
    records.lines, records.to = case.lines[:1], {KEY: case.task(1).at}
    case.unfinished = 2
    async with following(case, records):
        await swept(case)
    assert case.asked == []


async def test_a_task_without_a_line_is_asked_about_once():
    case, records = Case(), Records()
    case.listed = True
    case.goes_on()
    records.lines = [*case.lines]  # and up to where they were followed is not known
    async with following(case, records) as subject:
        await swept(case)
        subject.call_for_sweep()
        await swept(case)
    assert (case.asked, records.writes, records.to) == ([1], 0, {KEY: case.task(1).at})


async def test_whoever_begins_to_listen_calls_for_a_sweep(monkeypatch: pytest.MonkeyPatch):
    """What the cases told before, nobody has heard."""
    monkeypatch.setattr(projector, "SWEEP_AGAIN", ())
    case, records = Case(), Records()
    subject = Projector(cast(Client, case), records)
    sweeping = asyncio.create_task(subject.keep_sweeping())
    case.goes_on()
    case.listed = True
    await asyncio.sleep(0.05)
    assert (subject._found.wanted, case.looked_at) == ({KEY}, 1)
    subject._found.wanted.clear()
    listening = asyncio.create_task(subject.follow())
    await until(records, 1)
    assert case.looked_at == 3  # once more in the sweep, and once to write
    for task in (sweeping, listening):
        task.cancel()


async def test_whoever_ends_writes_what_was_told_and_says_what_may_be_left():
    case, records = Case(), Records()
    async with following(case, records) as subject:
        case.goes_on()
        subject.hint(case.news())
        await asyncio.sleep(0)
        assert await subject.finish(5)
        assert records.lines == case.lines
        case.silent = {KEY}
        case.goes_on()
        subject.hint(unlike(case.news()))
        await asyncio.sleep(0)
        assert not await subject.finish(0.2)


def unlike(news: ChangeHint) -> ChangeHint:
    """The same, told by a task that was never completed."""
    return replace(news, task=WorkflowTask(news.task.event, news.task.at - timedelta(seconds=10)))


async def test_the_last_tasks_are_those_that_were_completed():
    case = Case()
    assert await last_tasks(cast(Client, case), KEY) == []
    for _ in range(40):
        case.goes_on()
    assert await last_tasks(cast(Client, case), KEY) == [case.task(40), case.task(39)]
    case.unfinished = 30
    assert (await last_tasks(cast(Client, case), KEY))[0] == case.task(10)
    case.unfinished = 40
    assert await last_tasks(cast(Client, case), KEY) == []


async def test_cases_that_nobody_answers_for_hold_up_no_case_that_has_something_new():
    case, records = Case(), Records()
    case.goes_on()
    case.silent = {f"silent-{n}" for n in range(100)}
    async with following(case, records) as subject:
        async with asyncio.timeout(5):
            while len(case.waiting) < projector.SWEPT_CONCURRENCY:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        subject.hint(case.news())
        await until(records, 1)


async def test_what_the_server_has_taken_is_written_as_it_was_told_and_nobody_is_asked():
    case, records = Case(), Records()
    async with following(case, records) as subject:
        for n in (1, 2):
            case.goes_on()
            subject.hint(case.news())
            await until(records, n)
            await asyncio.sleep(projector.DEBOUNCE + 0.05)
    assert (records.lines, case.asked) == (case.lines, [])


@pytest.mark.parametrize("other", ["moment", "event", "never"])
async def test_what_was_told_by_a_task_that_was_done_again_is_not_believed(other: str):
    case, records = Case(), Records()
    case.goes_on()
    news = case.news()
    if other == "moment":
        news = unlike(news)
    elif other == "event":
        news = replace(news, task=WorkflowTask(news.task.event + 4, news.task.at))
    else:
        case.unfinished = 1
    case.lines[0] = journal.line(0, "", at=BEGIN, kind="duty.breached")
    async with following(case, records) as subject:
        subject.hint(news)
        await until(records, len(case.lines))
    assert (records.lines, case.asked) == (case.lines, [0])
    assert records.to == {KEY: None if other == "never" else case.task(1).at}


async def test_what_was_told_is_written_though_the_server_has_taken_another_task_since():
    case, records = Case(), Records()
    case.goes_on()
    news = case.news()
    case.goes_on()
    async with following(case, records) as subject:
        subject.hint(news)
        await until(records, 1)
    assert (records.lines, case.asked) == (case.lines[:1], [])
    assert records.to == {KEY: case.task(1).at}, "and not to the second task, whose line is not here"


async def test_what_somebody_waited_for_is_not_looked_at_again():
    case, records = Case(), Records()
    case.goes_on()
    async with following(case, records) as subject:
        subject.hint(case.news())
        await asyncio.sleep(0)
        await subject.catch_up(KEY, 1)
        await asyncio.sleep(projector.GATHER * 3)
    assert (records.writes, case.asked) == (1, [])
