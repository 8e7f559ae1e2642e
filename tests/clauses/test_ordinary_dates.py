"""客户投诉处理程序 7.3: the answer by the promised date, the customer's signature, and dates that change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from complaints.base.errors import Refusal, Refused
from complaints.case.file import ActKind, ActRequest
from complaints.clock.explanations import explain
from tests.clauses.limits import SHANGHAI, Clock
from tests.people import CLERK, SALES_MANAGER, SALES_SUPERVISOR, SALESPERSON
from tests.world import Case, World

HOUR = timedelta(hours=1)


async def promised(world: World, **told: Any) -> Case:
    return await world.opens(received_by=SALESPERSON, **told).graded(3)


async def settled(world: World) -> Case:
    case = await promised(world)
    await case.does("CS-4.2.1a")
    await case.does("CH-7.2.1.settle")
    return case


# --- the answer


@pytest.mark.clause("CH-7.3.1")
async def test_the_answer_is_due_on_the_date_that_the_customer_was_promised(world: World):
    case = await promised(world)
    answer = case.duty("CH-7.3.1")
    assert (answer.deadline.due, answer.deadline.source) == (case.file.complaint.promised, "document")


@pytest.mark.clause("CH-7.3.1")
async def test_an_answer_says_what_was_told_how_and_what_the_customer_thinks_of_it(world: World):
    case = await settled(world)
    wrongs: tuple[dict[str, Any], ...] = (
        {"opinion": ""},
        {"manner": "by pigeon"},
        {"customers_view": ""},
        {"face_to_face": None},
    )
    for wrong in wrongs:
        assert await case.refuses(case.does("CH-7.3.1", **wrong)) is Refused.FORM_INCOMPLETE
    await case.does("CH-7.3.1", manner="written", face_to_face=False)


@pytest.mark.clause("CH-7.3.1")
async def test_a_customer_who_is_not_reached_is_on_record_and_the_clock_goes_on(world: World):
    case = await settled(world)
    due = case.duty("CH-7.3.1").deadline.due
    assert await case.refuses(case.tries("CH-7.3.1", by=CLERK)) is Refused.NOT_YOURS
    assert await case.refuses(case.tries("CH-7.3.1", note="")) is Refused.FORM_INCOMPLETE
    await case.tries("CH-7.3.1")
    tried = case.file.acts[-1]
    assert (tried.kind, tried.duty, tried.form["note"]) == (ActKind.TRY, "CH-7.3.1", "无人接听")
    assert (case.duty("CH-7.3.1").open, case.duty("CH-7.3.1").deadline.due) == (True, due)
    await case.passes_until(due)
    assert case.duty("CH-7.3.1").breached_at == due, "a try is no answer"
    await case.does("CH-7.3.1")
    case.ignores()


@pytest.mark.clause("CH-7.3.2")
async def test_face_to_face_the_customer_signs_or_declines_with_a_note(world: World):
    case = await settled(world)
    wrongs: tuple[dict[str, Any], ...] = (
        {"face_to_face": True},
        {"face_to_face": True, "signature": "declined"},
        {"face_to_face": False, "signature": "signed"},
    )
    for wrong in wrongs:
        assert await case.refuses(case.does("CH-7.3.1", **wrong)) is Refused.FORM_INCOMPLETE
    await case.does("CH-7.3.1", face_to_face=True, signature="declined", note="客户表示只看结果，不愿签字")
    other = await settled(world)
    await other.does("CH-7.3.1", face_to_face=True, signature="signed")


# --- other dates


@pytest.mark.clause("CH-7.3.3")
async def test_a_date_is_changed_with_the_customers_understanding_and_everything_follows_it(world: World):
    case = await promised(world)
    old = case.duty("CH-7.3.1").deadline
    new = old.due + 48 * HOUR
    await case.passes_until(old.reminders[-1].at)
    assert case.heard(SALESPERSON)
    await case.reschedules(new)
    duty = case.duty("CH-7.3.1")
    assert (duty.deadline.due, duty.deadline.source, duty.reminded) == (new, "document", 0)
    [change] = duty.changes
    assert (change.by, change.old, change.new, change.reason) == (SALESPERSON, old.due, new, "配件未到")
    assert all(reminder.at > case.now - HOUR for reminder in duty.deadline.reminders)
    line = next(line for line in await case.journal() if line.kind == "duty.rescheduled")
    assert (line.data["old_due"], line.data["new_due"]) == (old.due.isoformat(), new.isoformat())
    local = new.astimezone(SHANGHAI)
    assert f"{local.month}月{local.day}日" in explain(duty.deadline.why)[-1]
    assert "改约" in explain(duty.deadline.why)[0]
    case.ignores()
    await case.passes_until(old.due + HOUR)
    assert not case.duty("CH-7.3.1").late
    await case.passes_until(new)
    assert case.duty("CH-7.3.1").breached_at == new
    case.ignores()


@pytest.mark.clause("CH-7.3.3")
async def test_what_a_change_of_date_needs(world: World):
    case = await promised(world)
    due = case.duty("CH-7.3.1").deadline.due
    later = due + HOUR
    assert await case.refuses(case.reschedules(later, by=CLERK)) is Refused.NOT_YOURS
    assert await case.refuses(case.reschedules(later, understood=False)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.reschedules(later, customers_view="")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.reschedules(due)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.reschedules(later, rule="CS-4.2.1a")) is Refused.WRONG_ACT
    form = {"promised": later.isoformat(), "understood": True, "customers_view": "理解"}
    without = case.asks(SALESPERSON, ActKind.RESCHEDULE, "CH-7.3.1", form=form)
    assert await case.refuses(without) is Refused.REASON_NEEDED
    await case.passes_until(due)
    assert await case.refuses(case.reschedules(later)) is Refused.WRONG_TIME
    assert await case.refuses(case.reschedules(later, at=due - HOUR)) is Refused.WRONG_TIME
    assert case.duty("CH-7.3.1").late
    case.ignores()


@pytest.mark.clause("CH-7.3.3")
async def test_two_changes_and_no_third_which_the_superior_decides_about(world: World):
    case = await promised(world)
    due = case.duty("CH-7.3.1").deadline.due
    for day in (1, 2):
        await case.reschedules(due + day * 24 * HOUR)
    before = case.duty("CH-7.3.1")
    with pytest.raises(Refusal) as refusal:
        await case.reschedules(due + 72 * HOUR)
    assert refusal.value.code is Refused.TOO_MANY_CHANGES
    assert refusal.value.params["superior"] == "方云"
    await case.look()
    attempt = case.file.acts[-1]
    assert (attempt.kind, attempt.duty) == (ActKind.RESCHEDULE, "CH-7.3.1")
    assert "duty.reschedule-refused" in [line.kind for line in await case.journal()]
    assert case.duty("CH-7.3.1") == before, "the date stays"
    decide = case.duty("CH-7.3.3.decide")
    assert (decide.owner, decide.since, decide.deadline.why.limit) == (SALES_SUPERVISOR, attempt.at, "1 workdays")
    a_workday_later = Clock("1 workdays", world.references.calendar).due(attempt.at, None)
    assert (decide.deadline.due, decide.deadline.source) == (a_workday_later, "house")
    assert await case.refuses(case.reschedules(due + 96 * HOUR)) is Refused.TOO_MANY_CHANGES
    assert await case.refuses(case.does("CH-7.3.3.decide", by=SALESPERSON)) is Refused.NOT_YOURS
    assert await case.refuses(case.does("CH-7.3.3.decide", told="")) is Refused.FORM_INCOMPLETE
    await case.tries("CH-7.3.3.decide")
    assert case.duty("CH-7.3.3.decide").open, "the customer was not reached"
    assert case.heard(SALESPERSON) == []
    await case.does("CH-7.3.3.decide")
    assert case.heard(SALESPERSON) == ["CH-7.3.3.decide handed"], "whoever owes the answer hears what was decided"
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("CH-7.3.3")
async def test_a_superior_who_does_not_decide_is_late_like_anybody(world: World):
    case = await promised(world)
    due = case.duty("CH-7.3.1").deadline.due
    for day in (1, 2, 3):
        request = case.reschedules(due + day * 24 * HOUR)
        if day == 3:
            with pytest.raises(Refusal):
                await request
        else:
            await request
    await case.look()
    await case.passes(days=6)
    decide = case.duty("CH-7.3.3.decide")
    assert decide.late
    assert decide.escalations[0].to == SALES_MANAGER
    case.ignores()


@pytest.mark.clause("CH-7.3.3")
async def test_a_third_change_left_as_a_signal_is_on_record_and_goes_up_too(world: World):
    case = await promised(world)
    due = case.duty("CH-7.3.1").deadline.due
    for day in (1, 2, 3):
        form = {
            "promised": (due + day * 24 * HOUR).isoformat(),
            "understood": True,
            "customers_view": "理解",
        }
        request = ActRequest(by=SALESPERSON, kind=ActKind.RESCHEDULE, duty="CH-7.3.1", form=form, reason="配件未到")
        await world.duly.act_later(case.handle.id, request)
    await case.passes(minutes=1)
    assert len(case.duty("CH-7.3.1").changes) == 2
    assert case.duty("CH-7.3.3.decide").open
    case.ignores()
