"""The activity that leaves with the records what a case adds."""

from __future__ import annotations

from temporalio import activity

from activities.faults import typed
from activities.ports import RecordsPort
from complaints.case.additions import Additions
from complaints.case.file import Written

WRITE_RECORDS = "write_records"


class Ledger:
    """Activities over the records."""

    def __init__(self, records: RecordsPort) -> None:
        self._records = records

    @activity.defn(name=WRITE_RECORDS)
    async def write(self, additions: Additions) -> Written:
        """Write `additions` once; `records-away` and `records-slow` are retried, `records-refused` is not."""
        with typed():
            return await self._records.write(additions)
