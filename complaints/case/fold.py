"""Fold events into a file: `apply` is the only way a file changes; `append` also writes the journal line."""

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
    """Return the file after the event, except for the journal's end, which `append` advances.

    With `whole`, `file.trimmed` removes nothing: the read model keeps the untrimmed file.
    """
    if isinstance(event, OpeningEvent):
        return cast(FileT, event.begins())
    after = file.but(**event.changes(file), notices=(*file.notices, *event.notices))
    return trimmed(after) if isinstance(event, Trimmed) and not whole else after


def append(file: FileT, event: Event) -> tuple[FileT, JournalLine]:
    """Return the file after the event, and the event's journal line."""
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
    """Return whether the event's effect is already in the file, as happens when a chapter is rerun."""
    return all(getattr(file, name) == value for name, value in event.changes(file).items())


def fold(lines: Iterable[JournalLine], *, whole: bool = False) -> Any:
    """Fold a complete journal into its `CaseFile` or `RoundFile`; with `whole`, as if it was never trimmed.

    Raises `EventUnreadable` for a line that this release does not know, and `ValueError` for a journal without an
    opening event. The hash chain is not checked here: see `complaints.case.journal.verify`.
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
    """Apply lines that continue the file's journal, for a holder of a file who receives the lines since.

    By default trimming events remove nothing; without `whole` the file is trimmed as the case was.

    Raises `JournalBroken` for lines that do not follow from the end of the file's journal, or from each other, and
    `EventUnreadable` for a line that this release does not know.
    """
    new = tuple(lines)
    journal.verify(new, after=(file.journal_seq, file.journal_hash or journal.GENESIS))
    for line in new:
        file = _sealed(apply(file, read(line), whole=whole), line)
    return file


def _sealed(file: FileT, line: JournalLine) -> FileT:
    """Return the file with this line as the end of its journal."""
    return file.but(journal_seq=line.seq, journal_hash=line.hash)
