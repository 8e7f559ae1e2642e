"""What may go on a day: terms in calendar years, holds before terms, chains as a whole."""

from __future__ import annotations

from datetime import date

import pytest

from complaints import editions
from complaints.retention.certificate import Gone, list_digest
from complaints.retention.chains import chains
from complaints.retention.errors import KeepingRefused
from complaints.retention.holds import HoldScope, check_reason, fingerprint
from complaints.retention.listing import DueRecords, Kept, listing
from complaints.retention.terms import TERMS, RecordKind, kept_through, terms_of

DAY = date(2027, 6, 1)


def case(name: str, since: date | None = date(2026, 5, 1), **more: object) -> Kept:
    said = {"kind": "case", "key": name.lower(), "name": name, "project": "hf01", "since": since, "seal": "e" * 64}
    return Kept.model_validate(said | more)


def names(found: DueRecords) -> list[str]:
    return [one.name for one in found.going]


@pytest.mark.clause("CH-8.1")
@pytest.mark.clause("CH-8.2")
@pytest.mark.parametrize(
    ("since", "months", "through"),
    [
        (date(2026, 3, 15), 12, date(2027, 3, 15)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2026, 8, 31), 18, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),  # no 29th: the month's last day
        (date(2028, 2, 29), 24, date(2030, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2027, 2, 28), 12, date(2028, 2, 28)),  # the same day number, though the month has one more
        (date(2026, 2, 28), 24, date(2028, 2, 28)),
    ],
)
def test_a_term_ends_on_the_same_day_number_months_later(since: date, months: int, through: date):
    assert kept_through(since, months) == through


@pytest.mark.clause("CH-8.1")
@pytest.mark.clause("CH-8.2")
def test_the_edition_says_one_year_and_two():
    said = terms_of(editions.newest())
    assert [(term.rule, term.months) for term in (said.case, said.report)] == [("CH-8.1", 12), ("CH-8.2", 24)]
    assert (said.of(RecordKind.CASE), said.of(RecordKind.REGISTER), said.of(RecordKind.REPORT)) == (
        said.case,
        said.case,
        said.report,
    )


@pytest.mark.clause("CH-8.1")
@pytest.mark.parametrize(
    ("day", "goes"), [(date(2027, 4, 30), False), (date(2027, 5, 1), False), (date(2027, 5, 2), True)]
)
def test_a_case_is_kept_for_one_year_from_closing_and_may_go_on_the_day_after(day: date, goes: bool):
    assert (names(listing([case("A-1")], TERMS, day)) == ["A-1"]) is goes


@pytest.mark.clause("CH-8.2")
@pytest.mark.parametrize(
    ("day", "goes"), [(date(2027, 5, 2), False), (date(2028, 5, 1), False), (date(2028, 5, 2), True)]
)
def test_a_report_is_kept_for_two_years_from_its_issue(day: date, goes: bool):
    report = case("R-1", kind=RecordKind.REPORT)
    assert (names(listing([report], TERMS, day)) == ["R-1"]) is goes


@pytest.mark.clause("CH-8.1")
@pytest.mark.clause("CH-8.2")
def test_each_line_says_why_and_since_when():
    found = listing([case("A-1", lines=7), case("R-1", kind=RecordKind.REPORT, since=date(2025, 5, 1))], TERMS, DAY)
    assert [(one.rule, one.since, one.kept_through) for one in found.going] == [
        ("CH-8.1", date(2026, 5, 1), date(2027, 5, 1)),
        ("CH-8.2", date(2025, 5, 1), date(2027, 5, 1)),
    ]
    assert found.counts == {"case": 1, "report": 1}


def test_what_is_open_is_not_even_mentioned():
    assert listing([case("A-1", since=None)], TERMS, DAY) == DueRecords(day=DAY)


@pytest.mark.clause("CH-8.1")
def test_a_hold_wins_over_the_term_and_is_named():
    found = listing([case("A-1", hold=3), case("A-2")], TERMS, DAY)
    assert names(found) == ["A-2"]
    assert [(one.name, one.because, one.hold) for one in found.spared] == [("A-1", "hold", 3)]


@pytest.mark.clause("CH-8.2")
def test_a_hold_spares_a_report_too():
    reports = [case(name, date(2025, 5, 1), kind="report", hold=hold) for name, hold in (("R-1", 4), ("R-2", None))]
    found = listing(reports, TERMS, DAY)
    assert names(found) == ["R-2"]
    assert [(one.name, one.because, one.hold) for one in found.spared] == [("R-1", "hold", 4)]


@pytest.mark.clause("CH-8.1")
def test_a_chain_stays_until_its_last_one_may_go():
    old, new = case("A-1"), case("A-2", since=date(2026, 5, 31), links=("a-1",))
    third = case("A-3", since=date(2026, 5, 2), links=("a-2", "z-gone-long-ago"))
    early = listing([old, new, third], TERMS, date(2027, 5, 31))
    assert names(early) == []
    assert [(one.name, one.because, one.other) for one in early.spared] == [
        ("A-1", "link", "A-2"),
        ("A-3", "link", "A-2"),
    ]
    found = listing([third, old, new], TERMS, DAY)
    assert names(found) == ["A-1", "A-2", "A-3"]
    assert {one.chain for one in found.going} == {"a-1"}
    assert found.going[0].with_others == ("A-2", "A-3")


@pytest.mark.parametrize(
    ("other", "because"), [(case("A-2", since=None, links=("a-1",)), "link"), (case("A-2", hold=5), "hold")]
)
def test_one_open_or_held_case_of_a_chain_keeps_the_others(other: Kept, because: str):
    [spared] = [one for one in listing([case("A-1", links=("a-2",)), other], TERMS, DAY).spared if one.name == "A-1"]
    assert (spared.because, spared.other) == (because, "A-2")


def test_links_have_no_direction_and_reach_as_far_as_they_go():
    found = chains([("a", "b"), ("c", "b"), ("c", "d"), ("x", "y")])
    assert found["a"] == found["d"] == {"a", "b", "c", "d"}
    assert found["y"] == {"x", "y"}


def test_an_approval_names_every_line_with_the_end_of_its_journal():
    one = listing([case("A-1"), case("A-2")], TERMS, DAY)
    assert one.digest == listing([case("A-2"), case("A-1")], TERMS, DAY).digest
    assert one.digest != listing([case("A-1"), case("A-2", seal="f" * 64)], TERMS, DAY).digest
    assert one.digest != listing([case("A-1")], TERMS, DAY).digest


def test_the_digest_of_a_certificate_can_be_computed_from_its_list_by_hand():
    lines = [
        Gone.model_validate(
            {"kind": "case", "name": n, "project": "p", "since": DAY, "rule": "CH-8.1", "seal": n * 2, "lines": 1}
        )
        for n in "ba"
    ]
    # printf 'case\ta\taa\ncase\tb\tbb\n' | sha256sum
    assert list_digest(lines) == "4320cd5b9580f7397bb434c3d83341e0a67dfe0d5488b72e67dfd6e5e4bc8458"


@pytest.mark.parametrize(
    ("reason", "scope", "target", "code"),
    [
        ("  ", HoldScope.CASE, "a-1", "no-reason"),
        ("张 伟起诉", HoldScope.CUSTOMER, "张伟", "names-customer"),
        ("案号（2027）皖01民初17号", HoldScope.CUSTOMER, "张伟", None),
    ],
)
def test_a_hold_needs_a_reason_that_may_stay(reason: str, scope: HoldScope, target: str, code: str | None):
    if code is None:
        assert check_reason(reason, scope, target) == reason
        return
    with pytest.raises(KeepingRefused) as refused:
        check_reason(reason, scope, target)
    assert refused.value.code == code


def test_a_fingerprint_does_not_depend_on_spaces():
    assert fingerprint("138 0000 0001") == fingerprint("13800000001") != fingerprint("13800000002")


@pytest.mark.parametrize("code", ["unknown-list", "other-list", "destroyed", "no-reason", "names-customer"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_refusal_is_a_sentence(code: str, lang: str):
    params = {"id": "x", "digest": "d", "wanted": "w", "case": "A-1", "by": "li.na"}
    assert KeepingRefused(code, **params).words(lang)
