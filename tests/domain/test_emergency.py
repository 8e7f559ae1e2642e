"""MC-4.1: who leads the emergency team at a moment. Office hours are restated here: 09:00 to 18:00 on working days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from complaints.major import emergency
from complaints.people.model import Absence, Shift
from complaints.people.reference import Reference
from complaints.people.resolution import Assignee
from tests.casefiles import edition, reference
from tests.people import PROJECT_MANAGER, PROPERTY, SECURITY

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_OF_ALL = datetime(2026, 1, 1, tzinfo=UTC)
ON_SHIFT = Shift(
    duty="security_shift_leader", person=SECURITY, start=FIRST_OF_ALL, until=datetime(2027, 1, 1, tzinfo=UTC)
)


def leader(when: str, *, shifts: tuple[Shift, ...] = (ON_SHIFT,), shut_out: tuple[str, ...] = ()) -> Assignee:
    """Who leads at this local time with this roster."""
    at = datetime.fromisoformat(when).replace(tzinfo=SHANGHAI)
    return emergency.leader(edition().rule(emergency.HOURS), at, company(shifts), shut_out=frozenset(shut_out))


def company(shifts: tuple[Shift, ...], *absences: Absence) -> Reference:
    there = reference(*absences)
    return there.but(directory=there.directory.but(shifts=shifts))


@pytest.mark.clause("MC-4.1")
@pytest.mark.parametrize("when", ["2026-01-12T09:00", "2026-01-12T12:30", "2026-01-12T17:59:59"])
def test_in_office_hours_the_project_manager_leads(when: str) -> None:
    assert leader(when) == Assignee(person=PROJECT_MANAGER, because="holder")


@pytest.mark.clause("MC-4.1")
@pytest.mark.parametrize("when", ["2026-01-12T08:59:59", "2026-01-12T18:00", "2026-01-12T23:00", "2026-01-13T00:00"])
def test_before_and_after_them_whoever_has_the_shift_leads(when: str) -> None:
    assert leader(when) == Assignee(person=SECURITY, because="on_duty")


@pytest.mark.clause("MC-4.1")
@pytest.mark.parametrize(
    ("when", "who"),
    [
        pytest.param("2026-01-17T10:00", SECURITY, id="a Saturday"),
        pytest.param("2026-10-01T10:00", SECURITY, id="the National Day, a Thursday"),
        pytest.param("2026-02-14T10:00", PROJECT_MANAGER, id="a make-up Saturday"),
        pytest.param("2026-02-14T18:00", SECURITY, id="the evening of a make-up Saturday"),
        pytest.param("2026-02-28T10:00", PROJECT_MANAGER, id="a make-up Saturday after the Spring Festival"),
    ],
)
def test_the_calendar_says_which_days_have_office_hours(when: str, who: str) -> None:
    assert leader(when).person == who


@pytest.mark.clause("MC-4.1")
def test_with_nobody_on_the_roster_the_project_manager_leads_at_night_too() -> None:
    assert leader("2026-01-12T23:00", shifts=()) == Assignee(person=PROJECT_MANAGER, because="holder")
    over = ON_SHIFT.but(until=datetime(2026, 1, 12, 14, tzinfo=UTC))  # 22:00 in Shanghai
    assert leader("2026-01-12T21:59", shifts=(over,)).person == SECURITY
    assert leader("2026-01-12T22:00", shifts=(over,)).person == PROJECT_MANAGER
    another = ON_SHIFT.but(duty="lift_crew")
    assert leader("2026-01-12T23:00", shifts=(another,)).person == PROJECT_MANAGER


@pytest.mark.clause("MC-4.1")
def test_whoever_is_complained_about_leads_neither_by_day_nor_by_night() -> None:
    assert leader("2026-01-12T23:00", shut_out=(SECURITY,)).person == PROJECT_MANAGER
    by_day = leader("2026-01-12T10:00", shut_out=(PROJECT_MANAGER,))
    assert by_day == Assignee(person=PROPERTY, because="superior", in_place_of=PROJECT_MANAGER)


@pytest.mark.clause("MC-4.1")
def test_an_absent_shift_leader_without_a_deputy_leaves_the_lead_to_the_project_manager() -> None:
    night = datetime(2026, 1, 12, 15, tzinfo=UTC)
    away = Absence(person=SECURITY, start=night - timedelta(days=1), until=night + timedelta(days=1))
    rule = edition().rule(emergency.HOURS)
    assert emergency.leader(rule, night, company((ON_SHIFT,), away)).person == PROJECT_MANAGER
    assert emergency.leader(rule, night, company((ON_SHIFT,), away.but(deputy=PROPERTY))).person == PROPERTY


@pytest.mark.clause("MC-4.1")
def test_the_hours_are_those_of_the_projects_own_clock() -> None:
    rule, there = edition().rule(emergency.HOURS), company((ON_SHIFT,))
    at = datetime(2026, 1, 12, 2, 30, tzinfo=UTC)  # 10:30 in Shanghai, 08:30 in Urumqi
    assert emergency.leader(rule, at, there).person == PROJECT_MANAGER
    assert emergency.leader(rule, at, there.but(zone="Asia/Urumqi")).person == SECURITY
