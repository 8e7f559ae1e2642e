"""Forms of routine revisits and the survey under edition 2026.2 (客户回访工作指导书 2, 5)."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from complaints.base import Frozen
from complaints.case.forms import Remark
from complaints.rounds.forms import Count, Name


class SurveyCounted(Frozen):
    """The yearly survey was sent, its answers gathered and counted (RV-5.1)."""

    survey: Name
    sent: Count  # letters and mails
    answered: Count
    remarks: Remark = ""

    @model_validator(mode="after")
    def _answers_to_what_was_sent(self) -> Self:
        if self.answered > self.sent:
            raise ValueError("answered is at most sent")
        return self


class HeadRevisits(Frozen):
    """The routine revisits that the head of a department made in person (RV-2)."""

    draw: Name
    in_person: Count
    reason: Remark = ""  # why it is fewer than the share; the superior decides about it
