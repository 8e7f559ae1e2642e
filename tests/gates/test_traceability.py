"""Every rule of the procedures that are required is in the data, used by code and shown by a test."""

from __future__ import annotations

import pytest

from tests import traceability

REQUIRED = ("CR",)


@pytest.mark.slow
@pytest.mark.parametrize("document", REQUIRED)
def test_every_rule_of_a_required_procedure_is_covered(document: str) -> None:
    rules = traceability.documents()[document]
    still_open = [one for one in traceability.trace(rules) if one.missing]
    assert not still_open, "\n" + traceability.table(still_open)


@pytest.mark.slow
def test_no_test_is_marked_with_a_rule_that_does_not_exist() -> None:
    assert traceability.unknown() == []


def test_the_procedures_have_all_their_rules() -> None:
    counts = {key: len(rules) for key, rules in traceability.documents().items()}
    assert counts == {"CR": 32, "CH": 24, "CS": 26, "MC": 23, "RV": 17}  # CS with 2.8, which CS-4.2.5 names
    assert all(len(set(rules)) == len(rules) for rules in traceability.documents().values())


def test_a_step_covers_its_rule_and_a_letter_does_not() -> None:
    rules = ["CR-5.3.2a", "CR-5.3.3", "CR-5.3.3a"]
    assert traceability.covered("CR-5.3.2a.1", rules) == "CR-5.3.2a"
    assert traceability.covered("CR-5.3.3", rules) == "CR-5.3.3"
    assert traceability.covered("CR-5.3.3b", rules) is None


def test_a_duty_is_not_used_by_a_comment_that_mentions_it() -> None:
    duty = traceability.Trace("CR-5.2.1b", data=["a:1"], mentions=["b:1"], tests=["c:1"], owed=True)
    policy = traceability.Trace("CR-5.1.1", data=["a:1"], mentions=["b:1"], tests=["c:1"])
    assert (duty.missing, policy.missing) == (["code"], [])


def test_what_is_not_automated_needs_a_reason_and_must_not_be_automated() -> None:
    assert traceability.Trace("MC-4.2", reason="training is no software").missing == []
    assert traceability.Trace("MC-4.2", reason=" ").missing == ["reason"]
    done = traceability.Trace("MC-4.2", data=["a:1"], uses=["b:1"], tests=["c:1"], reason="no")
    assert done.missing == ["listed as not automated, but it is"]
