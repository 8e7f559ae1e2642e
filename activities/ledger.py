"""The activity that writes a case's additions to the records (the read model in PostgreSQL)."""

from __future__ import annotations

from temporalio import activity

from activities.faults import typed
from activities.ports import RecordsPort
from complaints.case.additions import Additions
from complaints.case.file import Written

WRITE_RECORDS = "write_records"


class Ledger:
    """Activities that write to the records."""

    def __init__(self, records: RecordsPort) -> None:
        self._records = records

    @activity.defn(name=WRITE_RECORDS)
    async def write(self, additions: Additions) -> Written:
        """Write `additions` once, however often it is called.

        Error types `records-away`, `records-slow` and `records-untrusted` are retried, `records-refused` is not.
        """
        with typed():
            return await self._records.write(additions)
