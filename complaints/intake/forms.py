"""Forms of taking a complaint in (CH-7.1)."""

from __future__ import annotations

from pydantic import AwareDatetime, field_validator

from complaints.base import Frozen
from complaints.case.forms import Remark


class FeedbackDate(Frozen):
    """The date by which the customer was told to expect an answer (CH-7.1.1)."""

    feedback_by: AwareDatetime
    remark: Remark = ""


class Confirmation(Frozen):
    """The complaint was repeated back to the customer, and the customer confirmed it (CH-7.1.2)."""

    confirmed: bool
    remark: Remark = ""

    @field_validator("confirmed")
    @classmethod
    def _is_confirmed(cls, confirmed: bool) -> bool:
        if not confirmed:
            raise ValueError("the customer has to confirm it; until then this stays open")
        return confirmed
