"""Forms of a case that another case leads, or that its customer withdraws."""

from __future__ import annotations

from enum import StrEnum

from complaints.base import Frozen
from complaints.case.forms import Remark, Words


class WithdrawalWay(StrEnum):
    ORAL = "oral"
    WRITTEN = "written"


class WithdrawalConfirmed(Frozen):
    """The customer's answer when asked to confirm the withdrawal. `confirmed=False`: they do not withdraw."""

    confirmed: bool
    how: WithdrawalWay
    customers_words: Words


class GatheredReply(Frozen):
    """How the customer of a gathered case was informed of the leading case's result."""

    told: Words
    manner: WithdrawalWay
    customers_view: Remark = ""
