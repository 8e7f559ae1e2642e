"""What a worker knows of itself, and how it tells: to the health endpoint at any time, to the records now and then.

The records keep the last word of each worker and everything that is set aside, so that `duly doctor` and
`duly set-aside` answer for all workers, on whatever machines they run. While PostgreSQL is away, the health endpoint
and the log have to do.
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

EVERY = 10.0  # seconds between two words to the records
LAPSED = 30.0  # seconds without a word after which a worker is taken for gone


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
        """It ends, and cases that it did work for may have more to say than it could write into the records."""
        self.on_lapse: Callable[[], None] | None = None
        """Called when another worker of the namespace is gone that has not said that it ends."""
        self._since = datetime.now(UTC)
        self._loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]

    def shown(self) -> dict[str, Any]:
        """All of it, naming no case and no person."""
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
    """Tells the records how a worker is and what it has set aside, and learns what others have changed there."""

    def __init__(self, status: WorkerStatus, workers: Workers) -> None:
        self._status = status
        self._workers = workers
        self._lapsed: set[str] = set()

    async def run(self) -> None:
        """Tell now and then, until cancelled."""
        while True:
            with suppress(RecordsAway):  # who needs them says so; here there is nothing to be lost
                await self.tell()
            await asyncio.sleep(EVERY)

    async def tell(self) -> None:
        """Tell once. Raises `RecordsAway`."""
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
        """The worker ends as it was told to: the last it has to tell, and its own word taken back.

        That stays, so that the others find it lapsed, where something is left unwritten.
        """
        with suppress(Fault):
            await self.tell()
            if not self._status.unwritten:
                await self._workers.leave(self._status.worker)
