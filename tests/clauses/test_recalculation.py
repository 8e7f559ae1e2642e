"""Open duties after a holiday notice or a new directory: new dates and owners, the old ones in the journal."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from complaints.base.errors import Refused
from complaints.clock.calendar import Calendar, calendar
from tests.people import ADMIN, CLERK, MANAGER, SUPERVISOR
from tests.world import Case, World

SHANGHAI = ZoneInfo("Asia/Shanghai")
STUDY = "CR-5.4.3.rewrite"  # two working days
SENT_BACK = {"accepted": False, "rewrite": True, "reason": "没有写明根本原因"}


async def study_is_owed(world: World) -> Case:
    return await (await world.opens(loss=600_000).graded(1)).until(STUDY, CR_5_4_4=SENT_BACK)


def with_holidays(known: Calendar, *days: date) -> Calendar:
    return calendar(known.years, (*known.off, *days), known.on, {**known.names, **dict.fromkeys(days, "national_day")})


def next_workdays(case: Case, world: World) -> list[date]:
    day = case.now.astimezone(SHANGHAI).date()
    days = [day + timedelta(days=n) for n in range(1, 30)]
    return [day for day in days if world.references.calendar.is_workday(day)]


async def test_a_holiday_notice_moves_the_open_duties_by_its_days_and_the_journal_has_both_dates(world: World):
    case = await study_is_owed(world)
    before = case.duty(STUDY)
    first, second, third, *_ = next_workdays(case, world)
    world.references.calendar = with_holidays(world.references.calendar, *(d for d in (first,) if d.weekday() < 5))
    changed = await case.is_recalculated(by=SUPERVISOR, reason="国务院办公厅放假通知")
    after = case.duty(STUDY)
    assert [change.after.id for change in changed] == [STUDY]
    assert before.deadline.due == end_of(second)
    assert after.deadline.due == end_of(third)
    assert after.deadline.calendar == world.references.calendar.version
    line = [line for line in await case.journal() if line.kind != "file.trimmed"][-1]
    assert (line.kind, line.by, line.duty) == ("duty.recalculated", SUPERVISOR, STUDY)
    assert (line.data["old_due"], line.data["new_due"]) == (
        before.deadline.due.isoformat(),
        after.deadline.due.isoformat(),
    )
    assert case.said(STUDY) == [f"told {SUPERVISOR}", f"told {SUPERVISOR}"]
    assert await case.is_recalculated(by=SUPERVISOR, reason="再算一次") == ()
    await case.passes_until(before.deadline.due + timedelta(minutes=1))
    assert not case.duty(STUDY).late, "the old date no longer counts"
    await case.passes_until(after.deadline.due + timedelta(minutes=1))
    assert case.duty(STUDY).breached_at == after.deadline.due
    case.ignores()


async def test_clock_time_and_what_is_late_already_stay_as_they_are(world: World):
    case = await study_is_owed(world)
    in_a_month = case.duty("CS-4.2.3").deadline
    await case.passes_until(case.duty(STUDY).deadline.due + timedelta(minutes=1))
    late = case.duty(STUDY)
    world.references.calendar = with_holidays(world.references.calendar, *next_workdays(case, world)[:3])
    assert await case.is_recalculated(by=ADMIN, reason="放假通知") == ()
    assert case.duty(STUDY).deadline == late.deadline
    assert case.duty("CS-4.2.3").deadline == in_a_month
    case.ignores()


async def test_nobody_becomes_late_by_a_correction(world: World):
    """A day off that turns out to be worked would make it due yesterday: it is due tonight."""
    known = world.references.calendar
    probe = await world.opens()
    monday = next(d for d in next_workdays(probe, world) if d.weekday() < 5)
    world.references.calendar = with_holidays(
        known, monday, *(d for d in next_workdays(probe, world)[:4] if d.weekday() < 5)
    )
    case = await study_is_owed(world)
    extended = case.duty(STUDY).deadline.due
    await case.passes_until(extended - timedelta(hours=20))
    world.references.calendar = known
    await case.is_recalculated(by=SUPERVISOR, reason="更正")
    today = case.now.astimezone(SHANGHAI).date()
    assert case.duty(STUDY).deadline.due == end_of(today)
    assert not case.duty(STUDY).late
    case.ignores()
    probe.ignores()


async def test_duties_of_somebody_who_no_longer_has_the_role_go_to_the_successor(world: World):
    case = await study_is_owed(world)
    directory = world.references.directory
    people = [
        p.but(roles=("cs_supervisor",)) if p.id == CLERK else p.but(roles=()) if p.id == SUPERVISOR else p
        for p in directory.people
    ]
    world.references.directory = directory.but(people=tuple(people))
    changed = await case.is_recalculated(by=ADMIN, reason="岗位调整")
    assert STUDY in [change.after.id for change in changed]
    assert case.duty(STUDY).owner == CLERK
    assert case.said(STUDY)[1:] == [f"told {CLERK}", f"closed {SUPERVISOR}"]
    await case.does(STUDY, by=CLERK)
    case.ignores()


async def test_only_whoever_keeps_the_cases_in_order_recalculates(world: World):
    case = await study_is_owed(world)
    assert await case.refuses(case.is_recalculated(by=MANAGER, reason="我来")) is Refused.NOT_YOURS
    assert await case.refuses(case.is_recalculated(by="nobody", reason="我来")) is Refused.UNKNOWN_PERSON
    case.ignores()


def end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(0), SHANGHAI)
