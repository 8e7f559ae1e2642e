"""Forms of the major track (MC-4, MC-5.2)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.case.forms import Remark, Words
from complaints.ordinary.forms import Manner
from complaints.revisits.forms import RevisitWay


class Lead(Frozen):
    """Somebody has taken the lead of the emergency team, and whom they have called in (MC-4.1)."""

    people: Annotated[tuple[Key, ...], Field(min_length=1, max_length=50)]
    remark: Remark = ""


class Command(Frozen):
    """Who does what with which means, and whether the plan fits (MC-4.2)."""

    people_sent: Words
    supplies: Words  # "none" is an answer too
    plan_fits: bool
    fitness: Words  # why it does, or what it lacks


class Reception(Frozen):
    """客户投诉记录表: the apology comes first, then what must be known before anybody can act (MC-5.2.1)."""

    apologised: Literal[True]
    happened_at: AwareDatetime
    scene: Words  # where it happened
    complained_about: Words  # the person or the department
    course: Words
    demand: Words
    contact: Words  # how the customer is reached


class ComplaintSheet(Frozen):
    """投诉处理表 as it was sent to the department complained about (MC-5.2.2a)."""

    department: Key
    summary: Words


class SheetSignature(Frozen):
    """Who signed for 投诉处理表; when is the act's own time (MC-5.2.2b)."""

    signed_by: Words


class Above(StrEnum):
    GENERAL_MANAGER = "general_manager"  # 公司总经理
    CENTRE_HEAD = "centre_head"  # 中心负责人


class Forwarding(Frozen):
    """To whom above the complaint was forwarded (MC-5.2.2c)."""

    to: Above
    summary: Words


class ClearAnswer(Frozen):
    """What the resident was told, and what they think of it (MC-5.2.3f)."""

    answer: Words
    manner: Manner
    customers_view: Words


class Handling(Frozen):
    """What was done, and what came of it: the handling is over (MC-5.2.3g)."""

    measures: Words
    outcome: Words


class HandlingSheet(Frozen):
    """客户信息处理表: the course of the handling, as handed to customer service (MC-5.2.3a)."""

    investigation: Words
    process: Words
    handed_to: Words


class ResultTold(Frozen):
    """What the supervisor and the resident were told of the result (MC-5.2.3c)."""

    reported: Words
    told: Words


class RevisitArranged(Frozen):
    """When and how the resident will be revisited (MC-5.2.3d)."""

    when: AwareDatetime
    way: RevisitWay
    remark: Remark = ""


class SummingUp(Frozen):
    """The whole handling summed up (MC-5.2.4a)."""

    course: Words
    causes: Words
    lessons: Words


class PlanReview(Frozen):
    """Whether the emergency plan failed somewhere and what was changed in it (MC-5.2.4b)."""

    revised: bool
    change: Words  # the change, or why none is needed


class Training(Frozen):
    """What was taught to whom, inside the company and outside it (MC-5.2.4c)."""

    inside: Words
    outside: Words
