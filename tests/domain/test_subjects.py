"""What complaints come back to: phrases found without a dictionary, each with the complaints behind it."""

from __future__ import annotations

import random

import pytest

from complaints.case.complaint import Category
from complaints.library.subjects import Brought, subjects

PLACES = ("主卧", "次卧", "北阳台", "儿童房", "客厅")
TAILS = ("，请尽快处理", "，已经报修三次", "，影响老人休息", "，至今没有人来", "，希望赔偿")


def brought(*matters: str, category: Category = Category.ENGINEERING, start: int = 1) -> list[Brought]:
    return [Brought(number=f"N-{n}", category=category, matter=text) for n, text in enumerate(matters, start)]


def varied(what: str, count: int) -> list[str]:
    return [f"{PLACES[n % 5]}{what}{TAILS[n * 3 % 5]}" for n in range(count)]


@pytest.mark.clause("CS-4.4")
def test_the_subject_is_the_whole_phrase_that_complaints_share_and_not_a_part_of_it() -> None:
    matters = [*varied("窗框渗水", 6), *varied("电梯急停", 4), "门口绿化带缺苗"]
    found = subjects(brought(*matters))
    assert [(one.words, one.count) for one in found[:2]] == [("窗框渗水", 6), ("电梯急停", 4)]
    assert found[0].complaints == tuple(f"N-{n}" for n in range(1, 7))


@pytest.mark.clause("CS-4.4")
def test_each_complaint_counts_for_one_subject() -> None:
    matters = [*varied("窗框渗水", 6), *["窗框渗水，而且电梯急停"] * 2, *varied("电梯急停", 4)]
    found = subjects(brought(*matters))
    numbers = [number for one in found for number in one.complaints]
    assert len(numbers) == len(set(numbers))


def test_what_everybody_writes_is_no_subject() -> None:
    assert subjects(brought(*["业主多次投诉，要求尽快处理"] * 9)) == ()


def test_the_building_is_no_part_of_a_subject() -> None:
    [found] = subjects(brought(*(f"{n}号楼2单元电梯急停{TAILS[n]}" for n in range(5))))
    assert (found.words, found.count) == ("电梯急停", 5)


def test_two_complaints_make_no_subject() -> None:
    assert subjects(brought("电梯急停", "电梯急停，有人受伤")) == ()


def test_words_of_other_scripts_are_found_whole_and_without_case() -> None:
    found = subjects(brought("The Elevator stopped", "elevator noise", "broken ELEVATOR again"))
    assert [(one.words, one.count) for one in found] == [("elevator", 3)]


@pytest.mark.clause("CS-4.4")
def test_a_subject_says_how_often_it_came_before_and_which_events_answered_it() -> None:
    found = subjects(
        brought(*varied("办证拖延", 5), category=Category.SALES),
        before=brought(*varied("办证拖延", 2), "别的事"),
        answered={"e1": ["停车怎么安排"], "e2": ["办证拖延到什么时候"]},
    )
    assert (found[0].words, found[0].before, found[0].answered) == ("办证拖延", 2, ("e2",))
    assert found[0].category is Category.SALES


def test_the_order_of_the_complaints_makes_no_difference() -> None:
    matters = brought(*varied("窗框渗水", 7), *varied("墙面开裂", 5), *varied("地砖空鼓", 5), "其他")
    expected = [(one.words, one.count) for one in subjects(matters)]
    for seed in range(5):
        mixed = random.Random(seed).sample(matters, len(matters))
        assert [(one.words, one.count) for one in subjects(mixed)] == expected


def test_no_complaints_have_no_subjects() -> None:
    assert subjects([]) == ()
