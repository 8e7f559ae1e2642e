"""Limits, deadlines, reminders, escalation moments and their explanations. The numbers are the procedures' own."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from complaints.clock import deadlines
from complaints.clock.calendar import Calendar, calendar, from_libraries
from complaints.clock.deadlines import escalation_at, recomputed
from complaints.clock.explanations import explain
from complaints.clock.limits import (
    DayOfMonth,
    Days,
    Elapsed,
    EndOfMonth,
    Every,
    Limit,
    LimitError,
    Months,
    OfficeHours,
    Promised,
    SameDay,
    SameWorkday,
    Workdays,
    from_canonical,
    label,
    parse,
    serialise,
)
from complaints.clock.moments import Deadline

CHINA = "Asia/Shanghai"
YEARS = (2024, 2025, 2026, 2027)
CALENDAR = from_libraries(YEARS)


def at(text: str, zone: str = CHINA) -> datetime:
    """A local time: "2026-11-22 09:04"."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def due(limit: Limit, since: str, *, zone: str = CHINA, promised: datetime | date | None = None) -> datetime:
    return made(limit, since, zone=zone, promised=promised).due.astimezone(ZoneInfo(zone))


def made(limit: Limit, since: str, *, zone: str = CHINA, promised: datetime | date | None = None) -> Deadline:
    return deadlines.deadline(limit, "grading", at(since, zone), calendar=CALENDAR, zone=zone, promised=promised)


def reminded(deadline: Deadline, zone: str = CHINA) -> list[str]:
    return [f"{moment.at.astimezone(ZoneInfo(zone)):%m-%d %H:%M}" for moment in deadline.reminders]


# --- elapsed


@pytest.mark.clause("CR-5.2.1b")
def test_ten_minutes_from_the_grading_are_ten_minutes_at_night_and_on_holidays_too():
    assert due(Elapsed(minutes=10), "2026-10-01 23:55") == at("2026-10-02 00:05")


@pytest.mark.clause("CR-5.2.2e")
def test_twenty_four_hours_are_the_same_time_the_next_day():
    assert due(Elapsed(hours=24), "2026-12-31 17:30") == at("2027-01-01 17:30")


@pytest.mark.clause("CR-5.4.2b")
def test_one_week_is_exactly_the_same_time_a_week_later():
    assert due(Elapsed(days=7), "2026-02-25 08:15:30") == at("2026-03-04 08:15:30")


def test_elapsed_time_is_exact_to_the_microsecond():
    since = datetime(2026, 11, 22, 1, 4, 5, 123_457, UTC)
    made = deadlines.deadline(Elapsed(hours=3), "execution", since, calendar=CALENDAR)
    assert made.due == datetime(2026, 11, 22, 4, 4, 5, 123_457, UTC)
    assert made.calendar is None
    assert made.source == "document"


def test_elapsed_time_does_not_stretch_when_clocks_are_changed():
    berlin = due(Elapsed(hours=24), "2026-10-24 12:00", zone="Europe/Berlin")  # clocks go back that night
    assert berlin == at("2026-10-25 11:00", "Europe/Berlin")


# --- days


@pytest.mark.parametrize("since", ["2026-11-22 00:00", "2026-11-22 09:04", "2026-11-22 23:59:59.999999"])
def test_the_same_day_ends_at_24_00_local_of_the_events_own_day(since: str):
    assert due(SameDay(), since) == at("2026-11-23 00:00")


@pytest.mark.parametrize(
    ("since", "until", "reminders"),
    [
        ("2026-11-23 08:00", "2026-11-24 00:00", ["11-23 09:00"]),
        ("2026-11-23 14:00", "2026-11-24 00:00", ["11-23 19:00", "11-23 22:00"]),
        ("2026-11-21 10:00", "2026-11-24 00:00", ["11-23 09:00"]),  # a Saturday
        ("2026-10-10 10:00", "2026-10-11 00:00", ["10-10 17:00", "10-10 21:12"]),  # a Saturday that is worked
        ("2026-10-02 10:00", "2026-10-09 00:00", ["10-08 09:00"]),  # National Day
    ],
)
def test_the_same_working_day_ends_with_the_next_one_if_the_event_is_on_a_day_off(
    since: str, until: str, reminders: list[str]
):
    assert due(SameWorkday(), since) == at(until)
    assert reminded(made(SameWorkday(), since)) == reminders


def test_the_events_day_is_the_local_one_not_that_of_utc():
    evening_in_utc = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)  # 01:30 of the 22nd in China
    made = deadlines.deadline(SameDay(), "receipt", evening_in_utc, calendar=CALENDAR)
    assert made.due == at("2026-11-23 00:00")
    elsewhere = deadlines.deadline(SameDay(), "receipt", evening_in_utc, calendar=CALENDAR, zone="America/New_York")
    assert elsewhere.due == at("2026-11-22 00:00", "America/New_York")


def test_three_days_end_with_the_third_day_after():
    assert due(Days(n=3), "2026-02-26 10:00") == at("2026-03-02 00:00")
    assert due(Days(n=3), "2028-02-26 10:00") == at("2028-03-01 00:00")  # with 29 February
    assert made(Days(n=2), "2026-11-22 10:00").why.counted == ("2026-11-23", "2026-11-24")


@pytest.mark.parametrize(
    ("since", "last_day"),
    [
        ("2026-11-22 09:00", "2026-12-22"),
        ("2026-01-31 09:00", "2026-02-28"),
        ("2028-01-31 09:00", "2028-02-29"),
        ("2028-01-29 09:00", "2028-02-29"),
        ("2027-01-29 09:00", "2027-02-28"),
        ("2028-02-29 09:00", "2028-03-29"),
        ("2026-03-31 09:00", "2026-04-30"),
        ("2026-12-31 09:00", "2027-01-31"),
    ],
)
def test_a_month_ends_on_the_same_day_number_or_the_months_last_day(since: str, last_day: str):
    assert due(Months(n=1), since) == at(f"{last_day} 00:00") + timedelta(days=1)


def test_twelve_months_from_29_february_end_on_28_february():
    assert due(Months(n=12), "2028-02-29 09:00") == at("2029-03-01 00:00")


@pytest.mark.parametrize(
    ("since", "ends"),
    [
        ("2026-11-01 00:00", "2026-12-01"),
        ("2026-11-30 23:59", "2026-12-01"),
        ("2026-12-05 08:00", "2027-01-01"),
        ("2028-02-10 08:00", "2028-03-01"),
        ("2027-02-10 08:00", "2027-03-01"),
    ],
)
@pytest.mark.clause("CR-5.4.3")
def test_the_end_of_the_month_is_24_00_of_its_last_day(since: str, ends: str):
    assert due(EndOfMonth(), since) == at(f"{ends} 00:00")


@pytest.mark.parametrize(
    ("since", "last_day"),
    [
        ("2026-11-05 08:00", "2026-11-30"),
        ("2026-11-30 08:00", "2026-11-30"),
        ("2026-10-31 08:00", "2026-11-30"),
        ("2027-02-10 08:00", "2027-02-28"),
        ("2028-02-10 08:00", "2028-02-29"),
        ("2027-01-31 08:00", "2027-02-28"),
        ("2026-12-31 08:00", "2027-01-30"),
    ],
)
def test_by_the_30th_means_the_last_day_in_february_and_the_next_month_once_it_has_passed(since: str, last_day: str):
    assert due(DayOfMonth(n=30), since) == at(f"{last_day} 00:00") + timedelta(days=1)


# --- working days


@pytest.mark.parametrize(
    ("n", "since", "last_day"),
    [
        (1, "2026-11-20 17:59", "2026-11-23"),  # Friday → Monday
        (2, "2026-11-21 09:00", "2026-11-24"),  # Saturday: Monday, Tuesday
        (2, "2026-11-16 09:00", "2026-11-18"),
        (1, "2024-02-09 09:00", "2024-02-18"),  # Spring Festival 10–17 February, Sunday the 18th is worked
        (1, "2024-09-13 09:00", "2024-09-14"),  # Saturday 14 September is worked for Mid-Autumn
        (2, "2024-09-27 09:00", "2024-09-30"),  # Sunday 29 September is worked for National Day
        (1, "2025-09-30 09:00", "2025-10-09"),  # eight free days
        (1, "2025-10-10 09:00", "2025-10-11"),  # Saturday 11 October is worked
        (2, "2026-02-13 09:00", "2026-02-24"),  # Saturday 14 February is worked, then free until the 23rd
        (1, "2026-02-27 09:00", "2026-02-28"),  # Saturday 28 February is worked
        (1, "2025-12-31 09:00", "2026-01-04"),  # New Year's days off until Saturday, Sunday is worked
        (10, "2026-09-18 09:00", "2026-10-09"),
    ],
)
def test_working_days_count_make_up_days_and_skip_holidays(n: int, since: str, last_day: str):
    made_ = made(Workdays(n=n), since)
    assert made_.due == at(f"{last_day} 00:00") + timedelta(days=1)
    assert made_.why.counted[-1] == last_day
    assert len(made_.why.counted) == n
    assert made_.calendar == CALENDAR.version
    assert not made_.why.provisional


def test_the_skipped_days_are_recorded_with_their_reasons():
    why = made(Workdays(n=1), "2026-09-30 09:00").why
    assert why.counted == ("2026-10-08",)
    assert why.skipped == tuple((f"2026-10-0{n}", "holiday.national_day") for n in range(1, 8))
    assert made(Workdays(n=1), "2026-11-20 09:00").why.skipped == (
        ("2026-11-21", "weekend"),
        ("2026-11-22", "weekend"),
    )


def test_a_deadline_that_reaches_into_an_unannounced_year_is_provisional():
    over_new_year = made(Workdays(n=3), "2026-12-30 13:00")
    assert over_new_year.due == at("2027-01-06 00:00")  # 31 December, 4 and 5 January
    assert over_new_year.why.provisional
    assert not made(Workdays(n=3), "2026-12-22 13:00").why.provisional
    assert not made(Days(n=30), "2026-12-30 13:00").why.provisional  # calendar days need no notice


def test_a_provisional_deadline_is_computed_again_once_the_holidays_are_announced():
    before = made(Workdays(n=3), "2026-12-30 13:00")
    notice = calendar(
        (*CALENDAR.years, 2027), CALENDAR.off, (*CALENDAR.on, date(2027, 1, 3)), dict(CALENDAR.names)
    )  # Sunday 3 January is worked
    after = recomputed(before, notice)
    assert after.due == at("2027-01-05 00:00")
    assert after.calendar == notice.version != before.calendar
    assert not after.why.provisional
    assert after.why.anchor_at == before.why.anchor_at
    assert recomputed(before, CALENDAR) == before


# --- promises


def test_a_promised_moment_is_the_deadline_and_a_promised_day_lasts_until_its_24_00():
    assert due(Promised(), "2026-11-22 09:00", promised=at("2026-11-25 15:00")) == at("2026-11-25 15:00")
    assert due(Promised(), "2026-11-22 09:00", promised=date(2026, 11, 25)) == at("2026-11-26 00:00")


def test_a_promised_limit_without_a_promise_is_an_error():
    with pytest.raises(LimitError, match="promised"):
        due(Promised(), "2026-11-22 09:00")


def test_a_promise_before_the_event_is_overdue_at_once_and_has_no_reminders():
    made_ = made(Promised(), "2026-11-22 09:00", promised=at("2026-11-21 09:00"))
    assert made_.due == at("2026-11-21 09:00")
    assert made_.reminders == ()


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        deadlines.deadline(SameDay(), "receipt", datetime(2026, 11, 22, 9), calendar=CALENDAR)  # noqa: DTZ001


# --- reminders (decision 6)


def test_an_elapsed_limit_is_reminded_at_half_and_at_eighty_percent():
    made_ = made(Elapsed(minutes=10), "2026-11-22 09:04")
    assert reminded(made_) == ["11-22 09:09", "11-22 09:12"]
    assert [moment.share for moment in made_.reminders] == [0.5, 0.8]
    assert reminded(made(Elapsed(hours=24), "2026-11-22 09:04")) == ["11-22 21:04", "11-23 04:16"]


@pytest.mark.clause("CR-5.4.2b")
def test_a_week_is_reminded_at_nine_in_the_morning_and_yet_ends_to_the_microsecond():
    week = made(Elapsed(days=7), "2026-11-22 23:04:05.000006")
    assert week.due == at("2026-11-29 23:04:05.000006")
    assert reminded(week) == ["11-26 09:00", "11-28 09:00"]
    assert [moment.share for moment in week.reminders] == [0.5, 0.8]


@pytest.mark.parametrize(
    ("since", "reminders"),
    [
        ("2026-11-22 08:59", ["11-22 09:00"]),  # tomorrow's morning comes after the end
        ("2026-11-22 09:00", ["11-22 21:00", "11-23 04:12"]),  # at 09:00 it begins and ends: no morning in it
        ("2026-11-22 09:01", ["11-23 09:00"]),
        ("2026-11-22 23:30", ["11-23 09:00"]),
    ],
)
def test_one_day_is_reminded_in_the_morning_it_contains(since: str, reminders: list[str]):
    assert reminded(made(Elapsed(days=1), since)) == reminders


def test_days_given_in_hours_or_with_hours_are_reminded_at_their_exact_shares():
    assert reminded(made(Elapsed(hours=48), "2026-11-22 22:00")) == ["11-23 22:00", "11-24 12:24"]
    assert reminded(made(Elapsed(days=1, hours=24), "2026-11-22 22:00")) == ["11-23 22:00", "11-24 12:24"]
    assert reminded(made(Elapsed(days=2), "2026-11-22 22:00")) == ["11-23 09:00", "11-24 09:00"]


def test_limits_by_days_are_reminded_at_nine_in_the_morning():
    assert reminded(made(Days(n=10), "2026-11-02 10:00")) == ["11-07 09:00", "11-10 09:00"]
    assert reminded(made(Months(n=1), "2026-11-22 10:00")) == ["12-07 09:00", "12-16 09:00"]


def test_working_day_limits_are_never_reminded_on_a_day_off():
    assert reminded(made(Workdays(n=2), "2026-11-20 10:00")) == ["11-23 09:00", "11-24 09:00"]
    assert reminded(made(Workdays(n=10), "2026-09-18 05:00")) == ["09-24 09:00", "09-30 09:00"]


def test_two_reminders_on_the_same_morning_are_one():
    made_ = made(Workdays(n=1), "2026-11-23 10:00")
    assert reminded(made_) == ["11-24 09:00"]
    assert made_.reminders[0].share == 0.5


def test_a_limit_without_any_morning_is_reminded_at_its_shares():
    assert reminded(made(SameDay(), "2026-11-23 14:00")) == ["11-23 19:00", "11-23 22:00"]
    assert reminded(made(SameDay(), "2026-11-23 08:00")) == ["11-23 09:00"]


def test_a_promise_within_a_day_is_reminded_like_elapsed_time_and_a_later_one_in_the_morning():
    soon = made(Promised(), "2026-11-23 10:00", promised=at("2026-11-23 20:00"))
    assert reminded(soon) == ["11-23 15:00", "11-23 18:00"]
    later = made(Promised(), "2026-11-23 10:00", promised=date(2026, 12, 2))
    assert reminded(later) == ["11-28 09:00", "12-01 09:00"]


def test_other_shares_may_be_wanted_or_none():
    since = at("2026-11-22 09:00")
    one = deadlines.deadline(Elapsed(hours=10), "plan", since, calendar=CALENDAR, reminders=(0.9,))
    assert reminded(one) == ["11-22 18:00"]
    assert deadlines.deadline(Elapsed(hours=10), "plan", since, calendar=CALENDAR, reminders=()).reminders == ()


# --- escalation


@pytest.mark.clause("CR-5.2.1b")
def test_an_elapsed_limit_climbs_at_once_and_then_at_its_pace():
    breach = at("2026-11-22 23:55")
    steps = [escalation_at(breach, step, Every(minutes=10), CHINA, CALENDAR) for step in range(3)]
    assert steps == [at("2026-11-22 23:55"), at("2026-11-23 00:05"), at("2026-11-23 00:15")]
    assert escalation_at(breach, 2, Every(hours=1), CHINA, CALENDAR) == at("2026-11-23 01:55")


def test_a_limit_by_days_climbs_first_on_the_morning_after_and_then_on_working_days():
    friday_midnight = at("2026-11-21 00:00")  # the end of Friday the 20th
    steps = [escalation_at(friday_midnight, step, Every(workdays=1), CHINA, CALENDAR) for step in range(3)]
    assert steps == [at("2026-11-21 09:00"), at("2026-11-23 09:00"), at("2026-11-24 09:00")]


def test_the_limit_itself_may_say_whether_the_climb_waits_for_the_morning():
    midnight = at("2026-11-21 00:00")
    assert escalation_at(midnight, 0, Every(hours=4), CHINA, CALENDAR, limit=SameDay()) == at("2026-11-21 09:00")
    assert escalation_at(midnight, 1, Every(hours=4), CHINA, CALENDAR, limit=SameDay()) == at("2026-11-21 13:00")
    exact = at("2026-11-20 15:00")
    assert escalation_at(exact, 0, Every(workdays=1), CHINA, CALENDAR, limit=Elapsed(hours=1)) == exact
    assert escalation_at(exact, 1, Every(workdays=1), CHINA, CALENDAR, limit=Elapsed(hours=1)) == at("2026-11-23 09:00")


def test_steps_in_working_days_skip_holidays():
    assert escalation_at(at("2026-10-01 00:00"), 1, Every(workdays=1), CHINA, CALENDAR) == at("2026-10-08 09:00")


# --- limits as data


LIMITS: list[tuple[dict[str, object], Limit, str]] = [
    ({"kind": "elapsed", "minutes": 10}, Elapsed(minutes=10), "10 min elapsed"),
    ({"kind": "elapsed", "hours": 24}, Elapsed(hours=24), "24 h elapsed"),
    ({"kind": "elapsed", "days": 7}, Elapsed(days=7), "7 day elapsed"),
    ({"kind": "elapsed", "hours": 1, "minutes": 30}, Elapsed(hours=1, minutes=30), "1 h 30 min elapsed"),
    ({"kind": "office_hours", "hours": 4}, OfficeHours(hours=4), "4 h office hours 09:00-18:00"),
    (
        {"kind": "office_hours", "hours": 1, "minutes": 30, "opens": "08:30", "closes": "17:00"},
        OfficeHours(hours=1, minutes=30, opens="08:30", closes="17:00"),
        "1 h 30 min office hours 08:30-17:00",
    ),
    ({"kind": "same_day"}, SameDay(), "same day"),
    ({"kind": "same_workday"}, SameWorkday(), "same workday"),
    ({"kind": "days", "n": 3}, Days(n=3), "3 days"),
    ({"kind": "months", "n": 1}, Months(n=1), "1 months"),
    ({"kind": "workdays", "n": 2}, Workdays(n=2), "2 workdays"),
    ({"kind": "promised"}, Promised(), "promised"),
    ({"kind": "end_of_month"}, EndOfMonth(), "end of month"),
    ({"kind": "day_of_month", "n": 30}, DayOfMonth(n=30), "day 30 of month"),
]


@pytest.mark.parametrize(("table", "limit", "line"), LIMITS)
def test_a_limit_is_the_same_as_table_as_line_and_as_json(table: dict[str, object], limit: Limit, line: str):
    assert parse(table) == limit
    assert serialise(limit) == table
    assert deadlines.canonical(limit) == line
    assert from_canonical(line) == limit
    assert type(limit).model_validate_json(limit.model_dump_json()) == limit


@pytest.mark.parametrize(("table", "limit", "line"), LIMITS)
def test_every_limit_has_a_label_and_explains_itself_in_both_languages(table: object, limit: Limit, line: str):
    made_ = made(limit, "2026-11-22 09:04", promised=at("2026-11-25 15:00"))
    for lang in ("zh", "en"):
        assert label(limit, lang)
        assert len(explain(made_.why, lang)) >= 3


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"kind": "elapsed"}, "days, hours or minutes"),
        ({"kind": "elapsed", "minutes": 0}, "days, hours or minutes"),
        ({"kind": "elapsed", "minutes": -5}, "minutes"),
        ({"kind": "elapsed", "minutes": 2.5}, "minutes"),
        ({"kind": "elapsed", "n": 3}, "n: "),
        ({"kind": "office_hours"}, "hours or minutes"),
        ({"kind": "office_hours", "days": 1}, "days"),
        ({"kind": "office_hours", "hours": 1, "opens": "18:00", "closes": "09:00"}, "opens before it closes"),
        ({"kind": "office_hours", "hours": 1, "opens": "9:00"}, "opens"),
        ({"kind": "workdays"}, "n: "),
        ({"kind": "workdays", "n": 0}, "n: "),
        ({"kind": "workdays", "n": "2"}, "n: "),
        ({"kind": "day_of_month", "n": 32}, "n: "),
        ({"kind": "fortnight", "n": 1}, "fortnight"),
        ({"minutes": 10}, "kind"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused_with_the_field(table: dict[str, object], told: str):
    with pytest.raises(LimitError, match=told):
        parse(table)


@pytest.mark.parametrize(
    "line",
    [
        *("", "soon", "10 elapsed", "min elapsed", "2 workday", "10 min  elapsed", "0 days"),
        *("4 h office hours", "office hours 09:00-18:00", "1 day office hours 09:00-18:00"),
    ],
)
def test_a_line_that_is_no_limit_is_refused(line: str):
    with pytest.raises(LimitError):
        from_canonical(line)


@pytest.mark.parametrize("pace", [{}, {"minutes": 10, "workdays": 1}, {"hours": 0}, {"days": 1}])
def test_a_pace_is_a_length_of_time_or_working_days(pace: dict[str, int]):
    with pytest.raises(ValidationError):
        Every.model_validate(pace)


# --- explanations


def test_ten_minutes_are_explained_to_a_customer():
    why = made(Elapsed(minutes=10), "2026-11-22 09:04").why
    assert explain(why) == [
        "从 11月22日 09:04 定级起计算。",
        "期限为10分钟，按实际时间连续计算，夜间和节假日也计入。",
        "因此最晚应在 2026年11月22日（周日）09:14 前完成。",
    ]
    assert explain(why, "en") == [
        "It is counted from the grading on 22 Nov 09:04.",
        "The limit is 10 min of clock time; nights and holidays count.",
        "So it is due by Sun 22 Nov 2026 09:14.",
    ]


def test_working_days_are_explained_with_what_was_counted_skipped_and_made_up():
    why = made(Workdays(n=2), "2026-02-13 17:00").why
    assert explain(why) == [
        "从 2月13日 17:00 定级起计算。",
        "期限为2个工作日，当日不计，从次日起算，到第2个工作日的24:00为止。",
        "计入：2月14日（周六，调休上班）、2月24日（周二）。",
        "不计：2月15日至2月23日（春节）。",
        "因此最晚应在 2026年2月24日（周二）24:00 前完成。",
    ]
    assert explain(why, "en")[2:4] == [
        "Counted: 14 Feb (Sat, make-up workday), 24 Feb (Tue).",
        "Not counted: 15 Feb to 23 Feb (Spring Festival).",
    ]


def test_a_provisional_deadline_says_which_year_it_waits_for():
    assert "2027年" in explain(made(Workdays(n=3), "2026-12-30 13:00").why)[-1]
    assert "2027" in explain(made(Workdays(n=1), "2026-12-29 13:00").why, "en")[-1]


def test_times_are_those_of_the_projects_zone_and_another_zone_is_named():
    since = datetime(2026, 11, 22, 1, 4, tzinfo=UTC)
    why = deadlines.deadline(Elapsed(hours=1), "plan", since, calendar=CALENDAR, zone="Europe/Berlin").why
    assert explain(why)[0] == "从 11月22日 02:04 处理方案形成起计算。"
    assert explain(why, "en")[-1] == "All times are local (time zone Europe/Berlin)."


def test_an_event_without_words_of_its_own_is_explained_all_the_same():
    why = deadlines.deadline(Elapsed(hours=1), "", at("2026-11-22 09:04"), calendar=CALENDAR).why
    assert explain(why)[0] == "从 11月22日 09:04 该事项发生起计算。"


def test_a_recorded_deadline_survives_its_json_with_its_explanation():
    made_ = made(Workdays(n=10), "2026-09-18 05:00")
    again = Deadline.model_validate_json(made_.model_dump_json())
    assert again == made_
    assert explain(again.why) == explain(made_.why)


# --- midnights that clock changes skip or repeat


def test_a_day_whose_midnight_is_skipped_ends_when_the_next_one_begins():
    # Beirut, 29 March 2026: clocks go from 00:00 to 01:00.
    assert deadlines.end_of_day(date(2026, 3, 28), "Asia/Beirut") == datetime(2026, 3, 28, 22, 0, tzinfo=UTC)


def test_a_day_whose_midnight_comes_twice_ends_the_second_time():
    # St. John's, 29 October 2006: at 00:01 clocks went back to 23:01 of the day before.
    assert deadlines.end_of_day(date(2006, 10, 28), "America/St_Johns") == datetime(2006, 10, 29, 3, 30, tzinfo=UTC)


# --- against an independent reckoning, day by day


def works(day: date, china: Calendar) -> bool:
    return day in china.on or (day.isoweekday() < 6 and day not in china.off)


def last_day(limit: Limit, first: date, china: Calendar) -> date:
    """The last day of a limit by walking through the calendar, one day after the other."""
    day, left, months = first, getattr(limit, "n", 0), 0
    while True:
        tomorrow = day + timedelta(days=1)
        match limit:
            case SameDay():
                return day
            case EndOfMonth():
                if tomorrow.month != day.month:
                    return day
            case DayOfMonth():
                if day.day == limit.n or (tomorrow.day == 1 and day.day < limit.n):
                    return day
            case SameWorkday():
                if works(day, china):
                    return day
            case Days() | Workdays():
                left -= day != first and (isinstance(limit, Days) or works(day, china))
                if not left:
                    return day
            case Months():
                months += day.day == 1 and day != first
                if months == limit.n and (day.day == first.day or (tomorrow.day == 1 and day.day < first.day)):
                    return day
            case _:
                raise AssertionError(limit)
        day = tomorrow


day_limits = st.one_of(
    st.just(SameDay()),
    st.just(SameWorkday()),
    st.just(EndOfMonth()),
    st.builds(Days, n=st.integers(1, 40)),
    st.builds(Workdays, n=st.integers(1, 30)),
    st.builds(Months, n=st.integers(1, 14)),
    st.builds(DayOfMonth, n=st.integers(1, 31)),
)
instants = st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 20), timezones=st.just(UTC))  # noqa: DTZ001
zones = st.sampled_from((CHINA, "Asia/Urumqi", "Europe/Berlin", "America/New_York", "Pacific/Auckland"))


@settings(max_examples=400, deadline=None)
@given(limit=day_limits, since=instants, zone=zones)
def test_day_limits_agree_with_a_walk_through_the_calendar(limit: Limit, since: datetime, zone: str):
    made_ = deadlines.deadline(limit, "grading", since, calendar=CALENDAR, zone=zone)
    there = ZoneInfo(zone)
    expected = last_day(limit, since.astimezone(there).date(), CALENDAR) + timedelta(days=1)
    assert made_.due.astimezone(there) == datetime.combine(expected, time(0), there)
    assert made_.due > since
    assert [m.at for m in made_.reminders] == sorted({m.at for m in made_.reminders})
    assert all(since < m.at < made_.due for m in made_.reminders)
    assert made_.reminders
    assert made_.due.utcoffset() == timedelta(0)
    for day, _ in made_.why.skipped:
        assert not works(date.fromisoformat(day), CALENDAR)


@settings(max_examples=200, deadline=None)
@given(minutes=st.integers(1, 20_000), since=instants)
def test_elapsed_limits_and_their_reminders_are_never_late_or_early(minutes: int, since: datetime):
    made_ = deadlines.deadline(Elapsed(minutes=minutes), "grading", since, calendar=CALENDAR)
    assert made_.due - since == timedelta(minutes=minutes)
    assert [m.at - since for m in made_.reminders] == [timedelta(seconds=30 * minutes), timedelta(seconds=48 * minutes)]


@settings(max_examples=200, deadline=None)
@given(days=st.integers(1, 60), since=instants, zone=zones)
def test_elapsed_days_are_exact_and_reminded_within_them_in_the_morning(days: int, since: datetime, zone: str):
    made_ = deadlines.deadline(Elapsed(days=days), "grading", since, calendar=CALENDAR, zone=zone)
    there = ZoneInfo(zone)
    assert made_.due - since == timedelta(days=days)
    assert made_.reminders
    assert all(since < m.at < made_.due for m in made_.reminders)
    if days > 1:  # a single day may contain no morning
        share_days = [(since + timedelta(days=days) * share).astimezone(there).date() for share in (0.5, 0.8)]
        mornings = [datetime.combine(day, time(9), there) for day in dict.fromkeys(share_days)]
        assert [m.at for m in made_.reminders] == [nine for nine in mornings if since < nine < made_.due]


@settings(max_examples=200, deadline=None)
@given(limit=day_limits, since=instants, zone=zones, step=st.integers(0, 5))
def test_escalations_of_day_limits_come_after_the_breach_in_order_and_at_nine(
    limit: Limit, since: datetime, zone: str, step: int
):
    breach = deadlines.deadline(limit, "grading", since, calendar=CALENDAR, zone=zone).due
    now, following = (escalation_at(breach, n, Every(workdays=1), zone, CALENDAR) for n in (step, step + 1))
    assert breach < now < following
    assert now.astimezone(ZoneInfo(zone)).time() == time(9)
    assert works(following.astimezone(ZoneInfo(zone)).date(), CALENDAR)
