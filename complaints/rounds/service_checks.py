"""Checks of the forms of `service_forms` against their round: contractors, departments, events, dates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from complaints.case.act_context import ActContext, incomplete
from complaints.case.file import Duty
from complaints.case.round import RoundFile
from complaints.rounds.service_forms import (
    BuildersFollowed,
    CommonQuestions,
    RevisitPlan,
    RevisitsGathered,
)

Round = ActContext[RoundFile]

INFORMATION = "CS-4.5.2"


def builders_followed(context: Round, form: BuildersFollowed, duty: Duty, at: datetime) -> None:
    """Every contractor of the project is an entry, once (CS-2.4)."""
    given = [one.contractor for one in form.builders]
    there = {one.key: one.name for one in context.people.contractors}
    if unknown := [key for key in given if key not in there]:
        raise incomplete("builders_followed", f"builders: {', '.join(unknown)} ({', '.join(there) or '—'})")
    if len(set(given)) < len(given):
        raise incomplete("builders_followed", "builders: twice")
    if left_out := [name for key, name in there.items() if key not in given]:
        raise incomplete("builders_followed", f"builders: {', '.join(left_out)}")


def common_questions(context: Round, form: CommonQuestions, duty: Duty, at: datetime) -> None:
    """An event is named by its id in the register: the round's project, and a day of its period until now (CS-4.4)."""
    if strange := [one.event for one in form.events if not _of_the_round(context.file, one.event, at)]:
        project, period = context.file.subject.project, context.file.period.name
        raise incomplete("common_questions", f"events: {', '.join(strange)} ({project}, {period})")


def _of_the_round(file: RoundFile, event: str, at: datetime) -> bool:
    project, _, rest = event.partition("-")
    try:
        held_on = date.fromisoformat(rest[:10])
    except ValueError:
        return False
    return project == file.subject.project and file.period.contains(held_on) and held_on <= at.date()


def revisit_plan(context: Round, form: RevisitPlan, duty: Duty, at: datetime) -> None:
    """The dates are to come, and follow each other (CS-4.5.2 to CS-4.5.4)."""
    if form.information_by <= at:
        raise incomplete("revisit_plan", "information_by: not in the future")
    if not form.information_by <= form.analysis_by <= form.report_by:
        raise incomplete("revisit_plan", "information_by ≤ analysis_by ≤ report_by")


def revisits_gathered(context: Round, form: RevisitsGathered, duty: Duty, at: datetime) -> None:
    """The departments whose information is still owed are named, and no others (CS-4.5.3)."""
    named_exactly("revisits_gathered", form.without, open_for(context.file, INFORMATION))


def open_for(file: RoundFile, rule: str) -> list[str]:
    """The departments that still owe this rule."""
    return [duty.department for duty in file.open_duties if duty.rule == rule and duty.department is not None]


def named_exactly(form: str, named: Iterable[str], missing: Iterable[str]) -> None:
    """Raise `Refusal` unless `without` names exactly the departments that are missing."""
    wanted = sorted(missing)
    if sorted(named) != wanted:
        raise incomplete(form, f"without: {', '.join(wanted) or '—'}")


CHECKS: dict[type[Any], Any] = {
    BuildersFollowed: builders_followed,
    CommonQuestions: common_questions,
    RevisitsGathered: revisits_gathered,
}
"""`ServiceAssessed`, `RevisitPlan` and `RevisitReport` are checked with the forms they extend (`form_checks`)."""
