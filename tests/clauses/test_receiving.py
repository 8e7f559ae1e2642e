"""客户投诉处理程序 7.1: the customer hears when they will be answered, and what they said is repeated back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from complaints.base.errors import Refused
from complaints.case.file import DutyStatus
from tests.clauses.limits import office_time
from tests.people import CLERK, SALESPERSON, SUPERVISOR
from tests.world import Case, World

TAKING_IN = {"CH-7.1.1", "CH-7.1.2"}


def taking_in(case: Case) -> set[str]:
    return {duty.id for duty in case.file.open_duties if duty.rule in TAKING_IN}


@pytest.mark.clause("CH-7.1.1")
@pytest.mark.clause("CH-7.1.2")
async def test_a_complaint_that_was_taken_in_as_it_should_be_leaves_nothing_to_complete(world: World):
    promised = datetime.now(UTC) + timedelta(days=2)
    case = await world.opens(channel="visit", confirmed=True, promised=promised).graded(3)
    assert (case.file.lacks, taking_in(case)) == ((), set())
    answer = case.duty("CH-7.3.1")
    assert (answer.deadline.due, answer.deadline.source) == (promised, "document")


@pytest.mark.clause("CH-7.1.2")
@pytest.mark.parametrize("channel", ["phone", "visit"])
async def test_an_oral_complaint_that_was_not_repeated_back_is_incomplete_and_says_so(world: World, channel: str):
    case = await world.opens(channel=channel, confirmed=False, received_by=SALESPERSON)
    receipt = await world.duly.open_complaint(case.file.complaint)
    assert (receipt.lacks, case.file.lacks) == (("confirmed",), ("confirmed",))
    await case.does("CR-5.1.4")
    await case.does("CR-5.2.1a", level=3, reason="重复投诉")
    owed = case.duty("CH-7.1.2")
    received = case.file.complaint.received_at
    in_an_hour = office_time(received, timedelta(hours=1), world.references.calendar)
    assert (owed.owner, owed.since, owed.deadline.due) == (SALESPERSON, received, in_an_hour)
    assert owed.deadline.source == "house"
    assert await case.refuses(case.does("CH-7.1.2", confirmed=False)) is Refused.FORM_INCOMPLETE
    assert case.duty("CH-7.3.1").open, "the handling does not wait for it"
    await case.does("CH-7.1.2", remark="客户补充：卫生间也渗水")
    assert (case.file.lacks, taking_in(case)) == ((), set())


@pytest.mark.clause("CH-7.1.1")
@pytest.mark.parametrize("channel", ["letter", "online", "message", "media", "other", "phone", "visit"])
async def test_every_channel_leads_the_same_way_and_only_what_was_said_is_repeated(world: World, channel: str):
    case = await world.opens(channel=channel, confirmed=False, promised=None).graded(3)
    oral = channel in ("phone", "visit")
    assert taking_in(case) == (TAKING_IN if oral else {"CH-7.1.1"})
    assert {"CS-4.2.1a", "CH-7.3.1"} <= {duty.rule for duty in case.file.open_duties}


@pytest.mark.clause("CH-7.1.1")
async def test_a_date_that_the_customer_hears_later_is_the_date_of_the_answer(world: World):
    case = await world.opens(promised=None).graded(3)
    assert case.file.lacks == ("promised",)
    answer = case.duty("CH-7.3.1")
    assert (answer.deadline.why.limit, answer.deadline.source) == ("3 workdays", "house")
    yesterday = (case.now - timedelta(days=1)).isoformat()
    assert await case.refuses(case.does("CH-7.1.1", feedback_by=yesterday)) is Refused.FORM_INCOMPLETE
    told = case.now + timedelta(days=5)
    await case.does("CH-7.1.1", feedback_by=told.isoformat())
    dated = case.duty("CH-7.3.1")
    assert (dated.id, dated.since) == (answer.id, answer.since)
    assert (dated.deadline.due, dated.deadline.why.limit, dated.deadline.source) == (told, "promised", "document")
    line = next(line for line in await case.journal() if line.kind == "duty.dated")
    assert (line.duty, line.by) == (answer.id, CLERK)
    await case.goes_on_afresh()
    assert case.duty("CH-7.3.1") == dated
    await case.passes(days=4)
    assert not case.duty("CH-7.3.1").late
    await case.passes(days=2)
    assert case.duty("CH-7.3.1").breached_at == told
    case.ignores()


@pytest.mark.clause("CH-7.1.1")
async def test_whoever_has_been_answered_need_not_hear_when(world: World):
    case = await world.opens(promised=None).graded(3)
    await case.does("CS-4.2.1a")
    await case.does("CH-7.2.1.settle")
    await case.does("CH-7.3.1")
    owed = case.duty("CH-7.1.1")
    assert (owed.status, owed.superseded_by) == (DutyStatus.SUPERSEDED, "CH-7.3.1")
    assert case.heard(CLERK) == ["CH-7.1.1 closed"]
    await case.to_the_end()


@pytest.mark.clause("CH-7.1.1")
@pytest.mark.clause("CH-7.1.2")
async def test_what_was_completed_carries_over_to_another_track_and_back(world: World):
    case = await world.opens(promised=None, confirmed=False).graded(3)
    await case.does("CH-7.1.2")
    await case.regrades(1)
    assert case.duty("CH-7.1.1").status is DutyStatus.SUPERSEDED, "a crisis has its own clocks"
    await case.goes_on_afresh()
    await case.passes(minutes=5)
    back = case.now - timedelta(minutes=1)
    await case.regrades(3, reason="客户澄清，并无联名", at=back)
    if case.file.track.value != "ordinary":  # a lower level is approved first
        await case.finishes(case.file.open_duties[-1].id)
    assert taking_in(case) == {f"CH-7.1.1~{case.file.leg}"}, "confirmed is confirmed"
    owed = case.duty("CH-7.1.1")
    assert (owed.since, owed.deadline.why.anchor) == (case.file.track_since, "regrading")
    await case.goes_on_afresh()
    await case.does("CH-7.1.1")
    assert taking_in(case) == set()
    case.ignores()


@pytest.mark.clause("CH-7.1.2")
async def test_nobody_complained_about_repeats_the_complaint_to_the_customer(world: World):
    case = await world.opens(received_by=CLERK, about=(CLERK,), confirmed=False).graded(3, by=SUPERVISOR)
    assert case.duty("CH-7.1.2").owner == "wu.jie"
    assert case.told(CLERK) == []
