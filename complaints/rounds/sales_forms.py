"""Forms of the sales department's periodic work under edition 2026.2 (客户投诉处理程序 7.4 to 7.6)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.case.forms import Remark, Words
from complaints.rounds.forms import Count, DailyCheck, Name, Names


class RecordsRead(DailyCheck):
    """The day's F1 and F2 records were read (CH-7.4.1): up to a moment that lies after the round's beginning."""


class AskedUnit(Frozen):
    """What one department said of the complaints that it received, and what its F2 sheets show (CH-7.5.2)."""

    department: Key
    received: Count  # in the period
    still_open: Count  # of all that it ever received
    f2_findings: Words


class Inquiries(Frozen):
    """The month's inquiry at other departments, an entry for each (CH-7.5.2)."""

    asked_units: Annotated[tuple[AskedUnit, ...], Field(min_length=1, max_length=20)]
    remark: Remark = ""


class CustomerView(Frozen):
    """What one customer thinks of how another department handled their complaint; or that they were not reached."""

    complaint: Name
    view: Words


class CaseViews(Frozen):
    """The customers' views of complaints that other departments handled, case by case (CH-7.5.3)."""

    case_views: Annotated[tuple[CustomerView, ...], Field(max_length=500)] = ()
    reason: Remark = ""

    @model_validator(mode="after")
    def _reason_without_views(self) -> Self:
        if not self.case_views and not self.reason:
            raise ValueError("reason says why there is no view")
        complaints = [one.complaint for one in self.case_views]
        if len(set(complaints)) < len(complaints):
            raise ValueError("case_views has a complaint twice")
        return self


class CauseKind(StrEnum):
    """The causes that the chief engineer's office looks for."""

    DESIGN = "design"
    CONSTRUCTION = "construction"


class FoundCause(Frozen):
    """A cause in design or construction, the complaints it led to, and the action against it."""

    complaints: Annotated[tuple[Name, ...], Field(min_length=1, max_length=200)]
    cause_kind: CauseKind
    causes: Words
    measures: Words
    owner: Key
    complete_by: AwareDatetime


class MonthAnalysis(Frozen):
    """The chief engineer's office's analysis of a month's report and records (CH-7.6). "None" is a result, too."""

    analysed: Words
    found_causes: Annotated[tuple[FoundCause, ...], Field(max_length=50)] = ()
    reason: Remark = ""

    @model_validator(mode="after")
    def _reason_without_causes(self) -> Self:
        if not self.found_causes and not self.reason:
            raise ValueError("reason says why no complaint has its cause in design or construction")
        return self


class ReportChecked(Frozen):
    """The manager's check of the reports and of how complaints are handled (CH-7.4.3b): what was checked, and found."""

    checked_reports: Annotated[tuple[Name, ...], Field(min_length=1, max_length=50)]
    checked_cases: Names = ()
    findings: Words
    measures: Remark = ""
    remark: Remark = ""

    @model_validator(mode="after")
    def _reason_without_cases(self) -> Self:
        if not self.checked_cases and not self.remark:
            raise ValueError("remark says why no complaint was looked at")
        return self


class ManagementReview(Frozen):
    """The management review meeting on the year's summary (CH-7.4.5)."""

    held_at: AwareDatetime
    discussed: Words
    measures: Remark = ""
