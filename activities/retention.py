"""The activity that takes a repair's cost from a contractor's retention money (CS-4.3.4b)."""

from __future__ import annotations

from temporalio import activity

from activities.faults import typed
from activities.ports import RetentionMoney
from complaints.repairs.retention_money import Deducted, Deduction

DEDUCT = "deduct_retention"


class Retention:
    """Activities over the retention money."""

    def __init__(self, money: RetentionMoney) -> None:
        self._money = money

    @activity.defn(name=DEDUCT)
    async def deduct(self, asked: Deduction) -> Deducted:
        """Book `asked` once; asked again, it answers the same and books nothing.

        Error types `records-away` (retried) and `records-refused` (not): money that cannot be booked waits for somebody
        to put that right, and the case asks for it again.
        """
        with typed():
            return await self._money.deduct(asked)
