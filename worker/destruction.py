"""Destruction in every copy: the records, the archive files, the histories at the Temporal server (CH-8.1, CH-8.2).

The records go first, with the certificate's line in the same transaction. What is outside of them is noted there as
outstanding and deleted afterwards, as often as it takes: now, by the next run, or by a worker that looks now and then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from temporalio.client import Client, WorkflowExecution
from temporalio.service import RPCError

from complaints.base.error_text import described, traced
from complaints.base.faults import RecordsAway, RecordsRefused
from complaints.retention.certificate import Certificate
from complaints.retention.listing import DestructionList
from complaints.store.retention import Copy, RetentionStore
from worker import histories
from worker.archive_folder import ArchiveFolder

log = logging.getLogger(__name__)

EVERY = 300.0
"""Seconds between two looks at what is outstanding."""
PATIENCE = 10.0
"""Seconds that the server is given to delete: enough for cases closed long ago, if it is not busy."""
ASK_AGAIN = 1.0
AT_ONCE = 8
ASKED = "server: asked, not done yet"

Listing = Mapping[str, Sequence[WorkflowExecution]]


class RecordsDestruction:
    """The port of the destruction rounds. Without client or folder the copies there stay outstanding."""

    def __init__(
        self, keeping: RetentionStore, client: Client | None, folder: Path | None, patience: float = PATIENCE
    ) -> None:
        self._keeping = keeping
        self._client = client
        self._folder = ArchiveFolder(folder) if folder else None
        self._patience = patience
        self._odd: dict[str, str] = {}  # places of copies that failed in an unexpected way, and how

    async def propose(self, period: str, at: datetime) -> DestructionList:
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
        """Delete the outstanding copies of a run, or of all; returns how many are still there afterwards.

        The server is asked for all of them and then given some seconds; what it has not deleted by then stays
        outstanding, with what kept it.
        """
        left = dict.fromkeys(await self._keeping.outstanding(id), ASKED)
        asked_for = 0.0
        while left:
            waiting = [copy for copy, problem in left.items() if problem == ASKED]
            for copy, problem in zip(waiting, await self._delete(waiting), strict=True):
                if problem is None:
                    problem = await self._gone(copy)
                if problem is None:
                    del left[copy]
                else:
                    left[copy] = problem
            if ASKED not in left.values() or asked_for >= self._patience:
                break
            await asyncio.sleep(ASK_AGAIN)
            asked_for += ASK_AGAIN
        for copy, problem in left.items():
            await self._keeping.copy_stays(copy, problem)
        return len(left)

    async def _gone(self, copy: Copy) -> str | None:
        """Note that a copy is gone; what keeps that from being noted, or None."""
        try:
            await self._keeping.copy_gone(copy)
        except RecordsRefused as fault:
            return f"records: {fault.message}"
        return None

    async def _delete(self, copies: Sequence[Copy]) -> list[str | None]:
        slots = asyncio.Semaphore(AT_ONCE)
        listing = asyncio.ensure_future(self._listed(copies))

        async def one(copy: Copy) -> str | None:
            async with slots:
                return await self._deleted(copy, listing)

        return await asyncio.gather(*(one(copy) for copy in copies))

    async def run(self) -> None:
        """Finish what is outstanding, now and then, until cancelled."""
        while True:
            try:
                await self.finish()
            except RecordsAway as fault:
                log.warning("copies of destroyed records put off: %s", fault)
            await asyncio.sleep(EVERY)

    async def _listed(self, copies: Sequence[Copy]) -> Listing:
        keys = [copy.place for copy in copies if copy.copy_of != "archive"]
        return await histories.closed_runs(self._client, keys) if self._client else {}

    async def _deleted(self, copy: Copy, listing: asyncio.Future[Listing]) -> str | None:
        """Delete one copy; what kept it from being deleted, or None."""
        try:
            if copy.copy_of == "archive":
                return await self._file(copy)
            return await self._history(copy, listing)
        except RPCError as fault:
            return f"server: {fault.status.name}"
        except OSError as fault:
            return f"folder: {fault.strerror}"
        except Exception as error:  # one copy that cannot be deleted is no reason to leave the others
            if self._odd.get(copy.place) != (said := described(error)):
                log.error("the copy %s of a destroyed record cannot be deleted\n%s", copy.copy_of, traced(error))
            self._odd[copy.place] = said
            return f"unexpected: {said}"

    async def _file(self, copy: Copy) -> str | None:
        if self._folder is None:
            return "folder: not set"
        gone = await asyncio.to_thread(self._folder.delete, copy.place)
        return None if gone else "folder: another one than this worker's"

    async def _history(self, copy: Copy, listing: asyncio.Future[Listing]) -> str | None:
        if self._client is None:
            return "server: not connected"
        runs = (await listing)[copy.place]
        return None if await histories.delete(self._client, copy.place, copy.closed_before, runs) else ASKED
