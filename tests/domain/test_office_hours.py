"""Office hours (decision 15): limits that count them, climbs and reminders that keep them.

20 November 2026 is a Friday. 14 February 2026 is a Saturday that is worked, followed by Spring Festival until the 23rd.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints import editions
from complaints.clock import deadlines
from complaints.clock.calendar import calendar, from_libraries
from complaints.clock.deadlines import escalation_at
from complaints.clock.explanations import explain
from complaints.clock.limits import (
    Elapsed,
    Every,
    Limit,
    OfficeHours,
    Workdays,
    canonical,
    from_canonical,
    label,
    parse,
    serialise,
)
from complaints.clock.moments import Deadline
from complaints.clock.office import Office, OfficeClock
from complaints.editions import loader
from complaints.editions.diff import diff
from complaints.editions.model import LimitSource

CHINA = "Asia/Shanghai"
CALENDAR = from_libraries((2024, 2025, 2026))
OFFICE = Office()
HOUR = timedelta(hours=1)


def at(text: str, zone: str = CHINA) -> datetime:
    """A local time: "2026-11-22 09:04"."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def made(limit: Limit, since: str, **more: Any) -> Deadline:
    return deadlines.deadline(limit, "receipt", at(since), calendar=CALENDAR, **more)


def due(limit: Limit, since: str) -> datetime:
    return made(limit, since).due.astimezone(ZoneInfo(CHINA))


def shown(moments: Deadline) -> list[str]:
    return [f"{moment.at.astimezone(ZoneInfo(CHINA)):%m-%d %H:%M}" for moment in moments.reminders]


# --- the limit


@pytest.mark.parametrize(
    ("limit", "since", "end"),
    [
        (OfficeHours(minutes=30), "2026-11-20 10:00", "2026-11-20 10:30"),
        (OfficeHours(minutes=30), "2026-11-20 02:00", "2026-11-20 09:30"),  # before the opening
        (OfficeHours(minutes=30), "2026-11-20 09:00", "2026-11-20 09:30"),  # at the opening
        (OfficeHours(hours=4), "2026-11-20 16:00", "2026-11-23 11:00"),  # over a weekend
        (OfficeHours(hours=2), "2026-11-20 16:00", "2026-11-20 18:00"),  # ends at the closing itself
        (OfficeHours(minutes=1), "2026-11-20 18:00", "2026-11-23 09:01"),  # begins at the closing itself
        (OfficeHours(minutes=1), "2026-11-20 17:59", "2026-11-20 18:00"),
        (OfficeHours(minutes=1), "2026-11-21 12:00", "2026-11-23 09:01"),  # a Saturday
        (OfficeHours(hours=9), "2026-11-23 09:00", "2026-11-23 18:00"),
        (OfficeHours(hours=18), "2026-11-23 09:00", "2026-11-24 18:00"),
        (OfficeHours(hours=3), "2026-02-14 10:00", "2026-02-14 13:00"),  # a Saturday that is worked
        (OfficeHours(hours=4), "2026-02-14 16:00", "2026-02-24 11:00"),  # Spring Festival
        (OfficeHours(hours=1), "2026-09-30 17:30", "2026-10-08 09:30"),  # National Day
        (OfficeHours(hours=1, opens="08:30", closes="17:00"), "2026-11-20 16:30", "2026-11-23 09:00"),
    ],
)
def test_only_the_office_hours_of_working_days_count(limit: Limit, since: str, end: str):
    assert due(limit, since) == at(end)


def test_office_time_is_exact_to_the_microsecond_and_in_the_projects_zone():
    since = datetime(2026, 11, 20, 9, 59, 59, 999_999, UTC)  # 17:59:59.999999 in China
    end = deadlines.deadline(OfficeHours(hours=1), "receipt", since, calendar=CALENDAR).due
    assert end == at("2026-11-23 09:59:59.999999")
    berlin = deadlines.deadline(OfficeHours(hours=1), "receipt", since, calendar=CALENDAR, zone="Europe/Berlin").due
    assert berlin == at("2026-11-20 11:59:59.999999", "Europe/Berlin")


def test_reminders_come_at_shares_of_office_time_and_never_at_night():
    assert shown(made(OfficeHours(hours=4), "2026-11-20 16:00")) == ["11-23 09:00", "11-23 10:12"]
    assert shown(made(OfficeHours(minutes=30), "2026-11-20 02:00")) == ["11-20 09:15", "11-20 09:24"]
    assert shown(made(OfficeHours(hours=2), "2026-11-20 15:00")) == ["11-20 16:00", "11-20 16:36"]


def test_the_calendars_version_is_recorded_and_a_year_that_is_not_announced_makes_it_provisional():
    assert made(OfficeHours(hours=1), "2026-11-20 10:00").calendar == CALENDAR.version
    assert not made(OfficeHours(hours=1), "2026-11-20 10:00").why.provisional
    late = made(OfficeHours(hours=4), "2026-12-31 17:00")
    assert late.why.provisional
    assert "2027年" in explain(late.why)[-1]


def test_a_new_calendar_moves_it_with_its_reminders():
    before = made(OfficeHours(hours=4), "2026-12-31 17:00")  # Friday 1 January is expected to be a holiday
    worked = calendar((2024, 2025, 2026, 2027), CALENDAR.off, CALENDAR.on, CALENDAR.names)
    after = deadlines.recomputed(before, worked)
    assert after.due == at("2027-01-01 12:00")
    assert shown(after) == ["01-01 10:00", "01-01 11:12"]
    assert (after.calendar, after.why.provisional) == (worked.version, False)


def test_a_pause_stops_office_time_and_nothing_but_office_time():
    whole = made(OfficeHours(hours=4), "2026-11-23 10:00")
    hour = (at("2026-11-23 11:00"), at("2026-11-23 12:00"))
    night = (at("2026-11-23 19:00"), at("2026-11-24 08:00"))
    assert deadlines.paused(whole, (hour,), CALENDAR, (0.5, 0.8)).due == at("2026-11-23 15:00")
    assert deadlines.paused(whole, (night,), CALENDAR, (0.5, 0.8)).due == whole.due
    to_the_next_day = (at("2026-11-23 12:00"), at("2026-11-24 10:00"))
    moved = deadlines.paused(whole, (to_the_next_day,), CALENDAR, (0.5, 0.8))
    assert moved.due == at("2026-11-24 12:00")
    assert shown(moved) == ["11-23 12:00", "11-24 11:12"]
    days = deadlines.paused(whole, ((at("2026-11-23 12:00"), at("2026-11-25 09:30")),), CALENDAR, (0.5, 0.8))
    assert days.due == at("2026-11-25 11:30")
    assert days.why.skipped == (("2026-11-24", "paused"),)


def test_it_is_explained_with_the_office_hours_the_days_counted_and_those_skipped():
    why = made(OfficeHours(hours=4), "2026-11-20 16:00").why
    assert explain(why) == [
        "从 11月20日 16:00 收到投诉起计算。",
        "期限为4小时办公时间：只计工作日（含调休上班日）的09:00至18:00，夜间、周末和节假日不计。",
        "计入：11月20日（周五）、11月23日（周一）。",
        "不计：11月21日至11月22日（周末）。",
        "因此最晚应在 2026年11月23日（周一）11:00 前完成。",
    ]
    assert explain(why, "en") == [
        "It is counted from the receipt of the complaint on 20 Nov 16:00.",
        "The limit is 4 h of office time: only 09:00 to 18:00 on working days counts, make-up days included; "
        "nights, weekends and holidays do not.",
        "Counted: 20 Nov (Fri), 23 Nov (Mon).",
        "Not counted: 21 Nov to 22 Nov (weekend).",
        "So it is due by Mon 23 Nov 2026 11:00.",
    ]
    worked = made(OfficeHours(hours=10), "2026-02-13 18:30").why
    assert explain(worked)[2:4] == [
        "计入：2月14日（周六，调休上班）、2月24日（周二）。",
        "不计：2月13日（周五，已下班）、2月15日至2月23日（春节）。",
    ]


def test_its_label_names_the_office_hours():
    assert label(OfficeHours(hours=4)) == "4小时内（办公时间 09:00–18:00）"
    assert label(OfficeHours(minutes=30, opens="08:30"), "en") == "within 30 min of office hours (08:30–18:00)"


clocks = st.tuples(st.integers(0, 22), st.integers(0, 59), st.integers(1, 59)).map(
    lambda t: (f"{t[0]:02}:{t[1]:02}", f"{t[0] + 1:02}:{t[2]:02}")
)


@settings(max_examples=300, deadline=None)
@given(hours=st.integers(0, 90), minutes=st.integers(1, 300), clock=clocks)
def test_table_line_and_json_are_the_same_limit(hours: int, minutes: int, clock: tuple[str, str]):
    limit = OfficeHours(hours=hours, minutes=minutes, opens=clock[0], closes=clock[1])
    assert from_canonical(canonical(limit)) == limit
    assert parse(serialise(limit)) == limit
    assert OfficeHours.model_validate_json(limit.model_dump_json()) == limit


# --- the climb (no step at night, intervals in office time)


def climb(since: str, limit: Limit, every: Every, steps: int = 4) -> list[str]:
    moments = [escalation_at(at(since), n, every, CHINA, CALENDAR, limit=limit, office=OFFICE) for n in range(steps)]
    return [f"{moment.astimezone(ZoneInfo(CHINA)):%m-%d %H:%M}" for moment in moments]


TEN, HOURLY = Every(minutes=10), Every(hours=1)


def test_a_step_outside_office_hours_is_taken_at_the_next_opening_and_the_pace_goes_on_from_there():
    assert climb("2026-11-20 10:00", Elapsed(minutes=30), TEN) == [
        "11-20 10:00",
        "11-20 10:10",
        "11-20 10:20",
        "11-20 10:30",
    ]
    night = ["11-23 09:00", "11-23 09:10", "11-23 09:20", "11-23 09:30"]
    assert climb("2026-11-21 02:00", Elapsed(hours=24), TEN) == night


def test_an_interval_counts_office_time_over_a_weekend_and_nobody_is_reached_at_the_closing():
    assert climb("2026-11-20 17:45", Elapsed(minutes=30), TEN) == [
        "11-20 17:45",
        "11-20 17:55",
        "11-23 09:05",
        "11-23 09:15",
    ]
    assert climb("2026-11-20 17:00", OfficeHours(hours=4), HOURLY) == [
        "11-20 17:00",
        "11-23 09:00",
        "11-23 10:00",
        "11-23 11:00",
    ]


def test_the_climb_of_a_limit_by_days_begins_on_the_next_working_morning():
    assert climb("2026-11-21 00:00", Workdays(n=1), Every(workdays=1), 3) == [
        "11-23 09:00",
        "11-24 09:00",
        "11-25 09:00",
    ]
    half_past = [
        escalation_at(
            at("2026-11-21 00:00"),
            n,
            Every(workdays=1),
            CHINA,
            CALENDAR,
            limit=Workdays(n=1),
            office=Office(opens="08:30"),
        )
        for n in range(2)
    ]
    assert half_past == [at("2026-11-23 08:30"), at("2026-11-24 08:30")]


def test_twenty_four_hours_of_an_interval_are_a_working_day():
    office = OfficeClock(OFFICE, CALENDAR, CHINA)
    assert office.later(at("2026-11-20 10:15"), 24 * HOUR) == at("2026-11-23 10:15")
    assert office.later(at("2026-11-20 10:15"), 50 * HOUR) == at("2026-11-24 12:15")
    assert office.later(at("2026-11-20 20:00"), 24 * HOUR) == at("2026-11-24 09:00")
    assert office.later(at("2026-11-20 20:00"), 0 * HOUR) == at("2026-11-23 09:00")


# --- reminders of other limits, where the house keeps office hours


@pytest.mark.clause("RV-4.3")
def test_a_reminder_at_night_is_sent_at_the_opening():
    revisit = Elapsed(hours=24)
    assert shown(made(revisit, "2026-11-23 14:00", office=None)) == ["11-24 02:00", "11-24 09:12"]
    assert shown(made(revisit, "2026-11-23 14:00", office=OFFICE)) == ["11-24 09:00", "11-24 09:12"]


@pytest.mark.clause("RV-4.3")
def test_two_reminders_of_one_night_are_one():
    assert shown(made(Elapsed(hours=20), "2026-11-23 15:00", office=OFFICE)) == ["11-24 09:00"]


@pytest.mark.clause("RV-4.3")
def test_a_reminder_that_cannot_wait_for_the_opening_is_sent_before_the_closing():
    assert shown(made(Elapsed(hours=24), "2026-11-20 15:00", office=None)) == ["11-21 03:00", "11-21 10:12"]
    assert shown(made(Elapsed(hours=24), "2026-11-20 15:00", office=OFFICE)) == ["11-20 17:30"]
    assert shown(made(Elapsed(days=3), "2026-11-20 10:00", office=OFFICE)) == ["11-23 09:00"]


def test_a_limit_of_the_documents_that_lies_wholly_outside_office_hours_is_reminded_all_the_same():
    assert shown(made(Elapsed(hours=10), "2026-11-20 20:00", office=OFFICE)) == ["11-21 01:00", "11-21 04:00"]


@settings(max_examples=300, deadline=None)
@given(
    minutes=st.integers(1, 6_000),
    since=st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 20), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_reminders_that_keep_office_hours_lie_between_event_and_due_in_order(minutes: int, since: datetime):
    for limit in (Elapsed(minutes=minutes), OfficeHours(minutes=minutes)):
        one = deadlines.deadline(limit, "receipt", since, calendar=CALENDAR, office=OFFICE)
        moments = [since, *(moment.at for moment in one.reminders), one.due]
        assert moments == sorted(set(moments))
        clock = OfficeClock(OFFICE, CALENDAR, CHINA)
        outside = [moment.at for moment in one.reminders if clock.next_open(moment.at) != moment.at]
        assert all(clock.next_open(moment) >= one.due for moment in outside)


# --- an edition that keeps office hours

PACKAGED = Path(editions.__file__).parent
URGENT, OFFICE_LIMIT = 'urgent = { kind = "elapsed", minutes = 30 }', 'limit = { kind = "office_hours", minutes = 30 }'
REPORT = 'limit = { kind = "elapsed", minutes = 10 }'


def test_an_edition_without_the_policy_knows_no_night():
    known = {one.name: one for one in editions.installed()}
    assert known["2026.1"].office is None
    assert known["2026.2"].office == Office(opens="09:00", closes="18:00")


@pytest.mark.parametrize("procedure", ["HOUSE", "CH", "CS", "RV"])
def test_the_house_s_limits_in_hours_keep_office_hours_in_what_is_not_urgent(procedure: str):
    rules = [rule for rule in editions.newest().rules.values() if rule.procedure == procedure]
    house = [rule for rule in rules if rule.source is LimitSource.HOUSE]
    in_hours = [rule.limit for rule in house if isinstance(rule.limit, Elapsed | OfficeHours)]
    assert [limit for limit in in_hours if isinstance(limit, Elapsed) and limit.length < 24 * HOUR] == []


def test_what_differs_between_editions_is_said_in_words():
    known = {one.name: one for one in editions.installed()}
    said = [change.words() for change in diff(known["2026.1"], known["2026.2"]) if change.rule == "REGRADE.approval"]
    assert "REGRADE.approval 期限：4小时内 → 4小时内（办公时间 09:00–18:00）" in said
    assert "REGRADE.approval 紧急时的期限：无 → 4小时内" in said


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (f"{URGENT}\n", "", "urgent-missing"),
        (
            'urgent = { kind = "elapsed", minutes = 30 }',
            'urgent = { kind = "office_hours", minutes = 30 }',
            "urgent-wrong",
        ),
        (URGENT, 'urgent = { kind = "promised" }', "urgent-wrong"),
        (URGENT, 'urgent = { kind = "elapsed" }', "limit-unit-missing"),
        (OFFICE_LIMIT, 'limit = { kind = "office_hours" }', "limit-unit-missing"),
        (REPORT, f"{REPORT}\n" + 'urgent = { kind = "elapsed", minutes = 5 }', "urgent-without-office-hours"),
        (
            REPORT,
            'limit = { kind = "office_hours", minutes = 10 }\n' + f"urgent{REPORT[5:]}",
            "office-hours-of-document",
        ),
    ],
)
def test_a_mistake_about_office_hours_is_found(tmp_path: Path, old: str, new: str, code: str):
    folder = tmp_path / "2026.2"
    shutil.copytree(PACKAGED / "2026.2", folder)
    crisis = folder / "crisis.toml"
    text = crisis.read_text(encoding="utf-8")
    assert old in text
    crisis.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = loader.check(folder)
    assert [problem.code for problem in found] == [code]
    assert all(problem.words("zh") and problem.words("en") for problem in found)


def test_a_limit_in_office_hours_needs_to_know_them(tmp_path: Path):
    folder = tmp_path / "2026.2"
    shutil.copytree(PACKAGED / "2026.2", folder)
    common = folder / "common.toml"
    text = common.read_text(encoding="utf-8")
    begins = text.index('[[rule]]\nid = "OFFICE-HOURS"')
    ends = text.index("# ---", begins)
    common.write_text(text[:begins] + text[ends:], encoding="utf-8")
    assert {problem.code for problem in loader.check(folder)} == {"office-hours-unknown"}
    common.write_text(text.replace('figures = { opens = "09:00", closes = "18:00" }', ""), encoding="utf-8")
    assert {problem.code for problem in loader.check(folder)} == {"figure-missing"}
