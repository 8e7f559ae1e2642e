"""Absences that people set for themselves: who may, for when, and who stands in meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from complaints.base.errors import Refusal, Refused
from complaints.people.entries import Absence
from complaints.people.loader import load
from complaints.people.own_absences import LONGEST, OwnAbsence, may_end, may_set, with_own
from tests.people import ADMIN, CLERK, LEADER, MANAGER, SUPERVISOR
from tests.store.postgres import DIRECTORY

NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)
COMPANY = load(DIRECTORY).but(absences=())


def own(person: str = MANAGER, deputy: str | None = LEADER, **changes: Any) -> OwnAbsence:
    said = {"id": 1, "person": person, "deputy": deputy, "start": NOW, "until": NOW + 3 * DAY, "set_by": person}
    return OwnAbsence.model_validate(said | {"set_at": NOW} | changes)


def refusal(*known: OwnAbsence, directory: Any = COMPANY, **wanted: Any) -> Refused | None:
    said = {"person": MANAGER, "start": NOW, "until": NOW + DAY, "deputy": LEADER, "by": MANAGER, "now": NOW} | wanted
    try:
        may_set(directory, known, **said)
    except Refusal as refused:
        return refused.code
    return None


@pytest.mark.parametrize("by", [MANAGER, LEADER, ADMIN], ids=["themself", "their superior", "personnel"])
def test_it_is_set_by_whoever_may(by: str):
    assert refusal(by=by) is None
    may_end(COMPANY, MANAGER, by, NOW)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        pytest.param({"by": SUPERVISOR}, Refused.NOT_YOURS, id="somebody below"),
        pytest.param({"by": "nobody"}, Refused.UNKNOWN_PERSON, id="nobody"),
        pytest.param({"person": "nobody", "by": ADMIN}, Refused.UNKNOWN_PERSON, id="of nobody"),
        pytest.param({"deputy": "nobody"}, Refused.UNKNOWN_PERSON, id="a deputy whom nobody knows"),
        pytest.param({"deputy": MANAGER}, Refused.WRONG_ACT, id="one's own deputy"),
        pytest.param({"by": ADMIN, "deputy": ADMIN}, Refused.WRONG_ACT, id="personnel as somebody's deputy"),
        pytest.param({"until": NOW}, Refused.WRONG_TIME, id="no time at all"),
        pytest.param({"start": NOW - 2 * DAY, "until": NOW - DAY}, Refused.WRONG_TIME, id="over"),
        pytest.param({"until": NOW + LONGEST + DAY}, Refused.WRONG_TIME, id="longer than a year"),
    ],
)
def test_it_is_refused(wanted: dict[str, Any], code: Refused):
    assert refusal(**wanted) is code
    assert refusal(until=NOW + LONGEST) is None


def test_not_twice_for_one_time_and_not_with_a_deputy_who_is_away():
    assert refusal(own()) is Refused.ABSENT_ALREADY
    assert refusal(own(until=NOW + DAY), start=NOW + DAY, until=NOW + 2 * DAY) is None
    assert refusal(own(ended_at=NOW, ended_by=MANAGER)) is None
    assert refusal(own(LEADER, None)) is Refused.DEPUTY_AWAY
    in_the_file = COMPANY.but(absences=(Absence(person=LEADER, start=NOW, until=NOW + DAY),))
    assert refusal(directory=in_the_file) is Refused.DEPUTY_AWAY
    assert refusal(directory=in_the_file, start=NOW + DAY, until=NOW + 2 * DAY) is None


def test_only_who_may_ends_it():
    for by, code in ((SUPERVISOR, Refused.NOT_YOURS), ("nobody", Refused.UNKNOWN_PERSON)):
        with pytest.raises(Refusal) as refused:
            may_end(COMPANY, MANAGER, by, NOW)
        assert refused.value.code is code


def test_the_deputy_stands_in_until_it_is_over_and_passes_nothing_on():
    slice = with_own(COMPANY, [own()]).slice("hf01")
    assert slice.acts_for(LEADER, NOW) == (MANAGER,)
    assert slice.acts_for(LEADER, NOW + 3 * DAY) == (), "it ends by itself"
    both = with_own(COMPANY, [own(), own(LEADER, CLERK, id=2)]).slice("hf01")
    assert both.deputy(MANAGER, NOW) is None, "no deputy of the deputy"
    assert both.acts_for(CLERK, NOW) == (LEADER,)
    file = (Absence(person=MANAGER, deputy=LEADER, start=NOW, until=NOW + DAY),)
    mixed = with_own(COMPANY.but(absences=file), [own(LEADER, CLERK)]).slice("hf01")
    assert mixed.deputy(MANAGER, NOW) is None


def test_what_people_set_comes_before_the_file_and_without_those_who_left():
    file = (Absence(person=MANAGER, deputy=CLERK, start=NOW, until=NOW + DAY),)
    assert with_own(COMPANY.but(absences=file), [own()]).slice("hf01").deputy(MANAGER, NOW) == LEADER
    gone = with_own(COMPANY, [own(person="somebody.gone", set_by=ADMIN), own(deputy="somebody.gone")])
    assert gone.absences == (Absence(person=MANAGER, start=NOW, until=NOW + 3 * DAY, cascades=False),)
    assert with_own(COMPANY, [own(ended_at=NOW, ended_by=MANAGER)]) is COMPANY


def test_an_absence_of_the_file_is_kept_as_before():
    assert "cascades" not in Absence(person=MANAGER, start=NOW, until=NOW + DAY).model_dump(mode="json")
