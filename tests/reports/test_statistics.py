"""Every figure of a report against a recount from raw rows, on cases by chance."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from complaints.case.round import Subject
from complaints.clock.periods import Period
from complaints.people.loader import load
from complaints.reports.counts import PeriodStatistics
from complaints.reports.kinds import around
from complaints.store.database import Database
from complaints.store.reports import ReportStore
from complaints.store.statistics.counting import Counting
from tests.places import EXAMPLE_DIRECTORY
from tests.reports.generated import cases, keep, some_are_no_complaints
from tests.reports.oracle import Oracle
from tests.store.postgres import rows

LATER = datetime(2027, 1, 10, tzinfo=UTC)
OFFICES = {one.id: one.department for one in load(EXAMPLE_DIRECTORY.read_text(encoding="utf-8"), "d").people}
AMOUNTS = {"audited", "deducted", "shortfall", "claimed", "recovered", "waived"}

PERIODS = ("2026-11", "2026-10", "2025-11", "2026-Q4", "2026", "2026-W48", "2026-10-31", "2026-11-01")


async def counted(url: str, period: Period, subject: Subject, at: datetime, *lists: str) -> PeriodStatistics:
    database = Database(url)
    try:
        async with database.transaction(within=None) as connection:
            return await Counting(connection, subject, at, OFFICES).of(period, lists)
    finally:
        await database.close()


async def raw(url: str) -> dict[str, list[Mapping[str, Any]]]:
    tables = ("complaints", "duties", "acts", "retention_entries")
    found = {table: [dict(row) for row in await rows(url, f"SELECT * FROM {table}")] for table in tables}
    parsed = ("whole", "form", "matters", "related")
    return {
        table: [row | {name: json.loads(row[name]) for name in parsed if name in row} for row in some]
        for table, some in found.items()
    }


def without_hours(statistics: PeriodStatistics) -> dict[tuple[str, str, str], tuple[Any, set[str]]]:
    """All figures by place, with the numbers behind them. How late at the median is looked at in a test of its own."""
    return {
        (table, row, column): (count.n, {statistics.cases[place] for place in count.cases})
        for table, tally in statistics.tallies.items()
        for (row, column), count in tally.cells.items()
        if column != "hours"
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_figure_is_that_of_a_recount_from_raw_rows(url: str, seed: int):
    await keep(url, some_are_no_complaints(cases(seed, 250)))
    everything = await raw(url)
    for name in PERIODS:
        for subject in (Subject(), Subject(project="yx02"), Subject(department="engineering")):
            period = Period.named(name)
            found = without_hours(await counted(url, period, subject, LATER))
            oracle = Oracle(
                everything, period.start, period.end, LATER, OFFICES, subject.project, subject.department
            ).count()
            days, expected = found.pop(("all", "all", "days"), None), oracle.pop(("all", "all", "days"), None)
            assert (days is None) == (expected is None)
            if days and expected:
                assert abs(float(days[0]) - expected[0]) <= 0.0501
                assert days[1] == expected[1]
            assert found == oracle, (seed, name, subject.key)
            assert len(oracle) > 20 or period.start == period.end


@pytest.mark.parametrize("seed", [4, 5])
async def test_a_report_in_the_middle_of_its_period_counts_only_what_was_known_by_then(url: str, seed: int):
    await keep(url, cases(seed, 200))
    period, at = Period.named("2026-11"), datetime(2026, 11, 17, 9, 30, tzinfo=UTC)
    found = without_hours(await counted(url, period, Subject(), at))
    oracle = Oracle(await raw(url), period.start, period.end, at, OFFICES).count()
    for kept in (found, oracle):
        kept.pop(("all", "all", "days"))
    assert found == oracle


@pytest.mark.clause("CR-5.4.3")
@pytest.mark.parametrize("seed", [6, 7])
async def test_the_missing_studies_are_those_that_were_to_be_there(url: str, seed: int):
    await keep(url, cases(seed, 250))
    everything, some = await raw(url), 0
    for name, at in (("2026-11", LATER), ("2026-11", datetime(2026, 11, 20, tzinfo=UTC)), ("2026-12", LATER)):
        period = Period.named(name)
        found = await counted(url, period, Subject(), at, "studies")
        oracle = Oracle(everything, period.start, period.end, at, OFFICES).missing()
        assert set(found.missing) == oracle
        written = {line.number for line in found.lists["studies"] if line.values["title"] is not None}
        assert written
        some += len(oracle)
    assert some


async def test_what_is_open_at_the_end_is_what_was_open_before_and_came_and_did_not_close(url: str):
    await keep(url, cases(8, 300))
    names = ("2026-07", "2026-08", "2026-09", "2026-10", "2026-11")
    lives = [(await counted(url, Period.named(name), Subject(), LATER)).tally("all") for name in names]
    for before, now in itertools.pairwise(lives):
        flow = int(now.at("all", "received").n or 0) - int(now.at("all", "closed").n or 0)
        assert int(now.at("all", "open").n or 0) == int(before.at("all", "open").n or 0) + flow


async def test_the_course_of_thirteen_months_is_that_of_each_month_by_itself(url: str):
    await keep(url, cases(9, 300))
    period, subject = Period.named("2026-11"), Subject(project="hf01")
    reports = ReportStore(url)
    report = (await reports.preview("complaint_report", period, subject, LATER)).report
    await reports.close()
    course = report.table("trend")
    assert course is not None
    assert [row.key for row in course.rows] == [one.name for one in around(period)]
    for row in course.rows:
        alone = (await counted(url, Period.named(row.key), subject, LATER)).tally("all")
        assert row.values == tuple(int(alone.at("all", name).n or 0) for name in ("received", "closed", "open"))


@pytest.mark.parametrize(
    ("utc", "month"),
    [
        ("2026-11-30T15:59:59.999999+00:00", "2026-11"),
        ("2026-11-30T16:00:00+00:00", "2026-12"),
        ("2026-11-30T23:30:00+00:00", "2026-12"),
        ("2026-10-31T16:00:00+00:00", "2026-11"),
        ("2026-12-31T16:30:00+00:00", "2027-01"),
    ],
)
async def test_a_complaint_counts_to_the_month_of_its_projects_own_clock(url: str, utc: str, month: str):
    chance = cases(10, 1)
    chance.duties, chance.acts, chance.entries = [], [], []
    chance.complaints[0] |= {"received_at": datetime.fromisoformat(utc), "closed_at": None, "handled_at": None}
    chance.complaints[0] |= {"matters": [], "reopens": None}
    await keep(url, chance)
    for name in ("2026-10", "2026-11", "2026-12", "2027-01"):
        tally = (await counted(url, Period.named(name), Subject(), datetime(2027, 3, 1, tzinfo=UTC))).tally("all")
        assert tally.at("all", "received").n == int(name == month)


async def test_another_project_may_have_another_clock(url: str):
    await rows(url, "UPDATE projects SET zone = 'Asia/Urumqi' WHERE code = 'yx02'")  # six hours before UTC
    chance = cases(11, 2)
    chance.duties, chance.acts, chance.entries = [], [], []
    for one, project in zip(chance.complaints, ("hf01", "yx02"), strict=True):
        one |= {"received_at": datetime(2026, 11, 30, 17, tzinfo=UTC), "closed_at": None, "handled_at": None}
        one |= {"project": project, "matters": [], "reopens": None}
    await keep(url, chance)
    november = (await counted(url, Period.named("2026-11"), Subject(), LATER)).tally("project")
    december = (await counted(url, Period.named("2026-12"), Subject(), LATER)).tally("project")
    assert (november.at("hf01", "received").n, november.at("yx02", "received").n) == (0, 1)
    assert (december.at("hf01", "received").n, december.at("yx02", "received").n) == (1, 0)


async def test_how_late_something_was_is_said_in_hours_at_the_median(url: str):
    chance = cases(12, 3)
    chance.duties, chance.acts, chance.entries = [], [], []
    due = datetime(2026, 11, 10, tzinfo=UTC)
    for one, hours in zip(chance.complaints, (2, 5, None), strict=True):
        one |= {"received_at": due - timedelta(days=1), "closed_at": None, "handled_at": None, "matters": []}
        closed = due + timedelta(hours=hours) if hours else None
        chance.duties.append(
            {
                "key": one["key"],
                "id": "CH-7.3.1",
                "rule": "CH-7.3.1",
                "role": "sales_staff",
                "department": None,
                "owner": "li.na",
                "since": due - timedelta(days=1),
                "due": due,
                "closed_at": closed,
                "status": "done" if hours else "open",
                "whole": {"id": "CH-7.3.1", "act": None, "changes": []},
            }
        )
    await keep(url, chance)
    at = due + timedelta(hours=9)
    found = (await counted(url, Period.named("2026-11"), Subject(), at)).tally("clauses")
    assert found.at("CH-7.3.1", "hours").n == Decimal("5.0")
    assert (found.at("CH-7.3.1", "late").n, found.at("CH-7.3.1", "still_open").n) == (3, 1)


async def test_the_list_marks_what_was_counted_before_a_corrected_receipt(url: str):
    """Decision 23: the breach stays, of an open duty that was counted anew as of one that was done before."""
    chance = cases(13, 3)
    chance.duties, chance.acts, chance.entries = [], [], []
    due = datetime(2026, 11, 10, tzinfo=UTC)
    wrong = due - timedelta(days=1)
    marks: tuple[dict[str, str], ...] = ({}, {"counted_before": due.isoformat()}, {})
    for nth, (one, mark) in enumerate(zip(chance.complaints, marks, strict=True)):
        one |= {"received_at": wrong, "closed_at": None, "handled_at": None, "matters": []}
        duty = {"key": one["key"], "id": "CR-5.2.1a", "rule": "CR-5.2.1a", "role": "cs_supervisor", "owner": "li.na"}
        times = {"since": wrong, "due": due, "closed_at": due + timedelta(hours=1) if nth == 0 else None}
        whole = {"id": "CR-5.2.1a", "act": None, "changes": [], **mark}
        status = "done" if nth == 0 else "open"
        chance.duties.append({**duty, **times, "department": None, "status": status, "whole": whole})
    await keep(url, chance)
    receipts = json.dumps([{"received_at": wrong.isoformat(), "corrected_at": due.isoformat()}])
    await rows(url, "UPDATE complaints SET receipts = $2::jsonb WHERE key = $1", chance.complaints[0]["key"], receipts)
    found = await counted(url, Period.named("2026-11"), Subject(), due + timedelta(hours=9), "late_list")
    states = {line.number: line.values["state"] for line in found.lists["late_list"]}
    numbers = [one["number"] for one in chance.complaints]
    assert [states[number] for number in numbers] == ["done-counted-before", "open-counted-before", "open"]


async def test_a_breach_counts_for_whoever_was_waited_for_and_the_list_names_both(url: str):
    """Decision 14: not for the owner, whom it kept waiting; what was done in time stays the owner's."""
    chance = cases(13, 2)
    chance.duties, chance.acts, chance.entries = [], [], []
    due = datetime(2026, 11, 10, tzinfo=UTC)
    for one, closed in zip(chance.complaints, (None, due - timedelta(hours=1)), strict=True):
        one |= {"received_at": due - timedelta(days=1), "closed_at": None, "handled_at": None, "matters": []}
        chance.duties.append(
            {
                "key": one["key"],
                "id": "CR-5.2.2e",
                "rule": "CR-5.2.2e",
                "role": "department_head",
                "department": "engineering",
                "owner": "liu.bo",
                "since": due - timedelta(days=1),
                "due": due,
                "closed_at": closed,
                "status": "done" if closed else "open",
                "whole": {"id": "CR-5.2.2e", "act": None, "changes": [], "waited_for": "li.na"},
            }
        )
    await keep(url, chance)
    at = due + timedelta(hours=9)
    found = await counted(url, Period.named("2026-11"), Subject(), at, "late_list")
    [line] = found.lists["late_list"]
    assert (line.values["owner"], line.values["waited_for"]) == ("liu.bo", "li.na")
    assert line.values["cause"] == "waited:department_head"
    checked = await counted(url, Period.named("2026-11"), Subject(), at, "check")
    names = {row.number: (row.values["owner"], row.values["waited_for"]) for row in checked.lists["check"]}
    assert names[line.number] == ("liu.bo", "li.na")
    offices = found.tally("offices")
    assert offices.at("marketing", "late").n == 1
    assert offices.at("engineering", "on_time").n == 1
    assert offices.at("engineering", "late").n == 0
    of_the_waiting = await counted(url, Period.named("2026-11"), Subject(person="li.na"), at, "late_list")
    assert len(of_the_waiting.lists["late_list"]) == 1


async def test_a_period_in_which_nothing_happened_has_no_figure(url: str):
    found = await counted(url, Period.named("2026-11"), Subject(), LATER, "studies", "check", "register")
    assert found.tallies == {}
    assert not any(found.lists.values())


@pytest.mark.clause("CH-7.1.1")
@pytest.mark.clause("CH-7.3.3")
async def test_register_and_daily_check_know_the_date_in_force(url: str):
    chance = cases(7, 4)
    chance.duties, chance.acts, chance.entries = [], [], []
    morning = datetime(2026, 11, 10, 1, tzinfo=UTC)
    told, new, refused = (morning + timedelta(days=days) for days in (3, 6, 9))
    later, again, never, too_late = chance.complaints
    for nth, one in enumerate(chance.complaints):
        received = morning + timedelta(minutes=nth)
        one |= {"received_at": received, "closed_at": None, "handled_at": None, "matters": [], "reopens": None}
    for one in (later, again, too_late):
        at = morning + timedelta(hours=30 if one is too_late else 2)  # one of them hears of it on the next day
        chance.act(one, "CH-7.1.1", "CH-7.1.1", at, form={"feedback_by": told.isoformat()})
    asked = morning + timedelta(hours=5)
    for at, date in ((asked, new), (asked + timedelta(hours=1), refused)):
        chance.act(again, "CH-7.3.1", "CH-7.3.1", at, kind="reschedule", form={"promised": date.isoformat()})
    change = {"at": asked.isoformat(), "old": told.isoformat(), "new": new.isoformat()}
    chance.duties.append(
        {
            "key": again["key"], "id": "CH-7.3.1", "rule": "CH-7.3.1", "role": "cs_clerk", "department": None,
            "owner": "li.na", "since": morning, "due": new, "closed_at": None, "status": "open",
            "whole": {"id": "CH-7.3.1", "act": None, "changes": [change]},
        }
    )  # fmt: skip
    await keep(url, chance)
    evening = morning + timedelta(hours=12)
    found = await counted(url, Period.named("2026-11-10"), Subject(), evening, "check", "register")
    why = {row.number: str(row.values["why"]).split() for row in found.lists["check"]}
    assert {number for number, reasons in why.items() if "no-date" in reasons} == {never["number"], too_late["number"]}
    expected = {
        later["number"]: told.isoformat(),
        again["number"]: new.isoformat(),
        never["number"]: None,
        too_late["number"]: None,
    }
    assert expected_in(found) == expected
    noon = morning + timedelta(hours=4)  # before the date was changed
    at_noon = await counted(url, Period.named("2026-11-10"), Subject(), noon, "register")
    assert expected_in(at_noon) == expected | {again["number"]: told.isoformat()}


def expected_in(found: PeriodStatistics) -> dict[str, Any]:
    return {line.number: line.values["expected"] for line in found.lists["register"]}
