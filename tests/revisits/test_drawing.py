"""Who is drawn: nobody twice before all have been, spread over the buildings, the same whenever it is made again."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.case.round import Subject
from complaints.revisits.drawing import draw
from complaints.revisits.model import Draw, Exclusion, LeftOut
from complaints.revisits.spread import spread
from tests.revisits.estates import PATIENT, Estate, homes, months, secret

SIZES = st.lists(st.integers(min_value=1, max_value=40), min_size=1, max_size=8)
RULES = st.sampled_from(["RV-5.3a", "RV-5.3b", "RV-5.3c"])
"""The office's departments, one after another in any order."""


def called(made: Draw) -> list[str]:
    return [one.id for one in made.chosen]


@pytest.mark.slow
@pytest.mark.clause("RV-5.3d")
@PATIENT
@given(sizes=SIZES, draws=st.lists(st.tuples(RULES, st.sets(st.integers(0, 39), max_size=8)), min_size=1, max_size=30))
def test_nobody_is_drawn_again_while_somebody_who_may_be_called_has_not_been(
    sizes: list[int], draws: list[tuple[str, set[int]]]
):
    """Across the departments of the office: whoever comes out a second time comes out after everybody else."""
    estate = Estate(homes(*sizes))
    everybody = sorted(estate.customers)
    drawn: Counter[str] = Counter()
    cycle = 1
    for nth, (rule, left_out) in enumerate(draws):
        away = [everybody[at] for at in left_out if at < len(everybody)]
        made = estate.draws_for(
            rule, months()[nth % 12], left_out=away, subject=Subject(project="hf01", person=f"p{nth}")
        )
        assert len(called(made)) == len(set(called(made)))
        assert not set(called(made)) & set(away)
        if made.cycle_after > cycle:
            waiting = {id for id in everybody if id not in away} - set(called(made))
            in_cycle = {one.id for before in estate.draws for one in before.chosen if one.cycle == cycle}
            assert waiting <= in_cycle
            cycle = made.cycle_after
        drawn.update((one.id, one.cycle) for one in made.chosen)  # type: ignore[arg-type]
    assert set(drawn.values()) <= {1}


@pytest.mark.slow
@pytest.mark.clause("RV-5.3d")
@PATIENT
@given(sizes=SIZES, number=st.integers(0, 1000))
def test_all_have_been_drawn_when_the_first_comes_out_again(sizes: list[int], number: int):
    """Without anybody left out, a cycle is exactly everybody once."""
    estate = Estate(homes(*sizes), secret(number))
    while estate.cycle == 1:
        nth = len(estate.draws)
        estate.draws_for("RV-5.3c", months(2026 + nth // 12)[nth % 12])
    firsts = [one.id for made in estate.draws for one in made.chosen if one.cycle == 1]
    assert sorted(firsts) == sorted(estate.customers)


@pytest.mark.clause("RV-5.3d")
@PATIENT
@given(sizes=SIZES, rule=RULES, number=st.integers(0, 1000))
def test_each_building_gets_its_part_within_one(sizes: list[int], rule: str, number: int):
    made = draw(Estate(homes(*sizes), secret(number)).asks(rule, "2026-01"))
    given_to = Counter(one.building for one in made.chosen)
    for building, size in enumerate(sizes, 1):
        part = len(made.chosen) * size / sum(sizes)
        assert abs(given_to[f"{building}栋"] - part) < 1


@pytest.mark.clause("RV-5.3d")
@PATIENT
@given(sizes=SIZES, rules=st.lists(RULES, min_size=1, max_size=24))
def test_small_draws_add_up_to_each_building_s_part(sizes: list[int], rules: list[str]):
    """Month after month, counted over the cycle: never a whole customer more than the building's part."""
    estate = Estate(homes(*sizes))
    for nth, rule in enumerate(rules):
        made = estate.draws_for(rule, months()[nth % 12], subject=Subject(project="hf01", person=f"p{nth}"))
        if made.cycle_after > 1:
            return
        given_to = Counter(one.building for before in estate.draws for one in before.chosen)
        drawn = sum(given_to.values())
        for building, size in enumerate(sizes, 1):
            part = drawn * size / sum(sizes)
            assert given_to[f"{building}栋"] - part < 1
            assert part - given_to[f"{building}栋"] < 2


def test_one_customer_a_month_goes_round_the_buildings():
    estate = Estate(homes(10, 10, 10, 10, 10))
    places = [estate.draws_for("RV-5.3a", month).chosen[0].building for month in months()]
    assert sorted(Counter(places).values()) == [2, 2, 2, 3, 3]
    assert len(set(places[:5])) == len(set(places[5:10])) == 5


def test_the_places_of_the_example_in_the_documents():
    customers = {"1": 50, "2": 30, "3": 20}  # they need 3.5, 2.1 and 1.4
    assert spread(7, customers, {}, customers) == ["1", "1", "2", "1", "3", "2", "1"]
    assert Counter(spread(7, customers, {"1": 0, "2": 5, "3": 0}, {"1": 50, "2": 25, "3": 20})) == {
        "1": 5,
        "3": 2,
    }


def test_a_building_where_nobody_may_be_called_leaves_its_part_to_the_others():
    assert spread(4, {"1": 5, "2": 5}, {}, {"1": 1, "2": 5}) == ["1", "2", "2", "2"]
    assert spread(9, {"1": 5, "2": 5}, {}, {"1": 1, "2": 2}) == ["1", "2", "2"]
    assert spread(3, {}, {}, {}) == []


@pytest.mark.clause("RV-5.3d")
def test_everybody_left_out_has_a_reason_and_nobody_else_is():
    estate = Estate(homes(200))
    reasons = {
        "c1-0007": LeftOut(why=Exclusion.COMPLAINED, of="HF01-2026-000012"),
        "c1-0008": LeftOut(why=Exclusion.ASKED),
    }
    made = estate.draws_for("RV-5.3b", "2026-12", left_out=reasons)
    assert {one.id: one.left_out for one in made.left_out} == reasons
    assert len(made.chosen) == 100
    assert not {"c1-0007", "c1-0008"} & set(called(made))


def test_who_is_left_out_for_a_while_is_drawn_later_in_the_cycle():
    estate = Estate(homes(10))
    for nth, month in enumerate(months()[:10]):
        estate.draws_for("RV-5.3a", month, left_out=["c1-0000"] if nth < 9 else [])
    assert called(estate.draws[-1]) == ["c1-0000"]
    assert estate.cycle == 1


@pytest.mark.clause("RV-5.3d")
def test_a_draw_that_ends_a_cycle_goes_on_in_the_next_without_those_it_has_just_drawn():
    estate = Estate(homes(10))
    for nth in range(3):
        estate.draws_for("RV-5.3b", "2026-12", subject=Subject(project="hf01", person=f"p{nth}"))
    assert [made.cycle_after for made in estate.draws] == [1, 1, 2]
    third = draw(estate.asks("RV-5.3b", "2027-12", subject=Subject(project="hf01", person="p3")))
    assert [part.cycle for part in third.parts] == [2]
    assert not set(called(third)) & set(called(estate.draws[-1]))
    small = Estate(homes(3))
    small.draws_for("RV-5.3a", "2026-01")
    small.draws_for("RV-5.3a", "2026-02")
    two = small.draws_for("RV-5.3b", "2026-12")
    assert [(part.cycle, part.size) for part in two.parts] == [(1, 1), (2, 1)]
    assert len(set(called(two))) == 2


def test_with_too_few_who_may_be_called_the_draw_says_how_many_it_is_short():
    made = Estate(homes(10)).draws_for("RV-5.3b", "2026-12", left_out=[f"c1-{n:04}" for n in range(7)])
    assert (made.quota.wanted, len(made.chosen), made.short) == (5, 3, 2)
    nobody = Estate({}).draws_for("RV-5.3b", "2026-12")
    assert (nobody.quota.wanted, nobody.chosen, nobody.short) == (0, (), 0)


@pytest.mark.clause("RV-5.3d")
@PATIENT
@given(sizes=SIZES, rule=RULES, number=st.integers(0, 1000))
def test_the_same_is_drawn_whenever_it_is_drawn_again(sizes: list[int], rule: str, number: int):
    asking = Estate(homes(*sizes), secret(number)).asks(rule, "2026-05")
    first = draw(asking)
    read_back = Draw.model_validate_json(first.model_dump_json())
    assert draw(read_back.asking).digest == read_back.digest == first.digest


def test_another_month_department_or_secret_draws_others():
    def drawn(number: int = 1, month: str = "2026-05", **subject: str) -> list[str]:
        asking = Estate(homes(500), secret(number)).asks("RV-5.3a", month, subject=Subject(project="hf01", **subject))
        return called(draw(asking))

    assert drawn() == drawn()
    assert len({tuple(one) for one in (drawn(), drawn(2), drawn(month="2026-06"), drawn(department="property"))}) == 4


@pytest.mark.clause("RV-5.2")
def test_a_consultant_s_list_is_no_lot_and_turns_no_cycle():
    asking = Estate(homes(5)).asks("RV-5.2", "2026-05", left_out=["c1-0001"], subject=Subject(person="he.xiu"))
    made = draw(asking.but(link=None, commitment=None))
    assert called(made) == ["c1-0000", "c1-0002", "c1-0003", "c1-0004"]
    assert (made.seed, made.cycle_after, {one.cycle for one in made.chosen}) == (None, 1, {0})


SEEDS = 1000


@pytest.mark.clause("RV-5.3d")
@pytest.mark.parametrize("sizes", [(60,), (30, 20, 10), (7, 13, 40)])
def test_over_a_thousand_seeds_every_customer_has_the_same_chance(sizes: tuple[int, ...]):
    """Chi-square of how often each customer of a building came out, against equal chances within it.

    With k customers in a building and samples without replacement, the statistic with the variance of one building's
    draws has k - 1 degrees of freedom. It lies beyond mean + 4 standard deviations less than once in ten thousand.
    """
    found: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for number in range(SEEDS):
        made = draw(Estate(homes(*sizes), secret(number)).asks("RV-5.3b", "2026-10"))  # 30 in 3 months: 10 of 60
        found.update(called(made))
        places.update(one.building for one in made.chosen)
    assert sum(found.values()) == SEEDS * 10
    for building, size in enumerate(sizes, 1):
        chance = places[f"{building}栋"] / SEEDS / size
        ids = [id for id, of in homes(*sizes).items() if of == f"{building}栋"]
        square = sum((found[id] - SEEDS * chance) ** 2 for id in ids) / (SEEDS * chance * (1 - chance))
        statistic, degrees = square * (size - 1) / size, size - 1
        assert statistic < degrees + 4 * math.sqrt(2 * degrees)
        assert statistic > degrees - 4 * math.sqrt(2 * degrees)  # nor is it suspiciously even
