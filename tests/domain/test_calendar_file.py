"""A holiday notice as an administrator enters it: what it changes, and what is said of its mistakes, by line."""

from __future__ import annotations

from datetime import date

import pytest

from complaints.clock.calendar import from_libraries
from complaints.clock.calendar_file import CalendarFileError, read

KNOWN = from_libraries((2025, 2026, 2027))
NOTICE = """
[[year]]
year = 2027

[[year.holiday]]
name = "national_day"
off = [2027-10-01, 2027-10-02, 2027-10-03, 2027-10-04, 2027-10-05, 2027-10-06, 2027-10-07]
on = [2027-09-26, 2027-10-09]
"""


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(CalendarFileError) as wrong:
        read(text, KNOWN)
    assert all(one.words("en") and one.words("zh") for one in wrong.value.problems)
    return [(one.line, one.code) for one in wrong.value.problems]


def test_a_year_of_the_file_is_announced_and_replaces_what_was_expected_of_it():
    new = read(NOTICE, KNOWN)
    assert not KNOWN.announced(2027)
    assert new.announced(2027)
    assert new.is_workday(date(2027, 10, 9)), "a Saturday that is worked"
    assert not new.is_workday(date(2027, 10, 7))
    assert new.reason(date(2027, 10, 3)) == "holiday.national_day"
    assert new.is_workday(date(2027, 5, 3)), "what was only expected is gone: the notice is the whole year's"


def test_other_years_stay_as_they_were():
    new = read(NOTICE, KNOWN)
    for old, now in ((KNOWN.off, new.off), (KNOWN.on, new.on)):
        assert [day for day in old if day.year != 2027] == [day for day in now if day.year != 2027]
    assert read(NOTICE, new) == new, "loaded again, it is the same"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[[year]\n", (1, "not-toml")),
        ("year = 2027\n", (1, "shape")),
        (NOTICE.replace("2027\n", "'soon'\n", 1), (3, "year")),
        (NOTICE.replace("national_day", "black_friday"), (6, "name")),
        (NOTICE.replace("on = [2027-09-26", "worked = true\non = [2027-09-26"), (8, "field-unknown")),
        (NOTICE.replace("on = [2027-09-26, 2027-10-09]", "on = ['2027-09-26']"), (8, "days")),
        (NOTICE.replace("2027-09-26", "2027-09-27"), (8, "on-weekday")),
        (NOTICE.replace("2027-09-26", "2027-10-02"), (8, "day-twice")),
        (NOTICE.replace("2027-10-01,", "2026-10-01,"), (7, "other-year")),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, expected: tuple[int, str]):
    assert expected in problems(text)


def test_all_mistakes_are_named_at_once():
    wrong = NOTICE.replace("national_day", "black_friday").replace("year = 2027", "year = 2027\ncountry = 'CN'")
    assert problems(wrong) == [(4, "field-unknown"), (7, "name")]
