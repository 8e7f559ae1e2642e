"""Forms of the crisis track (CR-5.1.1, CR-5.2 to CR-5.4), in the order of the procedure.

Edition 2026.1 has fewer questions in some of them; its forms are at the end.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from complaints.base import Frozen
from complaints.base.fields import Key, Yuan
from complaints.case.forms import Remark, Words


class HeldBack(Frozen):
    """Why a complaint was not handed to marketing at once (CR-5.1.1)."""

    why: Words


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


class ResponsibleDepartments(Frozen):
    """The departments responsible for now, the first of which leads, and the others concerned (CR-5.2.2b)."""

    departments: Annotated[tuple[Key, ...], Field(min_length=1, max_length=20)]
    concerned: Annotated[tuple[Key, ...], Field(max_length=20)] = ()  # asked for their opinion on the plan
    request: Words  # to the general manager: what people are needed for


class Assignment(Frozen):
    """The people the general manager assigns to discuss the plan (CR-5.2.2c)."""

    people: Annotated[tuple[Key, ...], Field(min_length=1, max_length=50)]


class PartiesWants(Frozen):
    """What the customer and the media want, as stated by marketing in the discussion (CR-5.2.3).

    With `media_wants` the media are a party of their own: the plan is discussed with them, too (CR-5.3.1).
    """

    wants: Words
    media_wants: Remark = ""


class PlanPart(Frozen):
    """The part of one of several responsible departments, for the lead to put together (CR-5.2.2e)."""

    measures: Words
    cost: Yuan
    complete_by: AwareDatetime  # by when the department carries it out


class CostedPlan(Frozen):
    """The completed plan, after discussion, with the parts of all responsible departments (CR-5.2.2e)."""

    measures: Words
    cost: Yuan  # of the whole plan
    complete_by: AwareDatetime  # of the whole plan, and of the lead's own part


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


class TrackedProgress(Frozen):
    """How far each responsible department has come, as marketing found (CR-5.3.2c)."""

    found: Words


class Progress(Frozen):
    """Progress as told to the customer, and whether the customer is satisfied with it (CR-5.3.3)."""

    told: Words
    satisfied: bool


class AdjustedPlan(Frozen):
    """Outcome of the talk with the responsible departments (CR-5.3.3a).

    A plan that costs more, or takes longer, than what was approved is approved again (CR-5.3.2a).
    """

    adjustable: bool
    change: Words  # the change, or why there can be none
    cost: Yuan | None = None  # of the whole plan from now on, if that changes
    complete_by: AwareDatetime | None = None  # until when the change is carried out, if it has to be
    departments: tuple[Key, ...] = ()  # which departments carry it out by then; none named: all responsible ones

    @model_validator(mode="after")
    def _only_if_adjustable(self) -> Self:
        if not self.adjustable and (self.cost is not None or self.complete_by is not None):
            raise ValueError("cost and complete_by go with adjustable=true")
        if self.departments and self.complete_by is None:
            raise ValueError("departments go with complete_by")
        return self


class UnderstandingSought(Frozen):
    """Explanation to the customer that the plan stays as it is, and whether they understand (CR-5.3.3b)."""

    understood: bool
    outcome: Words


class AfterRefusal(StrEnum):
    PLAN_STANDS = "plan_stands"
    NEW_PLAN = "new_plan"


class RefusalDecision(Frozen):
    """What the general manager has follow when the customer does not accept the explanation (CR-5.3.3b)."""

    follows: AfterRefusal
    decision: Words


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


class LibraryDecision(Frozen):
    """Decision on the case study (CR-5.4.4): into the case library, back to be written anew, or neither."""

    accepted: bool
    rewrite: bool = False
    reason: Remark = ""

    @model_validator(mode="after")
    def _reason_unless_accepted(self) -> Self:
        if self.accepted and self.rewrite:
            raise ValueError("rewrite goes with accepted=false")
        if not self.accepted and not self.reason:
            raise ValueError("reason: what is missing, or why it is not taken in")
        return self


# --- edition 2026.1


class Responsibility(Frozen):
    """The departments held responsible for now; the first one leads (CR-5.2.2b)."""

    departments: Annotated[tuple[Key, ...], Field(min_length=1, max_length=20)]
    request: Words  # to the general manager: what people are needed for


class Statement(Frozen):
    """What the customer or the media want, as stated by marketing in the discussion (CR-5.2.3)."""

    wants: Words


class Plan(Frozen):
    """The completed plan, after discussion (CR-5.2.2e)."""

    measures: Words
    complete_by: AwareDatetime  # deadline of its implementation


class Adjustment(Frozen):
    """Outcome of the talk with the responsible department (CR-5.3.3a)."""

    adjustable: bool
    change: Words  # the change, or why there can be none
    complete_by: AwareDatetime | None = None  # new deadline of the implementation, if needed


class Acceptance(Frozen):
    """Decision whether the case is accepted into the company's case library (CR-5.4.4)."""

    accepted: bool
    reason: Remark = ""
