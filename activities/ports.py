"""What the activities need from outside, as protocols. The worker's composition root plugs the real things in.

Faults are those of `complaints.faults`: `RecordsAway` and `MailAway` may be tried again, the others may not.
"""

from __future__ import annotations

from typing import Protocol

from complaints.directory.reference import Reference
from complaints.model import Batch, Written
from complaints.notices import Addressed
from complaints.retention import Deducted, Deduction

__all__ = ["Addressed", "Courier", "Records", "ReferenceSource", "RetentionMoney"]


class Records(Protocol):
    """The case file that people read, search and keep."""

    async def write(self, batch: Batch) -> Written:
        """Write everything of `batch`, or nothing; a batch written before changes nothing and gets the same answer.

        Raises `RecordsAway` (try again) and `RecordsRefused` (out of order, or other content: do not).
        """
        ...


class ReferenceSource(Protocol):
    """Directory and working-day calendar, as far as one project's complaints need them."""

    async def reference(self, project: str, known_version: str | None) -> Reference | None:
        """The newest reference of `project`, or None when `known_version` is the newest.

        Raises `RecordsAway` when there is none, neither in the records nor kept from an earlier time.
        """
        ...


class Courier(Protocol):
    """A channel that brings notices to people."""

    async def send(self, notices: list[Addressed]) -> None:
        """Send each notice; one that was sent before may be sent again and carries the same message id.

        Raises `MailAway` (try again) and `MailRefused`, the latter after all the others were sent.
        """
        ...


class Follower(Protocol):
    """Whoever keeps the records in step with the cases."""

    async def catch_up(self, key: str, sequence: int) -> None:
        """Return when the records have the journal of case `key` up to line `sequence`. Raises `RecordsAway`."""
        ...


class RetentionMoney(Protocol):
    """The retention money of contractors (CS-4.3.4b)."""

    async def deduct(self, asked: Deduction) -> Deducted:
        """Take at most the audited sum and the balance, keep the rest as a claim, all in one; once for `asked`.

        Raises `RecordsAway` (try again).
        """
        ...
