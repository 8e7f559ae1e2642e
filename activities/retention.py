"""Activities that book a repair's cost against a contractor: the deduction, and what came of a claim (CS-4.3.4b)."""

from __future__ import annotations

from temporalio import activity

from activities.faults import typed
from activities.ports import RetentionMoney
from complaints.repairs.retention_money import ClaimSettlement, Deducted, Deduction, SettledClaim

DEDUCT = "deduct_retention"
SETTLE = "settle_claim"


class Retention:
    """Activities over the retention money."""

    def __init__(self, money: RetentionMoney) -> None:
        self._money = money

    @activity.defn(name=DEDUCT)
    async def deduct(self, asked: Deduction) -> Deducted:
        """Book `asked` once; a repeated call returns the same answer and books nothing.

        Error type `records-away` is retried, `records-refused` is not: an operator has to correct what prevents the
        booking, and the case asks for it again.
        """
        with typed():
            return await self._money.deduct(asked)

    @activity.defn(name=SETTLE)
    async def settle_claim(self, asked: ClaimSettlement) -> SettledClaim:
        """Book `asked` once; the error types are those of `deduct`."""
        with typed():
            return await self._money.settle_claim(asked)
