"""Events become a file: `apply` is the only way anything changes, `append` seals it into the journal as well."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from complaints.case import journal
from complaints.case.event import Event, OpeningEvent
from complaints.case.events.machine import Trimmed
from complaints.case.file import File, FileT, JournalLine
from complaints.case.reading import read
from complaints.case.trimming import trimmed


def apply(file: FileT, event: Event, *, whole: bool = False) -> FileT:
    """The file after the event. It is changed in everything but the end of its journal, which `append` moves on.

    A `whole` file keeps what is trimmed from others: it is that of the records.
    """
    if isinstance(event, OpeningEvent):
        return cast(FileT, event.begins())
    after = file.but(**event.changes(file), notices=(*file.notices, *event.notices))
    return trimmed(after) if isinstance(event, Trimmed) and not whole else after


def append(file: FileT, event: Event) -> tuple[FileT, JournalLine]:
    """The file after the event, and the journal's next line, which seals the event."""
    line = journal.line(
        file.journal_seq,
        file.journal_hash or journal.GENESIS,
        at=event.at,
        kind=event.kind,
        by=event.by,
        duty=event.duty,
        rule=event.rule,
        data=event.data,
    )
    return _sealed(apply(file, event), line), line


def changes_nothing(file: File, event: Event) -> bool:
    """Whether the file says already what the event would bring: a chapter that is run again comes by here again."""
    return all(getattr(file, name) == value for name, value in event.changes(file).items())


def fold(lines: Iterable[JournalLine], *, whole: bool = False) -> Any:
    """The file that a whole journal comes to: a `CaseFile` or a `RoundFile`; with `whole`, as if it was never trimmed.

    Raises `EventUnreadable` for a line that this release does not know, and `ValueError` for a journal without a
    beginning. Whether the chain holds, `complaints.case.journal.verify` says.
    """
    rest = iter(lines)
    if (first := next(rest, None)) is None:
        raise ValueError("the journal has no lines")
    opening = read(first)
    if not isinstance(opening, OpeningEvent):
        raise ValueError(f"the journal begins with {first.kind!r} (line {first.seq})")
    file: File = _sealed(cast(File, opening.begins()), first)
    for line in rest:
        file = _sealed(apply(file, read(line), whole=whole), line)
    return file


def go_on(file: FileT, lines: Iterable[JournalLine], *, whole: bool = True) -> FileT:
    """The file after these lines, which continue its journal: of whoever has a file and is told what came since.

    Nothing that they have leaves it; without `whole` it is trimmed where the case was.

    Raises `JournalBroken` for lines that do not follow from the end of the file's journal, or from each other, and
    `EventUnreadable` for a line that this release does not know.
    """
    new = tuple(lines)
    journal.verify(new, after=(file.journal_seq, file.journal_hash or journal.GENESIS))
    for line in new:
        file = _sealed(apply(file, read(line), whole=whole), line)
    return file


def _sealed(file: FileT, line: JournalLine) -> FileT:
    """The file with this line as the end of its journal."""
    return file.but(journal_seq=line.seq, journal_hash=line.hash)
