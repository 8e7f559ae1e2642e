"""What the activities need from outside, as protocols. The worker's composition root plugs the real things in.

Faults are those of `complaints.base.faults`: `RecordsAway` and `MailAway` may be tried again, the others may not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from complaints.case.additions import Additions
from complaints.case.file import Written
from complaints.case.notices import Addressed
from complaints.case.round import DraftedReport, Period, Subject
from complaints.intake.checking import Known
from complaints.people.reference import Reference
from complaints.repairs.retention_money import Deducted, Deduction

__all__ = [
    "Addressed",
    "Courier",
    "DestructionPort",
    "DocumentsPort",
    "DrawsPort",
    "RecordsPort",
    "ReferenceSource",
    "ReportsPort",
    "RetentionMoney",
    "SurveysPort",
]


class RecordsPort(Protocol):
    """The case file that people read, search and keep."""

    async def write(self, additions: Additions) -> Written:
        """Write all of `additions`, or nothing; written before, they change nothing and get the same answer.

        Raises `RecordsAway` (try again) and `RecordsRefused` (out of order, or other content: do not).
        """
        ...


class ReferenceSource(Protocol):
    """Directory and working-day calendar, as far as one project's complaints need them."""

    async def reference(self, project: str, known_version: str | None) -> Reference | None:
        """The newest reference of `project`, or None when `known_version` is the newest.

        Raises `RecordsAway` when there is none, neither in the records nor kept from an earlier time, and
        `UnknownProject` when the newest directory that there is lacks the project.
        """
        ...

    async def known(self, *, newest: bool = False) -> Known:
        """The ids that a complaint may name. With `newest` nothing kept from before is taken for an answer.

        Raises `RecordsAway` like `reference`, and with `newest` also when the records cannot be asked.
        """
        ...


class Courier(Protocol):
    """A channel that brings notices to people."""

    async def send(self, notices: list[Addressed]) -> None:
        """Send each notice; one that was sent before may be sent again and carries the same message id.

        Raises `MailAway` (try again) and `MailRefused`, the latter after all the others were sent.
        """
        ...


class ProjectorPort(Protocol):
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


# --- What rounds have done for them. Each method is idempotent: the same asked again has the same answer, and nothing
# is done twice. All raise `RecordsAway` (try again); what each refuses for good has a type of its own there.


class Made(Protocol):
    """Something that was drawn or listed, by its id and the digest of its content."""

    @property
    def id(self) -> str: ...
    @property
    def digest(self) -> str: ...


class Lot(Made, Protocol):
    """A draw: how many customers it has."""

    @property
    def size(self) -> int: ...


class DrawTally(Protocol):
    """How far the revisits of a draw have come."""

    @property
    def done(self) -> int: ...
    @property
    def open(self) -> int: ...


class ListedRecords(Made, Protocol):
    """A list of records to be destroyed: how many of each kind."""

    @property
    def counts(self) -> dict[str, int]: ...


class Certified(Protocol):
    """The certificate of a destruction."""

    @property
    def id(self) -> str: ...


class ReportsPort(Protocol):
    """Reports: drafted from the records, issued once, corrected by another revision."""

    async def draft(self, kind: str, period: Period, subject: Subject, at: datetime) -> DraftedReport:
        """The draft as of `at`, another revision if it says something new; or the report that was issued."""
        ...

    async def issue(
        self, id: str, revision: int, by: str, at: datetime, remarks: str = "", named: Iterable[str] = ()
    ) -> object:
        """Issue it: from now on it stays as it is. `named` are the case studies it lacks, by number (CR-5.4.3)."""
        ...

    async def correct(self, id: str, by: str, at: datetime, reason: str) -> DraftedReport:
        """Another revision of an issued report, drafted."""
        ...


class DrawsPort(Protocol):
    """Routine revisits: who is drawn, and how far it has come (RV-5)."""

    async def draw(self, rule: str, period: Period, subject: Subject, at: datetime) -> Lot:
        """The draw of a rule for a period and a subject."""
        ...

    async def supplement(self, id: str, at: datetime) -> object:
        """Draw others in place of those who cannot be asked; nobody, if there are none."""
        ...

    async def results(self, id: str) -> DrawTally:
        """How far the revisits of a draw and its supplements have come."""
        ...


class SurveysPort(Protocol):
    """The yearly survey of an estate (RV-5.1)."""

    async def begin(
        self, project: str, year: int, document: str, version: int, *, by: str, approved_by: str, at: datetime
    ) -> str:
        """Begin the survey with the form as it was approved; its id."""
        ...

    async def close(self, id: str, at: datetime) -> object:
        """No answers are taken any more."""
        ...


class DocumentsPort(Protocol):
    """Documents with versions, opinions and an approval. `act` names the act of the round: asked again, it is known."""

    async def put(
        self, document: str, version: int, departments: Sequence[str], by: str, at: datetime, act: str
    ) -> object: ...
    async def opinion(
        self, document: str, version: int, department: str, by: str, at: datetime, text: str, act: str
    ) -> object: ...
    async def approved(self, document: str, version: int, by: str, at: datetime, act: str) -> object: ...
    async def returned(self, document: str, version: int, by: str, at: datetime, reason: str, act: str) -> object: ...


class DestructionPort(Protocol):
    """Records whose time has come (CH-8)."""

    async def propose(self, period: str, at: datetime) -> ListedRecords:
        """The list of a period."""
        ...

    async def carry_out(self, id: str, digest: str, by: str, at: datetime) -> Certified:
        """Destroy what the list names, which `by` approved by its digest, in every copy; the certificate."""
        ...
