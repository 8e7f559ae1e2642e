"""The certificate of a destruction: what it was, how much, its list and hashes, who approved it, and when it went."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.retention.terms import RecordKind


class Gone(Frozen):
    """A line of the certificate: the record by its number, and the hash with which its journal or revision ended."""

    kind: RecordKind
    name: str
    project: str
    since: date
    rule: str
    seal: str
    lines: int


class Outstanding(Frozen):
    """Copies outside the records that have not been deleted yet: "archive" files, "history" at the Temporal server."""

    copy_of: str
    count: int
    last_error: str | None = None


class Certificate(Frozen):
    """Immutable once written, but for `outstanding`, which says what is still to be done now."""

    id: str
    period: str
    proposed_at: AwareDatetime
    digest: str  # of the approved list
    approved_by: str
    approved_at: AwareDatetime
    carried_out_at: AwareDatetime
    counts: dict[str, int]  # by kind: how many were destroyed
    left: dict[str, int] = {}  # by reason: approved, and left all the same ("hold", "changed")
    list_digest: str  # of the list of those destroyed: `list_digest`
    outstanding: tuple[Outstanding, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.outstanding


def list_digest(gone: Iterable[Gone]) -> str:
    """SHA-256 over the list of what was destroyed: one line each, `kind TAB number TAB hash`, sorted, each ended by LF.

    Anybody can compute it again from the printed list.
    """
    lines = sorted(f"{one.kind.value}\t{one.name}\t{one.seal}\n" for one in gone)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
