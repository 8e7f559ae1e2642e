"""Hand-written stand-ins, for tests that are about the procedures and not about where they are written down."""

from __future__ import annotations

from itertools import count

from complaints.calendar import from_libraries
from complaints.directory import Directory, load
from complaints.directory.reference import Reference
from complaints.model import Batch, Complaint, JournalLine, Related, Written
from tests.places import EXAMPLE_DIRECTORY


class MemoryRecords:
    """Records that remember nothing beyond the process."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._complaints: dict[str, Complaint] = {}
        self._written: dict[str, Written] = {}
        self._cursors: dict[str, int] = {}
        self.journals: dict[str, list[JournalLine]] = {}

    async def write(self, batch: Batch) -> Written:
        if batch.opening is not None and batch.key not in self._written:
            number = f"{batch.opening.complaint.project.upper()}-2026-{next(self._numbers):06d}"
            self._written[batch.key] = Written(number=number, related=self._related(batch.opening.complaint))
            self._complaints[batch.key] = batch.opening.complaint
        written = self._written[batch.key]
        if batch.after == self._cursors.get(batch.key, 0):
            self._cursors[batch.key] = batch.sequence
            self.journals.setdefault(batch.key, []).extend(batch.journal)
        return written

    def _related(self, new: Complaint) -> tuple[Related, ...]:
        """Earlier complaints of the same customer, or of the same building and subject (CR-5.1.2)."""
        found: list[Related] = []
        for key, old in self._complaints.items():
            same_building = new.building and (old.building, old.category) == (new.building, new.category)
            why = "customer" if old.customer == new.customer else "building" if same_building else None
            if why and old.project == new.project:
                found.append(Related(key=key, number=self._written[key].number, why=why, open=True))
        return tuple(found)

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
