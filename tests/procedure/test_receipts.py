"""The receipt of an act says what has happened since the file that its person had seen."""

from __future__ import annotations

import pytest

from complaints.case.fold import go_on
from complaints.model import ActKind, ActReceipt, ActRequest
from tests.people import SUPERVISOR
from tests.world import Case, World
from workflows import docket


async def delegated(world: World, case: Case, seen: int | None) -> ActReceipt:
    """An act that changes little: another person is to report."""
    asked = ActRequest(by=SUPERVISOR, kind=ActKind.DELEGATE, duty="CR-5.2.1b", reason="出差", to="liu.bo", seen=seen)
    return await world.duly.act(case.handle.id, asked)


async def test_a_receipt_has_every_line_since_the_file_that_was_seen_also_those_of_others(world: World):
    case = await world.opens(loss=600_000)
    seen = case.file
    await case.does("CR-5.1.4")
    await case.does("CR-5.2.1a", level=1)
    receipt = await delegated(world, case, seen.journal_seq)
    await case.look()
    assert receipt.events is not None
    assert [line.seq for line in receipt.events] == list(range(seen.journal_seq + 1, case.file.journal_seq + 1))
    assert {"duty.done", "case.graded", "duty.delegated"} <= {line.kind for line in receipt.events}
    assert go_on(seen, receipt.events) == case.file


async def test_who_does_not_say_what_they_have_seen_or_says_nonsense_is_told_nothing_more(world: World):
    case = await world.opens(loss=600_000).graded(1)
    assert (await delegated(world, case, None)).events is None
    case = await world.opens(loss=600_000).graded(1)
    assert (await delegated(world, case, case.file.journal_seq + 1_000)).events is None


@pytest.mark.server
async def test_after_a_new_run_the_lines_before_it_are_not_remembered(world: World):
    case = await world.opens(loss=600_000).graded(1)
    before = case.file.journal_seq
    await case.goes_on_afresh()
    assert (await delegated(world, case, before - 1)).events is None
    await case.goes_on_afresh()
    seen = case.file
    receipt = await case.does("CR-5.2.1b")
    assert receipt.events is not None
    assert go_on(seen, receipt.events) == case.file


async def test_a_receipt_that_would_be_too_long_has_no_lines(world: World, monkeypatch: pytest.MonkeyPatch):
    case = await world.opens(loss=600_000).graded(1)
    monkeypatch.setattr(docket, "LONGEST_ANSWER", 100)
    assert (await delegated(world, case, case.file.journal_seq)).events is None
