"""The journal of a case as a hash chain: each line's hash covers the line and, through `prev`, all lines before it.

Changing, dropping or reordering a line breaks a later hash. Pure: the caller supplies the times and stores only the end
of the chain (`CaseFile.journal_seq`, `CaseFile.journal_hash`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from complaints import texts
from complaints.base.canonical import plain
from complaints.case.file import JournalLine

GENESIS = "0" * 64
"""`prev` of the first line of every case."""


def words(kind: str, lang: str) -> str:
    """Return a short description of a line's kind; the kind's name if another release wrote it."""
    key = f"journal.{kind}"
    return texts.say(key, lang) if texts.known(key) else kind


class JournalBroken(Exception):
    """The chain is broken at line `seq`: a line is missing, out of order, or its content was changed."""

    def __init__(self, seq: int, fault: str) -> None:
        self.seq = seq
        self.fault = fault
        super().__init__(f"the journal is broken at line {seq}: {fault}")


def line(
    prev_seq: int,
    prev_hash: str,
    at: datetime,
    kind: str,
    by: str | None = None,
    duty: str | None = None,
    rule: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> JournalLine:
    """Build the line that follows `(prev_seq, prev_hash)`; before the first line these are `0` and `GENESIS` (or "").

    `at` is an aware datetime. `data` may hold JSON values, models, decimals, times and enums; these are normalised by
    `complaints.base.canonical`, so that the hash stays the same across databases and languages.
    """
    unsealed = JournalLine(
        seq=prev_seq + 1,
        at=at.astimezone(UTC),
        kind=kind,
        by=plain(by),
        duty=plain(duty),
        rule=plain(rule),
        data=plain(data or {}),
        prev=prev_hash or GENESIS,
        hash="",
    )
    return unsealed.but(hash=_seal(unsealed))


def verify(lines: Iterable[JournalLine], after: tuple[int, str] = (0, GENESIS)) -> None:
    """Verify a chain from its beginning, or from a known good end `after = (seq, hash)`.

    Raises `JournalBroken` naming the first line that does not fit.
    """
    seq, prev = after
    for entry in lines:
        if entry.seq != seq + 1:
            raise JournalBroken(seq + 1, f"line {entry.seq} stands where line {seq + 1} belongs")
        if entry.prev != prev:
            raise JournalBroken(entry.seq, "it does not follow from the line before it")
        if entry.hash != _seal(entry):
            raise JournalBroken(entry.seq, "its content was changed after it was written")
        seq, prev = entry.seq, entry.hash


def since(seen: int, lines: Sequence[JournalLine], end: int) -> tuple[JournalLine, ...] | None:
    """Return the lines after line `seen` out of `lines`, the last lines of a journal that ends at line `end`.

    None if `lines` do not go back that far, or if line `seen` does not exist yet.
    """
    missed = end - seen
    return tuple(lines[len(lines) - missed :]) if 0 <= missed <= len(lines) else None


def size(lines: Iterable[JournalLine]) -> int:
    """Return the total size of these lines as JSON in bytes."""
    return sum(len(one.model_dump_json().encode()) for one in lines)


def _seal(entry: JournalLine) -> str:
    """Return the SHA-256, in hex, over the canonical JSON of all fields of the line but `hash`."""
    said = {
        "seq": entry.seq,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "kind": entry.kind,
        "by": entry.by,
        "duty": entry.duty,
        "rule": entry.rule,
        "data": entry.data,
        "prev": entry.prev,
    }
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
