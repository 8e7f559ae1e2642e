"""Every process of a run begins with long tests, and none has much more of them than another."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.sharing import in_parts


@given(st.lists(st.integers(1, 200), max_size=12), st.integers(1, 8), st.randoms(use_true_random=False))
def test_nothing_is_lost_and_each_part_that_xdist_cuts_begins_with_its_long_ones(
    long: list[int], processes: int, luck: random.Random
):
    took = [*long, *[0] * (len(long) * processes + 1)]  # more short ones than long ones, as it is
    luck.shuffle(took)
    numbered = list(enumerate(took))
    ordered = in_parts(numbered, processes, lambda item: item[1])
    assert sorted(ordered) == numbered
    loads: list[int] = []
    for nth in range(processes):
        many = len(ordered) // (processes - nth)
        part, ordered = [seconds for _, seconds in ordered[:many]], ordered[many:]
        loads.append(sum(part))
        assert part == sorted(part, reverse=True)
    assert max(loads) - min(loads) <= max(took)


@given(st.lists(st.integers(0, 200), max_size=80), st.integers(1, 8))
def test_nothing_is_lost_where_there_are_more_long_ones_than_a_part_has_room_for(took: list[int], processes: int):
    numbered = list(enumerate(took))
    assert sorted(in_parts(numbered, processes, lambda item: item[1])) == numbered


def test_the_longest_come_first_and_the_short_ones_fill_up():
    took = {"a": 0, "b": 0, "c": 60, "d": 0, "e": 200, "f": 0, "g": 100, "h": 45}
    assert in_parts(list(took), 2, lambda name: took[name]) == ["e", "a", "d", "f", "g", "c", "h", "b"]
