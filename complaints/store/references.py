"""Directory and calendar for workflows: the newest stored ones, or the last known while PostgreSQL is unavailable."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from complaints.base.faults import RecordsAway
from complaints.base.written_files import put
from complaints.intake.checking import Known
from complaints.people.loader import load
from complaints.people.model import Directory
from complaints.people.own_absences import with_own
from complaints.people.problems import DirectoryError
from complaints.people.reference import Reference
from complaints.store.reference_tables import StoredReference

log = logging.getLogger(__name__)

POLL = 2.0
"""Seconds for which a version counts as the newest without a query, unless a write has seen a newer one."""


class ReferenceReader(Protocol):
    """What this module needs from the read model."""

    newest_reference: str | None

    async def reference_version(self) -> str | None: ...
    async def stored(self) -> StoredReference | None: ...


class StoredReferences:
    """A `ReferenceSource` over the read model. `cache` is a file that keeps the last good reference across restarts.

    The file contains names and mail addresses and is readable by its owner only.
    """

    def __init__(
        self,
        records: ReferenceReader,
        cache: Path | None = None,
        cached: Callable[[Exception | None], None] = lambda _: None,
    ) -> None:
        """`cached` is called after each use of the file with the error that prevented reading or writing, or None."""
        self._records = records
        self._cache = cache
        self._cached = cached
        self._good: tuple[Directory, StoredReference] | None = None
        self._slices: dict[str, Reference] = {}
        self._known: tuple[Directory, Known] | None = None
        self._asked_at: float | None = None
        self._asking = asyncio.Lock()

    async def reference(self, project: str, known_version: str | None = None) -> Reference | None:
        """Return the newest reference of `project`; None if `known_version` is the newest.

        A caller that passes a known version was told of a newer one, so the read model is queried then instead of
        answering from memory; likewise before a project is reported as unknown. Raises `RecordsAway` if nothing was
        ever loaded, or if PostgreSQL is unavailable and the remembered reference does not suffice; `UnknownProject` if
        the newest directory lacks the project.
        """
        directory, stored = await self._newest(known_version)
        if project and project not in self._ids(directory).projects:
            directory, stored = await self._newest(ask=True)
        if stored.version == known_version:
            return None
        if project not in self._slices:
            self._slices[project] = Reference.of(directory, project, stored.calendar, version=stored.version)
        return self._slices[project]

    async def known(self, *, newest: bool = False) -> Known:
        """Return the ids that a complaint may name. With `newest`, query the read model and do not answer from memory.

        Raises `RecordsAway` if there is none, neither stored nor remembered; with `newest`, also while PostgreSQL is
        unavailable.
        """
        directory, _ = await self._newest(ask=newest)
        return self._ids(directory)

    def _ids(self, directory: Directory) -> Known:
        if self._known is None or self._known[0] is not directory:
            ids = Known(
                projects=frozenset(one.code for one in directory.projects),
                people=frozenset(one.id for one in directory.people),
                departments=frozenset(one.key for one in directory.departments),
            )
            self._known = (directory, ids)
        return self._known[1]

    async def directory(self, *, newest: bool = False) -> Directory:
        """Return the whole newest directory. With `newest`, query the read model and do not answer from memory.

        Raises `RecordsAway` if there is none, neither stored nor remembered; with `newest`, also while PostgreSQL is
        unavailable.
        """
        directory, _ = await self._newest(ask=newest)
        return directory

    async def _newest(self, known: str | None = None, *, ask: bool = False) -> tuple[Directory, StoredReference]:
        async with self._asking:
            if ask or (known is not None and (self._good is None or self._good[1].version == known)):
                await self._refresh()
            elif self._may_be_old():
                await self._refresh_or_keep()
            if self._good is None:
                raise RecordsAway("no directory or no calendar is loaded yet: load both, then the case goes on")
            return self._good

    def _may_be_old(self) -> bool:
        if self._asked_at is None or time.monotonic() - self._asked_at >= POLL:
            return True
        seen = self._records.newest_reference
        return seen is not None and self._good is not None and seen != self._good[1].version

    async def _refresh(self) -> None:
        """Take the newest reference from the read model."""
        version = await self._records.reference_version()
        if version is not None and (self._good is None or version != self._good[1].version):
            await self._take(await self._records.stored())

    async def _refresh_or_keep(self) -> None:
        """Take the newest reference from the read model; while that is unavailable, keep the present one."""
        self._asked_at = time.monotonic()
        try:
            await self._refresh()
        except RecordsAway:
            if self._good is None:
                await self._take_kept()
            if self._good is None:
                self._asked_at = None
                raise
            log.warning("the records are away: the directory and calendar of before stay in use")

    async def _take(self, stored: StoredReference | None) -> None:
        if stored is None:
            return
        loaded = await asyncio.to_thread(load, stored.directory, "directory.toml")
        directory = with_own(loaded, stored.absences)
        self._good, self._slices = (directory, stored), {}
        self._records.newest_reference = stored.version
        self._keep(stored)

    async def _take_kept(self) -> None:
        """Take the reference of the cache file, if this release can use it."""
        try:
            await self._take(self._kept())
        except DirectoryError as fault:
            log.warning("the directory that was kept beside the worker is not used: %d problems", len(fault.problems))

    def _kept(self) -> StoredReference | None:
        """Read the cache file of an earlier run; None if there is none, or if this release cannot decode it."""
        if self._cache is None:
            return None
        try:
            if not self._cache.exists():
                return None
            return StoredReference.model_validate_json(self._cache.read_bytes())
        except ValidationError:
            log.warning("%s is not of this release, or damaged, and is not used", self._cache.name)
            return None
        except OSError as error:
            self._cached(error)
            return None

    def _keep(self, stored: StoredReference) -> None:
        """Write the cache file for the next start. If the disk is full or read-only, the old file stays; no error."""
        if self._cache is None:
            return
        try:
            self._cache.parent.mkdir(parents=True, exist_ok=True)
            put(self._cache, stored.model_dump_json())
        except OSError as error:
            self._cached(error)
        else:
            self._cached(None)
