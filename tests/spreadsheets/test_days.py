"""Days and times as people and programs write them."""

from __future__ import annotations

from datetime import date, time

import pytest

from complaints.spreadsheets.days import DayOrder, Unclear, order_of, when


@pytest.mark.parametrize(
    ("text", "day", "at"),
    [
        ("2024-03-05", date(2024, 3, 5), None),
        ("2024-3-6 14:20", date(2024, 3, 6), time(14, 20)),
        ("2024.3.20", date(2024, 3, 20), None),
        ("2024年3月9日", date(2024, 3, 9), None),
        ("２０２４年３月９日", date(2024, 3, 9), None),
        ("2024年3月5日 星期二", date(2024, 3, 5), None),
        ("2024年3月5日 下午2:20", date(2024, 3, 5), time(14, 20)),
        ("2024年3月5日14时20分", date(2024, 3, 5), time(14, 20)),
        ("2024/3/11 9:05:30", date(2024, 3, 11), time(9, 5, 30)),
        ("20240311", date(2024, 3, 11), None),
        ("45475", date(2024, 7, 2), None),
        ("45475.4305555556", date(2024, 7, 2), time(10, 20)),
        ("08/17/2018 03:25:16 PM", date(2018, 8, 17), time(15, 25, 16)),
        ("08/17/2018 12:00:00 AM", date(2018, 8, 17), time(0)),
        ("17.08.2018", date(2018, 8, 17), None),
        ("03/03/2018", date(2018, 3, 3), None),
        ("17-Aug-2018", date(2018, 8, 17), None),
        ("August 17, 2018", date(2018, 8, 17), None),
        ("2024-01-01T08:15:30", date(2024, 1, 1), time(8, 15, 30)),
    ],
)
def test_a_day_is_understood(text: str, day: date, at: time | None):
    found = when(text)
    assert (found.day, found.at, found.zoned) == (day, at, None)


def test_a_moment_with_its_zone_is_one():
    found = when("2024-01-01T08:15:30.000Z").zoned
    assert found is not None
    assert found.isoformat() == "2024-01-01T08:15:30+00:00"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("03/04/2018", "date-order"),
        ("13/13/2018", "date"),
        ("2024-02-30", "date"),
        ("2024-3-6 25:00", "date"),
        ("1024-02-03", "date"),
        ("3/4/24", "date"),
        ("昨天", "date"),
        ("2024-3-123", "date"),
        ("12-Foo-2018", "date"),
        ("", "date"),
    ],
)
def test_what_is_no_day_or_one_of_two_is_refused(text: str, code: str):
    with pytest.raises(Unclear) as refused:
        when(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("texts", "order", "day"),
    [
        (["03/04/2018", "08/17/2018"], DayOrder.MONTH, date(2018, 3, 4)),
        (["03/04/2018", "17/08/2018", ""], DayOrder.DAY, date(2018, 4, 3)),
    ],
)
def test_the_column_as_a_whole_tells_which_stands_first(texts: list[str], order: DayOrder, day: date):
    assert order_of(texts) is order
    assert when(texts[0], order=order_of(texts)).day == day


def test_a_column_that_says_both_or_nothing_tells_nothing():
    assert order_of(["03/04/2018", "08/17/2018", "17/08/2018"]) is None
    assert order_of(["03/04/2018", "2024-03-05"]) is None
