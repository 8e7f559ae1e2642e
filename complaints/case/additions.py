"""The data that a case or a round adds to the read model, in the one shape that its writers accept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.case.event import Event
from complaints.case.file import CaseFile, File, JournalLine, Notice
from complaints.case.reading import changes_duty, read
from complaints.case.round import RoundFile


class Additions(Frozen):
    """All that a read model lacks if it has a file's journal up to line `after`; written in one transaction.

    `lines` are the journal lines after that one, up to the journal's end. `file` is the file at that end, reduced to
    the duties that the lines change, without acts and notices, because the lines contain those. The read model keeps
    the seq of its last line as the file's cursor. It accepts additions only if they continue there, and skips lines
    that it already has.

    With `after` = 0 the file is created. A case then draws its number, which is possible before it has any line.
    """

    after: int
    file: CaseFile | RoundFile
    lines: tuple[JournalLine, ...] = ()
    mailed: tuple[str, ...] = ()  # ids of notices that were sent directly while the read model was unreachable
    followed_to: AwareDatetime | None = None  # start of the last workflow task whose lines are included

    @classmethod
    def of(cls, file: File, after: int, lines: Iterable[JournalLine]) -> Self:
        """Build the additions of a file from the last lines of its journal; lines up to `after` are left out."""
        assert isinstance(file, CaseFile | RoundFile)
        new = tuple(line for line in lines if line.seq > after)
        about = dict.fromkeys(line.duty for line in new if line.duty and changes_duty(line))
        duties = {duty: file.duties[duty] for duty in about if duty in file.duties}
        return cls(after=after, file=file.but(duties=duties, acts=(), notices=()), lines=new)

    @classmethod
    def registering(cls, file: CaseFile) -> Self:
        """Build the registration of a case without journal lines, by which it gets its number."""
        return cls.of(file.but(journal_seq=0, journal_hash=""), 0, ())

    @property
    def key(self) -> str:
        return self.file.key

    @property
    def sequence(self) -> int:
        """Seq of the last line of the journal."""
        return self.file.journal_seq

    @property
    def over(self) -> bool:
        """Whether the file is closed."""
        return self.file.closed

    @property
    def events(self) -> tuple[Event, ...]:
        """The lines, decoded to events. Raises `EventUnreadable`."""
        return tuple(map(read, self.lines))

    @property
    def notices(self) -> tuple[Notice, ...]:
        """All notices of the events. Raises `EventUnreadable`."""
        return tuple(notice for event in self.events for notice in event.notices)
