"""The case library's own arithmetic: which pieces are asked for, what weighs how much, what is shown of a text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from complaints.library import pieces
from complaints.library.model import Similar

THEN = datetime(2026, 1, 12, 1, 0, tzinfo=UTC)


def case(key: str, likeness: float, title: str = "") -> Similar:
    said: dict[str, Any] = {"key": key, "number": key.upper(), "project": "hf01", "building": "", "level": 3}
    times = {"received_at": THEN, "over_at": THEN + timedelta(days=9)}
    rest = {"matter": "漏水", "done": "", "cost": None, "loss": 0, "outcome": None, "satisfaction": None}
    return Similar(**said, **times, **rest, category="engineering", likeness=likeness, title=title)  # type: ignore[arg-type]


def test_a_word_is_looked_up_by_its_pairs_and_not_by_single_characters_within_them():
    assert pieces.wanted(["厨", "房", "漏", "水", "厨房", "房漏", "漏水"]) == ("厨房", "房漏", "漏水")


def test_a_single_character_is_looked_up_as_it_is():
    assert pieces.wanted(["水"]) == ("水",)


def test_a_word_of_other_scripts_is_looked_up_by_runs_of_letters_so_that_it_is_found_within_longer_ones():
    assert pieces.wanted(["leak", "lea", "eak"]) == ("eak", "lea")
    assert pieces.wanted(["3", "栋"]) == ("3", "栋")


def test_a_rare_piece_weighs_more_than_a_common_one_and_one_nobody_counted_most():
    assert pieces.weight(None) > pieces.weight(0.01) > pieces.weight(0.2) > 0


def test_pieces_that_half_of_all_texts_have_find_no_candidates_but_still_count():
    shares = {"客户": 0.9, "漏水": 0.05, "阳台": 0.02}
    weights = pieces.compared(["客", "户", "客户", "漏水", "阳台"], shares)
    assert set(weights) == {"客户", "漏水", "阳台"}
    assert pieces.looked_up(weights, shares) == ("阳台", "漏水")


def test_common_pieces_alone_still_find_something():
    shares = {"客户": 0.9}
    assert pieces.looked_up(pieces.compared(["客户"], shares), shares) == ("客户",)


@pytest.mark.clause("CR-5.4.4")
def test_a_case_study_comes_before_others_unless_it_is_much_less_alike():
    near = [case("plain", 0.8), case("study", 0.5, "外墙渗水"), case("far", 0.3, "别的事")]
    assert [one.key for one in pieces.proposed(near, 5)] == ["study", "plain", "far"]


def test_what_is_hardly_alike_is_not_proposed_and_no_more_than_asked_for():
    assert pieces.proposed([case("other", 0.05)], 5) == ()
    assert [one.key for one in pieces.proposed([case(f"c{n}", 0.9 - n / 10) for n in range(5)], 2)] == ["c0", "c1"]


def test_a_snippet_shows_where_the_words_stand_together():
    text = "漏水" + "无关的话" * 40 + "厨房天花板漏水，要求赔偿" + "。后来" * 40
    shown = pieces.snippet(text, ["漏水", "赔偿"])
    assert "漏水，要求赔偿" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) <= 2 * pieces.AROUND + 2


def test_a_short_text_is_shown_whole_on_one_line():
    assert pieces.snippet("厨房\n漏水", ["漏水"]) == "厨房 漏水"


def test_a_snippet_ignores_case():
    assert "Lift" in pieces.snippet("x" * 300 + " The Lift stopped " + "y" * 300, ["lift"])
