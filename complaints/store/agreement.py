"""Compares the journal of a case or a round in the read model with the journal that the server has. Pure.

The two disagree after a workflow was reset at the server, a backup of either side was restored, or a workflow was
terminated or lost. No job searches for this; the component that comes across such a case reports it.
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
    """How read model and server disagree. The texts are `cli.records.parted.<code>`."""

    OTHER = "other"
    """The lines differ from some line on: the workflow was reset and has continued."""
    BEHIND = "behind"
    """The server has fewer lines than the read model: the workflow was reset, or an old server backup is in use."""
    GAP = "gap"
    """The read model lacks lines that the workflow no longer supplies: an old backup of the read model is in use."""
    GONE = "gone"
    """The case is open in the read model, but the server does not have it or has terminated it."""
    UNKNOWN = "unknown"
    """The server has a case that the read model lacks."""


class Disagreement(Frozen):
    """Where read model and server disagree about a case or a round. Contains no text of the case."""

    key: str
    kind: Parted
    line: int  # last line on which the two can still agree
    detail: str


class End(NamedTuple):
    """The end of a journal in the read model: seq and hash of its last line.

    `there` is the read model's hash of the line that is the last one at the server; None if it lacks that line.
    """

    seq: int
    hash: str
    there: str | None


def disagreement(end: End, server: Additions, known: int) -> Disagreement | None:
    """Return where the two disagree, or None.

    `server` has the server's lines after line `known`; it was queried when the read model had line `known`.
    """
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
    """Lines to remove from a journal (`out`), and the lines that replace them (`into`)."""

    out: list[JournalLine]
    into: list[JournalLine]


def exchange(here: Sequence[JournalLine], server: Additions) -> Exchange:
    """Return the exchange that turns the read model's journal into the server's, from the first differing line on.

    Raises `RecordsRefused` if the server does not supply all lines from there on, or if their hash chain is broken.
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
    """An act, and the seq of the journal line that contains it."""

    line: int
    act: Act

    @property
    def what(self) -> object:
        """Its identity in any journal: its idempotency key (if it has none, its content), and its author."""
        attempt = self.act.attempt
        return attempt.id if attempt is not None else self.act.but(seq=0, recorded_at=self.act.at, form={}), self.act.by


def lost_acts(out: Sequence[JournalLine], into: Sequence[JournalLine]) -> list[ActIn]:
    """Return the acts of the removed lines that are not in the lines that replace them."""
    kept = {str(one.what) for one in _acts(into)}
    return [one for one in _acts(out) if str(one.what) not in kept]


def _acts(lines: Sequence[JournalLine]) -> list[ActIn]:
    events = [(line.seq, read(line).act) for line in lines]
    return [ActIn(seq, act) for seq, act in events if act is not None]
