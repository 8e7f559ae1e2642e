"""Rules, anchors and roles are named by types and constants: each has one definition, and it agrees with the data."""

from __future__ import annotations

import ast
from typing import get_args

import pytest

from complaints import editions, texts
from complaints.clock.anchors import Anchor
from complaints.editions.form_keys import FormKey
from complaints.editions.model import Edition
from complaints.editions.rule_ids import RuleId
from complaints.forms import FORMS
from complaints.people import roles
from complaints.people.roles import ROLES
from tests.places import ROOT

ENGINE = sorted(
    path
    for folder in ("workflows", "complaints/acts", "complaints/case", "complaints/ordinary", "complaints/major")
    for path in (ROOT / folder).rglob("*.py")
)
OTHER_MEANINGS = {
    "complaints/case/complaint.py": {"legal"},
    "complaints/major/forms.py": {"general_manager", "centre_head"},
}
"""A track, and choices of a form, that are written like a role."""


def named_by(chapters: str) -> set[str]:
    """The ids of rules that the chapters of these editions, and what they share, write out."""
    own = {"2026.1": ROOT / "workflows" / "edition_2026_1"}
    paths = own[chapters].rglob("*.py") if chapters in own else (ROOT / "workflows").glob("*.py")
    return {
        node.value
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in get_args(RuleId)
    }


def test_every_id_of_a_rule_is_in_an_edition_and_no_other_is():
    assert set().union(*(edition.rules for edition in editions.installed())) == set(get_args(RuleId))


@pytest.mark.parametrize("edition", editions.installed(), ids=lambda edition: edition.name)
def test_an_edition_has_the_rules_that_its_chapters_name(edition: Edition):
    assert len(named_by(edition.chapters)) > 50
    assert named_by(edition.chapters) <= set(edition.rules)


def test_every_anchor_has_its_name_for_people_and_no_other_has():
    assert {key.removeprefix("anchor.") for key in texts.keys("anchor.")} == set(get_args(Anchor))


def test_every_anchor_of_a_rule_is_one():
    for edition in editions.installed():
        assert {rule.anchor for rule in edition.rules.values() if rule.anchor} <= set(get_args(Anchor))


def test_every_key_of_a_form_has_its_form():
    assert set(FORMS) == set(get_args(FormKey))


def test_every_role_that_code_names_exists():
    named = {value for name, value in vars(roles).items() if name.isupper() and isinstance(value, str)}
    assert len(named) > 10
    assert named <= ROLES.keys()


@pytest.mark.parametrize("path", ENGINE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_role_is_written_out_where_its_constant_belongs(path):
    name = path.relative_to(ROOT).as_posix()
    found = {
        node.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in ROLES
    }
    assert found <= OTHER_MEANINGS.get(name, set())
