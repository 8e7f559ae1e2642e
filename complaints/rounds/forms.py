"""Forms of the rounds: what the duty's owner found, handed on or held in a period."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from complaints.base import Frozen
from complaints.base.fields import Key, Nth
from complaints.case.forms import Remark, Words

Count = Annotated[int, Field(ge=0, le=1_000_000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]  # id of an entry in the store
Names = Annotated[tuple[Name, ...], Field(max_length=200)]
Points = Annotated[tuple[Words, ...], Field(max_length=100)]
Digest = Annotated[str, StringConstraints(min_length=8, max_length=64, pattern=r"^[0-9a-f]+$")]


class DailyCheck(Frozen):
    """The department's F1 and F2 records were read (CH-7.4.1), up to and including those of `read_until`."""

    read_until: AwareDatetime
    found: Points = ()  # what has to be followed up
    remarks: Remark = ""


class PeriodicCheck(Frozen):
    """Findings of the manager's check of reports and handling (CH-7.4.3b)."""

    findings: Words
    measures: Remark = ""


class Inquiry(Frozen):
    """Complaints that other departments received, and their status (CH-7.5.2)."""

    departments: Annotated[tuple[Key, ...], Field(min_length=1, max_length=20)]  # those asked
    received: Count  # in the period
    still_open: Count  # of all they ever received
    f2_findings: Words  # what their F2 sheets show
    reported: Words  # what was reported upwards


class CustomerViews(Frozen):
    """What customers think of the handling by other departments (CH-7.5.3)."""

    asked: Count
    views: Words


class RegisterKept(Frozen):
    """Confirmation that every result of the period is in F3 (CH-7.5.4)."""

    entries: Count
    remark: Remark = ""


class Information(Frozen):
    """Customer information and needs that a department collected (CS-4.1.1)."""

    collected: Words
    needs: Remark = ""


class Analysis(Frozen):
    """Causes, and measures for improvement (CS-4.1.2, RV-6.3)."""

    causes: Words
    measures: Words
    summary: Remark = ""


class IssuedReport(Frozen):
    """A report as its owner issues it; refused unless the case studies that it lacks are named (CR-5.4.3)."""

    report: Name
    revision: Nth
    remarks: Remark = ""
    named_missing: Names = ()  # complaints without the case study they should have


class Visits(Frozen):
    """The planned visits of a week (MC-5.1.1)."""

    visited: Count
    findings: Words
    remark: Remark = ""


class TrainingHeld(Frozen):
    """A training on complaint handling or on cases (MC-5.1.2)."""

    topic: Words
    participants: int = Field(ge=1, le=100_000)
    cases: Names = ()  # numbers of the cases it went through
    remark: Remark = ""


class Inspection(Frozen):
    """Findings of an inspection of equipment and facilities (MC-5.1.3)."""

    inspected: Words
    findings: Words
    defects: Points = ()


class Events(Frozen):
    """The events of the period and the common questions they answered (CS-4.4); without events, the reason."""

    held: Names = ()  # ids in the event register
    questions: Words
    remark: Remark = ""

    @model_validator(mode="after")
    def _reason_without_events(self) -> Self:
        if not self.held and not self.remark:
            raise ValueError("remark says why nothing was held")
        return self


class FiguresSent(Frozen):
    """The figures of a department's revisits, for the development department (RV-6.2)."""

    revisits: Count
    reached_count: Count
    satisfied_count: Count
    remark: Remark = ""

    @model_validator(mode="after")
    def _parts_of_each_other(self) -> Self:
        if not self.satisfied_count <= self.reached_count <= self.revisits:
            raise ValueError("satisfied_count is at most reached_count, and that at most revisits")
        return self


class DrawResults(Frozen):
    """The outcome of a draw of routine revisits (RV-5)."""

    draw: Name
    done: Count  # customers who were revisited
    unreachable: Count = 0  # customers who were tried as often as required
    remarks: Remark = ""


class DocumentVersion(Frozen):
    """A version of a document, submitted to its reviewers (CS-4.3.1, CS-4.5, RV-5.1)."""

    document: Name
    version: Nth
    summary: Words


class Destruction(Frozen):
    """Agreement to a list of records to be destroyed, named by its digest (CH-8)."""

    proposal: Name
    digest: Digest
    remark: Remark = ""
