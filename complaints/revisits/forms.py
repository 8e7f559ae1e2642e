"""Forms of revisits (RV-3, RV-4, CS-4.2.3): how the customer was asked, whether they were reached, what they said."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import model_validator

from complaints.base import Frozen
from complaints.case.forms import Remark


class RevisitWay(StrEnum):
    """The ways of RV-3."""

    TELEPHONE = "telephone"  # 电话回访
    VISIT = "visit"  # 上门回访
    FORM = "form"  # 填写资料
    MEETING = "meeting"  # 座谈
    OTHER = "other"


class Satisfaction(StrEnum):
    SATISFIED = "satisfied"
    NEUTRAL = "neutral"
    UNSATISFIED = "unsatisfied"  # the complaint reopens (RV-4.2)


class RevisitAnswers(Frozen):
    """The fields of every revisit. A customer who was not reached has given no answers: the form then records a try."""

    way: RevisitWay
    reached: bool = True
    satisfaction: Satisfaction | None = None
    suggestions: Remark = ""

    @model_validator(mode="after")
    def _satisfaction_when_reached(self) -> Self:
        if self.reached != (self.satisfaction is not None):
            raise ValueError("satisfaction goes with reached=true, and only with it")
        return self

    @property
    def unsatisfied(self) -> bool:
        return self.satisfaction is Satisfaction.UNSATISFIED

    @property
    def reason(self) -> str:
        """What the customer said, in one line."""
        said = (value for name, value in self if name not in RevisitAnswers.model_fields or name == "suggestions")
        return "; ".join(str(one) for one in said if one)


class Revisit(RevisitAnswers):
    """A revisit on the handling, with the questions of RV-4.2 (also CR-5.4.2a, CR-5.4.2b)."""

    handling: Remark = ""
    efficiency: Remark = ""
    quality: Remark = ""
    attitude: Remark = ""


class EffectRevisit(RevisitAnswers):
    """The single revisit on the effect (CS-4.2.3): whether the measures have lasted. Shared with the departments."""

    effect: Remark = ""

    @model_validator(mode="after")
    def _effect_when_reached(self) -> Self:
        if self.reached and not self.effect:
            raise ValueError("effect: what has become of it, in the customer's words")
        return self
