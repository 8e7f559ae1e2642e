"""The status of a worker: shown by the health endpoint at any time, reported to the records every few seconds.

The records keep the last report of each worker and everything that is set aside, so that `duly doctor` and
`duly set-aside` answer for all workers, on whatever machines they run. While PostgreSQL is away, only the health
endpoint and the log show the status.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from complaints.base.faults import Fault, RecordsAway
from complaints.store.workers import Workers
from worker.quarantine import Quarantine
from worker.supervisor import Supervisor

EVERY = 10.0  # seconds between two reports to the records
LAPSED = 30.0  # seconds without a report after which a worker counts as gone


class WorkerStatus:
    """One worker: its parts, what it has set aside, and whether it takes tasks."""

    def __init__(self, worker: str, namespace: str, supervisor: Supervisor, aside: Quarantine) -> None:
        self.worker = worker
        self.namespace = namespace
        self.supervisor = supervisor
        self.aside = aside
        self.prepared = False
        self.taking = False
        self.unwritten = False
        """The worker stops, and its cases may have changes that it could not write to the records."""
        self.on_lapse: Callable[[], None] | None = None
        """Called when another worker of the namespace is gone without having reported that it stops."""
        self._since = datetime.now(UTC)
        self._loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]

    def shown(self) -> dict[str, Any]:
        """Return the whole status; it names no case and no person."""
        shown = self.supervisor.shown()
        lacking = [
            reason
            for reason, lacks in (
                ("no Temporal tasks are being taken", not self.taking),
                ("the records are not prepared", not self.prepared),
            )
            if lacks
        ]
        return {
            "ok": not any(part["state"] in ("waiting", "running") and not part["ok"] for part in shown.values()),
            "ready": not lacking,
            "not_ready_because": lacking,
            "worker": self.worker,
            "namespace": self.namespace,
            "since": self._since.isoformat(timespec="seconds"),
            "loop": self._loop,
            "parts": shown,
            "set_aside": self.aside.counts(),
        }


class Reporter:
    """Reports a worker's status and its quarantine to the records, and reads what others have changed there."""

    def __init__(self, status: WorkerStatus, workers: Workers) -> None:
        self._status = status
        self._workers = workers
        self._lapsed: set[str] = set()

    async def run(self) -> None:
        """Report every `EVERY` seconds, until cancelled."""
        while True:
            with suppress(RecordsAway):  # the parts that need the records log it; a missed report loses nothing
                await self.tell()
            await asyncio.sleep(EVERY)

    async def tell(self) -> None:
        """Report once. Raises `RecordsAway`."""
        aside = self._status.aside
        kept, over = aside.to_tell()
        aside.told(kept, over, await self._workers.exchange(kept, over))
        await self._workers.say(self._status.worker, self._status.namespace, self._status.shown())
        lapsed = {
            seen.worker
            for seen in await self._workers.seen()
            if seen.namespace == self._status.namespace and seen.seconds_ago > LAPSED
        }
        if lapsed - self._lapsed and self._status.on_lapse is not None:
            self._status.on_lapse()
        self._lapsed = lapsed

    async def leave(self) -> None:
        """Report once more when the worker stops in order, and delete its own report.

        Where something is left unwritten, the report stays, so that the other workers find it lapsed and sweep.
        """
        with suppress(Fault):
            await self.tell()
            if not self._status.unwritten:
                await self._workers.leave(self._status.worker)
