"""Forms of the property company's periodic work under edition 2026.2 (重大客户投诉应急预案 4.2, 5.1)."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.case.forms import Remark, Words
from complaints.rounds.forms import Name
from complaints.rounds.service_forms import Departments


class TrainingOrganised(Frozen):
    """The year's training on the emergency plan, as operations organises it (MC-4.2c)."""

    document: Name  # the emergency plan
    topic: Words
    training_departments: Annotated[tuple[Key, ...], Field(min_length=1, max_length=50)]
    train_by: AwareDatetime


class PlanTraining(Frozen):
    """A department's training on the emergency plan (MC-4.2c)."""

    held_at: AwareDatetime
    participants: Annotated[int, Field(ge=1, le=100_000)]
    topic: Words
    remark: Remark = ""


class TrainingSummed(Frozen):
    """What came of the year's training on the emergency plan; `without`: departments that have not held it."""

    summary: Words
    without: Departments = ()


class VisitPlan(Frozen):
    """The customers or buildings that are to be visited in the week (MC-5.1.1); without any, the reason."""

    planned_visits: Annotated[tuple[Name, ...], Field(max_length=200)] = ()
    reason: Remark = ""

    @model_validator(mode="after")
    def _reason_without_visits(self) -> Self:
        if not self.planned_visits and not self.reason:
            raise ValueError("reason says why no visit is planned")
        if len(set(self.planned_visits)) < len(self.planned_visits):
            raise ValueError("planned_visits has a visit twice")
        return self


class VisitMade(Frozen):
    """One visit: what it found, or why it was not made."""

    whom: Name
    made: bool
    findings: Remark = ""
    reason: Remark = ""

    @model_validator(mode="after")
    def _findings_or_reason(self) -> Self:
        if self.made and not self.findings:
            raise ValueError("findings says what the visit brought")
        if not self.made and not self.reason:
            raise ValueError("reason says why the visit was not made")
        return self


class VisitsMade(Frozen):
    """The week's visits (MC-5.1.1): an entry for each that was planned, and for any other."""

    visits: Annotated[tuple[VisitMade, ...], Field(max_length=400)] = ()
    remark: Remark = ""


class Defect(Frozen):
    """A defect: who repairs it by when, or why nothing is to be done about it."""

    what: Words
    owner: Key | None = None
    due: AwareDatetime | None = None
    reason: Remark = ""

    @model_validator(mode="after")
    def _owner_with_date_or_reason(self) -> Self:
        if (self.owner is None) != (self.due is None) or (self.owner is None) != bool(self.reason):
            raise ValueError("owner and due, or else the reason why it is not repaired")
        return self


class FacilitiesInspected(Frozen):
    """Findings of an inspection of equipment and facilities, and what becomes of each defect (MC-5.1.3)."""

    inspected: Words
    findings: Words
    found_defects: Annotated[tuple[Defect, ...], Field(max_length=100)] = ()


class DefectRepaired(Frozen):
    """How a defect was repaired."""

    done: Words
