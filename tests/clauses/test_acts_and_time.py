"""Acts have their own time and arrive by update or by signal; a breach climbs until somebody answers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from complaints.base.errors import Refused
from complaints.case.file import ActKind, ActRequest, DutyStatus
from tests.people import CLERK, LEADER, MANAGER, PRESIDENT, SUPERVISOR
from tests.world import World


@pytest.mark.clause("CR-5.2.1b")
async def test_an_act_reported_late_moves_the_clocks_that_follow_to_its_own_time(world: World):
    case = await world.opens(loss=600_000)
    await case.does("CR-5.1.4")
    await case.passes(minutes=9)
    graded = case.now - timedelta(minutes=7)
    await case.does("CR-5.2.1a", at=graded)
    report = case.duty("CR-5.2.1b")
    assert (report.since, report.deadline.due) == (graded, graded + timedelta(minutes=10))
    act = case.file.acts[-1]
    assert act.at == graded
    assert timedelta(minutes=6) < act.recorded_at - act.at < timedelta(minutes=8)
    await case.passes(minutes=4)
    assert report.id in {duty.id for duty in case.file.duties.values() if duty.late}
    case.ignores()


async def test_an_act_in_the_future_or_before_its_duty_began_is_refused(world: World):
    case = await world.opens(loss=600_000).graded(1)
    since = case.duty("CR-5.2.1b").since
    await case.passes(minutes=3)
    tomorrow, before = case.now + timedelta(days=1), since - timedelta(seconds=1)
    for wrong in (tomorrow, before):
        assert await case.refuses(case.does("CR-5.2.1b", at=wrong)) is Refused.WRONG_TIME
    await case.does("CR-5.2.1b", at=since)
    assert case.duty("CR-5.2.1b").closed_at == since
    case.ignores()


async def test_unknown_people_and_unknown_duties_are_refused(world: World):
    case = await world.opens(loss=600_000).graded(1)
    assert await case.refuses(case.does("CR-5.2.1b", by="nobody.known")) is Refused.UNKNOWN_PERSON
    nothing = case.asks(SUPERVISOR, ActKind.DISCHARGE, "CR-9.9.9")
    assert await case.refuses(nothing) is Refused.UNKNOWN_DUTY
    assert await case.refuses(case.asks(SUPERVISOR, ActKind.DISCHARGE)) is Refused.UNKNOWN_DUTY


async def test_an_act_sent_twice_under_one_id_happens_once(world: World):
    case = await world.opens(loss=600_000).graded(1)
    request = ActRequest(by=SUPERVISOR, kind=ActKind.DISCHARGE, duty="CR-5.2.1b", form={"summary": "已核实"})
    first = await world.duly.act(case.handle.id, request, act_id="report-1")
    again = await world.duly.act(case.handle.id, request, act_id="report-1")
    await case.look()
    assert first == again
    assert [act.rule for act in case.file.acts].count("CR-5.2.1b") == 1
    case.ignores()


# --- by signal


@pytest.mark.clause("CR-5.2.1b")
async def test_an_act_left_as_a_signal_does_the_same(world: World):
    case = await world.opens(loss=600_000).graded(1)
    await case.does_later("CR-5.2.1b", summary="外墙渗水")
    assert case.duty("CR-5.2.1b").status is DutyStatus.DONE
    assert case.file.acts[-1].form == {"summary": "外墙渗水"}
    assert case.duty("CR-5.2.1c.review").since == case.file.acts[-1].at
    case.ignores()


async def test_an_act_left_as_a_signal_that_is_refused_is_kept_in_the_journal_with_the_reason(world: World):
    case = await world.opens(loss=600_000).graded(1)
    before = case.file
    await case.does_later("CR-5.2.1b", by=CLERK)
    assert (case.file.duties, case.file.acts, case.file.notices) == (before.duties, before.acts, before.notices)
    line = (await case.journal())[-1]
    assert (line.kind, line.by, line.duty) == ("act.refused", CLERK, "CR-5.2.1b")
    assert line.data == {"kind": "discharge", "refused": "not-yours"}
    await case.does("CR-5.2.1b")
    case.ignores()


# --- escalations


@pytest.mark.clause("CR-5.2.1b")
async def test_only_those_who_heard_of_a_breach_acknowledge_it_and_each_once(world: World):
    case = await world.opens(loss=600_000).graded(1)
    assert await case.refuses(case.acknowledges("CR-5.2.1b", by=MANAGER)) is Refused.NOT_ESCALATED_TO_YOU
    await case.passes(minutes=21)
    assert await case.refuses(case.acknowledges("CR-5.2.1b", by=PRESIDENT)) is Refused.NOT_ESCALATED_TO_YOU
    assert await case.refuses(case.acknowledges("CR-5.2.1b", by=SUPERVISOR)) is Refused.NOT_ESCALATED_TO_YOU
    await case.acknowledges("CR-5.2.1b", by=LEADER)
    first, second = case.duty("CR-5.2.1b").escalations
    assert (first.to, first.acknowledged_by) == (MANAGER, None)
    assert (second.to, second.acknowledged_by) == (LEADER, LEADER)
    assert await case.refuses(case.acknowledges("CR-5.2.1b", by=LEADER)) is Refused.NOT_ESCALATED_TO_YOU
    await case.passes(days=1)
    assert len(case.duty("CR-5.2.1b").escalations) == 2
    assert case.duty("CR-5.2.1b").open
    case.ignores()


@pytest.mark.clause("CR-5.2.1b")
async def test_a_closed_duty_neither_climbs_nor_is_acknowledged(world: World):
    case = await world.opens(loss=600_000).graded(1)
    await case.passes(minutes=11)
    await case.does("CR-5.2.1b")
    heard = case.said("CR-5.2.1b")
    await case.passes(days=2)
    assert case.said("CR-5.2.1b") == heard
    assert await case.refuses(case.acknowledges("CR-5.2.1b", by=MANAGER)) is Refused.NOT_OPEN
    case.ignores()


async def test_a_closed_case_takes_no_more_acts(world: World):
    case = await (await world.opens().graded(4)).to_the_end()
    assert await case.refuses(case.does("CH-7.3.1")) is Refused.CASE_CLOSED
    assert await case.refuses(case.regrades(1)) is Refused.CASE_CLOSED
