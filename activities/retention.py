"""The activity that takes a repair's cost from a contractor's retention money (CS-4.3.4b)."""

from __future__ import annotations

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.faults import TYPES
from activities.ports import RetentionMoney
from complaints.faults import Fault
from complaints.retention import Deducted, Deduction

DEDUCT = "deduct_retention"


class Retention:
    """Activities over the retention money."""

    def __init__(self, money: RetentionMoney) -> None:
        self._money = money

    @activity.defn(name=DEDUCT)
    async def deduct(self, asked: Deduction) -> Deducted:
        """Book `asked` once; asked again, it answers the same and books nothing.

        Every fault is tried again, also one that is not the database's to mend: money that cannot be booked waits for
        somebody to put that right, and no case fails over it.
        """
        try:
            return await self._money.deduct(asked)
        except Fault as fault:
            raise ApplicationError(fault.message, type=TYPES[type(fault)]) from None
