"""Events become a file: `apply` is the only way anything changes, `append` seals it into the journal as well."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from complaints import journal
from complaints.case.event import Event, Opens
from complaints.case.reading import read
from complaints.model import Entry, File, FileT, JournalLine


def apply(file: FileT, event: Event) -> FileT:
    """The file after the event. It is changed in everything but the end of its journal, which `append` moves on."""
    if isinstance(event, Opens):
        return cast(FileT, event.begins())
    return file.but(**event.changes(file), notices=(*file.notices, *event.notices))


def append(file: FileT, event: Event) -> tuple[FileT, Entry]:
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
    after = apply(file, event).but(journal_seq=line.seq, journal_hash=line.hash)
    return after, Entry(line=line, duty=event.duty, act=event.act, notices=event.notices)


def changes_nothing(file: File, event: Event) -> bool:
    """Whether the file says already what the event would bring: a chapter that is run again comes by here again."""
    return all(getattr(file, name) == value for name, value in event.changes(file).items())


def fold(lines: Iterable[JournalLine], file: File | None = None) -> Any:
    """The file that a whole journal comes to, or that `file` comes to by the lines after its own.

    A `CaseFile` or a `RoundFile`. Raises `EventUnreadable` for a line that this release does not know, and `ValueError`
    for a journal without a beginning. Whether the chain holds, `complaints.journal.verify` says.
    """
    for line in lines:
        event = read(line)
        if isinstance(event, Opens):
            file = cast(File, event.begins())
        elif file is None:
            raise ValueError(f"the journal begins with {line.kind!r} (line {line.seq})")
        else:
            file = apply(file, event)
        file = file.but(journal_seq=line.seq, journal_hash=line.hash)
    if file is None:
        raise ValueError("the journal has no lines")
    return file
