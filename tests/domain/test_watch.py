"""The watch list: near a crisis at 80 % of 500,000 yuan or 5 households, taken up by media, or raised before."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from complaints import editions
from complaints.case.complaint import Facts, Media, Proposal
from complaints.case.file import Related
from complaints.grading import propose, words
from complaints.grading.watch import watch

EDITION = editions.newest()
AGAIN = Related(key="hotline-1", why="customer", open=True)
SAME_BUILDING = Related(key="hotline-2", why="building", open=False)


def watched(level: int | Proposal = 2, related: tuple[Related, ...] = (), **facts: Any) -> list[str]:
    """The ids of the reasons."""
    return [reason.rule for reason in watch(Facts(**facts), level, related, EDITION)]


@pytest.mark.clause("CR-5.1.3")
@pytest.mark.parametrize("certainty", ["actual", "likely"])
def test_four_hundred_thousand_yuan_are_near_a_crisis(certainty: str) -> None:
    assert watched(loss="399999.99", loss_is=certainty) == []
    assert watched(loss=400_000, loss_is=certainty) == ["CR-5.1.3.loss"]
    assert watched(loss="499999.99", loss_is=certainty) == ["CR-5.1.3.loss"]


@pytest.mark.clause("CR-5.1.3")
def test_five_to_nine_households_are_near_a_crisis() -> None:
    assert [bool(watched(households=n)) for n in (4, 5, 9)] == [False, True, True]


@pytest.mark.clause("CR-5.1.3")
def test_a_media_mention_is_watched() -> None:
    assert watched(media="mentioned") == ["CR-5.1.3.media"]
    assert watched(media="none") == []


@pytest.mark.clause("CR-5.1.2")
def test_a_complaint_raised_before_is_watched_by_whomever_it_was_raised() -> None:
    assert watched(4, related=(AGAIN,)) == ["CR-5.1.2"]
    assert watched(4, related=(SAME_BUILDING,)) == ["CR-5.1.2"]
    assert watched(4) == []


@pytest.mark.clause("CR-5.1.2")
def test_only_what_is_not_solved_counts_as_unsolved() -> None:
    """One that is handled and not archived is open, but solved."""
    handled, unsolved = AGAIN.but(unsolved=False), SAME_BUILDING.but(open=True, unsolved=True)
    [reason] = watch(Facts(), 4, (handled, unsolved), EDITION)
    assert (reason.params["value"], reason.params["unsolved"], reason.params["open"]) == ("2", "1", "2")
    assert "未解决1件" in words(reason)
    assert "1 are unsolved" in words(reason, "en")
    [before] = watch(Facts(), 4, (AGAIN,), EDITION)
    assert "unsolved" not in before.params, "an earlier release did not know it"


@pytest.mark.clause("CR-5.1.3")
def test_every_reason_to_watch_is_listed() -> None:
    got = watched(3, (AGAIN, SAME_BUILDING), loss=450_000, households=9, media="mentioned")
    assert got == ["CR-5.1.3.loss", "CR-5.1.3.households", "CR-5.1.3.media", "CR-5.1.2"]


@pytest.mark.clause("CR-5.1.3")
def test_a_crisis_is_not_watched_for_becoming_one() -> None:
    facts = Facts(loss=Decimal(600_000))
    assert watched(1, (AGAIN,), loss=600_000) == []
    assert watch(facts, propose(facts, EDITION), (AGAIN,), EDITION) == ()


@pytest.mark.clause("CR-5.1.3")
def test_what_meets_a_criterion_and_was_graded_lower_is_watched() -> None:
    assert watched(2, loss=600_000, households=10) == ["CR-5.1.3.loss", "CR-5.1.3.households"]


def test_before_the_grading_the_proposal_stands_for_the_grade() -> None:
    facts = Facts(households=7)
    assert [reason.rule for reason in watch(facts, propose(facts, EDITION), (), EDITION)] == ["CR-5.1.3.households"]


def test_a_reason_to_watch_is_a_sentence_in_both_languages() -> None:
    facts = Facts(loss=Decimal(450_000), households=6, media=Media.MENTIONED)
    said = [(words(one), words(one, "en")) for one in watch(facts, 3, (AGAIN, SAME_BUILDING), EDITION)]
    assert said == [
        (
            "可能损失450,000元，已达到一级标准500,000元的80%（CR-5.1.3.loss）。",
            "The likely loss of RMB 450,000 has reached 80% of the RMB 500,000 that make a crisis (CR-5.1.3.loss).",
        ),
        (
            "可能共同诉讼的业主有6户，已达到关注标准5户，一级标准为10户（CR-5.1.3.households）。",
            "6 likely suing households reach the 5 of the watch list; 10 make a crisis (CR-5.1.3.households).",
        ),
        (
            "媒体情况：可能媒体提及，列入关注（CR-5.1.3.media）。",
            "Media: likely, taken up by a medium. This goes on the watch list (CR-5.1.3.media).",
        ),
        (
            "重复投诉：相关投诉2件，其中同一客户1件、同一楼栋同类问题1件，尚未办结1件（CR-5.1.2）。",
            "Repeated: 2 related complaints, 1 by the same customer, 1 of the same building and subject; "
            "1 still open (CR-5.1.2).",
        ),
    ]
