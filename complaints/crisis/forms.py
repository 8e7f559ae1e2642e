"""Forms of the crisis track (CR-5.2 to CR-5.4)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.case.forms import Remark, Words


class Report(Frozen):
    """The record form as it reaches the department manager (CR-5.2.1b)."""

    summary: Words


class Nature(StrEnum):
    MALICIOUS = "malicious"
    GENUINE = "genuine"


class Judgement(Frozen):
    """Malicious defamation goes to court, everything else to a plan (CR-5.2.2a)."""

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
    """What the customer or the media want, as marketing states it in the discussion (CR-5.2.3)."""

    wants: Words


class Plan(Frozen):
    """A plan, discussed and complete (CR-5.2.2e)."""

    measures: Words
    complete_by: AwareDatetime  # when its implementation is to be complete


class Submission(Frozen):
    """The plan's report to the group (CR-5.2.2f)."""

    summary: Words


class Contact(Frozen):
    """What customer or media said to the plan (CR-5.3.1)."""

    agreed: bool
    outcome: Words


class Start(Frozen):
    """Execution has begun; the three hours of CR-5.3.3 run from here."""

    remark: Remark = ""


class Implementation(Frozen):
    """What was carried out (CR-5.3.2c)."""

    done: Words


class Progress(Frozen):
    """The customer knows the progress, and we know what they think of it (CR-5.3.3)."""

    told: Words
    satisfied: bool


class Adjustment(Frozen):
    """What talking to the responsible department led to (CR-5.3.3a)."""

    adjustable: bool
    change: Words  # the change, or why there can be none
    complete_by: AwareDatetime | None = None  # a new date for the implementation, where the change needs one


class UnderstandingSought(Frozen):
    """The plan stays as it is; whether the customer understands (CR-5.3.3b)."""

    understood: bool
    outcome: Words


class GoOn(Frozen):
    """The responsible department knows that it can go on (CR-5.3.3c)."""

    remark: Remark = ""


class CompletionNotice(Frozen):
    """The written notice that implementation is complete (CR-5.4.1)."""

    text: Words


class CaseStudy(Frozen):
    """The case, for the month's report and the library (CR-5.4.3)."""

    title: Words
    course: Words
    causes: Words
    measures: Words
    lessons: Words


class Acceptance(Frozen):
    """Whether the case goes into the company's library (CR-5.4.4)."""

    accepted: bool
    reason: Remark = ""
