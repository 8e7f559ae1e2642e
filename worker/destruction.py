"""Destruction in every copy: the records, the archive files, the histories at the Temporal server (CH-8.1, CH-8.2).

The records go first, with the certificate's line in the same transaction. What is outside of them is noted there as
outstanding and deleted afterwards, as often as it takes: now, by the next run, or by a worker that looks now and then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from temporalio.client import Client
from temporalio.service import RPCError

from complaints.faults import Fault
from complaints.keeping import Certificate, Proposal
from complaints.records.keeping import Copy, Keeping
from worker import histories

log = logging.getLogger(__name__)

EVERY = 300.0
"""Seconds between two looks at what is outstanding."""


class Destruction:
    """The port of the destruction rounds. Without client or folder the copies there stay outstanding."""

    def __init__(self, keeping: Keeping, client: Client | None, folder: Path | None) -> None:
        self._keeping = keeping
        self._client = client
        self._folder = folder

    async def propose(self, period: str, at: datetime) -> Proposal:
        """The list of this period ("2026-11"): made when first asked for, and the same ever after."""
        return await self._keeping.propose(period, at)

    async def carry_out(
        self, id: str, digest: str, by: str, at: datetime, done: Callable[[int], None] | None = None
    ) -> Certificate:
        """Destroy what the list names; `by` approved it by its digest at `at`. Asked again, it goes on, or is done.

        Raises `KeepingRefused` when the digest is not that of the list. What could not be deleted outside the records
        is in the certificate as outstanding; `done` hears how many records are through.
        """
        await self._keeping.approve(id, digest, by, at)
        await self._keeping.destroy(id, done)
        await self._keeping.certify(id, at)
        await self.finish(id)
        certificate = await self._keeping.certificate(id)
        assert certificate is not None
        return certificate

    async def finish(self, id: str | None = None) -> int:
        """Delete the outstanding copies of a run, or of all; returns how many are still there afterwards."""
        left = 0
        for copy in await self._keeping.outstanding(id):
            problem = await self._deleted(copy)
            if problem is None:
                await self._keeping.copy_gone(copy)
            else:
                left += 1
                await self._keeping.copy_stays(copy, problem)
        return left

    async def run(self) -> None:
        """Finish what is outstanding, now and then, until cancelled."""
        while True:
            try:
                await self.finish()
            except Fault as fault:
                log.warning("copies of destroyed records put off: %s", fault)
            await asyncio.sleep(EVERY)

    async def _deleted(self, copy: Copy) -> str | None:
        """Delete one copy; what kept it from being deleted, or None."""
        try:
            if copy.copy_of == "archive":
                return await self._file(copy)
            return await self._history(copy)
        except RPCError as fault:
            return f"server: {fault.status.name}"
        except OSError as fault:
            return f"folder: {fault.strerror}"

    async def _file(self, copy: Copy) -> str | None:
        if self._folder is None or not self._folder.is_dir():
            return "folder: not set or not there"
        name = Path(copy.place).name
        for one in (self._folder / name, self._folder / f".{name}.part"):
            await asyncio.to_thread(one.unlink, missing_ok=True)
        return None

    async def _history(self, copy: Copy) -> str | None:
        if self._client is None:
            return "server: not connected"
        try:
            await histories.delete(self._client, copy.place, copy.closed_before)
        except histories.StillThere:
            return "server: asked, not done yet"
        return None
