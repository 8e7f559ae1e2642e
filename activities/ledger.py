"""The activities that write a case's additions to the records (the read model in PostgreSQL), and ask them."""

from __future__ import annotations

from temporalio import activity

from activities.faults import typed
from activities.ports import RecordsPort
from complaints.case.additions import Additions
from complaints.case.file import Written
from complaints.intake.repeats import FoundComplaints, SoughtComplaint

WRITE_RECORDS = "write_records"
LATER_RELATED = "later_related"
RELATED = "related_complaints"
LATER = "later_complaints"


class Ledger:
    """Activities over the records."""

    def __init__(self, records: RecordsPort) -> None:
        self._records = records

    @activity.defn(name=WRITE_RECORDS)
    async def write(self, additions: Additions) -> Written:
        """Write `additions` once, however often it is called.

        Error types `records-away`, `records-slow` and `records-untrusted` are retried, `records-refused` is not.
        """
        with typed():
            return await self._records.write(additions)

    @activity.defn(name=LATER_RELATED)
    async def later_related(self, key: str) -> tuple[str, ...]:
        """Return the keys of the open cases to which the case `key` is an earlier related complaint (CR-5.1.2)."""
        with typed():
            return await self._records.later_related(key)

    @activity.defn(name=RELATED)
    async def related(self, sought: SoughtComplaint) -> FoundComplaints:
        """Return earlier complaints of the customer, or of the building and subject (CR-5.1.2). Fails like `write`."""
        with typed():
            return FoundComplaints(related=await self._records.related(sought))

    @activity.defn(name=LATER)
    async def later(self, sought: SoughtComplaint) -> tuple[str, ...]:
        """Return the open cases to which a corrected complaint is or was an earlier one. Fails like `write`."""
        with typed():
            return await self._records.later(sought)
