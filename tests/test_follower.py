"""Records follow the cases: soon after a word, in few writes when many words come at once, and no line is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.converter import encode_search_attributes

from complaints import journal
from complaints.case.additions import Additions
from complaints.faults import RecordsRefused
from complaints.journal import GENESIS
from complaints.model import CaseFile, JournalLine, Written
from complaints.records.agreement import Disagreement, End, disagreement
from tests import casefiles
from worker import follower
from worker.follower import Follower
from workflows import interface
from workflows.follow import News

KEY = "test-1"
BEGIN = datetime(2026, 1, 12, tzinfo=UTC)


def a_file(lines: list[JournalLine]) -> CaseFile:
    """A file of which a follower reads nothing but the end of its journal."""
    return casefiles.file().but(key=KEY, journal_seq=len(lines), journal_hash=lines[-1].hash if lines else "")


class Case:
    """A case whose journal grows, and the client through which it is asked."""

    namespace = "default"

    def __init__(self) -> None:
        self.lines: list[JournalLine] = []
        self.asked: list[int] = []
        self.run_id = "run-1"
        self.changed = BEGIN
        self.listed = False
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

    async def describe_workflow_execution(self, *_: Any, **__: Any) -> DescribeWorkflowExecutionResponse:
        shown = DescribeWorkflowExecutionResponse()
        info = shown.workflow_execution_info
        info.execution.run_id = self.run_id
        attributes = [
            SearchAttributePair(interface.SEQUENCE_KEY, len(self.lines)),
            SearchAttributePair(interface.CHANGED_KEY, self.changed),
        ]
        encode_search_attributes(TypedSearchAttributes(attributes), info.search_attributes)
        return shown

    def news(self) -> News:
        """What its workflow says of it now."""
        return News(a_file(self.lines), tuple(self.lines), self.run_id, self.changed)

    async def list_workflows(self, query: str) -> AsyncGenerator[Any]:
        for key in (*self.silent, *([KEY] if self.listed else [])):
            yield SimpleNamespace(id=key, typed_search_attributes={interface.SEQUENCE_KEY: len(self.lines)})


class Records:
    """Records that take additions only from where they are, and count."""

    def __init__(self) -> None:
        self.lines: list[JournalLine] = []
        self.writes = 0
        self.cursors_asked = 0

    async def write(self, additions: Additions) -> Written:
        self.writes += 1
        if additions.after > len(self.lines):
            raise RecordsRefused("they begin beyond the cursor")
        self.lines = [*self.lines[: additions.after], *additions.lines]
        return Written()

    async def cursor(self, key: str) -> int:
        self.cursors_asked += 1
        return len(self.lines)

    async def cursors(self) -> dict[str, int]:
        return {}

    async def disagreement(self, server: Additions, known: int) -> Disagreement | None:
        there = {line.seq: line.hash for line in self.lines}.get(server.sequence)
        end = self.lines[-1] if self.lines else None
        return disagreement(End(end.seq if end else 0, end.hash if end else GENESIS, there), server, known)


@asynccontextmanager
async def following(case: Case, records: Records) -> AsyncGenerator[Follower]:
    subject = Follower(cast(Client, case), records)
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
            subject.tell(case.news())
            await asyncio.sleep(0.01)
        await until(records, 30)
    assert [line.seq for line in records.lines] == list(range(1, 31))
    assert records.writes <= 4


@pytest.mark.slow
async def test_an_act_after_a_while_is_written_at_once_and_the_cursor_is_not_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(follower, "REST", 2.0)  # long enough to tell "at once" from "after a rest" on any machine
    case, records = Case(), Records()
    async with following(case, records) as subject:
        for n in (1, 2):
            case.goes_on()
            subject.tell(case.news())
            async with asyncio.timeout(follower.REST * 0.8):
                await until(records, n)
            await asyncio.sleep(follower.REST + 0.05)
    assert (records.writes, records.cursors_asked) == (2, 1)


async def test_a_remembered_cursor_that_is_wrong_is_asked_for_again():
    case, records = Case(), Records()
    async with following(case, records) as subject:
        case.goes_on()
        subject.tell(case.news())
        await until(records, 1)
        records.lines = []  # somebody rebuilds the records
        for _ in range(2):
            await asyncio.sleep(follower.REST + 0.05)
            case.goes_on()
            subject.tell(case.news())
        await until(records, 3)
    assert records.lines == case.lines


async def test_what_a_worker_left_unsaid_is_found_though_the_lists_lag_when_the_next_one_starts(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(follower, "SWEEP_AGAIN", 0.05)
    case, records = Case(), Records()
    case.goes_on()
    async with following(case, records):
        await asyncio.sleep(0.02)
        case.listed = True
        await until(records, 1)


async def test_cases_that_nobody_answers_for_hold_up_no_case_that_has_something_new():
    case, records = Case(), Records()
    case.goes_on()
    case.silent = {f"silent-{n}" for n in range(100)}
    async with following(case, records) as subject:
        async with asyncio.timeout(5):
            while len(case.waiting) < follower.FOUND_AT_ONCE:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        subject.tell(case.news())
        await until(records, 1)


async def test_what_the_server_has_taken_is_written_as_it_was_told_and_nobody_is_asked():
    case, records = Case(), Records()
    async with following(case, records) as subject:
        for n in (1, 2):
            case.goes_on()
            subject.tell(case.news())
            await until(records, n)
            await asyncio.sleep(follower.REST + 0.05)
    assert (records.lines, case.asked) == (case.lines, [])


@pytest.mark.parametrize("other", ["moment", "run", "line"])
async def test_what_was_told_by_a_task_that_was_done_again_is_not_believed(other: str):
    case, records = Case(), Records()
    case.goes_on()
    news = case.news()
    if other == "moment":
        case.changed += timedelta(seconds=10)
    elif other == "run":
        case.run_id = "run-2"
    else:
        case.goes_on()
    case.lines[0] = journal.line(0, "", at=BEGIN, kind="duty.breached")
    async with following(case, records) as subject:
        subject.tell(news)
        await until(records, len(case.lines))
    assert (records.lines, case.asked) == (case.lines, [0])


async def test_what_somebody_waited_for_is_not_looked_at_again():
    case, records = Case(), Records()
    case.goes_on()
    async with following(case, records) as subject:
        subject.tell(case.news())
        await asyncio.sleep(0)
        await subject.catch_up(KEY, 1)
        await asyncio.sleep(follower.GATHER * 3)
    assert (records.writes, case.asked) == (1, [])
