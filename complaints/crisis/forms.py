"""Forms of the crisis track (CR-5.2 to CR-5.4)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.case.forms import Remark, Words


class Report(Frozen):
    """The record form, as reported to the department manager (CR-5.2.1b)."""

    summary: Words


class Nature(StrEnum):
    MALICIOUS = "malicious"
    GENUINE = "genuine"


class Judgement(Frozen):
    """Classification of the crisis (CR-5.2.2a): malicious defamation goes to court, everything else to a plan."""

    nature: Nature
    reason: Words


class Responsibility(Frozen):
    """The departments held responsible for now; the first one leads (CR-5.2.2b)."""

    departments: Annotated[tuple[Key, ...], Field(min_length=1, max_length=20)]
    request: Words  # to the general manager: what people are needed for


class Assignment(Frozen):
    """The people the general manager assigns to discuss the plan (CR-5.2.2c)."""

    people: Annotated[tuple[Key, ...], Field(min_length=1, max_length=50)]


class Statement(Frozen):
    """What the customer or the media want, as stated by marketing in the discussion (CR-5.2.3)."""

    wants: Words


class Plan(Frozen):
    """The completed plan, after discussion (CR-5.2.2e)."""

    measures: Words
    complete_by: AwareDatetime  # deadline of its implementation


class Submission(Frozen):
    """The plan's report to the group (CR-5.2.2f)."""

    summary: Words


class Contact(Frozen):
    """The reply of the customer or the media to the plan (CR-5.3.1)."""

    agreed: bool
    outcome: Words


class Start(Frozen):
    """Execution has begun; the three-hour limit of CR-5.3.3 counts from this act."""

    remark: Remark = ""


class Implementation(Frozen):
    """The measures that were carried out (CR-5.3.2c)."""

    done: Words


class Progress(Frozen):
    """Progress as told to the customer, and whether the customer is satisfied with it (CR-5.3.3)."""

    told: Words
    satisfied: bool


class Adjustment(Frozen):
    """Outcome of the talk with the responsible department (CR-5.3.3a)."""

    adjustable: bool
    change: Words  # the change, or why there can be none
    complete_by: AwareDatetime | None = None  # new deadline of the implementation, if needed


class UnderstandingSought(Frozen):
    """Explanation to the customer that the plan stays as it is, and whether they understand (CR-5.3.3b)."""

    understood: bool
    outcome: Words


class GoOn(Frozen):
    """The responsible department was told that it can go on (CR-5.3.3c)."""

    remark: Remark = ""


class CompletionNotice(Frozen):
    """The written notice that implementation is complete (CR-5.4.1)."""

    text: Words


class CaseStudy(Frozen):
    """The case study, for the monthly report and the case library (CR-5.4.3)."""

    title: Words
    course: Words
    causes: Words
    measures: Words
    lessons: Words


class Acceptance(Frozen):
    """Decision whether the case is accepted into the company's case library (CR-5.4.4)."""

    accepted: bool
    reason: Remark = ""
