"""Forms of a case that another one leads, or that its customer withdraws."""

from __future__ import annotations

from enum import StrEnum

from complaints.base import Frozen
from complaints.case.forms import Remark, Words


class WithdrawalWay(StrEnum):
    ORAL = "oral"
    WRITTEN = "written"


class WithdrawalConfirmed(Frozen):
    """What the customer answers when they are asked whether they withdraw. `confirmed=False`: they do not."""

    confirmed: bool
    how: WithdrawalWay
    customers_words: Words


class GatheredReply(Frozen):
    """What this customer was told of the result of the case that led theirs."""

    told: Words
    manner: WithdrawalWay
    customers_view: Remark = ""
