"""Periods: their first and last days, their names, the ones before and after, the same a year before."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from complaints.case.round import Subject, round_key
from complaints.clock.periods import Period, PeriodError, PeriodKind

PERIODS = (
    ("2026-11-22", "2026-11-22", "2026-11-22"),
    ("2024-02-29", "2024-02-29", "2024-02-29"),
    ("2026-W47", "2026-11-16", "2026-11-22"),
    ("2026-W01", "2025-12-29", "2026-01-04"),  # the week of the year in which its Thursday lies
    ("2026-W53", "2026-12-28", "2027-01-03"),
    ("2026-11", "2026-11-01", "2026-11-30"),
    ("2026-02", "2026-02-01", "2026-02-28"),
    ("2024-02", "2024-02-01", "2024-02-29"),
    ("2026-Q1", "2026-01-01", "2026-03-31"),
    ("2026-Q4", "2026-10-01", "2026-12-31"),
    ("2026", "2026-01-01", "2026-12-31"),
)


@pytest.mark.parametrize(("name", "start", "end"), PERIODS)
def test_a_period_has_its_first_and_last_day(name: str, start: str, end: str):
    period = Period.named(name)
    assert (period.start.isoformat(), period.end.isoformat(), period.name) == (start, end, name)


NEIGHBOURS = (
    # period, before, a year before
    ("2026-01-01", "2025-12-31", "2025-01-01"),
    ("2024-02-29", "2024-02-28", "2023-02-28"),
    ("2024-03-01", "2024-02-29", "2023-03-01"),
    ("2026-W01", "2025-W52", "2025-W01"),
    ("2026-W53", "2026-W52", "2025-W52"),
    ("2027-W01", "2026-W53", "2026-W01"),
    ("2026-01", "2025-12", "2025-01"),
    ("2024-02", "2024-01", "2023-02"),
    ("2026-Q1", "2025-Q4", "2025-Q1"),
    ("2026", "2025", "2025"),
)


@pytest.mark.parametrize(("name", "before", "a_year_before"), NEIGHBOURS)
def test_a_period_has_one_before_it_and_one_a_year_before(name: str, before: str, a_year_before: str):
    period = Period.named(name)
    assert (period.before.name, period.a_year_before.name) == (before, a_year_before)


@given(st.dates(date(1990, 1, 1), date(2200, 1, 1)), st.sampled_from(PeriodKind))
def test_periods_follow_each_other_without_a_gap_and_know_their_names(day: date, kind: PeriodKind):
    period = Period.of(kind, day)
    assert period.contains(day)
    assert Period.named(period.name) == period
    assert period.after.before == period
    assert period.after.start - period.end == timedelta(days=1)
    assert not period.contains(period.end + timedelta(days=1))
    assert not period.contains(period.before.end)


@pytest.mark.parametrize(
    "name", ["", "2026-13", "2026-W54", "2025-W53", "2026-Q5", "2026-02-29", "26", "2026-1", "now"]
)
def test_what_is_no_period_is_refused(name: str):
    with pytest.raises(PeriodError):
        Period.named(name)


def test_half_a_month_is_no_period():
    with pytest.raises(ValidationError):
        Period(kind=PeriodKind.MONTH, start=date(2026, 11, 1), end=date(2026, 11, 15))


def test_a_round_has_one_key():
    period = Period.named("2026-11")
    assert round_key("CH-7.4.2", period, Subject(project="hf01")) == "round-CH-7.4.2-2026-11-hf01"
    assert Subject().key == "company"
    assert Subject(department="sales").key == "company.sales"
    assert Subject(project="hf01", person="he.xiu").key == "hf01.he.xiu"
