"""Forms of acts on a duty's date."""

from __future__ import annotations

from pydantic import AwareDatetime, field_validator

from complaints.base import Frozen
from complaints.forms.case import Words


class Waiting(Frozen):
    """What the customer is waited for lasts until this moment at the longest; then the clock goes on by itself."""

    until: AwareDatetime


class NewDate(Frozen):
    """A feedback date agreed anew with the customer, who understands (CH-7.3.3)."""

    promised: AwareDatetime
    understood: bool
    customers_view: Words

    @field_validator("understood")
    @classmethod
    def _is_understood(cls, understood: bool) -> bool:
        if not understood:
            raise ValueError("without the customer's understanding the old date stays (CH-7.3.3)")
        return understood
