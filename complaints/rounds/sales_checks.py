"""Checks of the forms of `sales_forms` against their round: departments, complaints, reports and dates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from complaints.case.act_context import ActContext, in_the_future, incomplete, known_departments, known_people
from complaints.case.file import Duty
from complaints.case.round import RoundFile
from complaints.rounds.sales_forms import (
    CaseViews,
    Inquiries,
    ManagementReview,
    MonthAnalysis,
    RecordsRead,
    ReportChecked,
)

Round = ActContext[RoundFile]

ASKED = "CH-7.5.2.asked"
"""The policy that says which kinds of departments are asked for their complaints."""


def records_read(context: Round, form: RecordsRead, duty: Duty, at: datetime) -> None:
    """The records must have been read after the round began, and not in the future (CH-7.4.1)."""
    if not context.file.opens_at <= form.read_until <= at:
        raise incomplete("records_read", f"read_until: {context.file.opens_at.isoformat()} – {at.isoformat()}")


def inquiries(context: Round, form: Inquiries, duty: Duty, at: datetime) -> None:
    """Each department is known and an entry once; of every kind that the rule names, one was asked (CH-7.5.2)."""
    keys = [one.department for one in form.asked_units]
    known_departments(context, "inquiries", keys, "asked_units")
    asked = {one.kind for one in context.people.departments if one.key in keys}
    for kind in context.edition.rule(ASKED).kinds:
        there = [one.name for one in context.people.departments if one.kind == kind]
        if there and kind not in asked:
            raise incomplete("inquiries", f"asked_units: {', '.join(there)}")


def case_views(context: Round, form: CaseViews, duty: Duty, at: datetime) -> None:
    """The complaints are the project's, and none that others have handled is left out (CH-7.5.3)."""
    given = [one.complaint for one in form.case_views]
    of_the_project(context, "case_views", "case_views", given)
    report = context.file.report
    if report is not None and (left_out := [number for number in report.missing if number not in given]):
        raise incomplete("case_views", f"case_views: {', '.join(left_out)}")


def month_analysis(context: Round, form: MonthAnalysis, duty: Duty, at: datetime) -> None:
    """Each cause has complaints of the project, a known owner and a date in the future (CH-7.6)."""
    of_the_project(context, "month_analysis", "complaints", (n for one in form.found_causes for n in one.complaints))
    known_people(context, dict.fromkeys(one.owner for one in form.found_causes))
    in_the_future("month_analysis", "found_causes", "complete_by", (one.complete_by for one in form.found_causes), at)


def report_checked(context: Round, form: ReportChecked, duty: Duty, at: datetime) -> None:
    of_the_project(context, "report_checked", "checked_cases", form.checked_cases)


def management_review(context: Round, form: ManagementReview, duty: Duty, at: datetime) -> None:
    if form.held_at > at:
        raise incomplete("management_review", "held_at: in the future")


def of_the_project(context: Round, form: str, field: str, numbers: Iterable[str]) -> None:
    """Raise `Refusal` for a number that is not one of a complaint of the round's project."""
    project = context.file.subject.project
    if project is None:
        return
    if others := [number for number in numbers if not number.startswith(f"{project.upper()}-")]:
        raise incomplete(form, f"{field}: {', '.join(others)} ({project.upper()}-…)")


CHECKS: dict[type[Any], Any] = {
    RecordsRead: records_read,
    Inquiries: inquiries,
    CaseViews: case_views,
    MonthAnalysis: month_analysis,
    ReportChecked: report_checked,
    ManagementReview: management_review,
}
