"""What a case or a round has to add to the records: the one shape in which it goes to whoever writes them."""

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
    """What records lack that have a file's journal up to line `after`; it is written in one transaction.

    `lines` are the journal from there to its end. `file` is the file at that end, but not the whole of it: it has only
    the duties that the lines change, and neither acts nor notices, because the lines have those. The records keep
    the seq of the last line that they have as the file's cursor. They take additions only if these continue there, and
    pass over what they have already.

    With `after` = 0 the file is created. A case draws its number then, which it may do before it has any line.
    """

    after: int
    file: CaseFile | RoundFile
    lines: tuple[JournalLine, ...] = ()
    mailed: tuple[str, ...] = ()  # ids of notices that were sent past the records, while these were away
    followed_to: AwareDatetime | None = None  # start of the last workflow task whose lines the records have with these

    @classmethod
    def of(cls, file: File, after: int, lines: Iterable[JournalLine]) -> Self:
        """What a file adds. `lines` are the last ones of its journal; those up to `after` are left out."""
        assert isinstance(file, CaseFile | RoundFile)
        new = tuple(line for line in lines if line.seq > after)
        about = dict.fromkeys(line.duty for line in new if line.duty and changes_duty(line))
        duties = {duty: file.duties[duty] for duty in about if duty in file.duties}
        return cls(after=after, file=file.but(duties=duties, acts=(), notices=()), lines=new)

    @classmethod
    def registering(cls, file: CaseFile) -> Self:
        """A case without a line of its journal, so that it gets its number."""
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
        """The events that the lines are. Raises `EventUnreadable`."""
        return tuple(map(read, self.lines))

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Whom the events tell something. Raises `EventUnreadable`."""
        return tuple(notice for event in self.events for notice in event.notices)
