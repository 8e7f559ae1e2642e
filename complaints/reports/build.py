"""Builds a report from the counted figures."""

from __future__ import annotations

from datetime import datetime

from complaints.case.round import Subject
from complaints.reports.kinds import shape_of
from complaints.reports.model import Drafted, ReportContent, ReportHeading, ReportKind
from complaints.reports.summary import says
from complaints.reports.tables import Builder, PeriodCounts, ReportNames


def build(
    kind: ReportKind, subject: Subject, at: datetime, over: bool, counted: PeriodCounts, names: ReportNames, zone: str
) -> Drafted:
    """Build the report of a kind. Nothing after `at` was counted; `over` says whether the period had ended by then.

    `zone` is an IANA name. Raises `ReportRefused` (`WRONG_PERIOD`) if the kind has no report for such a period.
    """
    shape = shape_of(kind, counted.period)
    builder = Builder(counted, names)
    found = (builder.table(key) for key in shape.tables)
    tables = tuple(table for table in found if table is not None)
    missing = tuple(counted.now.missing)
    report = ReportContent(
        kind=kind,
        period=counted.period,
        subject=subject,
        heading=_heading(subject, names, zone),
        at=at,
        over=over,
        says=says(kind, tables, missing, over),
        tables=tables,
        missing=missing,
    )
    return Drafted(report=report, cases=tuple(builder.cases), behind=builder.behind)


def _heading(subject: Subject, names: ReportNames, zone: str) -> ReportHeading:
    return ReportHeading(
        project=names.projects.get(subject.project, subject.project) if subject.project else None,
        department=names.departments.get(subject.department, subject.department) if subject.department else None,
        person=names.people.get(subject.person, subject.person) if subject.person else None,
        zone=zone,
    )
