"""Destroys every copy: the records, the archive files, the attachments, the histories at the server (CH-8.1, CH-8.2).

The records go first, with the certificate's line in the same transaction. The copies elsewhere are noted there as
outstanding and deleted afterwards, with as many retries as it takes: at once, by the next destruction run, or by the
worker's periodic `run`.
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
from complaints.base.faults import ObjectsAway, RecordsAway, RecordsRefused
from complaints.retention.certificate import Certificate
from complaints.retention.listing import DestructionList
from complaints.store.retention import Copy, RetentionStore
from worker import histories
from worker.archive_folder import ArchiveFolder
from worker.attachments import ContentRemover

log = logging.getLogger(__name__)

EVERY = 300.0
"""Seconds between two attempts to delete the outstanding copies."""
PATIENCE = 10.0
"""Seconds that the server gets to delete histories: enough for cases closed long ago, if it is not busy."""
ASK_AGAIN = 1.0
AT_ONCE = 8
ASKED = "server: asked, not done yet"

Listing = Mapping[str, Sequence[WorkflowExecution]]


class RecordsDestruction:
    """The adapter of `DestructionPort`. Without client, folder or store, the copies there stay outstanding."""

    def __init__(
        self,
        keeping: RetentionStore,
        client: Client | None,
        folder: Path | None,
        patience: float = PATIENCE,
        *,
        contents: ContentRemover | None = None,
    ) -> None:
        self._keeping = keeping
        self._client = client
        self._contents = contents
        self._folder = ArchiveFolder(folder) if folder else None
        self._patience = patience
        self._odd: dict[str, str] = {}  # copies that failed unexpectedly: place → error

    async def propose(self, period: str, at: datetime) -> DestructionList:
        """Return the destruction list of a period ("2026-11"): made by the first call, unchanged afterwards."""
        return await self._keeping.propose(period, at)

    async def carry_out(
        self, id: str, digest: str, by: str, at: datetime, done: Callable[[int], None] | None = None
    ) -> Certificate:
        """Destroy what the list names; `by` approved it by its digest at `at`. A repeated call resumes, or is done.

        Raises `KeepingRefused` when there is no such list, the digest is not the list's, or another person approved it.
        The certificate lists as outstanding the copies outside the records that could not be deleted. `done` is called
        with the number of records processed so far.
        """
        await self._keeping.approve(id, digest, by, at)
        await self._keeping.destroy(id, done)
        await self._keeping.certify(id, at)
        await self.finish(id)
        certificate = await self._keeping.certificate(id)
        assert certificate is not None
        return certificate

    async def finish(self, id: str | None = None) -> int:
        """Delete the outstanding copies of a run, or of all runs; return how many remain.

        The server is asked to delete all of them and then gets `patience` seconds; what it has not deleted by then
        stays outstanding, with the reason.
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
        """Note that a copy is gone; return why the records refuse that, or None."""
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
        """Delete outstanding copies every `EVERY` seconds, until cancelled."""
        while True:
            try:
                await self.finish()
            except RecordsAway as fault:
                log.warning("copies of destroyed records put off: %s", fault)
            await asyncio.sleep(EVERY)

    async def _listed(self, copies: Sequence[Copy]) -> Listing:
        keys = [copy.place for copy in copies if copy.copy_of == "history"]
        return await histories.closed_runs(self._client, keys) if self._client else {}

    async def _deleted(self, copy: Copy, listing: asyncio.Future[Listing]) -> str | None:
        """Delete one copy; return why it could not be deleted, or None."""
        try:
            if copy.copy_of == "archive":
                return await self._file(copy)
            if copy.copy_of == "attachment":
                return await self._content(copy)
            return await self._history(copy, listing)
        except RPCError as fault:
            return f"server: {fault.status.name}"
        except OSError as fault:
            return f"folder: {fault.strerror}"
        except (ObjectsAway, RecordsAway) as fault:
            return f"store: {fault.message}"
        except Exception as error:  # one copy that cannot be deleted must not stop the others
            if self._odd.get(copy.place) != (said := described(error)):
                log.error("the copy %s of a destroyed record cannot be deleted\n%s", copy.copy_of, traced(error))
            self._odd[copy.place] = said
            return f"unexpected: {said}"

    async def _file(self, copy: Copy) -> str | None:
        if self._folder is None:
            return "folder: not set"
        gone = await asyncio.to_thread(self._folder.delete, copy.place)
        return None if gone else "folder: another one than this worker's"

    async def _content(self, copy: Copy) -> str | None:
        if self._contents is None:
            return "store: not set"
        return await self._contents.destroy(copy.place, copy.key, copy.closed_before)

    async def _history(self, copy: Copy, listing: asyncio.Future[Listing]) -> str | None:
        if self._client is None:
            return "server: not connected"
        runs = (await listing)[copy.place]
        return None if await histories.delete(self._client, copy.place, copy.closed_before, runs) else ASKED
