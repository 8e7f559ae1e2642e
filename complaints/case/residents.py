"""The customer themself, who reads their case and writes into it by a personal link (decision 25).

They are nobody of the directory, so their acts are in a name of their own, which no person can have. All they may do is
put something on record: it is a contact (decision 20), which starts no clock, ends no duty, and tells whoever owes the
customer something.
"""

from __future__ import annotations

from enum import StrEnum

from complaints.people.entries import RESIDENT

__all__ = ["MOST", "MOST_A_DAY", "RESIDENT", "VIA", "ResidentWord"]

VIA = "link "
"""What `via` of their signed statements begins with; the link's public id follows."""
MOST, MOST_A_DAY = 60, 10
"""Messages that a case takes from its customer by links, altogether and on one local day."""


class ResidentWord(StrEnum):
    """What a customer wants to say. The words beside it are theirs."""

    MESSAGE = "message"  # 留言
    SATISFIED = "satisfied"  # 满意
    UNSATISFIED = "unsatisfied"  # 不满意
    NOT_SOLVED = "not-solved"  # 尚未解决: they urge
    WITHDRAW = "withdraw"  # 请求撤诉
