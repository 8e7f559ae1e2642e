"""Forms of a repair and of its cost (CS-4.3.2 to CS-4.3.6, CS-2.5)."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, model_validator

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.case.forms import Remark, Words
from complaints.repairs.retention_money import Amount, Sum, Voucher


class Doer(StrEnum):
    TEAM = "team"  # 快速维修服务队
    CONTRACTOR = "contractor"  # 责任单位


class Payer(StrEnum):
    CONTRACTOR = "contractor"
    COMPANY = "company"


class Because(StrEnum):
    """Why the company did the work that the contractor owes (CS-2.5)."""

    DELEGATED = "delegated"  # 施工单位委托
    DELAYED = "delayed"  # 施工单位故意拖延


class RepairOrder(Frozen):
    """Who repairs, who bears the cost, and by when the repair is done (CS-4.3.3).

    If the team does what a contractor owes, the company pays first (CS-2.5); `because` gives the reason.
    """

    done_by: Doer
    paid_by: Payer
    contractor: Key | None = None
    because: Because | None = None
    promised: AwareDatetime

    @model_validator(mode="after")
    def _fits_together(self) -> RepairOrder:
        if (Doer.CONTRACTOR in (self.done_by, self.paid_by)) != (self.contractor is not None):
            raise ValueError("contractor is named when it repairs or pays, and only then")
        if self.advanced != (self.because is not None):
            raise ValueError("because goes with work that the team does and the contractor pays, and only with it")
        return self

    @property
    def advanced(self) -> bool:
        """Whether the company pays first and recovers the cost from the contractor (CS-2.5)."""
        return (self.done_by, self.paid_by) == (Doer.TEAM, Payer.CONTRACTOR)


class RepairStart(Frozen):
    """Whether work has begun; if not (a contractor who does not come), the repair is reassigned (CS-4.3.3)."""

    begun: bool
    remark: Remark = ""

    @model_validator(mode="after")
    def _reason_without_start(self) -> RepairStart:
        if not self.begun and not self.remark:
            raise ValueError("remark says why work has not begun")
        return self


class RepairNotice(Frozen):
    """What customer service and the customer were told of the start (CS-4.3.5)."""

    told: Words


class RepairProgress(Frozen):
    """Progress of the repair, as told to customer service and the customer (CS-4.3.6)."""

    told: Words


class RepairFinish(Frozen):
    """The work that was done; if it was given up unfinished, the repair is reassigned (CS-4.3.3)."""

    finished: bool
    done: Words


class RepairFinishNotice(Frozen):
    """The finish as it was told (CS-4.3.5), and whether the customer signed for it on the spot (RV-4.4)."""

    told: Words
    signed: bool


class CostAudit(Frozen):
    """The audited cost of the repair (CS-4.3.4a); 0 if the company has nothing to pay."""

    audited: Sum
    remark: Remark = ""


class AdvancePayment(Frozen):
    """The company's payment of what the contractor owes (CS-2.5)."""

    voucher: Voucher


class RetentionDeduction(Frozen):
    """The sum that finance takes from the contractor's retention money, at most the audited sum (CS-4.3.4b)."""

    amount: Amount
    voucher: Voucher


class CostExplanation(Frozen):
    """The breakdown of the cost, as told to the customer (CS-4.3.4c)."""

    told: Words


class RepairRevisit(Frozen):
    """Whether the repair has held, as customer service found it with the customer (CS-4.3.5)."""

    effective: bool
    found: Words
