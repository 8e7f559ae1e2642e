"""Forms of revisits (RV-3, RV-4, CS-4.2.3): how the customer was asked, whether they were reached, what they said."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import model_validator

from complaints.base import Frozen
from complaints.base.fields import needed_if
from complaints.case.forms import Remark

NOT_SAID = ("未表示", "not said")
"""What a record says of a question that the customer was asked and gave no answer to."""


QUESTIONS = ("handling", "efficiency", "quality", "attitude", "suggestions")
"""The questions of RV-4.2, besides the satisfaction."""
OFFICE_AREAS = ("security", "cleaning", "greenery", "facilities", "service", "charges")
"""The areas of an office's work: a revisit of its manager asks about all of them (RV-5.3a)."""


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
    NOT_SAID = "not_said"  # the customer was asked and did not say


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
        return "; ".join(str(one) for one in said if one and one not in NOT_SAID)

    def _says_how_satisfied(self) -> None:
        if self.satisfaction is Satisfaction.NOT_SAID:
            raise ValueError("satisfaction: satisfied, neutral or unsatisfied")

    def _answers(self, *questions: str) -> None:
        """Raise `ValueError` unless each of these questions has an answer, or "not said"; a try has none."""
        given = [name for name in questions if getattr(self, name)]
        if self.reached and (missing := [name for name in questions if name not in given]):
            raise ValueError(f"{', '.join(missing)}: the customer's answer, or 未表示 (not said)")
        if not self.reached and given:
            raise ValueError(f"{', '.join(given)}: answers go with reached=true")


class CaseRevisit(RevisitAnswers):
    """A revisit on the handling of a complaint (RV-4.2): an answer, or "not said", to every question."""

    handling: Remark = needed_if("reached", "")
    efficiency: Remark = needed_if("reached", "")
    quality: Remark = needed_if("reached", "")
    attitude: Remark = needed_if("reached", "")
    satisfaction: Satisfaction | None = needed_if("reached", None)
    suggestions: Remark = needed_if("reached", "")

    @model_validator(mode="after")
    def _every_question(self) -> Self:
        self._answers("handling", "efficiency", "quality", "attitude", "suggestions")
        return self


class CaseEffectRevisit(RevisitAnswers):
    """The revisit on the effect (CS-4.2.3): what has become of it, and what the customer suggests. For departments."""

    effect: Remark = needed_if("reached", "")
    satisfaction: Satisfaction | None = needed_if("reached", None)
    suggestions: Remark = needed_if("reached", "")

    @model_validator(mode="after")
    def _every_question(self) -> Self:
        self._answers("effect", "suggestions")
        return self


class Revisit(RevisitAnswers):
    """A routine revisit, with the questions of RV-4.2; until edition 2026.1 also a revisit on the handling."""

    handling: Remark = ""
    efficiency: Remark = ""
    quality: Remark = ""
    attitude: Remark = ""

    @model_validator(mode="after")
    def _says_so(self) -> Self:
        self._says_how_satisfied()
        return self


class RoutineRevisit(RevisitAnswers):
    """The result of a routine revisit (RV-5). Which questions must be answered is for its draw to say.

    `areas`: what the customer said of each area of the office's work (RV-5.3a), by `OFFICE_AREAS`.
    """

    handling: Remark = ""
    efficiency: Remark = ""
    quality: Remark = ""
    attitude: Remark = ""
    areas: dict[str, Remark] = {}


class EffectRevisit(RevisitAnswers):
    """The single revisit on the effect (CS-4.2.3), until edition 2026.1. Shared with the departments."""

    effect: Remark = ""

    @model_validator(mode="after")
    def _effect_when_reached(self) -> Self:
        self._says_how_satisfied()
        if self.reached and not self.effect:
            raise ValueError("effect: what has become of it, in the customer's words")
        return self
