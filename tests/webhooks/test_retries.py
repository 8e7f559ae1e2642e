"""When a delivery is sent again, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from complaints.webhooks import retries

BEGAN = datetime(2026, 12, 1, 9, tzinfo=UTC)


def tries(chance: float) -> list[timedelta]:
    """When a delivery is tried that is never taken, counted from its first try."""
    found, now, attempts = [timedelta(0)], BEGAN, 1
    while (again := retries.next_try(attempts, BEGAN, now, chance)) is not None:
        now, attempts = again, attempts + 1
        found.append(now - BEGAN)
    return found


def test_pauses_triple_up_to_six_hours_and_end_after_about_three_days():
    found = tries(0.5)
    pauses = [after - before for before, after in pairwise(found)]
    assert [pause.total_seconds() for pause in pauses[:8]] == [10, 30, 90, 270, 810, 2430, 7290, 21600]
    assert set(pauses[7:]) == {timedelta(hours=6)}
    assert timedelta(days=3) <= found[-1] <= timedelta(days=3, hours=6)


@given(some.floats(0, 1))
def test_whatever_the_jitter_it_goes_on_for_three_days_and_not_for_four(chance: float):
    found = tries(chance)
    assert timedelta(days=3) <= found[-1] <= timedelta(days=3, hours=8)
    assert 15 <= len(found) <= 30
    assert all(after > before for before, after in pairwise(found))


def test_the_jitter_spreads_a_pause_by_a_quarter_to_both_sides():
    earliest, latest = (retries.next_try(8, BEGAN, BEGAN, chance) for chance in (0, 1))
    assert earliest == BEGAN + timedelta(hours=4.5)
    assert latest == BEGAN + timedelta(hours=7.5)


def test_a_receiver_is_left_alone_for_fifteen_seconds_to_five_minutes():
    assert [retries.receiver_pause(n).total_seconds() for n in (1, 2, 3, 4, 99)] == [15, 45, 135, 300, 300]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        *(("120", 120), (" 7 ", 7), ("0", 0), ("999999999", 21600), ("9" * 30, 0), ("-5", 0), ("", 0), ("soon", 0)),
        ("Tue, 01 Dec 2026 09:02:00 GMT", 120),
        ("Tue, 01 Dec 2026 08:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 21600),
        ("Tue, 01 Dec 2026 09:02:00 +9999", 0),
    ],
)
def test_a_receiver_may_ask_for_a_pause_up_to_six_hours(said: str, seconds: int):
    asked = retries.asked_pause(said, BEGAN)
    assert asked == timedelta(seconds=seconds)
    assert retries.next_try(1, BEGAN, BEGAN, 0.5, asked) == BEGAN + max(asked, timedelta(seconds=10))
    assert retries.receiver_pause(1, asked) == max(asked, timedelta(seconds=15))


def test_a_receiver_that_takes_nothing_for_three_days_is_failing():
    assert not retries.is_failing(None, BEGAN)
    assert not retries.is_failing(BEGAN, BEGAN + timedelta(days=2, hours=23))
    assert retries.is_failing(BEGAN, BEGAN + timedelta(days=3))
