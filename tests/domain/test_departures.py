"""Whoever leaves the directory and still owes: the successor that is named is the one who will get the duty."""

from __future__ import annotations

import pytest

from complaints import editions
from complaints.case import departures, recalculation
from complaints.case.file import Act, ActKind, CaseFile
from complaints.clock.calendar import from_libraries
from complaints.people.loader import load
from complaints.people.model import Directory, Person
from complaints.people.reference import Reference
from complaints.people.roles import MARKETING_MANAGER
from tests import casefiles
from tests.casefiles import MORNING, edition
from tests.people import LEADER, MANAGER, SUPERVISOR
from tests.places import EXAMPLE_DIRECTORY

BEFORE = load(EXAMPLE_DIRECTORY.read_text(encoding="utf-8"))
CALENDAR = from_libraries(range(2025, 2027))
CONFIRMATION = "INVALID.confirmation"


def without_the_manager() -> Directory:
    """The manager has left, and the supervisor takes the place."""
    people: list[Person] = []
    for person in BEFORE.people:
        if person.id == SUPERVISOR:
            people.append(person.but(roles=(*person.roles, MARKETING_MANAGER), reports_to=LEADER))
        elif person.id != MANAGER:
            left = {"reports_to": LEADER} if person.reports_to == MANAGER else {}
            people.append(person.but(**left, deputy=None if person.deputy == MANAGER else person.deputy))
    departments = tuple(one.but(head=LEADER) if one.head == MANAGER else one for one in BEFORE.departments)
    return BEFORE.but(people=tuple(people), departments=departments, absences=())


def found_invalid(by: str) -> CaseFile:
    """A case that `by` has found not valid, which the manager has to confirm."""
    act = Act(seq=1, kind=ActKind.INVALIDATE, by=by, at=MORNING, recorded_at=MORNING, rule="INVALID")
    owed = casefiles.duty(CONFIRMATION, owner=MANAGER, about="act-1", leg=0)
    return casefiles.file(owed, level=3).but(acts=(act,))


@pytest.mark.parametrize(("by", "successor"), [("wu.jie", SUPERVISOR), (SUPERVISOR, LEADER)])
def test_the_successor_that_is_named_gets_the_duty_and_may_decide_it(by: str, successor: str):
    file = found_invalid(by)
    owed = departures.DutyOfCase(
        key=file.key, name="1", project="hf01", edition=file.edition, about=(), duty=file.duties[CONFIRMATION]
    )
    after = without_the_manager()
    [one] = departures.owing([owed], {file.key: file}, BEFORE, after, CALENDAR, MORNING, editions.get)
    assert (one.person, one.goes_to) == (MANAGER, successor)
    [change] = recalculation.changes(file, edition(), Reference.of(after, "hf01", CALENDAR), MORNING)
    assert change.after.owner == one.goes_to, "which a recalculation gives it to"
