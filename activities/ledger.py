"""The activity that leaves a workflow task's batch with the records."""

from __future__ import annotations

from temporalio import activity

from activities.faults import typed
from activities.ports import Records
from complaints.model import Batch, Written

WRITE_RECORDS = "write_records"


class Ledger:
    """Activities over the records."""

    def __init__(self, records: Records) -> None:
        self._records = records

    @activity.defn(name=WRITE_RECORDS)
    async def write(self, batch: Batch) -> Written:
        """Write `batch` once; `records-away` and `records-slow` are retried, `records-refused` is not."""
        with typed():
            return await self._records.write(batch)
