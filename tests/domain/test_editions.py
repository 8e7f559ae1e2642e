"""Editions: the document's numbers are in the data, mistakes are found and placed, releases never change.

No test here is marked with a clause: that the data says ten minutes does not show that anybody is held to them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from complaints import editions
from complaints.base.toml_lines import tables
from complaints.clock.limits import canonical
from complaints.editions import diff, loader
from complaints.editions.installed import EditionRegistry, edition_folders
from complaints.editions.model import RuleUnknown
from complaints.editions.problems import EditionError, EditionMissing
from complaints.texts import known
from tests.rounds.table_2026_1 import ROUNDS, STEPS

HERE = Path(__file__).parents[1]
PACKAGED = HERE.parent / "complaints" / "editions" / "2026.1"
EDITION = loader.load(PACKAGED)

MIN_10, MIN_30, H_1, H_2, H_4 = "10 min elapsed", "30 min elapsed", "1 h elapsed", "2 h elapsed", "4 h elapsed"

# What the crisis guide says, and the house where it says nothing: rule, who, how long, since when, form, whose limit.
CRISIS = [
    ("CR-5.1.3", "cs_supervisor", "1 workdays", "watch", "watch_decision", "house"),
    ("CR-5.1.4", "cs_supervisor", MIN_30, "receipt", "record", "house"),
    ("CR-5.2.1a", "cs_supervisor", MIN_30, "receipt", "grading", "house"),
    ("CR-5.2.1b", "cs_supervisor", MIN_10, "grading", "report", "document"),
    ("CR-5.2.1c.review", "marketing_manager", MIN_30, "report", None, "house"),
    ("CR-5.2.1c.approval", "marketing_leader", MIN_30, "review", None, "house"),
    ("CR-5.2.1c.filing", "cs_supervisor", "2 workdays", "approval", "filing", "house"),
    ("CR-5.2.2a", "marketing_leader", H_1, "approval", "judgement", "house"),
    ("CR-5.2.2a.filing", "legal", "5 workdays", "judgement", "legal_filing", "house"),
    ("CR-5.2.2a.court", "legal", "10 workdays", "court_filing", "court", "house"),
    ("CR-5.2.2a.outcome", "legal", "6 months", "court", "court_outcome", "house"),
    ("CR-5.2.2b", "marketing_leader", H_1, "judgement", "responsibility", "house"),
    ("CR-5.2.2c", "general_manager", H_1, "responsibility", "assignment", "house"),
    ("CR-5.2.2d", "department_head", "24 h elapsed", "judgement", "opinion", "document"),
    ("CR-5.2.2e", "department_head", "24 h elapsed", "judgement", "plan", "document"),
    ("CR-5.2.2f", "department_head", H_2, "plan", "submission", "house"),
    ("CR-5.2.3", "cs_supervisor", "24 h elapsed", "judgement", "statement", "document"),
    ("CR-5.3.1", "cs_supervisor", "12 h elapsed", "plan", "contact", "document"),
    ("CR-5.3.2a.1", "department_leader", H_4, "contact", None, "house"),
    ("CR-5.3.2a.2", "marketing_leader", H_4, "approval", None, "house"),
    ("CR-5.3.2a.3", "group_marketing", H_4, "approval", None, "house"),
    ("CR-5.3.2a.4", "group_marketing_leader", H_4, "approval", None, "house"),
    ("CR-5.3.2a.5", "president", H_4, "approval", None, "house"),
    ("CR-5.3.2b", "admin_hr", "2 workdays", "approval", "filing", "house"),
    ("CR-5.3.2c.start", "department_head", "1 workdays", "approval", "start", "house"),
    ("CR-5.3.2c", "department_head", "promised", "approval", "implementation", "house"),
    ("CR-5.3.3", "cs_supervisor", "3 h elapsed", "execution", "progress", "document"),
    ("CR-5.3.3a", "cs_supervisor", H_1, "dissatisfaction", "adjustment", "document"),
    ("CR-5.3.3b", "cs_supervisor", "24 h elapsed", "no_adjustment", "explanation", "document"),
    ("CR-5.3.3c", "cs_supervisor", H_1, "satisfaction", "go_on", "house"),
    ("CR-5.4.1", "department_head", "24 h elapsed", "completion", "completion_notice", "document"),
    ("CR-5.4.2a", "cs_supervisor", H_2, "completion_notice", "revisit", "document"),
    ("CR-5.4.2b", "cs_supervisor", "7 day elapsed", "handling_end", "revisit", "document"),
    ("CR-5.4.3", "cs_supervisor", "end of month", "handling_end", "case_study", "document"),
    ("CR-5.4.4", "admin_hr", "2 workdays", "case_study", "acceptance", "house"),
    ("CR-5.4.5", "cs_supervisor", "2 workdays", "case_study", "archive", "house"),
]
OTHERS = [
    ("COUNTERSIGN", "", H_4, "countersign", "opinion", "house"),
    ("CH-7.3.1", "cs_clerk", "promised", "receipt", "answer", "document"),
    ("CH-8.1.archive", "cs_supervisor", "2 workdays", "handling_end", "archive", "house"),
    ("CH-7.1.1", "cs_clerk", H_1, "receipt", "feedback_date", "house"),
    ("CH-7.1.2", "cs_clerk", H_1, "receipt", "confirmation", "house"),
    ("RV-4.3", "cs_clerk", "24 h elapsed", "handling_end", "revisit", "document"),
    ("RV-4.2.again", "cs_clerk", "1 days", "no_reach", "revisit", "house"),
    ("RV-4.2.unreachable", "cs_supervisor", "1 workdays", "no_reach", None, "house"),
    ("CS-4.2.3", "cs_supervisor", "1 months", "handling_end", "effect_revisit", "document"),
    ("CS-4.2.3.again", "cs_supervisor", "1 days", "no_reach", "effect_revisit", "house"),
]


# The ordinary track: the document's two limits, the house's where it gives none.
DAY_1 = "1 workdays"
ORDINARY = [
    ("CH-7.2.1.settle", "sales_staff", DAY_1, "assessment", "settlement", "house"),
    ("CH-7.2.1", "sales_staff", "1 days", "settlement", "result", "document"),
    ("CH-7.2.2.supervisor", "sales_supervisor", DAY_1, "passing_up", "settlement", "house"),
    ("CH-7.2.2.manager", "sales_manager", DAY_1, "passing_up", "settlement", "house"),
    ("CH-7.2.2.deputy", "deputy_gm", DAY_1, "passing_up", "settlement", "house"),
    ("CH-7.2.2.general_manager", "general_manager", DAY_1, "passing_up", "settlement", "house"),
    ("CH-7.2.3", "sales_manager", DAY_1, "assessment", "work_order", "house"),
    ("CH-7.2.3.opinion", "department_head", "2 workdays", "work_order", "opinion", "house"),
    ("CH-7.3.3.decide", "", DAY_1, "third_change", "decision", "house"),
    ("CH-7.5.1", "department_head", DAY_1, "work_order", "liaison", "house"),
    ("CS-4.2.1a", "sales_staff", DAY_1, "receipt", "assessment", "house"),
    ("CS-4.2.1b", "sales_staff", H_1, "assessment", "passed_on", "house"),
    ("CS-4.2.2a", "cs_supervisor", DAY_1, "opinions", "order", "house"),
    ("CS-4.2.2a.carry_out", "department_head", "promised", "order", "carried_out", "house"),
    ("CS-4.2.2b", "chief_engineer", "2 workdays", "passing_on", "advice", "house"),
    ("CS-4.2.4", "cs_supervisor", H_4, "passing_on", "referral", "house"),
    ("CS-4.2.5", "gm_office", "3 workdays", "referral", "coordination", "house"),
    ("CS-2.8", "general_manager", DAY_1, "meeting", None, "house"),
    ("CS-4.2.6", "cs_supervisor", DAY_1, "approval", "minutes", "house"),
    ("CS-4.2.6.item", "", "promised", "minutes", "item_done", "document"),
]

# What the emergency plan for major complaints says, and the house where it says nothing.
MAJOR = [
    ("MC-4.1", "project_manager", MIN_30, "grading", "lead", "house"),
    ("MC-4.2", "project_manager", H_2, "lead", "command", "house"),
    ("MC-5.2.1", "operations_clerk", MIN_10, "receipt", "reception", "house"),
    ("MC-5.2.2a", "operations_clerk", MIN_10, "receipt", "sheet", "document"),
    ("MC-5.2.2b", "department_head", MIN_30, "sheet", "signature", "house"),
    ("MC-5.2.2c", "operations_clerk", "same day", "receipt", "forwarding", "document"),
    ("MC-5.2.2d", "operations_clerk", "same day", "receipt", "report", "document"),
    ("MC-5.2.3a", "department_head", "same day", "handling_end", "handling_sheet", "document"),
    ("MC-5.2.3c", "cs_clerk", "same day", "feedback", "result_told", "document"),
    ("MC-5.2.3d", "cs_supervisor", "1 workdays", "handling_end", "revisit_arranged", "house"),
    ("MC-5.2.3f", "department_head", "24 h elapsed", "receipt", "clear_answer", "document"),
    ("MC-5.2.3g", "department_head", "3 day elapsed", "receipt", "handling", "document"),
    ("MC-5.2.4a", "project_manager", "5 workdays", "handling_end", "summing_up", "house"),
    ("MC-5.2.4b", "project_manager", "5 workdays", "summing_up", "plan_review", "house"),
    ("MC-5.2.4c", "operations", "10 workdays", "summing_up", "training", "house"),
]


# Repairs and corrective actions: the documents say "at once" and "deduct", never within which time.
REPAIRS = [
    ("CS-4.3.3", "property_company", "1 workdays", "repair_opened", "repair_order", "house"),
    ("CS-4.3.3.start", "property_company", "1 workdays", "repair_order", "repair_start", "house"),
    ("CS-4.3.3.finish", "property_company", "promised", "repair_start", "repair_finish", "house"),
    ("CS-4.3.4a", "audit", "5 workdays", "repair_finish", "cost_audit", "house"),
    ("CS-2.5", "finance", "5 workdays", "cost_audit", "advance_payment", "house"),
    ("CS-4.3.4b", "finance", "5 workdays", "cost_audit", "retention_deduction", "house"),
    ("CS-4.3.4c", "property_company", "2 workdays", "cost_audit", "cost_explanation", "house"),
    ("CS-4.3.5.start", "property_company", H_1, "repair_start", "repair_notice", "house"),
    ("CS-4.3.5.finish", "property_company", H_1, "repair_finish", "repair_finish_notice", "house"),
    ("CS-4.3.5.revisit", "cs_supervisor", "1 months", "repair_finish", "repair_revisit", "house"),
    ("CS-4.3.6", "property_company", "3 workdays", "repair_start", "repair_progress", "house"),
    ("CH-7.6", "chief_engineer", "10 workdays", "corrective_opened", "corrective_plan", "house"),
    ("CH-7.6.action", "chief_engineer", "promised", "corrective_plan", "corrective_action", "house"),
    ("CH-7.6.effect", "chief_engineer", "1 months", "corrective_action", "effect_check", "house"),
]


# What is done with a case as a whole: no document speaks of it.
OPERATIONS = [
    ("REGRADE.approval", "marketing_manager", H_4, "regrade_asked", None, "house"),
    ("MERGED.revisit", "cs_clerk", "24 h elapsed", "handling_end", "revisit", "house"),
    ("GATHERED.reply", "cs_clerk", "1 workdays", "leading_handled", "gathered_reply", "house"),
    ("GATHERED.archive", "cs_supervisor", "2 workdays", "handling_end", "archive", "house"),
    ("WITHDRAWN.confirmation", "cs_supervisor", "1 workdays", "dropping", "withdrawal_confirmed", "house"),
    ("WITHDRAWN.archive", "cs_supervisor", "2 workdays", "dropping", "archive", "house"),
]

OWED = CRISIS + OTHERS + ORDINARY + MAJOR + REPAIRS + OPERATIONS


@pytest.mark.parametrize(("id", "owner", "limit", "anchor", "form", "source"), OWED)
def test_every_duty_is_owed_by_the_right_role_within_the_right_time(
    id: str, owner: str, limit: str, anchor: str, form: str | None, source: str
) -> None:
    rule = EDITION.rule(id)
    assert rule.limit is not None
    assert (rule.owner, canonical(rule.limit), rule.anchor, rule.form) == (owner, limit, anchor, form)
    assert rule.source == source


def test_nothing_is_owed_that_the_tables_above_do_not_name() -> None:
    owed = {rule.id for rule in EDITION.rules.values() if rule.kind in ("duty", "approval")}
    periodic = {row.rule for row in ROUNDS} | {row[0] for row in STEPS}  # the tables of the rounds name these
    assert owed == {row[0] for row in OWED} | periodic


def test_approvals_are_answered_without_a_form() -> None:
    approvals = {rule.id for rule in EDITION.rules.values() if rule.kind == "approval"}
    elsewhere = {"CS-2.8", "RV-4.2.unreachable", "REGRADE.approval", "CH-7.4.5", "CH-8.1.approval"}
    elsewhere |= {"CS-4.3.1.approval", "CS-4.5.approval", "RV-5.1.approval"}
    crisis = {"CR-5.2.1c.review", "CR-5.2.1c.approval", *(f"CR-5.3.2a.{step}" for step in range(1, 6))}
    assert approvals == crisis | elsewhere


def test_an_ordinary_answer_without_a_promised_date_is_due_in_three_working_days() -> None:
    otherwise = EDITION.rule("CH-7.3.1").otherwise
    assert otherwise is not None
    assert canonical(otherwise) == "3 workdays"


def test_whoever_took_the_complaint_revisits_and_whoever_is_named_countersigns() -> None:
    assert (EDITION.rule("RV-4.3").whom, EDITION.rule("COUNTERSIGN").whom) == ("receiver", "named")
    assert {rule.whom for rule in EDITION.rules.values() if rule.id.startswith("CR-")} == {"holder"}


def test_administration_is_copied_and_the_general_manager_hears_of_a_refusal() -> None:
    assert EDITION.rule("CR-5.4.4.copies").owner == "admin_hr"
    assert EDITION.rule("CR-5.3.3b.refused").owner == "general_manager"


def test_owners_are_reminded_at_half_and_at_80_percent() -> None:
    assert {rule.reminders for rule in EDITION.rules.values()} == {(0.5, 0.8)}


def test_a_breach_climbs_at_the_pace_of_its_limit() -> None:
    pace = {id: EDITION.rule(id).escalate_every.model_dump(exclude_defaults=True) for id in EDITION.rules}
    assert pace["CR-5.2.1b"] == {"minutes": 10}
    assert pace["CR-5.2.2c"] == {"minutes": 10}  # 1 h: still every 10 minutes
    assert pace["CR-5.4.2a"] == {"hours": 1}
    assert pace["CR-5.3.1"] == {"hours": 1}  # 12 h: still every hour
    assert pace["CR-5.2.2e"] == {"hours": 4}
    assert pace["CR-5.3.2b"] == pace["CR-5.4.3"] == pace["CH-7.3.1"] == {"workdays": 1}
    repeat = EDITION.rule("escalation.repeat").figures.every
    assert repeat is not None
    assert repeat.model_dump(exclude_defaults=True) == {"hours": 24}


def test_every_rule_says_in_two_languages_what_to_do() -> None:
    for rule in EDITION.rules.values():
        assert rule.says("zh") != rule.says("en")
        assert len(rule.zh) <= 60
        assert not rule.zh.endswith("。")
        assert not rule.anchor or known(f"anchor.{rule.anchor}")


def test_a_rule_is_cited_by_its_document_and_clause() -> None:
    assert EDITION.cite("CR-5.2.1b") == "客户危机管理作业指引 5.2.1"
    assert EDITION.cite("CR-5.3.2a.5", "en") == "Crisis guide 5.3.2"
    assert EDITION.cite("COUNTERSIGN", "en") == "House rules"


def test_a_rule_the_edition_lacks_is_a_typed_error_that_names_it() -> None:
    with pytest.raises(RuleUnknown, match=r"2026\.1.*CR-9\.9"):
        EDITION.rule("CR-9.9")


def test_an_edition_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        EDITION.rules["CR-5.2.1b"] = EDITION.rule("CR-5.4.5")  # type: ignore[index]
    with pytest.raises(ValueError, match="frozen"):
        EDITION.rule("CR-5.2.1b").owner = "president"  # type: ignore[misc]


# --- Releases --------------------------------------------------------------------------------------------------------


def test_released_editions_never_change() -> None:
    written = tomllib.loads((HERE / "edition_digests.toml").read_text(encoding="utf-8"))
    packaged = {folder.name: loader.load(folder).digest for folder in PACKAGED.parent.glob("[0-9]*")}
    assert {name: packaged.get(name) for name in written} == written
    assert len(packaged) - len(written) <= 1  # the one that is being written for the next release


def test_comments_layout_file_names_and_order_do_not_change_the_digest(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    ordinary = folder / "ordinary.toml"
    head, *rules = ordinary.read_text(encoding="utf-8").split("[[rule]]")
    text = "\n[[rule]]".join([f"# another comment\n{head}\n", *reversed(rules)])
    (folder / "renamed.toml").write_text(text.replace('form = "answer"', 'form="answer" # !'), encoding="utf-8")
    ordinary.unlink()
    assert loader.load(folder).digest == EDITION.digest


def test_any_word_or_number_changes_the_digest(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    changed(folder, "crisis.toml", "minutes = 10", "minutes = 11")
    assert loader.load(folder).digest != EDITION.digest


# --- Mistakes --------------------------------------------------------------------------------------------------------


def copy(tmp_path: Path, name: str = "2026.1") -> Path:
    folder = tmp_path / name
    shutil.copytree(PACKAGED, folder)
    for path in folder.glob("*.toml"):
        changed(folder, path.name, 'name = "2026.1"', f'name = "{name}"')
    return folder


def changed(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def problems(folder: Path) -> list[tuple[str, str]]:
    """(code, the line it points at) of everything found."""
    found = loader.check(folder)
    lines = {path.name: path.read_text(encoding="utf-8").splitlines() for path in folder.glob("*.toml")}
    assert all(problem.words("zh") and problem.words("en") for problem in found)
    return [(problem.code, lines[problem.file][problem.line - 1].strip()) for problem in found]


REPORT = 'id = "CR-5.2.1b"\nclause = "5.2.1"\nkind = "duty"\nowner = "cs_supervisor"\nzh = "把'

MISTAKES = [
    ("an unknown role", 'owner = "marketing_manager"', 'owner = "manager"', "role-unknown", 'owner = "manager"'),
    ("a rule twice", 'id = "CR-3.1b"', 'id = "CR-3.1a"', "rule-twice", 'id = "CR-3.1a"'),
    ("a duty without a limit", 'limit = { kind = "elapsed", minutes = 10 }\n', "", "limit-missing", "[[rule]]"),
    ("a limit without unit", ", minutes = 10 }", " }", "limit-unit-missing", 'limit = { kind = "elapsed" }'),
    ("a limit without kind", 'kind = "elapsed", minutes = 10', "minutes = 10", "limit-kind-missing", "limit = {"),
    ("an unknown kind of limit", '"end_of_month"', '"soon"', "value-wrong", 'limit = { kind = "soon" }'),
    ("a limit of nothing", "minutes = 10 }", "minutes = 0 }", "value-wrong", "limit = {"),
    ("an unknown form", 'form = "plan"', 'form = "plam"', "form-unknown", 'form = "plam"'),
    ("an unknown kind", 'kind = "duty"', 'kind = "wish"', "value-wrong", 'kind = "wish"'),
    ("no Chinese words", 'zh = "为投诉定级"\n', "", "field-missing", "[[rule]]"),
    ("empty English words", 'en = "Grade the complaint"', 'en = " "', "value-wrong", 'en = " "'),
    ("an unknown field", 'anchor = "grading"', 'anchors = "grading"', "field-unknown", 'anchors = "grading"'),
    ("an anchor without text", 'anchor = "grading"', 'anchor = "grade"', "anchor-unknown", 'anchor = "grade"'),
    ("a duty without anchor", 'anchor = "grading"\n', "", "field-missing", "[[rule]]"),
    ("a criterion without figure", ", loss = 500000", "", "threshold-missing", "figures = { level = 1 }"),
    ("a criterion without level", "level = 1, loss", "loss", "figure-missing", "figures = { loss = 500000 }"),
    ("an unknown figure", "loss = 500000", "los = 500000", "field-unknown", "figures = { level = 1, los = 500000 }"),
    ("a share of nothing", "share = 0.8, of", "share = 0.8 }#", "figure-missing", "figures = { share"),
    ("a watch on no criterion", '"CR-3.1c" }', '"CR-3.1z" }', "criterion-unknown", "figures = { households"),
    ("a share of 80", "share = 0.8", "share = 80", "value-wrong", 'figures = { share = 80, of = "CR-3.1a" }'),
    ("no clause", 'clause = "5.2.3"\n', "", "field-missing", "[[rule]]"),
    ("the wrong clause", 'clause = "5.2.3"', 'clause = "5.2.4"', "id-not-of-clause", 'id = "CR-5.2.3"'),
    ("no source", 'source = "document"\nnote = "Due with', 'note = "Due with', "field-missing", "[[rule]]"),
    ("an unknown source", 'source = "house"', 'source = "boss"', "value-wrong", 'source = "boss"'),
    (
        "a limit on a policy",
        "figures = { repeats = 1 }",
        'limit = { kind = "same_day" }',
        "field-out-of-place",
        "limit = {",
    ),
    ("reminders after the limit", 'form = "report"', "reminders = [0.5, 1.5]", "value-wrong", "reminders = [0.5, 1.5]"),
    ("a climb in calendar days", 'form = "report"', "escalate_every = { days = 1 }", "field-unknown", "escalate"),
    ("a climb without pace", 'form = "report"', "escalate_every = { hours = 0 }", "value-wrong", "escalate_every"),
    ("no promise", 'form = "report"', "otherwise = { kind = 'same_day' }", "otherwise-without-promise", "otherwise"),
    ("a crisis that waits", 'form = "report"', "pausable = true", "pausable-wrong", "pausable"),
    ("another name than the folder's", 'name = "2026.1"', 'name = "2026.2"', "name-differs", 'name = "2026.2"'),
    ("a procedure twice", 'procedure = "CR"', 'procedure = "CH"', "procedure-twice", 'procedure = "CH"'),
    ("no title", 'title_zh = "客户危机管理作业指引"\n', "", "field-missing", "[edition]"),
    ("an unknown table", "[edition]", "[rules]\n[edition]", "table-unknown", "[rules]"),
    ("rules that are no tables of their own", "[[rule]]", "[rule]", "not-toml", "[[rule]]"),
    ("what is no TOML", "[edition]", "[edition", "not-toml", "[edition"),
]


@pytest.mark.parametrize(("old", "new", "code", "line"), [pytest.param(*row[1:], id=row[0]) for row in MISTAKES])
def test_a_mistake_is_found_on_its_line(tmp_path: Path, old: str, new: str, code: str, line: str) -> None:
    folder = copy(tmp_path)
    changed(folder, "crisis.toml", old, new)
    found = problems(folder)
    assert any(got == code and at.startswith(line) for got, at in found), found
    with pytest.raises(EditionError):
        loader.load(folder)


def test_all_mistakes_are_listed_at_once_with_file_and_line(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    changed(folder, "crisis.toml", 'owner = "president"', 'owner = "king"')
    changed(folder, "ordinary.toml", 'form = "answer"', 'form = "anwser"')
    with pytest.raises(EditionError) as caught:
        loader.load(folder)
    assert [problem.code for problem in caught.value.problems] == ["role-unknown", "form-unknown"]
    assert "crisis.toml:" in caught.value.words("zh")
    assert "there is no form anwser" in caught.value.words("en")


def test_a_folder_that_is_not_there_or_empty_is_a_problem_of_its_own(tmp_path: Path) -> None:
    assert [problem.code for problem in loader.check(tmp_path / "none")] == ["folder-missing"]
    assert [problem.code for problem in loader.check(tmp_path)] == ["folder-empty"]


@pytest.mark.clause("MC-3b")
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (
            '{ facts = ["service_failed"], repeats = 2 }',
            '{ facts = ["service_failed"], level = 2 }',
            "figure-out-of-place",
        ),
        ('{ facts = ["service_failed"], repeats = 2 }', "{ repeats = 2 }", "facts-or-limit"),
        ('opens = "09:00", closes = "18:00"', 'opens = "18:00", closes = "09:00"', "hours-backwards"),
        ('opens = "09:00", closes = "18:00"', 'opens = "09:00"', "figure-missing"),
        ('opens = "09:00", closes = "18:00", roster', "roster", "figure-missing"),
        ('opens = "09:00"', 'opens = "9"', "value-wrong"),
        ('facts = ["our_fault"], loss', 'facts = ["raining"], loss', "value-wrong"),
    ],
)
def test_rules_about_major_complaints_and_office_hours_are_checked(
    tmp_path: Path, old: str, new: str, code: str
) -> None:
    folder = copy(tmp_path)
    changed(folder, "major.toml", old, new)
    assert [problem.code for problem in loader.check(folder)] == [code]


@pytest.mark.clause("MC-3a")
def test_a_company_may_do_without_a_fact_that_makes_major_but_not_without_the_month(tmp_path: Path) -> None:
    folder = copy(tmp_path, "2026.1-acme")
    text = (folder / "major.toml").read_text(encoding="utf-8")
    head, *rules = text.split("[[rule]]")
    kept = [rule for rule in rules if 'kind = "major"' not in rule]
    (folder / "major.toml").write_text("[[rule]]".join([head, *kept]), encoding="utf-8")
    assert [problem.params["rule"] for problem in loader.check(folder, like=EDITION)] == ["MC-3c"]


def test_a_company_may_announce_roles_of_its_own_directory(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    changed(folder, "crisis.toml", 'owner = "president"', 'owner = "chair"')
    assert ("role-unknown", 'owner = "chair"') in problems(folder)
    changed(folder, "crisis.toml", 'procedure = "CR"', 'procedure = "CR"\nroles = ["chair"]')
    assert problems(folder) == []


def test_a_company_may_change_a_rule_but_not_leave_one_out(tmp_path: Path) -> None:
    folder = copy(tmp_path, "2026.1-acme")
    text = (folder / "revisits.toml").read_text(encoding="utf-8")
    head, *rules = text.split("[[rule]]")
    kept = [rule for rule in rules if 'id = "RV-4.3"' not in rule]
    (folder / "revisits.toml").write_text("[[rule]]".join([head, *kept]), encoding="utf-8")
    assert loader.check(folder) == []
    assert [problem.words("en") for problem in loader.check(folder, like=EDITION)] == [
        "revisits.toml:1: The rule RV-4.3 is gone; change its owner or limit, but do not leave it out."
    ]


def test_lines_inside_longer_strings_and_lists_are_no_headers() -> None:
    text = 'a = """\n[not]\nb = 1\n"""\n[one]\nc = [\n"[[no]]",\n]\nd = "\\"]"\n[[two]] # [three]\ne = 1\n'
    assert [(table.name, table.line, table.keys) for table in tables(text)] == [
        ("", 1, {"a": 1}),
        ("one", 5, {"c": 6, "d": 9}),
        ("two", 10, {"e": 11}),
    ]


# --- Editions at hand ------------------------------------------------------------------------------------------------


def test_a_complaint_finds_the_edition_it_began_under_after_a_newer_one_came(tmp_path: Path) -> None:
    newer = copy(tmp_path, "2026.10")
    changed(newer, "crisis.toml", "minutes = 10", "minutes = 5")
    shelf = EditionRegistry([PACKAGED, newer, copy(tmp_path, "2026.9")])
    assert shelf.newest().name == "2026.10"
    assert shelf.get("2026.1", EDITION.digest) == EDITION


def test_a_missing_edition_says_what_to_install_and_where() -> None:
    with pytest.raises(EditionMissing) as caught:
        editions.get("2031.4", "f" * 64)
    for words in ("2031.4", "f" * 64, "DULY_EDITIONS", "没有安装", "restart the worker", "2026.1"):
        assert words in str(caught.value)
    assert "never change" not in str(caught.value)


def test_a_changed_release_is_told_apart_from_a_missing_one() -> None:
    with pytest.raises(EditionMissing, match="never change"):
        editions.get("2026.1", "f" * 64)


def test_a_broken_folder_stops_new_complaints_but_not_running_ones(tmp_path: Path) -> None:
    broken = copy(tmp_path, "2026.2")
    changed(broken, "crisis.toml", 'owner = "president"', 'owner = "king"')
    shelf = EditionRegistry([PACKAGED, broken])
    assert shelf.get("2026.1", EDITION.digest) == EDITION
    with pytest.raises(EditionError, match="king"):
        shelf.newest()


def test_two_contents_under_one_name_are_refused_for_new_complaints(tmp_path: Path) -> None:
    other = copy(tmp_path)
    changed(other, "crisis.toml", "minutes = 10", "minutes = 5")
    shelf = EditionRegistry([PACKAGED, other])
    assert shelf.get("2026.1", EDITION.digest) == EDITION
    with pytest.raises(EditionError, match="another name"):
        shelf.newest()


def test_the_variable_names_editions_or_folders_of_editions(tmp_path: Path) -> None:
    one, two = copy(tmp_path / "many", "a-1"), copy(tmp_path / "many", "b-2")
    alone = copy(tmp_path, "c-3")
    missing = tmp_path / "typo"
    value = os.pathsep.join([str(tmp_path / "many"), str(alone), str(missing)])
    assert edition_folders(value) == [one, two, alone, missing]
    assert edition_folders(None) == edition_folders("") == []


def test_folders_of_the_variable_are_read_once_when_the_module_is_imported(tmp_path: Path) -> None:
    copy(tmp_path, "acme-1")
    program = "from complaints import editions; print(editions.newest().name, len(editions.installed()))"
    environment = {**os.environ, "DULY_EDITIONS": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=HERE.parent, capture_output=True, text=True
    )
    assert ran.stdout.split() == ["acme-1", str(len(editions.installed()) + 1)], ran.stderr


def test_names_come_after_numbers_so_that_a_company_edition_wins(tmp_path: Path) -> None:
    assert EditionRegistry([PACKAGED, copy(tmp_path, "acme-2025.3")]).newest().name == "acme-2025.3"


# --- Differences -----------------------------------------------------------------------------------------------------


def test_a_difference_is_readable_in_both_languages(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    changed(folder, "crisis.toml", "minutes = 10", "minutes = 5")
    changed(folder, "crisis.toml", 'owner = "president"', 'owner = "general_manager"')
    changed(folder, "common.toml", "loss = 100000", "loss = 200000")
    changed(folder, "common.toml", "hours = 24", "hours = 12")
    changed(folder, "revisits.toml", 'id = "RV-4.3"', 'id = "RV-4.9"')
    found = diff.diff(EDITION, loader.load(folder))
    assert [(change.rule, change.field) for change in found] == [
        ("CR-5.2.1b", "limit"),
        ("CR-5.3.2a.5", "owner"),
        ("GRADE-2.loss", "figures"),
        ("RV-4.3", None),
        ("RV-4.9", None),
        ("escalation.repeat", "figures"),
    ]
    assert found[0].words("zh") == "CR-5.2.1b 期限：10分钟内 → 5分钟内"
    assert found[1].words("en") == "CR-5.3.2a.5 owner: president → general_manager"
    assert "loss = 200000" in found[2].words("en")
    assert found[3].words("zh").startswith("RV-4.3 删除：回访客户")
    assert found[4].words("en").startswith("RV-4.9 added: Revisit the customer")
    assert "12" in found[5].words("zh")


def test_a_longer_limit_shows_that_the_climb_slows_down_too(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    changed(folder, "crisis.toml", "minutes = 10", "hours = 2")
    found = diff.diff(EDITION, loader.load(folder))
    assert [change.words("zh") for change in found] == [
        "CR-5.2.1b 期限：10分钟内 → 2小时内",
        "CR-5.2.1b 升级间隔：每10分钟 → 每1小时",
    ]


def test_an_edition_does_not_differ_from_itself() -> None:
    assert diff.diff(EDITION, EDITION) == []
