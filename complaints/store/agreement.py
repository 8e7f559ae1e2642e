"""Whether the journal of a case or a round that the records have is the one that the server has. Pure.

They part when a workflow is reset at the server, when a backup of either side is restored, or when a workflow is ended
or lost. Nobody looks for that; whoever meets such a case says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from complaints.base import Frozen
from complaints.base.faults import RecordsRefused
from complaints.case import journal
from complaints.case.additions import Additions
from complaints.case.file import Act, JournalLine
from complaints.case.reading import read


class Parted(StrEnum):
    """How records and server disagree: the texts are `cli.records.parted.<code>`."""

    OTHER = "other"
    """From some line on they have different ones: the workflow was reset and has gone on."""
    BEHIND = "behind"
    """The server has less than the records: the workflow was reset, or an old backup of the server is at work."""
    GAP = "gap"
    """The records lack lines that the workflow does not bring by itself: an old backup of the records is at work."""
    GONE = "gone"
    """The case is open, and the server does not have it, or has ended it."""
    UNKNOWN = "unknown"
    """The server has a case that the records lack."""


class Disagreement(Frozen):
    """Where records and server disagree about a case or a round, without anything that anybody said."""

    key: str
    kind: Parted
    line: int  # up to which the two may agree, at most
    detail: str


class End(NamedTuple):
    """What the records have: the last line, its hash, and the hash of the line that the server has last."""

    seq: int
    hash: str
    there: str | None


def disagreement(end: End, server: Additions, known: int) -> Disagreement | None:
    """Where the two disagree; `server` is what the server has after line `known`, asked when the records had that."""
    key, first = server.key, next(iter(server.lines), None)
    if server.sequence < known and end.there == (server.file.journal_hash or None):
        detail = f"the records have line {known}, the server line {server.sequence}"
        return Disagreement(key=key, kind=Parted.BEHIND, line=server.sequence, detail=detail)
    if server.sequence <= end.seq:
        same = server.sequence == 0 or end.there == server.file.journal_hash
        return None if same else _other(key, server.sequence)
    if first is None or first.seq > end.seq + 1:
        detail = f"the records have line {end.seq}, the server tells from line {first.seq if first else '—'} on"
        return Disagreement(key=key, kind=Parted.GAP, line=end.seq, detail=detail)
    hashes = {0: journal.GENESIS} | {line.seq: line.hash for line in server.lines} | {first.seq - 1: first.prev}
    return None if hashes[end.seq] == end.hash else _other(key, end.seq)


def _other(key: str, line: int) -> Disagreement:
    detail = f"line {line} of the records is another one than the server has"
    return Disagreement(key=key, kind=Parted.OTHER, line=line - 1, detail=detail)


class Exchange(NamedTuple):
    """Lines that leave a journal, and those that take their place."""

    out: list[JournalLine]
    into: list[JournalLine]


def exchange(here: Sequence[JournalLine], server: Additions) -> Exchange:
    """What makes the journal of the records that of the server, from the first line in which they differ.

    Raises `RecordsRefused` where the server does not tell its lines from there on.
    """
    ours, theirs = _by_seq(here), _by_seq(server.lines)
    told = {line.seq: line.hash for line in server.lines} | {line.seq - 1: line.prev for line in server.lines}
    told |= {server.sequence: server.file.journal_hash or journal.GENESIS}
    mine = {0: journal.GENESIS} | {seq: line.hash for seq, line in ours.items()}
    common = [seq for seq, hash in told.items() if mine.get(seq) == hash]
    if not common:
        raise RecordsRefused(f"the server tells nothing of the lines up to {max(mine)}, so they cannot be compared")
    fork = max(common)
    if lost := [seq for seq in range(fork + 1, server.sequence + 1) if seq not in theirs]:
        raise RecordsRefused(f"the server does not tell its lines {lost[0]} to {lost[-1]} any more")
    into = [theirs[seq] for seq in range(fork + 1, server.sequence + 1)]
    try:
        journal.verify(into, after=(fork, mine[fork]))
    except journal.JournalBroken as broken:
        raise RecordsRefused(f"line {broken.seq} of the server: {broken.fault}") from None
    return Exchange([line for seq, line in sorted(ours.items()) if seq > fork], into)


def _by_seq(lines: Sequence[JournalLine]) -> Mapping[int, JournalLine]:
    return {line.seq: line for line in lines}


class ActIn(NamedTuple):
    """An act, and the line that has it."""

    line: int
    act: Act

    @property
    def what(self) -> object:
        """What tells it from others, in whichever journal it stands: the key it was sent under, or all that it says."""
        attempt = self.act.attempt
        return attempt.id if attempt is not None else self.act.but(seq=0, recorded_at=self.act.at, form={}), self.act.by


def lost_acts(out: Sequence[JournalLine], into: Sequence[JournalLine]) -> list[ActIn]:
    """The acts that leave a journal and do not come back with the lines that take their place."""
    kept = {str(one.what) for one in _acts(into)}
    return [one for one in _acts(out) if str(one.what) not in kept]


def _acts(lines: Sequence[JournalLine]) -> list[ActIn]:
    events = [(line.seq, read(line).act) for line in lines]
    return [ActIn(seq, act) for seq, act in events if act is not None]
