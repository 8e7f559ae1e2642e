"""MC-3c: an ordinary complaint that is not handled within a month of its receipt becomes a major one by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from complaints.case.complaint import Track
from tests.casefiles import file
from tests.clauses.limits import SHANGHAI, Clock
from tests.people import OPERATIONS_CLERK, SALESPERSON, SUPERVISOR
from tests.world import Case, World
from workflows.becoming_major import solution_owed

DAYS = timedelta(days=1)


def end_of_month(world: World, received: datetime) -> datetime:
    """24:00 of the same day number of the next month, or of its last day."""
    return Clock("1 months", world.references.calendar).due(received, None)


def next_morning(world: World, at: datetime) -> datetime:
    """09:00 of the first working day at or after this midnight."""
    day = at.astimezone(SHANGHAI)
    while not world.references.calendar.is_workday(day.date()):
        day += DAYS
    return day.replace(hour=9, minute=0)


async def days_before_the_month_ends(world: World, days: float, **told: Any) -> tuple[Case, datetime]:
    """An ordinary complaint that was received almost a month ago and graded at once."""
    received = datetime.now(UTC) - 25 * DAYS
    case = await world.opens(received_at=received, department="property", **told).graded(3)
    end = end_of_month(world, received)
    await case.passes_until(end - days * DAYS)
    return case, end


@pytest.mark.clause("MC-3c")
async def test_a_month_without_a_solution_makes_it_major_and_the_clocks_start_there(world: World):
    case, end = await days_before_the_month_ends(world, 0.01)
    assert (case.file.track, case.file.major) == (Track.ORDINARY, False)
    still_open = {duty.id for duty in case.file.open_duties if duty.leg == 1}
    assert still_open
    await case.passes_until(end)
    await case.becomes(lambda file: file.track is Track.MAJOR)
    assert (case.file.major, case.file.level, case.file.leg, case.file.track_since) == (True, 3, 2, end)
    assert case.file.unsolved is not None
    assert (case.file.unsolved.due, case.file.unsolved.why.limit) == (end, "1 months")
    assert {case.duty(duty).superseded_by for duty in still_open} == {"MC-3c"}
    for rule, hours in (("MC-5.2.3f", 24), ("MC-5.2.3g", 72)):
        owed = case.duty(rule)
        assert (owed.since, owed.deadline.why.anchor) == (end, "month")
        assert owed.deadline.due == end + timedelta(hours=hours), "limits in days count from the end of the month"
    morning = next_morning(world, end)
    for rule, minutes in (("MC-4.1", 30), ("MC-5.2.2a", 10)):
        owed = case.duty(rule)
        assert (owed.since, owed.deadline.why.anchor, owed.deadline.why.anchor_at) == (end, "month_morning", morning)
        assert owed.deadline.due == morning + timedelta(minutes=minutes), "nobody is woken at midnight"
    assert "MC-4.1~2 copy" in case.heard(SUPERVISOR)
    assert "MC-4.1~2" in case.told(case.duty("MC-4.1").owner)
    assert "MC-5.2.2a~2" in case.told(OPERATIONS_CLERK)
    line = next(line for line in await case.journal() if line.kind == "case.became-major")
    assert (line.at, line.rule) == (end, "MC-3c")
    case.ignores()


@pytest.mark.clause("MC-3c")
async def test_nobody_hears_of_a_month_that_is_over_before_the_office_opens(world: World):
    case, end = await days_before_the_month_ends(world, 0.01)
    await case.does("MC-5.2.1")
    await case.passes_until(end)
    await case.becomes(lambda file: file.track is Track.MAJOR)
    case.ignores()
    morning = next_morning(world, end)
    await case.passes_until(morning - timedelta(seconds=30))
    slip = case.duty("MC-5.2.2a")
    assert not slip.late
    assert [said for said in case.said(slip.id) if not said.startswith("told")] == []
    await case.passes_until(morning + timedelta(minutes=10))
    assert case.duty("MC-5.2.2a").breached_at == morning + timedelta(minutes=10)
    case.ignores()


@pytest.mark.clause("MC-3c")
async def test_the_timer_outlives_a_new_run_and_begins_the_track_only_once(world: World):
    case, end = await days_before_the_month_ends(world, 0.5)
    await case.goes_on_afresh()
    await case.passes_until(end)
    await case.becomes(lambda file: file.track is Track.MAJOR)
    sheet = case.duty("MC-5.2.2a")
    await case.goes_on_afresh()
    await case.passes(hours=1)
    assert (case.file.leg, case.file.track_since) == (2, end)
    assert case.duty("MC-5.2.2a").opened_at == sheet.opened_at
    case.ignores()


@pytest.mark.clause("MC-3c")
@pytest.mark.server
async def test_an_operator_sees_what_the_timer_is_for(world: World):
    case = await world.opens().graded(4)
    summaries = [event.user_metadata.summary.data for event in (await case.handle.fetch_history()).events]
    last_day = end_of_month(world, case.file.complaint.received_at) - DAYS
    said = f'"MC-3c · becomes major unless handled by {last_day.astimezone(SHANGHAI):%Y-%m-%d} 24:00"'
    assert said.encode() in summaries


@pytest.mark.clause("MC-3c")
async def test_received_a_month_ago_it_is_major_the_moment_it_is_graded(world: World):
    received = datetime.now(UTC) - 40 * DAYS
    case = await world.opens(received_at=received, category="property")
    await case.does("CR-5.2.1a", level=3, reason="普通投诉")
    graded = case.file.acts[-1].at
    assert (case.file.track, case.file.major, case.file.leg) == (Track.MAJOR, True, 1)
    assert not any(duty.rule.startswith("CH-") and duty.leg == 1 for duty in case.file.duties.values())
    sheet = case.duty("MC-5.2.2a")
    assert (sheet.since, sheet.deadline.why.anchor) == (graded, "grading")
    assert case.file.unsolved is not None
    assert case.file.unsolved.due == end_of_month(world, received)
    case.ignores()


@pytest.mark.clause("MC-3c")
async def test_a_crisis_does_not_become_major_by_time(world: World):
    received = datetime.now(UTC) - 40 * DAYS
    case = await world.opens(received_at=received, loss=600_000).graded(1)
    await case.passes(days=1)
    assert (case.file.track, case.file.major, case.file.unsolved) == (Track.CRISIS, False, None)
    case.ignores()


@pytest.mark.clause("MC-3c")
async def test_handled_in_time_it_stays_ordinary_however_long_the_paper_takes(world: World):
    case, end = await days_before_the_month_ends(world, 1)
    await case.until("RV-4.3")
    assert case.file.handled_at is not None
    await case.passes_until(end + 2 * DAYS)
    assert (case.file.track, case.file.unsolved) == (Track.ORDINARY, None)
    case.ignores()


@pytest.mark.clause("MC-3c")
async def test_graded_major_by_the_supervisor_the_month_adds_nothing(world: World):
    received = datetime.now(UTC) - 25 * DAYS
    case = await world.opens(received_at=received, department="property")
    await case.does("CR-5.2.1a", level=3, major=True, reason="反复投诉")
    await case.passes_until(end_of_month(world, received) + DAYS)
    assert (case.file.track, case.file.leg, case.file.unsolved) == (Track.MAJOR, 1, None)
    case.ignores()


@pytest.mark.clause("MC-3c")
async def test_what_is_reported_long_after_the_month_becomes_major_with_the_true_moment(world: World):
    """As after an outage: it was graded in time, and nobody was there when the month ended."""
    received = datetime.now(UTC) - 40 * DAYS
    case = await world.opens(received_at=received, department="property")
    await case.does("CR-5.2.1a", level=3, reason="普通投诉", at=received + DAYS)
    end = end_of_month(world, received)
    assert (case.file.track, case.file.leg, case.file.track_since) == (Track.MAJOR, 2, end)
    (line,) = await case.lines("case.became-major")
    assert line.at == end
    assert datetime.fromisoformat(line.data["recorded_at"]) > end + 8 * DAYS
    sheet = case.duty("MC-5.2.2a")
    assert (sheet.since, sheet.breached_at) == (end, next_morning(world, end) + timedelta(minutes=10))
    assert case.said(sheet.id).count(f"late {OPERATIONS_CLERK}") == 1
    assert f"told {OPERATIONS_CLERK}" not in case.said(sheet.id), "one notice, not one for each missed moment"
    case.ignores()


@pytest.mark.clause("MC-3c")
@pytest.mark.parametrize("track", list(Track))
def test_only_an_ordinary_complaint_that_is_not_handled_waits_for_its_solution(track: Track):
    now = datetime.now(UTC)
    waiting = file(level=3).but(track=track)
    assert solution_owed(waiting) is (track is Track.ORDINARY)
    assert not solution_owed(waiting.but(handled_at=now))
    assert not solution_owed(waiting.but(closed_at=now))


# --- elsewhere than in the property service


@pytest.mark.clause("MC-3c")
@pytest.mark.parametrize("level", [2, 3, 4])
async def test_elsewhere_a_month_without_a_solution_is_put_before_the_supervisor_and_stays_ordinary(
    world: World, level: int
):
    received = datetime.now(UTC) - 25 * DAYS
    case = await world.opens(received_at=received, category="sales", received_by=SALESPERSON).graded(level)
    end = end_of_month(world, received)
    await case.passes_until(end - 0.01 * DAYS)
    assert case.file.watch == ()
    await case.passes_until(end)
    assert (case.file.track, case.file.major, case.file.unsolved) == (Track.ORDINARY, False, None)
    [line] = await case.lines("case.month-over")
    assert (line.rule, line.at) == ("MC-3c", end)
    assert [reason.rule for reason in case.file.watch] == ["MC-3c"]
    watched = case.duty("CR-5.1.3")
    assert (watched.owner, watched.open) == (SUPERVISOR, True)
    if level > 2:
        await case.does("CR-5.1.3", decision="regrade", level=level - 1, reason="一个月未解决")
        assert (case.file.level, case.file.track) == (level - 1, Track.ORDINARY)
    else:
        await case.does("CR-5.1.3", decision="dismiss", reason="已约定施工日期")
    await case.passes(days=40)
    assert [duty.rule for duty in case.file.duties.values()].count("CR-5.1.3") == 1, "once is enough"
    case.ignores()


@pytest.mark.clause("MC-3c")
async def test_elsewhere_a_complaint_graded_after_its_month_is_watched_at_once(world: World):
    case = await world.opens(received_at=datetime.now(UTC) - 40 * DAYS, category="sales").graded(3)
    assert (case.file.track, case.file.major) == (Track.ORDINARY, False)
    assert [reason.rule for reason in case.file.watch] == ["MC-3c"]
    case.ignores()


@pytest.mark.clause("MC-3c")
async def test_what_the_property_department_is_complained_about_becomes_major_whatever_its_category(world: World):
    received = datetime.now(UTC) - 25 * DAYS
    case = await world.opens(received_at=received, category="other", department="property").graded(3)
    await case.passes_until(end_of_month(world, received))
    await case.becomes(lambda file: file.major)
    assert (case.file.track, case.file.major) == (Track.MAJOR, True)
    case.ignores()
