"""Edition 2026.1, MC-3c: an ordinary complaint that is not handled within a month becomes a major one by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from complaints.case.complaint import Track
from tests.clauses.test_becoming_major import (  # noqa: F401 (its tests hold under both editions)
    DAYS,
    days_before_the_month_ends,
    end_of_month,
    test_a_crisis_does_not_become_major_by_time,
    test_an_operator_sees_what_the_timer_is_for,
    test_graded_major_by_the_supervisor_the_month_adds_nothing,
    test_handled_in_time_it_stays_ordinary_however_long_the_paper_takes,
    test_only_an_ordinary_complaint_that_is_not_handled_waits_for_its_solution,
    test_the_timer_outlives_a_new_run_and_begins_the_track_only_once,
)
from tests.people import OPERATIONS_CLERK, SUPERVISOR
from tests.world import World

pytestmark = pytest.mark.edition("2026.1")


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
    for rule in ("MC-4.1", "MC-5.2.1", "MC-5.2.2a", "MC-5.2.2c", "MC-5.2.2d", "MC-5.2.3f", "MC-5.2.3g"):
        assert (case.duty(rule).since, case.duty(rule).deadline.why.anchor) == (end, "month")
    assert "MC-4.1~2 copy" in case.heard(SUPERVISOR)
    assert "MC-4.1~2" in case.told(case.duty("MC-4.1").owner)
    assert "MC-5.2.2a~2" in case.told(OPERATIONS_CLERK)
    line = next(line for line in await case.journal() if line.kind == "case.became-major")
    assert (line.at, line.rule) == (end, "MC-3c")
    case.ignores()


@pytest.mark.clause("MC-3c")
async def test_received_a_month_ago_it_is_major_the_moment_it_is_graded(world: World):
    received = datetime.now(UTC) - 40 * DAYS
    case = await world.opens(received_at=received)
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
    assert (sheet.since, sheet.breached_at) == (end, end + timedelta(minutes=10))
    assert case.said(sheet.id).count(f"late {OPERATIONS_CLERK}") == 1
    assert f"told {OPERATIONS_CLERK}" not in case.said(sheet.id), "one notice, not one for each missed moment"
    case.ignores()
