"""Keeps the object store in step with the records: notes what has arrived there, removes what nobody has, verifies.

Bytes are stored before their act is sent (`complaints.objects.store`). So some are there that no case has: the act was
refused, or never came. They are removed after `GRACE`, if no case has the content.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from complaints.base import Frozen
from complaints.base.error_text import described
from complaints.base.faults import ObjectDamaged, ObjectsAway, RecordsAway
from complaints.objects.store import DEAD, GRACE, VIEW, Objects, Pending, Removal
from complaints.store.attachments import AttachmentRecords
from worker.supervisor import Supervisor

log = logging.getLogger(__name__)

EVERY = 300.0
"""Seconds between two calls of `sweep`."""
STORE = "attachment-store"
AT_A_TIME = 500


class Swept(NamedTuple):
    """What a sweep did: attachments that have arrived, contents removed, and those that wait."""

    arrived: int
    removed: int
    waiting: int


class AttachmentKeeper:
    """Sweeps the object store; `run` runs until it is cancelled."""

    def __init__(self, records: AttachmentRecords, objects: Objects, supervisor: Supervisor | None = None) -> None:
        self._records = records
        self._objects = objects
        self._supervisor = supervisor or Supervisor()

    async def run(self) -> None:
        """Sweep every `EVERY` seconds; wait while the records or the store are away."""
        while True:
            try:
                await self.sweep(datetime.now(UTC))
                self._supervisor.well(STORE)
            except RecordsAway as fault:
                log.warning("attachments not swept: %s", described(fault))
            except ObjectsAway as fault:
                self._supervisor.troubled(STORE, fault, "nothing can be attached, and no attachment shown, until it is")
            await asyncio.sleep(EVERY)

    async def sweep(self, now: datetime) -> Swept:
        """Note the attachments that the records have by now, and remove contents that waited for longer than `GRACE`.

        Raises `RecordsAway` and `ObjectsAway`; what was done until then stays done.
        """
        waiting = await asyncio.to_thread(self._objects.waiting)
        views = [one for one in waiting if one.case == VIEW]
        attached = [one for one in waiting if one.case != VIEW]
        arrived = removed = 0
        for start in range(0, len(attached), AT_A_TIME):
            some = attached[start : start + AT_A_TIME]
            there = await self._records.arrived((one.case, one.sha256) for one in some)
            for one in some:
                if (one.case, one.sha256) in there:
                    await asyncio.to_thread(self._objects.arrived, one)
                    arrived += 1
                elif now - one.since > GRACE:
                    removed += await self._expired(one)
        for one in views:
            if now - one.since > DEAD:
                await asyncio.to_thread(self._forget_view, one)
        return Swept(arrived, removed, len(attached) - arrived - removed)

    async def _expired(self, one: Pending) -> int:
        """Remove a content whose act never came, unless a case has it; return how many were removed."""
        problem = await remove_content(self._records, self._objects, one.sha256)
        if problem is None and await asyncio.to_thread(self._objects.has, one.sha256):  # another case has it
            await asyncio.to_thread(self._objects.arrived, one)
            return 0
        return int(problem is None)

    def _forget_view(self, one: Pending) -> None:
        """Finish what a viewer has left that died: no copy stays without its original."""
        if not self._objects.has(one.sha256):
            for copy in self._objects.copies(one.sha256):
                self._objects.drop_copy(copy)
        self._objects.arrived(one)


class ContentRemover:
    """Removes the contents of destroyed cases."""

    def __init__(self, records: AttachmentRecords, objects: Objects) -> None:
        self._records = records
        self._objects = objects

    async def destroy(self, sha256: str, case: str, before: datetime) -> str | None:
        """Remove a content of a case that the records have destroyed; one that another case has is that one's now.

        `before` is when its destruction was approved: what was announced later under its key is another case's. Return
        None if that is done, or why it must wait.
        """
        await asyncio.to_thread(self._forget, sha256, case, before)
        return await remove_content(self._records, self._objects, sha256)

    def _forget(self, sha256: str, case: str, before: datetime) -> None:
        for one in self._objects.waiting(sha256):
            if one.case == case and one.since < before:
                self._objects.arrived(one)


async def remove_content(records: AttachmentRecords, objects: Objects, sha256: str) -> str | None:
    """Remove a content with its copies, unless a case has it. Return None if that is done, or why it must wait.

    The records are asked after the claim: an attachment that they do not have yet is still announced in the store.
    """
    async with _claimed(objects, sha256) as removal:
        if removal is None:
            return "store: it is being attached, looked at or removed"
        if await records.used(sha256):
            return None
        return None if await asyncio.to_thread(removal.carry_out) else "store: too slow"


@asynccontextmanager
async def _claimed(objects: Objects, sha256: str) -> AsyncGenerator[Removal | None]:
    claim = objects.claimed(sha256)
    removal = await asyncio.to_thread(claim.__enter__)
    try:
        yield removal
    finally:
        await asyncio.shield(asyncio.to_thread(claim.__exit__, None, None, None))


class WrongObject(StrEnum):
    """What may be wrong between records and store."""

    MISSING = "missing"
    CHANGED = "changed"
    ORPHAN = "orphan"  # no case has the content, and nobody announces it


class ObjectFault(Frozen):
    """One thing that is wrong; `case` and `id` name the attachment, unless it is an orphan."""

    what: WrongObject
    sha256: str
    case: str = ""
    id: str = ""


class Verified(Frozen):
    """The result of a verification: attachments and contents read, contents that wait for their act, and faults."""

    attachments: int
    contents: int
    waiting: int
    faults: tuple[ObjectFault, ...] = ()


async def verify(records: AttachmentRecords, objects: Objects) -> Verified:
    """Read every content that a case has, and name those missing or changed; and contents that nobody has.

    It changes nothing. Raises `RecordsAway` and `ObjectsAway`.
    """
    stored = await asyncio.to_thread(lambda: {one.sha256 for one in objects.originals()})
    announced = await asyncio.to_thread(lambda: {one.sha256 for one in objects.waiting()})
    known: dict[str, WrongObject | None] = {}
    faults: list[ObjectFault] = []
    count = 0
    async for one in records.all():
        count += 1
        if one.sha256 not in known:
            known[one.sha256] = await asyncio.to_thread(_wrong, objects, one.sha256)
        if (what := known[one.sha256]) is not None:
            faults.append(ObjectFault(what=what, sha256=one.sha256, case=one.number or one.key, id=one.id))
    orphans = sorted(stored - known.keys() - announced)
    faults += [ObjectFault(what=WrongObject.ORPHAN, sha256=sha256) for sha256 in orphans]
    waiting = len(announced - known.keys())
    return Verified(attachments=count, contents=len(known), waiting=waiting, faults=tuple(faults))


def _wrong(objects: Objects, sha256: str) -> WrongObject | None:
    try:
        objects.read(sha256)
    except ObjectDamaged as damaged:
        return WrongObject(damaged.message)
    return None
