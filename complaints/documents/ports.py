"""What workflows ask of whoever keeps documents and meetings. All may be called again: nothing doubles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from complaints.documents.meetings import Meeting
from complaints.documents.model import Decision, DocumentRef, Opinion


class Documents(Protocol):
    """Documents under approval. All raise `DocumentRefused` (never try again) and `RecordsAway` (try again)."""

    async def put(
        self, document: str, version: int, departments: Sequence[str], by: str, at: datetime, act: str
    ) -> DocumentRef:
        """Put the newest version to these departments."""
        ...

    async def opinion(self, document: str, version: int, given: Opinion) -> DocumentRef:
        """Keep a department's opinion; `awaited` of the answer names those still missing."""
        ...

    async def decide(self, document: str, version: int, decision: Decision) -> DocumentRef:
        """Approve the version, or return it with a reason."""
        ...

    async def ref(self, document: str, version: int | None = None) -> DocumentRef:
        """A version as it stands; the newest without a number."""
        ...


class Meetings(Protocol):
    """Minutes and their resolutions. All raise `RecordsAway` (try again)."""

    async def record(self, meeting: Meeting) -> Meeting:
        """Keep the minutes, once for the meeting's id; the answer is what is kept."""
        ...

    async def resolved(self, meeting: str, nth: int, done: str, by: str, at: datetime) -> Meeting:
        """Keep what was done about a resolution; what was said first stays."""
        ...
