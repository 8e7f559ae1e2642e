"""Forms of a repair and of its cost (CS-4.3.2 to CS-4.3.6, CS-2.5)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.case.forms import Remark, Words
from complaints.repairs.retention_money import Amount, Sum, Voucher

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A person or a firm that the directory does not have."""


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
    """Who repairs, who bears the cost, and by when the repair is done (CS-4.3.3, edition 2026.1).

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
    """Progress of the repair, as told to customer service and the customer (CS-4.3.6, edition 2026.1)."""

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
    """The audited cost of the repair (CS-4.3.4a, edition 2026.1); 0 if the company has nothing to pay."""

    audited: Sum
    remark: Remark = ""


class AdvancePayment(Frozen):
    """The company's payment of what the contractor owes (CS-2.5, edition 2026.1)."""

    voucher: Voucher


class RetentionDeduction(Frozen):
    """The sum that finance takes from the contractor's retention money, at most the audited sum (CS-4.3.4b, 2026.1)."""

    amount: Amount
    voucher: Voucher


class CostExplanation(Frozen):
    """The breakdown of the cost, as told to the customer (CS-4.3.4c, edition 2026.1)."""

    told: Words


class RepairRevisit(Frozen):
    """Whether the repair has held, as customer service found it with the customer (CS-4.3.5)."""

    effective: bool
    found: Words


# --- since edition 2026.2


class RepairChoice(StrEnum):
    REPAIR = "repair"
    NONE = "none"


class Repairer(StrEnum):
    TEAM = "team"  # 快速维修服务队
    CONTRACTOR = "contractor"  # 责任单位
    THIRD_PARTY = "third_party"  # 第三方


class ContactManner(StrEnum):
    TELEPHONE = "telephone"
    WRITTEN = "written"
    VISIT = "visit"


class RepairDecision(Frozen):
    """Whether a complaint about the product is repaired: what, and by whom; or why not (CS-4.3.3)."""

    decision: RepairChoice
    what: Remark = ""
    done_by: Repairer | None = None  # as expected now; the order says it for good
    department: Key | None = None  # the department responsible
    reason: Remark = ""

    @model_validator(mode="after")
    def _complete(self) -> RepairDecision:
        repaired = self.decision is RepairChoice.REPAIR
        if repaired and not (self.what and self.done_by):
            raise ValueError("what and done_by say what is repaired and by whom")
        if not repaired and (self.what or self.done_by or self.department):
            raise ValueError("what, done_by and department go with decision=repair, and only with it")
        if not repaired and not self.reason:
            raise ValueError("reason says why nothing is repaired")
        return self


class RepairAssignment(Frozen):
    """Who repairs, who is liable, who bears the cost, and by when the repair is done (CS-4.3.3).

    If the team or a third party does what a contractor owes, the company pays first and deducts it from that contractor
    (CS-2.5); `because` gives the reason.
    """

    done_by: Repairer
    paid_by: Payer
    contractor: Key | None = None  # the contractor liable for it, whoever repairs
    third_party: Name | None = None
    third_party_contact: Name | None = None
    because: Because | None = None
    promised: AwareDatetime

    @model_validator(mode="after")
    def _fits_together(self) -> RepairAssignment:
        named = self.done_by is Repairer.CONTRACTOR or self.paid_by is Payer.CONTRACTOR
        if named != (self.contractor is not None):
            raise ValueError("contractor is named when it repairs or pays, and only then")
        other = self.done_by is Repairer.THIRD_PARTY
        if any(other != (field is not None) for field in (self.third_party, self.third_party_contact)):
            raise ValueError("third_party and third_party_contact go with done_by=third_party, and only with it")
        if self.advanced != (self.because is not None):
            raise ValueError("because goes with work that others do and the contractor pays, and only with it")
        return self

    @property
    def advanced(self) -> bool:
        """Whether the company pays first and recovers the cost from the contractor (CS-2.5)."""
        return self.paid_by is Payer.CONTRACTOR and self.done_by is not Repairer.CONTRACTOR


class RepairReport(Frozen):
    """How the repair is getting on, for customer service, and what the customer was told of it (CS-4.3.6)."""

    progress: Words
    told: Words


class RepairBill(Frozen):
    """What the repair has cost the company, with its vouchers (CS-4.3.4a); 0 if it has paid and owes nothing."""

    amount: Sum
    vouchers: Annotated[tuple[Voucher, ...], Field(max_length=100)] = ()
    remark: Remark = ""

    @model_validator(mode="after")
    def _vouched_for(self) -> RepairBill:
        if (self.amount > 0) != bool(self.vouchers):
            raise ValueError("vouchers prove an amount above 0, and only that")
        if len(set(self.vouchers)) < len(self.vouchers):
            raise ValueError("vouchers: twice the same")
        if not self.amount and not self.remark:
            raise ValueError("remark says why the company has no cost")
        return self


class CostBreakdown(Frozen):
    """What the cost is made of and why it is reasonable, for audit and finance (CS-4.3.4c).

    The customer is told where they ask for it.
    """

    composition: Words
    reasonable: Words
    customer_asked: bool = False
    told: Remark = ""  # what the customer was told

    @model_validator(mode="after")
    def _told_if_asked(self) -> CostBreakdown:
        if self.customer_asked != bool(self.told):
            raise ValueError("told goes with customer_asked, and only with it")
        return self


class AuditResult(StrEnum):
    AUDITED = "audited"  # 审定
    SENT_BACK = "sent_back"  # 退回
    NOTHING = "nothing"  # 无须扣款: the contractor has paid, the warranty is over …


class BillAudit(Frozen):
    """The audit's finding on a bill (CS-4.3.4a): the audited sum, the bill sent back, or nothing to deduct."""

    result: AuditResult
    audited: Amount | None = None
    reason: Remark = ""

    @model_validator(mode="after")
    def _complete(self) -> BillAudit:
        if (self.result is AuditResult.AUDITED) != (self.audited is not None):
            raise ValueError("audited goes with result=audited, and only with it")
        if self.result is not AuditResult.AUDITED and not self.reason:
            raise ValueError("reason says what is wrong with the bill, or why there is nothing to deduct")
        return self


class AdvancePaid(Frozen):
    """The company's payment of what the contractor owes (CS-2.5): how much, to whom, on which voucher."""

    amount: Amount
    payee: Name
    voucher: Voucher


class VouchedDeduction(Frozen):
    """The sum that finance takes from the retention money (CS-4.3.4b).

    It is no more than the audited sum, no less than what the company has advanced, and rests on all vouchers of the
    bill (`supporting`). `voucher` is the deduction's own.
    """

    amount: Amount
    voucher: Voucher
    supporting: Annotated[tuple[Voucher, ...], Field(min_length=1, max_length=100)]


class DeductionTold(Frozen):
    """How the contractor was told what is deducted and why, and until when it may object (CS-4.3.4c)."""

    told_to: Name
    told_how: ContactManner
    told: Words
    objection_until: AwareDatetime


class ClaimResult(StrEnum):
    PAID = "paid"  # 已收回
    WAIVE = "waive"  # 申请放弃
    CARRY_ON = "carry_on"  # 继续追偿


class ClaimPursued(Frozen):
    """What has come of a claim against the contractor (CS-4.3.4b): paid, to be waived, or carried on."""

    result: ClaimResult
    amount: Amount | None = None
    voucher: Voucher | None = None
    reason: Remark = ""

    @model_validator(mode="after")
    def _complete(self) -> ClaimPursued:
        paid = self.result is ClaimResult.PAID
        if any(paid != (field is not None) for field in (self.amount, self.voucher)):
            raise ValueError("amount and voucher go with result=paid, and only with it")
        if not paid and not self.reason:
            raise ValueError("reason says why the claim is waived, or how it is carried on")
        return self


class ContractorTold(Frozen):
    """How a contractor or a third party was told that the order is called off (CS-4.3.3)."""

    told_to: Name
    told_how: ContactManner
    told: Words
