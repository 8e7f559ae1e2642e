"""Hand-written stand-ins, for tests that are about the procedures and not about where they are written down."""

from __future__ import annotations

from itertools import count

from complaints.calendar import from_libraries
from complaints.directory import Directory, load
from complaints.directory.reference import Reference
from complaints.model import Batch, JournalLine, Written
from tests.places import EXAMPLE_DIRECTORY


class MemoryRecords:
    """Records that remember nothing beyond the process."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._written: dict[str, Written] = {}
        self._cursors: dict[str, int] = {}
        self.journals: dict[str, list[JournalLine]] = {}

    async def write(self, batch: Batch) -> Written:
        written = self._written.setdefault(batch.key, Written(number=f"HF01-2026-{next(self._numbers):06d}"))
        if batch.after == self._cursors.get(batch.key, 0):
            self._cursors[batch.key] = batch.sequence
            self.journals.setdefault(batch.key, []).extend(batch.journal)
        return written

    async def cursor(self, key: str) -> int:
        return self._cursors.get(key, 0)

    async def cursors(self) -> dict[str, int]:
        return dict(self._cursors)


class ExampleReferences:
    """A `ReferenceSource` of the example directory that tests may change."""

    def __init__(self) -> None:
        self.directory: Directory = load(EXAMPLE_DIRECTORY.read_text(encoding="utf-8"), "directory.toml")
        self.calendar = from_libraries(range(2024, 2027))

    async def reference(self, project: str, known_version: str | None = None) -> Reference | None:
        newest = Reference.of(self.directory, project, self.calendar)
        return None if newest.version == known_version else newest
