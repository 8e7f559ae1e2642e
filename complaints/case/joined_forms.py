"""Forms of a case that another case leads, that its customer withdraws, or that is a mere enquiry."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, StringConstraints

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.case.forms import Remark, Words


class WithdrawalWay(StrEnum):
    ORAL = "oral"
    WRITTEN = "written"


class CustomerWithdrawal(Frozen):
    """撤诉: what the customer said, how, when and to whom; where the paper or the recording of it is (decision 16)."""

    how: WithdrawalWay
    said_at: AwareDatetime
    said_to: Key
    words: Words
    evidence: Annotated[str, StringConstraints(min_length=1, max_length=200)]


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


class EnquiryAnswer(Frozen):
    """What the customer who only asked something was answered, and when."""

    answer: Words
    answered_at: AwareDatetime
