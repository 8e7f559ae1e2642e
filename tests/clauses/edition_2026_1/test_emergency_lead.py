"""Edition 2026.1, MC-4.1, MC-4.2: who takes the lead depends on the hour at which it matters; they command."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from complaints.people.model import Shift
from tests.clauses.limits import SHANGHAI, at
from tests.people import DEVELOPMENT, ENGINEERING, PROJECT_MANAGER, PROPERTY, SECURITY, SUPERVISOR
from tests.world import Case, World

pytestmark = pytest.mark.edition("2026.1")

DAY = timedelta(days=1)
ALWAYS = {"start": datetime(2020, 1, 1, tzinfo=UTC), "until": datetime(2100, 1, 1, tzinfo=UTC)}


@pytest.fixture
def shift_leader(world: World) -> None:
    """Somebody is on the roster day and night."""
    shift = Shift(duty="security_shift_leader", person=SECURITY, **ALWAYS)
    world.references.directory = world.references.directory.but(shifts=(shift,))


async def becomes_major_at(world: World, hour: int, *, workday: bool) -> tuple[Case, datetime]:
    """An ordinary complaint that is regraded at this hour of the next day that is, or is not, a working day."""
    case = await world.opens(department="engineering").graded(3)
    day = case.now.astimezone(SHANGHAI).date() + DAY
    while world.references.calendar.is_workday(day) is not workday:
        day += DAY
    await case.passes_until(at(day, hour))
    case.ignores()
    happened = case.now
    await case.regrades(3, major=True)
    return case, happened


@pytest.mark.clause("MC-4.1")
@pytest.mark.parametrize(
    ("hour", "workday", "who"),
    [(10, True, PROJECT_MANAGER), (20, True, SECURITY), (7, True, SECURITY), (10, False, SECURITY)],
)
@pytest.mark.usefixtures("shift_leader")
async def test_who_takes_the_lead_when_it_becomes_major(world: World, hour: int, workday: bool, who: str):
    case, _ = await becomes_major_at(world, hour, workday=workday)
    lead = case.duty("MC-4.1")
    assert (lead.owner, lead.because) == (who, "on_duty" if who == SECURITY else "holder")
    assert lead.deadline.source == "house"
    await case.does("MC-4.1")
    assert case.duty("MC-4.2").owner == who
    case.ignores()


@pytest.mark.clause("MC-4.1")
async def test_with_nobody_on_the_roster_the_project_manager_is_called_at_night(world: World):
    case, _ = await becomes_major_at(world, 20, workday=True)
    assert (case.duty("MC-4.1").owner, case.duty("MC-4.1").because) == (PROJECT_MANAGER, "holder")
    case.ignores()


@pytest.mark.clause("MC-4.2")
@pytest.mark.usefixtures("shift_leader")
async def test_the_command_falls_to_whoever_leads_when_it_begins(world: World):
    case, _ = await becomes_major_at(world, 8, workday=True)
    assert case.duty("MC-4.1").owner == SECURITY
    await case.passes(minutes=65)  # past nine: the office is open
    await case.does("MC-4.1")
    await case.goes_on_afresh()
    assert (case.duty("MC-4.2").owner, case.duty("MC-4.1").owner) == (PROJECT_MANAGER, SECURITY)
    await case.does("MC-4.2", plan_fits=False, fitness="没有夜间停电的步骤")
    case.ignores()


@pytest.mark.clause("MC-4.1")
async def test_a_lead_nobody_takes_climbs_and_so_does_a_command_nobody_gives(world: World):
    case, happened = await becomes_major_at(world, 10, workday=True)
    lead = case.duty("MC-4.1")
    due = lead.since + timedelta(minutes=30)
    assert (lead.deadline.due, lead.deadline.why.anchor) == (due, "regrading")
    assert lead.since - happened < timedelta(minutes=1)
    await case.passes(minutes=31)
    assert case.said(lead.id) == [
        f"told {PROJECT_MANAGER}",
        *2 * [f"reminder {PROJECT_MANAGER}"],
        f"late {PROJECT_MANAGER}",
        f"escalation {PROPERTY}",
    ]
    for stranger in (SUPERVISOR, ENGINEERING, DEVELOPMENT):
        assert (await case.refuses(case.does(lead.id, by=stranger))).value == "not-yours"
    await case.does(lead.id)
    assert case.duty("MC-4.1").late
    command = case.duty("MC-4.2")
    assert command.deadline.due == case.file.acts[-1].at + timedelta(hours=2)
    assert (command.deadline.source, command.deadline.why.anchor) == ("house", "lead")
    await case.passes(hours=2, minutes=1)
    assert case.said(command.id)[-2:] == [f"late {PROJECT_MANAGER}", f"escalation {PROPERTY}"]
    await case.does(command.id)
    case.ignores()
