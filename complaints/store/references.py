"""Directory and calendar for workflows: the newest of the records, or the last good ones while PostgreSQL is away."""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from complaints.base.faults import RecordsAway
from complaints.intake.checking import Known
from complaints.people.loader import load
from complaints.people.model import Directory
from complaints.people.problems import DirectoryError
from complaints.people.reference import Reference
from complaints.store.reference_tables import StoredReference

log = logging.getLogger(__name__)

POLL = 2.0
"""Seconds for which a version is taken as the newest without asking, unless a write has seen a newer one."""


class ReferenceReader(Protocol):
    """What is needed of the records."""

    newest_reference: str | None

    async def reference_version(self) -> str | None: ...
    async def stored(self) -> StoredReference | None: ...


class StoredReferences:
    """A `ReferenceSource` over the records. `cache` is a file that keeps the last good reference across restarts.

    The file holds names and mail addresses and is readable by its owner only.
    """

    def __init__(
        self,
        records: ReferenceReader,
        cache: Path | None = None,
        cached: Callable[[Exception | None], None] = lambda _: None,
    ) -> None:
        """`cached` hears after each use of the file what kept it from being read or written, or None."""
        self._records = records
        self._cache = cache
        self._cached = cached
        self._good: tuple[Directory, StoredReference] | None = None
        self._slices: dict[str, Reference] = {}
        self._known: tuple[Directory, Known] | None = None
        self._asked_at: float | None = None
        self._asking = asyncio.Lock()

    async def reference(self, project: str, known_version: str | None = None) -> Reference | None:
        """The newest reference of `project`; None when `known_version` is the newest.

        Whoever knows a version was told of a newer one, so the records are asked then, and nothing kept from before is
        taken for an answer. So they are before a project is said to be unknown. Raises `RecordsAway` when nothing was
        ever loaded, or they cannot be reached and what is kept does not serve; `UnknownProject` when the newest
        directory lacks the project.
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
        """The ids that a complaint may name. With `newest` nothing kept from before is taken for an answer.

        Raises `RecordsAway` like `reference`.
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

    async def directory(self) -> Directory:
        """The whole newest directory. Raises like `reference`."""
        directory, _ = await self._newest()
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
        """Take the newest from the records."""
        version = await self._records.reference_version()
        if version is not None and (self._good is None or version != self._good[1].version):
            await self._take(await self._records.stored())

    async def _refresh_or_keep(self) -> None:
        """Take the newest from the records; while they are away, keep what there is."""
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
        directory = await asyncio.to_thread(load, stored.directory, "directory.toml")
        self._good, self._slices = (directory, stored), {}
        self._records.newest_reference = stored.version
        self._keep(stored)

    async def _take_kept(self) -> None:
        """Take what the file has, if this release can use it."""
        try:
            await self._take(self._kept())
        except DirectoryError as fault:
            log.warning("the directory that was kept beside the worker is not used: %d problems", len(fault.problems))

    def _kept(self) -> StoredReference | None:
        """What an earlier time left in the file; None without one, or if it is not of this release."""
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
        """Keep it for the next start. A disk that is full or read-only keeps the old one and stops nothing."""
        if self._cache is None:
            return
        try:
            self._cache.parent.mkdir(parents=True, exist_ok=True)
            _put(self._cache, stored.model_dump_json())
        except OSError as error:
            self._cached(error)
        else:
            self._cached(None)


def _put(path: Path, text: str) -> None:
    """Write a file beside and move it over, so that a worker that dies meanwhile leaves the old one whole."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(beside).replace(path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise
