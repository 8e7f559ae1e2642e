"""The runtime of a round."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from complaints.base import size_limits
from complaints.case.event import Event
from complaints.case.events.rounds import RoundClosed
from complaints.case.file import JournalLine
from complaints.case.round import RoundFile
from complaints.signing.key_ring import KeyRing
from workflows.interface import RoundCarried
from workflows.rounds.chapters import chapter_of
from workflows.rounds.runner import RoundRunner
from workflows.runtime import Runtime


class RoundRuntime(Runtime[RoundFile]):
    """One period's work of a rule."""

    def __init__(self, work: RoundRunner, keys: KeyRing | None = None) -> None:
        super().__init__(work, begun=True)
        self.work = work
        self.keys = keys

    async def procedures(self) -> None:
        """Run the chapter of the round's rule, until no duty of the round is open."""
        outcome = await chapter_of(self.work.file.rule)(self.work)
        await self.work.wait_until(lambda: not self.work.file.open_duties)
        self.work.comes_to(outcome)

    def carrying(self, lines: Sequence[JournalLine]) -> RoundCarried:
        work = self.work
        return RoundCarried(
            file=work.file,
            reference=work.reference,
            lines=tuple(lines),
            untrimmed=work.left_to_records(lines),
            keys=self.keys,
            used=self.used.unexpired(work.now),
        )

    def size_carried(self) -> int:
        return size_limits.size(self.carrying(self.work.lines))

    def redraft(self, now: datetime) -> None:
        """Draft the report anew from what is known now, unless it is issued."""
        with self.moving(now):
            self.work.in_background(self.work.redraft(now))

    def closing(self) -> Event:
        return RoundClosed(at=self.work.now, outcome=self.work.file.outcome or "")
