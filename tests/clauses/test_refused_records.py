"""What the database refuses for good ends no case: it goes on, its journal says so once, and a mended one takes it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus

from complaints.base.faults import RecordsRefused
from complaints.case.additions import Additions
from complaints.case.file import JournalLine, Written
from tests.fakes import ExampleReferences, MemoryRetention
from tests.following import Followed
from tests.world import Case, World, eventually
from workflows import interface

pytestmark = pytest.mark.server

LINE = "records.refused"
WHY = "PostgreSQL refuses the data: NumericValueOutOfRangeError 22003 (no constraint)"


def refuses(monkeypatch: pytest.MonkeyPatch, followed: Followed, *keys: str) -> None:
    """The records refuse whatever these cases bring; those of all, if none is named."""
    whole = followed.records.write

    async def write(additions: Additions) -> Written:
        if not keys or additions.key in keys:
            raise RecordsRefused(WHY)
        return await whole(additions)

    monkeypatch.setattr(followed.records, "write", write)


async def refusals(case: Case) -> list[JournalLine]:
    return [line for line in await case.journal() if line.kind == LINE]


async def noted(case: Case, what: str) -> None:
    async def so() -> bool:
        return any(line.data["what"] == what for line in await refusals(case))

    await eventually(so)
    await case.look()


async def run_of(case: Case) -> str:
    return (await case.handle.describe()).run_id


async def goes_on(case: Case) -> None:
    """Into a new run."""
    before = await run_of(case)
    await case.handle.signal(interface.CONTINUE_AS_NEW)

    async def another() -> bool:
        return await run_of(case) != before

    await eventually(another)
    await case.look()


async def complete(followed: Followed, case: Case) -> None:
    """The records have the whole journal, every line once."""
    seqs = [line.seq for line in followed.records.journals[case.handle.id]]
    assert seqs == list(range(1, case.file.journal_seq + 1))


async def test_a_case_whose_lines_are_refused_goes_on_afresh_with_all_of_them_and_heals(
    world: World, followed: Followed, monkeypatch: pytest.MonkeyPatch
):
    case = await world.opens(loss=600_000).graded(1)
    with monkeypatch.context() as refusing:
        refuses(refusing, followed, case.handle.id)
        await case.does("CR-5.2.1b")
        await goes_on(case)
        [line] = await refusals(case)
        assert line.data == {"what": "journal", "type": "records-refused", "why": WHY}
        await goes_on(case)
        assert len(await refusals(case)) == 1, "it is said once"
        await case.passes(hours=2)
        assert any(duty.late for duty in case.file.duties.values()), "its clocks run"
        case.ignores()
    await goes_on(case)
    await case.to_the_end()
    case.ignores()
    await complete(followed, case)


async def test_a_case_is_not_over_while_its_last_lines_are_refused(
    world: World, followed: Followed, monkeypatch: pytest.MonkeyPatch
):
    case = await world.opens().graded(3)
    await case.until("CH-8.1.archive")
    with monkeypatch.context() as refusing:
        refuses(refusing, followed, case.handle.id)
        await case.next_is_done()
        while case.file.open_duties:
            await case.next_is_done()
        await noted(case, "journal")
        assert case.file.closed
        assert (await case.handle.describe()).status is WorkflowExecutionStatus.RUNNING
    await case.passes(minutes=61)
    await asyncio.wait_for(case.handle.result(), 20)
    await case.look()
    case.ignores()
    await complete(followed, case)


async def test_a_case_whose_number_is_refused_goes_on_without_and_gets_it_in_the_end(
    world: World, followed: Followed, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as refusing:
        refuses(refusing, followed)
        case = await world.opens()
        await noted(case, "number")
        await case.does("CR-5.1.4")
        await goes_on(case)
        await goes_on(case)
        await case.does("CR-5.2.1a", level=3)
        assert case.file.number is None
        assert [line.data["what"] for line in await refusals(case)].count("number") == 1
    await goes_on(case)
    await case.becomes(lambda file: file.number)
    await case.to_the_end()
    case.ignores()
    await complete(followed, case)


async def test_a_deduction_that_is_refused_is_booked_once_the_database_is_mended(
    world: World, retention: MemoryRetention, monkeypatch: pytest.MonkeyPatch
):
    async def refused(*_: Any) -> Any:
        raise RecordsRefused(WHY)

    case = await world.opens().graded(3)
    await case.opens_matter("repair")
    await case.works_until("CS-4.3.4b")
    with monkeypatch.context() as refusing:
        refusing.setattr(retention, "deduct", refused)
        await case.does("CS-4.3.4b")
        await noted(case, f"deduction {case.duty('CS-4.3.4b').id}")
        await case.does("CS-4.2.1a")  # the track goes on
    await case.passes(minutes=61)
    await case.has_booked()
    [matter] = case.file.matters
    assert matter.deducted
    await case.to_the_end()
    case.ignores()


async def test_a_case_goes_on_with_the_directory_it_has_where_the_records_refuse_a_newer_one(
    world: World, references: ExampleReferences, monkeypatch: pytest.MonkeyPatch
):
    async def refused(*_: Any) -> Any:
        raise RecordsRefused(WHY)

    case = await world.opens().graded(3)
    with monkeypatch.context() as refusing:
        refusing.setattr(references, "reference", refused)
        await case.handle.signal(interface.REFERENCE_CHANGED)
        await noted(case, "directory and calendar")
        assert (await case.handle.describe()).status is WorkflowExecutionStatus.RUNNING
    await case.handle.signal(interface.REFERENCE_CHANGED)
    await case.to_the_end()
    case.ignores()
