"""The grade that is proposed, and why. The figures are restated here: 500,000 yuan, harmful media, 10 households."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from complaints import editions
from complaints.grading import propose, words
from complaints.model import Facts

EDITION = editions.load(Path(editions.__file__).parent / "2026.1")


def graded(repeats: int = 0, **facts: Any) -> tuple[int, list[str]]:
    """(level, ids of the reasons)"""
    proposal = propose(Facts(**facts), EDITION, repeats=repeats)
    return proposal.level, [reason.rule for reason in proposal.reasons]


@pytest.mark.clause("CR-3.1a")
@pytest.mark.parametrize("certainty", ["actual", "likely"])
@pytest.mark.parametrize(("loss", "level"), [("499999.99", 2), ("500000", 1), ("500000.01", 1), ("99999999999", 1)])
def test_half_a_million_of_loss_is_a_crisis_actual_or_likely(loss: str, level: int, certainty: str) -> None:
    got, reasons = graded(loss=loss, loss_is=certainty)
    assert got == level
    assert (reasons == ["CR-3.1a"]) is (level == 1)


@pytest.mark.clause("CR-3.1b")
@pytest.mark.parametrize("certainty", ["actual", "likely"])
def test_harmful_media_exposure_is_a_crisis_actual_or_likely(certainty: str) -> None:
    assert graded(media="harmful", media_is=certainty) == (1, ["CR-3.1b"])


@pytest.mark.clause("CR-3.1b")
def test_a_medium_that_only_takes_it_up_is_no_crisis_yet() -> None:
    assert graded(media="mentioned", media_is="actual") == (2, ["GRADE-2.media"])


@pytest.mark.clause("CR-3.1c")
@pytest.mark.parametrize("certainty", ["actual", "likely"])
@pytest.mark.parametrize(("households", "level"), [(9, 2), (10, 1), (11, 1)])
def test_ten_households_suing_together_are_a_crisis(households: int, level: int, certainty: str) -> None:
    got, reasons = graded(households=households, households_is=certainty)
    assert got == level
    assert (reasons == ["CR-3.1c"]) is (level == 1)


@pytest.mark.clause("CR-5.2.1a")
@pytest.mark.parametrize(
    ("facts", "level", "reason"),
    [
        ({"loss": 100_000}, 2, "GRADE-2.loss"),
        ({"loss": "99999.99"}, 3, "GRADE-3.loss"),
        ({"households": 5}, 2, "GRADE-2.households"),
        ({"households": 4}, 3, "GRADE-3.households"),
        ({"loss": 10_000}, 3, "GRADE-3.loss"),
        ({"loss": "9999.99"}, 4, "GRADE-4"),
        ({"households": 2}, 3, "GRADE-3.households"),
        ({"households": 1}, 4, "GRADE-4"),
        ({"repeats": 1}, 3, "GRADE-3.repeats"),
        ({}, 4, "GRADE-4"),
    ],
)
def test_levels_two_to_four_follow_the_house_criteria(facts: dict[str, Any], level: int, reason: str) -> None:
    assert graded(**facts) == (level, [reason])


@pytest.mark.clause("CR-5.2.1a")
def test_the_proposal_has_a_reason_for_every_criterion_met_at_its_level_and_none_below() -> None:
    level, reasons = graded(loss=600_000, media="harmful", households=12, repeats=3)
    assert level == 1
    assert sorted(reasons) == ["CR-3.1a", "CR-3.1b", "CR-3.1c"]


def test_a_reason_is_a_sentence_in_both_languages() -> None:
    proposal = propose(Facts(loss=Decimal("600000.50"), loss_is="actual", media="harmful", households=12), EDITION)
    said = {reason.rule: (words(reason), words(reason, "en")) for reason in proposal.reasons}
    assert said["CR-3.1a"] == (
        "实际损失600,000.50元，达到1级标准500,000元（CR-3.1a）。",
        "The actual loss of RMB 600,000.50 reaches the RMB 500,000 of level 1 (CR-3.1a).",
    )
    assert said["CR-3.1b"][0] == "媒体情况：可能负面报道严重损害声誉，符合1级标准（CR-3.1b）。"
    assert said["CR-3.1c"][1] == "12 likely suing households reach the 10 of level 1 (CR-3.1c)."


def test_every_kind_of_reason_can_be_said() -> None:
    for facts, repeats in [({}, 0), ({}, 2), ({"media": "mentioned"}, 0), ({"households": 3, "loss": 10_000}, 0)]:
        for reason in propose(Facts(**facts), EDITION, repeats=repeats).reasons:
            assert words(reason, "zh").endswith("。")
            assert words(reason, "en").endswith(".")
            assert reason.rule in words(reason, "en")
