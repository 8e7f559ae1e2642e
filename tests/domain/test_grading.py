"""The grade that is proposed, and why. The figures are restated here: 500,000 yuan, harmful media, 10 households."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from complaints import editions
from complaints.case.complaint import Certainty, Complaint, Facts, Media
from complaints.case.file import Related
from complaints.clock.explanations import explain
from complaints.grading import is_elsewhere, month_to_solve, propose, still_unsolved, words
from tests.casefiles import file, reference

SHANGHAI = ZoneInfo("Asia/Shanghai")
EDITION = editions.newest()


def graded(repeats: int = 0, *, elsewhere: bool = False, **facts: Any) -> tuple[int, list[str]]:
    """(level, ids of the reasons)"""
    proposal = propose(Facts(**facts), EDITION, repeats=repeats, elsewhere=elsewhere)
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
    proposal = propose(
        Facts(loss=Decimal("600000.50"), loss_is=Certainty.ACTUAL, media=Media.HARMFUL, households=12), EDITION
    )
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


# --- major complaints of the property service


def major(unsolved: int = 0, *, repeats: int = 0, **facts: Any) -> list[str]:
    """The rules by which it is major."""
    return [reason.rule for reason in propose(Facts(**facts), EDITION, repeats=repeats, unsolved=unsolved).major]


@pytest.mark.clause("MC-3a")
def test_a_service_not_given_is_major_when_two_complaints_before_left_it_unsolved() -> None:
    assert [major(n, service_failed=True) for n in (0, 1, 2, 3)] == [[], [], ["MC-3a"], ["MC-3a"]]
    assert major(5) == []
    assert major(repeats=5, service_failed=True) == [], "complaints that were solved do not count"


@pytest.mark.clause("MC-3b")
@pytest.mark.parametrize("certainty", ["actual", "likely"])
@pytest.mark.parametrize(("loss", "by"), [("99999.99", []), ("100000", ["MC-3b.loss"]), ("400000", ["MC-3b.loss"])])
def test_a_great_loss_by_the_companys_fault_is_major(loss: str, by: list[str], certainty: str) -> None:
    assert major(loss=loss, loss_is=certainty, our_fault=True) == by
    assert major(loss=loss, loss_is=certainty) == []


@pytest.mark.clause("MC-3b")
def test_an_injury_by_the_companys_fault_is_major_whatever_the_loss() -> None:
    assert major(injured=True, our_fault=True) == ["MC-3b.injury"]
    assert major(injured=True) == []
    assert major(our_fault=True) == []


@pytest.mark.clause("MC-3b")
def test_being_major_leaves_the_level_alone_and_every_reason_is_listed() -> None:
    facts: dict[str, Any] = {"injured": True, "our_fault": True, "service_failed": True, "loss": 100_000}
    assert major(2, **facts) == ["MC-3a", "MC-3b.loss", "MC-3b.injury"]
    assert graded(2, **facts) == (2, ["GRADE-2.loss"])
    assert graded(injured=True, our_fault=True) == (4, ["GRADE-4"])


@pytest.mark.clause("MC-3a")
@pytest.mark.clause("MC-3b")
@pytest.mark.parametrize(
    ("facts", "level", "reasons"),
    [
        ({"injured": True, "our_fault": True}, 3, ["MC-3b.injury"]),
        ({"injured": True, "our_fault": True, "loss": 20_000}, 2, ["MC-3b.injury"]),
        ({"our_fault": True, "loss": 100_000}, 2, ["GRADE-2.loss"]),
        ({"our_fault": True, "loss": 500_000}, 1, ["CR-3.1a"]),
        ({"our_fault": True, "loss": 50_000}, 3, ["GRADE-3.loss"]),
        ({"service_failed": True}, 4, ["GRADE-4"]),
    ],
)
def test_elsewhere_facts_of_a_major_complaint_propose_one_level_higher_and_never_a_crisis(
    facts: dict[str, Any], level: int, reasons: list[str]
) -> None:
    assert graded(elsewhere=True, **facts) == (level, reasons)
    proposal = propose(Facts(**facts), EDITION, elsewhere=True)
    assert proposal.major == ()
    for lang in ("zh", "en"):
        assert all(reason.rule in words(reason, lang) for reason in proposal.reasons)


@pytest.mark.clause("MC-3a")
def test_elsewhere_a_service_raised_again_and_unsolved_is_one_level_higher() -> None:
    proposal = propose(Facts(service_failed=True), EDITION, repeats=2, unsolved=2, elsewhere=True)
    assert (proposal.level, proposal.major, [one.rule for one in proposal.reasons]) == (2, (), ["MC-3a"])
    assert "2级" in words(proposal.reasons[0])


@pytest.mark.clause("MC-3a")
def test_only_the_customers_own_unsolved_complaints_about_the_same_count() -> None:
    one = Related(key="a", why="customer", open=True, same_subject=True, unsolved=True)
    others = (
        one.but(why="building"),
        one.but(same_subject=False),
        one.but(unsolved=False),
        Related(key="b", why="customer", open=True),  # of an older release
    )
    assert still_unsolved((one, *others, one)) == 2


@pytest.mark.clause("MC-3b")
@pytest.mark.parametrize(
    ("said", "elsewhere"),
    [
        ({"category": "property"}, False),
        ({"category": "sales"}, True),
        ({"category": "other", "department": "property"}, False),
        ({"category": "engineering", "department": "engineering"}, True),
        ({"category": "property", "department": "engineering"}, False),
        ({"category": "other", "department": "unknown"}, True),
    ],
)
def test_the_property_service_is_meant_by_category_or_by_the_department(said: dict[str, Any], elsewhere: bool) -> None:
    complaint = Complaint.model_validate(file().complaint.model_dump() | said)
    people = reference().directory
    assert is_elsewhere(complaint, EDITION, people) is elsewhere
    oldest = next(one for one in editions.installed() if one.name == "2026.1")
    assert not is_elsewhere(complaint, oldest, people), "edition 2026.1 makes no difference"


@pytest.mark.clause("MC-3b")
def test_a_reason_for_being_major_is_a_sentence_in_both_languages() -> None:
    facts = Facts(injured=True, our_fault=True, service_failed=True, loss=Decimal(250_000))
    said = {reason.rule: (words(reason), words(reason, "en")) for reason in propose(facts, EDITION, unsolved=3).major}
    assert said == {
        "MC-3a": (
            "承诺或约定的服务没有做到或明显做错，同一客户此前就同类问题提出的3件投诉仍未解决，"
            "达到重大投诉标准2件（MC-3a）。",
            "A promised or contracted service was not given or clearly wrong, and 3 earlier complaints of the customer "
            "about the same are unsolved; 2 make it a major one (MC-3a).",
        ),
        "MC-3b.loss": (
            "因公司责任造成可能损失250,000元，达到重大投诉标准100,000元（MC-3b.loss）。",
            "By the company's fault, the likely loss of RMB 250,000 reaches the RMB 100,000 of a major complaint "
            "(MC-3b.loss).",
        ),
        "MC-3b.injury": (
            "因公司责任造成人身伤害，属于重大投诉（MC-3b.injury）。",
            "By the company's fault somebody was hurt, which makes it a major complaint (MC-3b.injury).",
        ),
    }


@pytest.mark.clause("MC-3c")
@pytest.mark.parametrize(
    ("received", "last_day"),
    [
        ("2026-01-12", "2026-02-12"),
        ("2026-01-31", "2026-02-28"),
        ("2028-01-31", "2028-02-29"),
        ("2028-01-29", "2028-02-29"),
        ("2027-01-29", "2027-02-28"),
        ("2026-02-28", "2026-03-28"),
        ("2026-03-31", "2026-04-30"),
        ("2026-12-31", "2027-01-31"),
    ],
)
def test_a_month_to_solve_it_ends_with_the_same_day_number_or_the_months_last_day(received: str, last_day: str) -> None:
    at = datetime.fromisoformat(received).replace(hour=15, tzinfo=SHANGHAI)
    month = month_to_solve(at, EDITION, reference())
    end = datetime.fromisoformat(last_day).replace(tzinfo=SHANGHAI) + timedelta(days=1)
    assert (month.due, month.source, month.why.limit) == (end.astimezone(UTC), "document", "1 months")


@pytest.mark.clause("MC-3c")
def test_the_month_explains_itself_like_any_deadline() -> None:
    month = month_to_solve(datetime(2026, 1, 31, 7, tzinfo=UTC), EDITION, reference())
    said = " ".join(explain(month.why, "en"))
    assert "the receipt of the complaint" in said
    assert "28 Feb 2026" in said
    assert "2026年2月28日" in "".join(explain(month.why))
