"""Events of matters: repairs and corrective actions beside the track of their case."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from pydantic import Field

from complaints.case.event import ByAct, Event, OfMatter, case_of
from complaints.case.file import CANCELLED, Act, File, Matter, MatterKind


class MatterOpened(Event):
    """CS-4.3.3, CH-7.6: a repair or a corrective action began."""

    kind: ClassVar[str] = "matter.opened"
    matter: str
    matter_kind: MatterKind = Field(alias="kind")
    what: str
    cause: str
    department: str | None = None
    begun: int = 0
    opening: Act | None = None  # the act that asked for it

    @property
    def act(self) -> Act | None:
        return self.opening

    def changes(self, file: File) -> dict[str, Any]:
        begun = Matter(
            id=self.matter,
            kind=self.matter_kind,
            what=self.what,
            by=self.by or "",
            since=self.at,
            department=self.department,
            cause=self.cause,
            begun=self.begun,
        )
        return {**super().changes(file), "matters": (*case_of(file).matters, begun)}


class MatterEnded(OfMatter):
    kind: ClassVar[str] = "matter.ended"
    outcome: str

    def on(self, matter: Matter) -> Matter:
        return matter.but(outcome=self.outcome, ended_at=self.at)


class CancellationAsked(ByAct):
    """CS-4.3.3: somebody asked to cancel a matter whose work has begun; it goes on until that is confirmed."""

    kind: ClassVar[str] = "matter.cancellation-asked"


class MatterCancelled(OfMatter):
    """CS-4.3.3: a matter that was opened by mistake is over; `cancelling` is the act, unless it had to be confirmed."""

    kind: ClassVar[str] = "matter.cancelled"
    cancelled_by: int  # seq of the act that cancels it: `cancelling`, or the approval
    reason: str = ""
    cancelling: Act | None = None

    @property
    def act(self) -> Act | None:
        return self.cancelling

    def on(self, matter: Matter) -> Matter:
        return matter.but(outcome=CANCELLED, ended_at=self.at, cancelled=self.cancelled_by)


class RepairDone(OfMatter):
    """CS-4.3.3: the repair work is done; by which contractor, and whether the company pays for it."""

    kind: ClassVar[str] = "repair.done"
    contractor: str | None = None
    company_paid: bool = False
    third_party: str | None = None

    def on(self, matter: Matter) -> Matter:
        return matter.but(contractor=self.contractor, company_paid=self.company_paid, third_party=self.third_party)


class RepairTold(OfMatter):
    """CS-4.3.5: the customer was told that the repair is finished; `signed`: and signed for it on the spot (RV-4.4)."""

    kind: ClassVar[str] = "repair.told"
    finished: int
    signed: bool = False

    def on(self, matter: Matter) -> Matter:
        return matter.but(finished=self.finished, signed=self.signed)


class RepairAudited(OfMatter):
    """CS-4.3.4a: the cost of the repair was audited."""

    kind: ClassVar[str] = "repair.audited"
    audited: Decimal

    def on(self, matter: Matter) -> Matter:
        return matter.but(audited=self.audited)


class RetentionDeducted(OfMatter):
    """CS-4.3.4b: the cost was deducted from the contractor's retention money; a shortfall is still claimed."""

    kind: ClassVar[str] = "retention.deducted"
    contractor: str
    requested: Decimal
    audited: Decimal
    voucher: str
    deducted: Decimal
    shortfall: Decimal
    balance: Decimal

    def on(self, matter: Matter) -> Matter:
        return matter.but(deducted=self.deducted, shortfall=self.shortfall)


class ClaimSettled(OfMatter):
    """CS-4.3.4b: how much of the claim the contractor has paid, and the general manager has waived, all in all."""

    kind: ClassVar[str] = "claim.settled"
    recovered: Decimal
    waived: Decimal

    def on(self, matter: Matter) -> Matter:
        return matter.but(recovered=self.recovered, waived=self.waived)


class CorrectiveDone(OfMatter):
    """CH-7.6: the corrective measures proved effective."""

    kind: ClassVar[str] = "corrective.done"
    finished: int

    def on(self, matter: Matter) -> Matter:
        return matter.but(finished=self.finished)
