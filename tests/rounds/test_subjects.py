"""Who has a round of each rule in the example company, who is asked for an opinion, and what is drafted for it."""

from __future__ import annotations

from typing import Any

import pytest

from complaints import editions
from complaints.case.round import Subject
from complaints.rounds.plan import subjects
from tests.fakes import ExampleReferences
from tests.people import SALESPERSON
from tests.rounds.stage import Round, Rounds
from tests.rounds.table import COMPANY, HF01
from tests.rounds.test_every_step import do
from tests.rules import rule_of

PROJECTS = ("hf01", "yx02")
EVERYBODY = (
    *("executive", "marketing", "engineering", "property", "sales", "admin_hr", "legal_audit", "group_marketing"),
    *("chief_engineer", "audit", "finance", "development", "operations"),
)
INTERFACES = ("marketing", "engineering", "property", "sales", "chief_engineer", "operations")

# By rule: the departments that have a round of their own.
DEPARTMENTS = {
    "CS-4.1.1": INTERFACES,
    "RV-6.2": ("marketing", "property", "operations"),
    "RV-6.3": EVERYBODY,
}
# By rule: whose work it is in each project.
OFFICES = {"RV-5.3c": ("property", "operations")}
# By rule: the round in which these departments owe it, and the form on the way.
ASKED: dict[str, tuple[str, Subject, tuple[str, ...]]] = {
    "CS-4.3.1.opinion": (
        "CS-4.3.1",
        HF01,
        ("marketing", "engineering", "property", "chief_engineer", "operations"),
    ),
    "CS-4.5.1.opinion": ("CS-4.5.1", COMPANY, ("marketing", "engineering", "property", "sales", "operations")),
    "CS-4.5.2": ("CS-4.5.1", COMPANY, ("marketing", "engineering", "property", "sales", "operations")),
    "MC-5.2.4b.plan.opinion": ("MC-5.2.4b.plan", HF01, ("engineering", "property", "operations")),
}
DRAFTED = {
    "CH-7.4.1": ("daily_check", HF01),
    "CH-7.4.2": ("complaint_report", HF01),
    "CH-7.4.4": ("annual_summary", HF01),
    "CH-7.5.3": ("customer_views", HF01),
    "CH-7.5.4.register": ("register", HF01),
    "CS-4.1.1": ("information_summary", Subject(department="marketing")),
    "CS-4.1.2": ("information_summary", COMPANY),
    "CS-4.1.3": ("service_assessment", COMPANY),
    "CS-4.1.4": ("quarterly_report", COMPANY),
    "CS-4.3.7": ("repair_summary", COMPANY),
    "RV-6.1": ("service_bulletin", COMPANY),
    "RV-6.2": ("figures", Subject(department="marketing")),
    "RV-6.2.site": ("figures", HF01),
    "RV-6.3": ("analysis", Subject(department="admin_hr")),
}


def marked(table: dict[str, Any]) -> list[Any]:
    return [pytest.param(rule, said, id=rule, marks=pytest.mark.clause(rule_of(rule))) for rule, said in table.items()]


@pytest.mark.parametrize(("rule", "departments"), marked(DEPARTMENTS))
def test_these_departments_have_a_round_each(rule: str, departments: tuple[str, ...]) -> None:
    assert of(rule) == {(None, one, None) for one in departments}


@pytest.mark.parametrize(("rule", "departments"), marked(OFFICES))
def test_these_offices_of_each_project_have_a_round_each(rule: str, departments: tuple[str, ...]) -> None:
    assert of(rule) == {(project, one, None) for project in PROJECTS for one in departments}


@pytest.mark.clause("RV-5.2")
def test_each_consultant_has_a_round_in_each_project() -> None:
    assert of("RV-5.2") == {(project, None, SALESPERSON) for project in PROJECTS}


def of(rule: str) -> set[tuple[str | None, str | None, str | None]]:
    found = subjects(editions.newest().rule(rule), ExampleReferences().directory)
    return {(one.project, one.department, one.person) for one in found}


@pytest.mark.parametrize(("rule", "asked"), marked(ASKED))
async def test_these_departments_are_asked(rounds: Rounds, rule: str, asked: tuple[str, Subject, tuple[str, ...]]):
    of_round, subject, departments = asked
    round = await rounds.begun(of_round, subject)
    while not (found := owed(round, rule)):
        ready = [duty for duty in round.file.open_duties if not round.file.awaited_by(duty)]
        await do(round, min(ready, key=lambda duty: duty.opened_at))
        await round.look()
    assert found == {*departments}
    round.ignores()


def owed(round: Round, rule: str) -> set[str | None]:
    return {duty.department for duty in round.file.open_duties if duty.rule == rule}


@pytest.mark.clause("MC-4.2c")
async def test_every_department_that_is_named_trains_on_the_plan(rounds: Rounds):
    round = await rounds.begun("MC-4.2c", COMPANY)
    named = ["engineering", "property", "operations"]
    await do(round, round.duty("MC-4.2c"), training_departments=named)
    assert owed(round, "MC-4.2c.held") == {*named}
    round.ignores()


@pytest.mark.parametrize(("rule", "report"), marked(DRAFTED))
async def test_the_report_is_drafted_for_whoever_owes_the_round(rounds: Rounds, rule: str, report: tuple[str, Subject]):
    kind, subject = report
    round = await rounds.begun(rule, subject)
    await round.becomes(lambda file: file.report is not None)
    assert round.file.report is not None
    assert round.file.report.kind == kind
    round.ignores()
