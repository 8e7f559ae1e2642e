"""Every rule of the procedures is measured, and the measure itself finds what no test notices."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests import mutations
from tests.rules import all_rules, documents, is_known, not_automated, rule_of

ROOT = Path(__file__).resolve().parents[2]
NOT_YET: set[str] = set()
"""Rules of which no edition has anything yet."""


def test_the_procedures_have_all_their_rules() -> None:
    counts = {key: len(document.rules) for key, document in documents().items()}
    assert counts == {"CR": 32, "CH": 24, "CS": 29, "MC": 26, "RV": 18}
    assert len(set(all_rules())) == len(all_rules())


def test_other_names_of_a_rule_lead_to_one() -> None:
    for document in documents().values():
        assert set(document.also.values()) <= set(document.rules)
        assert not set(document.also) & set(document.rules)


def test_a_step_stands_for_its_rule_and_a_letter_does_not() -> None:
    assert rule_of("CR-5.3.2a.1") == "CR-5.3.2a"
    assert rule_of("CR-5.3.3") == "CR-5.3.3"
    assert rule_of("CS-2.8") == "CS-4.2.5"
    assert rule_of("CS-4.5.approval") == "CS-4.5.1"
    assert rule_of("CR-5.3.3d") is None


def test_every_rule_has_a_mutation_or_is_left_to_people() -> None:
    measured = {one.rule for one in mutations.every()}
    left = {one.rule for one in not_automated() if not one.part}
    assert {rule for rule in all_rules() if rule not in measured | left} == NOT_YET
    assert measured & left == set(), "what is left to people as a whole has no mutation"


def test_every_mutation_and_everything_left_to_people_names_a_rule() -> None:
    assert {one.rule for one in mutations.every()} <= set(all_rules())
    assert {one.rule for one in not_automated()} <= set(all_rules())
    assert all(one.reason.strip() for one in not_automated())


def test_no_two_mutations_of_a_rule_have_one_name() -> None:
    names = Counter((one.rule, one.name) for one in mutations.every())
    assert [name for name, n in names.items() if n > 1] == []


def test_no_test_is_marked_with_a_rule_that_does_not_exist(request: pytest.FixtureRequest) -> None:
    marks = {
        (mark, item.nodeid)
        for item in request.session.items
        for marker in item.iter_markers("clause")
        for mark in marker.args
    }
    assert [(mark, test) for mark, test in sorted(marks) if not is_known(mark)] == []


# --- the runner, on a made-up office


OFFICE = """
LIMIT = 10
def owner(): return "clerk"
def forwards_to(): return ["manager", "leader"]
"""
TESTS = """
import office, pytest

@pytest.mark.clause("CR-5.4.1")
def test_owner(): assert office.owner() == "clerk"

@pytest.mark.clause("CR-5.4.1", "CR-5.4.2a")
def test_addressees(): assert "leader" in office.forwards_to()

@pytest.mark.clause("CR-5.4.2a")
def test_that_fails(): assert office.LIMIT == 11

@pytest.mark.clause("CR-9.9")
def test_of_nothing(): pass
"""
PROGRAM = """
import json, sys
from dataclasses import asdict
from unittest.mock import patch
sys.path.insert(0, sys.argv[1])
import office
from tests.mutations.mutation import Mutation, NothingThere
from tests.mutations.runner import measure

def nothing():
    raise NothingThere("no archive")

measured = measure([
    Mutation("CR-5.4.1", "somebody else owes it", lambda: patch.object(office, "owner", lambda: "manager")),
    Mutation("CR-5.4.1", "a longer limit", lambda: patch.object(office, "LIMIT", 60)),
    Mutation("CR-5.4.1", "the leader hears nothing", lambda: patch.object(office, "forwards_to", lambda: ["manager"])),
    Mutation("CR-5.4.2a", "the clerk owes it again", lambda: patch.object(office, "owner", office.owner)),
    Mutation("CR-5.4.2a", "no archive", nothing),
    Mutation("CR-5.4.5", "somebody else archives", lambda: patch.object(office, "owner", lambda: "manager")),
], sys.argv[1], options=("-c", sys.argv[1] + "/pytest.ini", "-p", "no:asyncio"), processes=1)
print(json.dumps(asdict(measured)))
"""


def measured(program: str, *arguments: str) -> dict[str, Any]:
    """Run a program in a process of its own, since a measure changes its process."""
    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def test_the_measure_finds_what_no_test_notices_and_undoes_every_change(tmp_path: Path) -> None:
    (tmp_path / "office.py").write_text(OFFICE, encoding="utf-8")
    (tmp_path / "test_office.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = clause(id): a rule\n", encoding="utf-8")
    found = measured(PROGRAM, str(tmp_path))
    outcomes = {
        one["mutation"]: (one["killed_by"] or "").rpartition("::")[2] or one["nothing_there"] or one["tried"]
        for one in found["outcomes"]
    }
    assert outcomes == {
        "somebody else owes it": "test_owner",
        "a longer limit": 2,  # both tests of the rule pass: it survives
        "the leader hears nothing": "test_addressees",
        "the clerk owes it again": 1,  # the changes before it are undone, and a test that fails anyway does not count
        "no archive": "no archive",
        "somebody else archives": 0,  # no test is marked with the rule
    }
    assert [test.rpartition("::")[2] for test in found["failing"]] == ["test_that_fails"]
    assert [mark.rpartition(": ")[2] for mark in found["unknown"]] == ["CR-9.9"]


SOME = """
import json, sys
from dataclasses import asdict
from tests import mutations
from tests.mutations.runner import measure

rules = sys.argv[2:]
print(json.dumps(asdict(measure([one for one in mutations.every() if one.rule in rules], sys.argv[1]))))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("document", "tests", "rules"),
    [
        ("CR", "tests/clauses/test_every_duty.py", ["CR-5.2.1b"]),
        ("CH", "tests/rounds/test_every_round.py", ["CH-7.4.3b"]),
        ("CS", "tests/clauses/test_every_ordinary_duty.py", ["CS-4.2.4"]),
        ("MC", "tests/clauses/test_every_major_duty.py", ["MC-5.2.3f"]),
        ("RV", "tests/revisits", ["RV-5.3d"]),
    ],
)
def test_the_owner_the_limit_and_the_clock_of_a_rule_are_measured(document: str, tests: str, rules: list[str]) -> None:
    found = measured(SOME, tests, *rules)
    assert found["failing"] == []
    killed = [one["mutation"] for one in found["outcomes"] if one["killed_by"]]
    assert len(killed) >= 3
