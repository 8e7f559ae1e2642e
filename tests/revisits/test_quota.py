"""How many are drawn: shares rounded up, and a year that comes out exactly whatever happens in it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from complaints.case.round import Period
from complaints.revisits.lines import target
from complaints.revisits.model import Asking, Share
from complaints.revisits.quota import NoSuchDraw, part_of, periods_left, quota, share_of, shares
from tests.revisits.estates import PATIENT, Estate, homes, months


def wanted(rule: str, customers: int, month: str = "2026-01") -> int:
    return quota(Estate(homes(customers)).asks(rule, month)).wanted


@pytest.mark.clause("RV-5.3a")
@pytest.mark.parametrize(("customers", "drawn"), [(0, 0), (1, 1), (99, 1), (100, 1), (101, 2), (812, 9), (10_000, 100)])
def test_the_office_manager_revisits_one_in_a_hundred_each_month_rounded_up(customers: int, drawn: int):
    assert wanted("RV-5.3a", customers) == drawn


@pytest.mark.clause("RV-5.3c")
@pytest.mark.parametrize(("customers", "drawn"), [(0, 0), (1, 1), (50, 1), (51, 2), (100, 2), (812, 17)])
def test_other_departments_revisit_two_in_a_hundred_each_month_rounded_up(customers: int, drawn: int):
    assert wanted("RV-5.3c", customers) == drawn


@pytest.mark.clause("RV-5.3b")
@pytest.mark.parametrize(
    ("customers", "by_month"),
    [
        (100, [5, 5, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4]),
        (24, [1] * 12),
        (25, [2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
        (3, [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        (1, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        (1201, [51, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50]),
    ],
)
def test_the_service_centre_s_half_is_paced_over_the_year(customers: int, by_month: list[int]):
    estate = Estate(homes(customers))
    assert [len(estate.draws_for("RV-5.3b", month).chosen) for month in months()] == by_month
    assert sum(by_month) == math.ceil(customers / 2)


@pytest.mark.clause("RV-5.3c")
def test_other_departments_that_begin_late_still_come_to_a_fifth_of_the_year():
    estate = Estate(homes(1000))
    sizes = [len(estate.draws_for("RV-5.3c", month).chosen) for month in months()[8:]]
    assert sizes == [50, 50, 50, 50]
    whole = Estate(homes(1000))
    assert [len(whole.draws_for("RV-5.3c", month).chosen) for month in months()] == [20] * 12


@pytest.mark.slow
@pytest.mark.clause("RV-5.3b")
@PATIENT
@given(counts=st.lists(st.integers(min_value=0, max_value=400), min_size=12, max_size=12))
def test_the_year_s_quota_is_met_exactly_while_customers_come_and_go(counts: list[int]):
    """Exactly the half of those there are in December; more only where more had been drawn before people left."""
    estate = Estate({})
    everybody = homes(400)
    for count, month in zip(counts, months(), strict=True):
        estate.customers = dict(list(everybody.items())[:count])
        made = estate.draws_for("RV-5.3b", month)
        assert made.short == 0 or len(made.chosen) == count
    drawn = sum(len(made.chosen) for made in estate.draws)
    before_december = drawn - len(estate.draws[-1].chosen)
    assert drawn == max(math.ceil(counts[-1] / 2), before_december)


@pytest.mark.slow
@pytest.mark.clause("RV-5.3c")
@PATIENT
@given(counts=st.lists(st.integers(min_value=30, max_value=300), min_size=12, max_size=12))
def test_a_fifth_is_reached_and_no_month_is_below_its_share(counts: list[int]):
    estate = Estate({})
    everybody = homes(300)
    for count, month in zip(counts, months(), strict=True):
        estate.customers = dict(list(everybody.items())[:count])
        assert len(estate.draws_for("RV-5.3c", month).chosen) >= math.ceil(count * 2 / 100)
    assert sum(len(made.chosen) for made in estate.draws) >= math.ceil(counts[-1] / 5)


@pytest.mark.slow
@pytest.mark.clause("RV-5.3b")
@PATIENT
@given(order=st.permutations(range(12)))
def test_months_drawn_late_and_out_of_order_still_come_to_the_half(order: list[int]):
    """After an outage a month may be drawn when later ones are: nothing is drawn for it twice or forgotten."""
    estate = Estate(homes(137))
    for month in order:
        estate.draws_for("RV-5.3b", months()[month])
    assert sum(len(made.chosen) for made in estate.draws) == 69


@pytest.mark.clause("RV-5.3b")
def test_a_month_that_was_missed_falls_to_those_after_it():
    estate = Estate(homes(120))
    for month in ("2026-01", "2026-04"):
        estate.draws_for("RV-5.3b", month)
    assert [len(made.chosen) for made in estate.draws] == [5, 7]  # 60 by 12; 55 by the 9 months from April on
    assert periods_left(Period.named("2026-03"), estate.asks("RV-5.3b", "2026-03").earlier) == 9


def test_another_year_begins_at_nothing():
    estate = Estate(homes(120))
    for month in (*months(2026), "2027-01"):
        estate.draws_for("RV-5.3b", month)
    assert [len(made.chosen) for made in estate.draws] == [5] * 13


@pytest.mark.clause("RV-5.2")
def test_a_consultant_s_list_is_everybody_who_may_be_called():
    asking = Estate(homes(30)).asks("RV-5.2", "2026-01", left_out=["c1-0003", "c1-0004"])
    assert quota(asking).wanted == 28


def test_a_rule_that_asks_for_no_draw_is_named():
    with pytest.raises(NoSuchDraw, match=r"CR-5\.2\.1b"):
        share_of("CR-5.2.1b")


@pytest.mark.clause("RV-5.2", "RV-5.3a", "RV-5.3b", "RV-5.3c")
def test_the_shares_in_force_are_those_of_the_procedure():
    assert shares() == {
        "RV-5.2": Share(everyone=True),
        "RV-5.3a": Share(monthly=1),
        "RV-5.3b": Share(yearly=50),
        "RV-5.3c": Share(monthly=2, yearly=20),
    }


@PATIENT
@given(count=st.integers(min_value=0, max_value=10**9), percent=st.integers(min_value=1, max_value=100))
def test_a_part_is_rounded_up_and_never_by_a_whole_one(count: int, percent: int):
    assert 0 <= part_of(count, percent) * 100 - count * percent < 100


@pytest.mark.parametrize(
    ("rule", "customers", "wanted", "months", "comes_to"),
    [
        ("RV-5.3a", 812, 0, 0, 108),  # 12 months of 9
        ("RV-5.3a", 812, 10, 1, 109),  # one of 10 when there were more
        ("RV-5.3b", 101, 5, 1, 51),
        ("RV-5.3c", 50, 0, 0, 12),
        ("RV-5.3c", 1000, 160, 4, 320),
    ],
)
def test_what_a_year_comes_to(rule: str, customers: int, wanted: int, months: int, comes_to: int):
    assert target(share_of(rule), customers, wanted, months) == comes_to


@pytest.mark.parametrize("wrong", [{}, {"everyone": True, "monthly": 1}, {"monthly": 0}, {"yearly": 101}])
def test_a_share_that_says_nothing_or_too_much_is_refused(wrong: dict[str, int]):
    with pytest.raises(ValidationError):
        Share.model_validate(wrong)


def test_a_population_out_of_order_or_with_somebody_twice_is_refused():
    good = Estate(homes(3)).asks("RV-5.3a", "2026-01")
    for people in (good.population[::-1], (*good.population, good.population[-1])):
        with pytest.raises(ValidationError, match="sorted by id"):
            Asking.model_validate(good.model_dump() | {"population": [one.model_dump() for one in people]})
    with pytest.raises(ValidationError, match="commitment and link"):
        Asking.model_validate(good.model_dump() | {"link": None})
