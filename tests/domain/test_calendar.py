"""Working days, checked against the State Council's notices, written out here by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from complaints.base.faults import CalendarError
from complaints.clock.calendar import Calendar, calendar, from_libraries
from complaints.texts import known

# Make-up workdays (调休) and the holidays that fall on Monday to Friday, by the notices for 2024, 2025 and 2026.
MADE_UP = """
2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12
2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11
2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10
"""
FREE_WEEKDAYS = """
2024-01-01 2024-02-12 2024-02-13 2024-02-14 2024-02-15 2024-02-16 2024-04-04 2024-04-05 2024-05-01 2024-05-02
2024-05-03 2024-06-10 2024-09-16 2024-09-17 2024-10-01 2024-10-02 2024-10-03 2024-10-04 2024-10-07
2025-01-01 2025-01-28 2025-01-29 2025-01-30 2025-01-31 2025-02-03 2025-02-04 2025-04-04 2025-05-01 2025-05-02
2025-05-05 2025-06-02 2025-10-01 2025-10-02 2025-10-03 2025-10-06 2025-10-07 2025-10-08
2026-01-01 2026-01-02 2026-02-16 2026-02-17 2026-02-18 2026-02-19 2026-02-20 2026-02-23 2026-04-06 2026-05-01
2026-05-04 2026-05-05 2026-06-19 2026-09-25 2026-10-01 2026-10-02 2026-10-05 2026-10-06 2026-10-07
"""


@pytest.fixture(scope="module")
def china() -> Calendar:
    return from_libraries((2024, 2025, 2026, 2027))


def days(text: str) -> tuple[date, ...]:
    return tuple(date.fromisoformat(day) for day in text.split())


def test_the_holidays_and_make_up_days_of_2024_to_2026_are_those_of_the_notices(china: Calendar):
    assert china.on == days(MADE_UP)
    assert tuple(day for day in china.off if day.year < 2027) == days(FREE_WEEKDAYS)


def test_every_other_day_of_the_announced_years_follows_the_week(china: Calendar):
    day = date(2024, 1, 1)
    while day.year < 2027:
        if day not in (*china.on, *china.off):
            assert china.is_workday(day) == (day.isoweekday() <= 5), day
        day += timedelta(days=1)


def test_a_day_off_has_a_reason_and_a_working_day_has_none(china: Calendar):
    assert china.why_off(date(2026, 11, 22)) == "weekend"
    assert china.why_off(date(2026, 10, 1)) == "holiday"
    assert china.why_off(date(2026, 10, 3)) == "holiday"  # a Saturday, but of National Day
    assert china.why_off(date(2026, 11, 23)) is None
    assert china.why_off(date(2026, 2, 14)) is None  # a Saturday that is worked
    assert china.reason(date(2026, 10, 1)) == "holiday.national_day"
    assert china.reason(date(2026, 2, 17)) == "holiday.spring_festival"
    assert china.reason(date(2026, 11, 22)) == "weekend"


def test_every_holiday_of_all_known_years_has_a_name_in_the_texts():
    everything = from_libraries(range(2006, 2031))
    assert {key for key in everything.names.values() if not known(f"day_off.holiday.{key}")} == set()


def test_2026_is_announced_and_2027_is_not(china: Calendar):
    assert china.years == (2024, 2025, 2026)
    assert china.announced(2026)
    assert not china.announced(2027)


def test_a_year_not_announced_has_weekends_and_fixed_holidays_but_no_make_up_days(china: Calendar):
    assert not china.is_workday(date(2027, 1, 1))
    assert not china.is_workday(date(2027, 10, 1))
    assert not china.is_workday(date(2027, 2, 8))  # Monday of the Spring Festival
    assert not china.is_workday(date(2027, 11, 20))  # a Saturday
    assert china.is_workday(date(2027, 11, 22))
    assert not any(day.year == 2027 for day in china.on)


def test_the_last_days_of_december_are_certain_only_once_the_next_year_is_announced(china: Calendar):
    assert china.certain(date(2026, 12, 27))
    assert not china.certain(date(2026, 12, 28))
    assert china.certain(date(2025, 12, 31))
    assert not china.certain(date(2027, 3, 1))


def test_the_notice_for_2019_did_move_days_of_december_2018():
    before = from_libraries((2018,))
    assert date(2018, 12, 29) in before.on  # a Saturday worked because of New Year 2019
    assert not before.certain(date(2018, 12, 29))


def test_the_nth_working_day_after_a_day_does_not_count_the_day_itself(china: Calendar):
    assert china.workday_after(date(2026, 11, 20), 1) == date(2026, 11, 23)  # Friday → Monday
    assert china.workday_after(date(2026, 11, 21), 1) == date(2026, 11, 23)  # Saturday → Monday
    assert china.workday_after(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert china.workday_after(date(2026, 2, 13), 2) == date(2026, 2, 24)  # Saturday 14 February is worked
    with pytest.raises(ValueError, match="n ≥ 1"):
        china.workday_after(date(2026, 11, 20), 0)


def test_a_calendar_survives_its_json_and_equal_ones_have_equal_versions(china: Calendar):
    text = china.model_dump_json()
    assert Calendar.model_validate_json(text) == china
    assert from_libraries((2027, 2026, 2025, 2024)).version == china.version
    assert from_libraries((2025, 2026)).version != china.version
    assert len(text) < 6_000  # it is carried in the state of every complaint


def test_an_administrator_may_enter_a_notice_before_any_library_has_it(china: Calendar):
    later = calendar(
        (*china.years, 2027), (*china.off, date(2027, 10, 6)), (*china.on, date(2027, 10, 9)), dict(china.names)
    )
    assert later.is_workday(date(2027, 10, 9))
    assert not later.is_workday(date(2027, 10, 6))
    assert later.certain(date(2026, 12, 31))
    assert later.version != china.version


def test_a_weekend_day_off_or_a_weekday_made_up_is_refused():
    with pytest.raises(ValidationError, match="2026-11-22"):
        Calendar(version="x", years=(2026,), off=(date(2026, 11, 22),))
    with pytest.raises(ValidationError, match="2026-11-23"):
        Calendar(version="x", years=(2026,), on=(date(2026, 11, 23),))


def test_two_libraries_that_disagree_are_not_believed(monkeypatch: pytest.MonkeyPatch):
    from chinese_calendar import constants

    monkeypatch.setitem(constants.workdays, date(2026, 3, 7), "National Day")
    with pytest.raises(CalendarError, match="2026-03-07"):
        from_libraries((2026,))


def test_a_holiday_without_a_key_is_named(monkeypatch: pytest.MonkeyPatch):
    from chinese_calendar import constants

    monkeypatch.setitem(constants.holidays, date(2026, 3, 9), "Arbor Day")
    with pytest.raises(CalendarError, match="Arbor Day"):
        from_libraries((2026,))
