"""The receipt of an act says what has happened since the file that its person had seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from complaints.base.errors import Refusal, Refused
from complaints.case.file import ActKind, ActReceipt, ActRequest
from complaints.case.fold import go_on
from tests.people import SUPERVISOR
from tests.statements import stated
from tests.world import Case, World
from workflows import case_state, interface
from workflows.interface import SignedAct


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
    case.ignores()


async def test_a_receipt_that_would_be_too_long_has_no_lines(world: World, monkeypatch: pytest.MonkeyPatch):
    case = await world.opens(loss=600_000).graded(1)
    monkeypatch.setattr(case_state, "LONGEST_ANSWER", 100)
    assert (await delegated(world, case, case.file.journal_seq)).events is None


# --- sent again


MATTER = ActRequest(by=SUPERVISOR, kind=ActKind.OPEN_MATTER, form={"kind": "repair", "what": "主卧外墙渗水"})


async def test_an_act_that_is_sent_again_in_a_later_run_happens_once_and_is_answered_as_at_first(world: World):
    case = await world.opens().graded(3)
    first = await world.duly.act(case.handle.id, MATTER, act_id="crm-1")
    assert first.opened == ("R1/CS-4.3.3",)
    await case.look()
    await case.goes_on_afresh()
    again = await world.duly.act(case.handle.id, MATTER, act_id="crm-1")
    before = case.file
    await case.look()
    assert (again.seq, again.recorded_at, again.opened) == (first.seq, first.recorded_at, first.opened)
    assert case.file == before
    assert [matter.id for matter in case.file.matters] == ["R1"]
    await world.duly.act(case.handle.id, MATTER, act_id="crm-2")
    await case.look()
    assert [matter.id for matter in case.file.matters] == ["R1", "R2"]


async def test_another_act_under_an_id_that_was_used_is_refused_in_any_run(world: World):
    case = await world.opens().graded(3)
    await world.duly.act(case.handle.id, MATTER, act_id="crm-1")
    other = MATTER.but(form={"kind": "repair", "what": "次卧外墙渗水"})
    for _ in range(2):
        await case.look()
        with pytest.raises(Refusal) as refused:
            await world.duly.act(case.handle.id, other, act_id="crm-1")
        assert refused.value.code is Refused.ACT_ID_TAKEN
        assert refused.value.params["by"] == SUPERVISOR
        before = case.file
        await case.look()
        assert case.file == before
        await case.goes_on_afresh()


async def test_an_act_that_was_refused_with_consequences_is_refused_again_without_more_of_them(world: World):
    case = await world.opens().graded(3)
    duty = case.duty("CH-7.3.1")
    for days in (4, 5):
        await case.reschedules(case.now + timedelta(days=days))
    form = {"promised": (case.now + timedelta(days=6)).isoformat(), "understood": True, "customers_view": "表示理解"}
    once_more = ActRequest(by=duty.owner, kind=ActKind.RESCHEDULE, duty=duty.id, form=form, reason="配件未到")
    for _ in range(3):
        with pytest.raises(Refusal) as refused:
            await world.duly.act(case.handle.id, once_more, act_id="crm-1")
        assert refused.value.code is Refused.TOO_MANY_CHANGES
        await case.look()
        assert len([act for act in case.file.acts if act.kind is ActKind.RESCHEDULE]) == 3
        await case.goes_on_afresh()
    case.ignores()


async def test_the_act_that_closed_a_case_is_answered_as_at_first_when_it_is_sent_again(world: World):
    case = await world.opens().graded(3)
    await case.is_withdrawn()
    await case.does("RV-4.3")
    archive = case.duty("WITHDRAWN.archive")
    asked = ActRequest(by=archive.owner, kind=ActKind.DISCHARGE, duty=archive.id, form={"place": "三号柜"})
    first = await world.duly.act(case.handle.id, asked, act_id="crm-9")
    await case.handle.result()
    again = await world.duly.act(case.handle.id, asked, act_id="crm-9")
    assert (again.seq, again.recorded_at) == (first.seq, first.recorded_at)
    with pytest.raises(Refusal) as refused:
        await world.duly.act(case.handle.id, asked, act_id="crm-10")
    assert refused.value.code is Refused.CASE_CLOSED
    await case.look()
    case.ignores()


# --- what cannot be read


@pytest.mark.server
async def test_what_is_no_act_or_another_cases_or_of_another_kind_is_refused_and_nothing_happens(world: World):
    case = await world.opens(loss=600_000).graded(1)
    report = ActRequest(by=SUPERVISOR, kind=ActKind.DISCHARGE, duty="CR-5.2.1b", form={"summary": "已核实"})
    wrong = {
        "text": SignedAct(text="好的"),
        "act.by": SignedAct(text=stated(case.handle.id, report).text.replace(SUPERVISOR, "LI NA")),
        "case": stated("another-0123456789abcdef", report),
        "kind": stated(case.handle.id, report.but(kind=ActKind.APPROVE)),
    }
    for field, signed in wrong.items():
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await case.handle.execute_update(ActKind.DISCHARGE.value, signed)
        assert isinstance(refused.value.cause, ApplicationError)
        assert refused.value.cause.type == Refused.INVALID
        assert field in refused.value.cause.message
    before = case.file
    await case.look()
    assert case.file == before
    await case.handle.signal(interface.ACT_LATER, wrong["text"])
    await case.until_line("act.refused")
    await case.does("CR-5.2.1b")
    case.ignores()
