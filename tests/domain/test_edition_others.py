"""What a rule says about other people and later changes: `tells`, `judges`, `contact`, `revisable`, `date_approval`."""

from __future__ import annotations

import shutil
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from complaints import editions
from complaints.base.fields import Key
from complaints.editions import loader
from complaints.editions.addressees import NAMING, PREFIXES, WORDS
from complaints.editions.problems import EditionError
from complaints.forms import FORMS
from complaints.people.roles import ROLES
from complaints.texts import known, say
from starters.cli.app import run

PACKAGED = Path(editions.__file__).parent / "2026.2"

RULE = """
[[rule]]
id = "TEST"
kind = "duty"
owner = "cs_supervisor"
zh = "试"
en = "Try"
limit = { kind = "elapsed", hours = 1 }
anchor = "receipt"
form = "responsibility"
source = "house"
"""
APPROVAL = RULE.replace('"TEST"', '"TEST.approval"').replace('"duty"', '"approval"').replace('form = "res', '# "res')
DATED = RULE.replace('kind = "elapsed", hours = 1', 'kind = "promised"')
POLICY = '\n[[rule]]\nid = "TEST"\nkind = "policy"\nzh = "试"\nen = "Try"\nsource = "house"\n'


def edition(folder: Path, rules: str) -> Path:
    """The newest edition with these rules besides, as a folder."""
    made = folder / "2026.2"
    shutil.copytree(PACKAGED, made)
    with (made / "common.toml").open("a", encoding="utf-8") as common:
        common.write(rules)
    return made


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        pytest.param(RULE + 'tells = ["nobody"]', "tells-unknown", id="a role that is none"),
        pytest.param(RULE + 'tells = ["boss:engineering"]', "tells-unknown", id="a prefix that is none"),
        pytest.param(RULE + 'tells = ["department_head"]', "tells-unknown", id="a role that every department has"),
        pytest.param(RULE + 'tells = ["form:people"]', "tells-field", id="a field that its form lacks"),
        pytest.param(APPROVAL + 'tells = ["form:departments"]', "tells-field", id="a field, and no form"),
        pytest.param(RULE + 'tells = ["all:general_manager"]', "tells-each", id="one person for every department"),
        pytest.param(RULE + 'tells = ["done:CR-9"]', "tells-rule", id="a rule that is none"),
        pytest.param(POLICY + 'tells = ["receiver"]', "not-owed", id="a policy that tells"),
        pytest.param(POLICY + 'judges = ["CR-5.2.2e"]', "not-owed", id="a policy that decides"),
        pytest.param(RULE + 'judges = ["CR-9"]', "judges-wrong", id="work that is none"),
        pytest.param(RULE + 'judges = ["TEST"]', "judges-wrong", id="its own work"),
        pytest.param(RULE + 'judges = ["CR-3.1a"]', "judges-wrong", id="work that nobody does"),
        pytest.param(APPROVAL + "contact = true", "contact-wrong", id="an approval that is a talk"),
        pytest.param(APPROVAL + "revisable = true", "revisable-wrong", id="an approval that is changed"),
        pytest.param(RULE.replace("form", "# form") + "revisable = true", "revisable-wrong", id="no answer to change"),
        pytest.param(DATED + 'date_approval = "CR-5.2.2e"', "date-approval-unknown", id="a date approved by a duty"),
        pytest.param(DATED + 'date_approval = "CR-9"', "date-approval-unknown", id="a date approved by no rule"),
        pytest.param(RULE + 'date_approval = "CS-2.8"', "date-approval-wrong", id="another date, and no date"),
    ],
)
def test_a_mistake_is_found_on_its_line_and_says_what_belongs_there(tmp_path: Path, rules: str, code: str):
    folder = edition(tmp_path, rules)
    found = loader.check(folder)
    lines = (folder / "common.toml").read_text(encoding="utf-8").splitlines()
    assert [problem.code for problem in found] == [code]
    assert lines[found[0].line - 1] == rules.rstrip().splitlines()[-1]
    assert all("TEST" in problem.words(lang) for problem in found for lang in ("zh", "en"))
    with pytest.raises(EditionError):
        loader.load(folder)


@pytest.mark.parametrize(
    "said",
    [
        *(f'tells = ["{word}"]' for word in WORDS),
        'tells = ["form:departments", "all:department_head", "owners:CR-5.2.2d", "done:CR-5.3.2a", "general_manager"]',
        'judges = ["CR-5.2.2e"]',
        "contact = true",
        "revisable = true",
    ],
)
def test_what_belongs_there_is_accepted(tmp_path: Path, said: str):
    assert loader.check(edition(tmp_path, RULE + said)) == []


def test_a_date_that_somebody_in_the_company_set_may_need_an_approval(tmp_path: Path):
    assert loader.check(edition(tmp_path, DATED + 'date_approval = "TEST.approval"' + APPROVAL)) == []


def test_the_fields_that_name_people_or_departments_are_those_of_the_forms():
    """A field may be added to a form without being here; then no rule can tell those whom it names."""
    for form, fields in NAMING.items():
        types = get_type_hints(FORMS[form], include_extras=True)
        assert fields
        assert all(_holds_keys(types[field]) for field in fields), form


def _holds_keys(kind: Any) -> bool:
    roles = isinstance(kind, type) and issubclass(kind, StrEnum) and {one.value for one in kind} <= ROLES.keys()
    return kind == Key or roles or any(_holds_keys(inner) for inner in get_args(kind))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_addressee_is_put_into_words(lang: str):
    for word in WORDS:
        assert say(f"edition.tells.{word}", lang)
    for prefix in PREFIXES:
        assert say(f"edition.tells.{prefix}", lang, field="f", role="r", rule="u")
    assert all(known(f"edition.field.{name}") for name in ("tells", "judges", "contact", "revisable", "date_approval"))


def test_a_rule_is_shown_with_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any):
    said = """
tells = ["superior", "form:departments", "all:department_head", "general_manager"]
judges = ["CR-5.2.2e", "CR-5.2.2f"]
contact = true
revisable = true
date_approval = "TEST.approval"
"""
    folder = edition(tmp_path, DATED + said + APPROVAL)
    monkeypatch.setenv("COLUMNS", "300")
    assert run(["edition", "show", "TEST", "--edition", str(folder)]) == 0
    shown = capsys.readouterr().out
    for words in (
        "办结后告知：办理人的上级、表单中写明的人员或部门（departments）、案中各部门的部门负责人、总经理",
        "办理过 CR-5.2.2e、CR-5.2.2f 的人不得办理",
        "联系不上时可登记联系未果",
        "办结后可以更改，须写明理由",
        "改期须经批准：TEST.approval",
    ):
        assert words in shown
    assert run(["edition", "show", "TEST", "--edition", str(folder), "--lang", "en"]) == 0
    assert "when it is done, told: the superior of whoever did it, whom its form names (departments)" in (
        capsys.readouterr().out
    )
