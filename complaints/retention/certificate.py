"""The certificate of a destruction: what was destroyed, how much, its list and hashes, the approver, and the time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.retention.terms import RecordKind


class Gone(Frozen):
    """A line of the certificate: the record's number, and the last hash of its journal or revision."""

    kind: RecordKind
    name: str
    project: str
    since: date
    rule: str
    seal: str
    lines: int


class Outstanding(Frozen):
    """Copies outside the store that are not deleted yet: "archive" files, "history" at the Temporal server."""

    copy_of: str
    count: int
    last_error: str | None = None


class Certificate(Frozen):
    """Immutable once written, except `outstanding`, which states what still has to be deleted."""

    id: str
    period: str
    proposed_at: AwareDatetime
    digest: str  # of the approved list
    approved_by: str
    approved_at: AwareDatetime
    carried_out_at: AwareDatetime
    counts: dict[str, int]  # by kind: how many were destroyed
    left: dict[str, int] = {}  # by reason: approved, but not destroyed ("hold", "changed")
    list_digest: str  # of the list of destroyed records: `list_digest`
    outstanding: tuple[Outstanding, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.outstanding


def list_digest(gone: Iterable[Gone]) -> str:
    """SHA-256 over the list of destroyed records: one line `kind TAB number TAB hash` each, sorted, each ended by LF.

    Anyone can compute it again from the printed list.
    """
    lines = sorted(f"{one.kind.value}\t{one.name}\t{one.seal}\n" for one in gone)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
