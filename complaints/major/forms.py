"""Forms of the major track (MC-4, MC-5.2)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from complaints.base import Frozen
from complaints.base.fields import Key, needed_if, unless_none
from complaints.case.forms import Remark, Words
from complaints.ordinary.forms import Manner
from complaints.revisits.forms import RevisitWay


class EmergencyTeam(Frozen):
    """The leader has taken over and called the team in (MC-4.1).

    The heads of customer service, security and engineering belong to it; `not_called` says why one was not called in.
    """

    people: Annotated[tuple[Key, ...], Field(min_length=1, max_length=50)]
    not_called: Remark = ""
    remark: Remark = ""


class EmergencyCommand(Frozen):
    """The people and supplies sent, whether the emergency plan fits, and the state of emergency (MC-4.2)."""

    people_sent: Words
    supplies: Words  # "none" is a valid answer
    plan_fits: bool
    fitness: Words  # why the plan fits, or what it lacks
    emergency: bool  # whether the leader declares the state of emergency


class EmergencyWork(Frozen):
    """What a department has done in the state of emergency (MC-4.2b)."""

    done: Words


class EmergencySituation(Frozen):
    """The leader's word on the state of emergency: it is over, or why it goes on (MC-4.2b)."""

    over: bool
    situation: Words


class Lead(Frozen):
    """The leader of the emergency team has taken over; `people` are those called in (MC-4.1, edition 2026.1)."""

    people: Annotated[tuple[Key, ...], Field(min_length=1, max_length=50)]
    remark: Remark = ""


class Command(Frozen):
    """The people and supplies sent, and whether the emergency plan fits (MC-4.2, edition 2026.1)."""

    people_sent: Words
    supplies: Words  # "none" is a valid answer
    plan_fits: bool
    fitness: Words  # why the plan fits, or what it lacks


class Reception(Frozen):
    """客户投诉记录表 (MC-5.2.1): the apology comes first, then the facts needed before anyone can act.

    Of an anonymous complaint there may be nobody to apologise to, and no way to reach the customer.
    """

    apologised: bool
    happened_at: AwareDatetime
    scene: Words  # where it happened
    complained_about: Words  # the person or the department
    course: Words
    demand: Words
    contact: Remark = ""  # how the customer is reached; left out of an anonymous complaint only


class ExplainedOnTheSpot(Frozen):
    """The supervisor who came to explain to a resident on the spot (MC-5.2.1b), or why nobody could."""

    came: Annotated[tuple[Key, ...], Field(max_length=10)] = ()
    explained: Remark = ""
    why_nobody: Remark = ""

    @model_validator(mode="after")
    def _who_came_or_why_nobody(self) -> Self:
        if self.came and not self.explained:
            raise ValueError("explained: what the resident was told")
        if not self.came and not self.why_nobody:
            raise ValueError("came: who came, or why_nobody: why nobody could")
        if self.came and self.why_nobody:
            raise ValueError("why_nobody: only if nobody came")
        return self


class ComplaintSlip(Frozen):
    """投诉处理表, as sent to the departments complained about; the first of them leads (MC-5.2.2a)."""

    departments: Annotated[tuple[Key, ...], Field(min_length=1, max_length=20)]
    summary: Words


class ComplaintSheet(Frozen):
    """投诉处理表, as sent to the department complained about (MC-5.2.2a, edition 2026.1)."""

    department: Key
    summary: Words


class SheetSignature(Frozen):
    """The person who signed for 投诉处理表; the time of signing is the act's own time (MC-5.2.2b)."""

    signed_by: Words


class Above(StrEnum):
    GENERAL_MANAGER = "general_manager"  # 公司总经理
    CENTRE_HEAD = "centre_head"  # 中心负责人


class Forwarding(Frozen):
    """The superior to whom the complaint was forwarded (MC-5.2.2c)."""

    to: Above
    summary: Words


class AnswerPart(Frozen):
    """What a department that does not lead adds to the answer to the resident (MC-5.2.3f)."""

    part: Words


class ClearAnswer(Frozen):
    """The answer given to the resident, and the resident's view of it (MC-5.2.3f)."""

    answer: Words
    manner: Manner
    customers_view: Words


class ResidentAnswer(Frozen):
    """The answer given to the resident, and the resident's view of it (MC-5.2.3f).

    `satisfied` is left out where the resident does not say. Of an anonymous complaint the answer may be kept in the
    case for whoever asks (`customer_told` is false).
    """

    answer: Words
    customer_told: bool = Field(default=True, exclude_if=lambda yes: yes)
    manner: Manner | None = needed_if("customer_told", None)
    customers_view: Remark = needed_if("customer_told", "")
    satisfied: bool | None = unless_none()

    @model_validator(mode="after")
    def _as_answered(self) -> Self:
        said = (self.manner is not None, bool(self.customers_view))
        if self.customer_told and not all(said):
            raise ValueError("manner and customers_view go with an answer that was given (MC-5.2.3f)")
        if not self.customer_told and (any(said) or self.satisfied is not None):
            raise ValueError("manner, customers_view, satisfied: only of an answer that was given")
        return self


class Handling(Frozen):
    """The measures taken and their outcome; this ends the handling (MC-5.2.3g)."""

    measures: Words
    outcome: Words


class HandlingSheet(Frozen):
    """客户信息处理表: the course of the handling, as handed to customer service (MC-5.2.3a)."""

    investigation: Words
    process: Words
    handed_to: Words


class ResultTold(Frozen):
    """The result, as reported to the supervisor and told to the resident (MC-5.2.3c).

    Nobody is told of an anonymous complaint: only then `told` is left out.
    """

    reported: Words
    told: Remark = ""


class RevisitPlanned(Frozen):
    """By whom, how and when the resident will be revisited (MC-5.2.3d)."""

    by_whom: Key
    way: RevisitWay
    when: AwareDatetime
    remark: Remark = ""


class RevisitArranged(Frozen):
    """When and how the resident will be revisited (MC-5.2.3d, edition 2026.1)."""

    when: AwareDatetime
    way: RevisitWay
    remark: Remark = ""


class SummingUp(Frozen):
    """Summary of the whole handling (MC-5.2.4a)."""

    course: Words
    causes: Words
    lessons: Words


class PlanReview(Frozen):
    """Whether the emergency plan failed somewhere, and what was changed in it (MC-5.2.4b)."""

    revised: bool
    change: Words  # the change, or why none is needed


class Training(Frozen):
    """Training given, inside the company and outside it: what was taught, and to whom (MC-5.2.4c)."""

    inside: Words
    outside: Words
