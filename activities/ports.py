"""The ports of the activities, as protocols. The worker's composition root (`worker.main`) plugs the adapters in.

Faults are those of `complaints.base.faults`: `RecordsAway` and `MailAway` are retryable, the others are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from complaints.case.additions import Additions
from complaints.case.file import Related, Written
from complaints.case.notices import Addressed
from complaints.case.round import DraftedReport, Period, Subject
from complaints.intake.checking import Known
from complaints.intake.repeats import SoughtComplaint
from complaints.people.reference import Reference
from complaints.repairs.retention_money import ClaimSettlement, Deducted, Deduction, SettledClaim
from complaints.signing.key_ring import KeyRing

__all__ = [
    "Addressed",
    "Courier",
    "DestructionPort",
    "DocumentsPort",
    "DrawsPort",
    "KeySource",
    "RecordsPort",
    "ReferenceSource",
    "ReportsPort",
    "RetentionMoney",
    "SurveysPort",
]


class RecordsPort(Protocol):
    """The read model: the case files that people read, search and keep."""

    async def write(self, additions: Additions) -> Written:
        """Write all of `additions`, or nothing. Idempotent: a repeat changes nothing and returns the same answer.

        Raises `RecordsAway` (retryable) and `RecordsRefused` (out of order, or other content: not retryable).
        """
        ...

    async def related(self, sought: SoughtComplaint) -> tuple[Related, ...]:
        """Return earlier complaints of the customer, or of the building and subject, newest first (CR-5.1.2).

        Raises `RecordsAway` (retryable).
        """
        ...

    async def later(self, sought: SoughtComplaint) -> tuple[str, ...]:
        """Return the keys of the open cases to which this complaint is an earlier one, or was before its correction.

        Raises `RecordsAway` (retryable).
        """
        ...

    async def later_related(self, key: str) -> tuple[str, ...]:
        """Return the keys of the open cases to which the case `key` is an earlier related complaint (CR-5.1.2).

        Raises `RecordsAway` (retryable).
        """
        ...


class ReferenceSource(Protocol):
    """Directory and working-day calendar, limited to what one project's complaints need."""

    async def reference(self, project: str, known_version: str | None) -> Reference | None:
        """Return the newest reference of `project`, or None when `known_version` is the newest.

        Raises `RecordsAway` when there is none, neither in the records nor in the cache, and `UnknownProject` when
        the newest available directory lacks the project.
        """
        ...

    async def known(self, *, newest: bool = False) -> Known:
        """Return the ids that a complaint may name. With `newest`, do not answer from a cached directory.

        Raises `RecordsAway` like `reference`, and with `newest` also when the records cannot be reached.
        """
        ...


class KeySource(Protocol):
    """The key ring of the installation, which signed statements are verified with."""

    async def keys(self, *, newest: bool = False) -> KeyRing:
        """Return the key ring; an empty one: nothing is signed. Raises `RecordsAway` (retryable).

        With `newest` it is asked for; else it may be some seconds old.
        """
        ...


class Courier(Protocol):
    """A channel that delivers notices to people."""

    async def send(self, notices: list[Addressed]) -> None:
        """Send each notice. A notice may be sent again; the repeat carries the same message id.

        Raises `MailAway` (retryable) and `MailRefused`, the latter after all other notices were sent.
        """
        ...


class ProjectorPort(Protocol):
    """The projector, which keeps the records in step with the cases."""

    async def catch_up(self, key: str, sequence: int) -> None:
        """Return once the records hold the journal of case `key` up to line `sequence`. Raises `RecordsAway`."""
        ...


class RetentionMoney(Protocol):
    """The retention money of contractors (CS-4.3.4b)."""

    async def deduct(self, asked: Deduction) -> Deducted:
        """Book a deduction, and a claim for the rest, in one transaction; once for `asked`.

        The deduction is at most the audited sum and at most the balance. Raises `RecordsAway` (retryable).
        """
        ...

    async def settle_claim(self, asked: ClaimSettlement) -> SettledClaim:
        """Book a part of a claim that was paid or waived; once for `asked`.

        Raises `RecordsAway` (retryable), and `RecordsRefused` if less is claimed in the account.
        """
        ...


# --- Ports of the rounds. Each method is idempotent: a repeated request returns the same answer and has no further
# effect. All raise `RecordsAway` (retryable); each adapter has its own error type for permanent refusals.


class Made(Protocol):
    """The result of a draw or a listing, identified by its id and the digest of its content."""

    @property
    def id(self) -> str: ...
    @property
    def digest(self) -> str: ...


class Lot(Made, Protocol):
    """A draw; `size` is the number of customers drawn."""

    @property
    def size(self) -> int: ...


class DrawTally(Protocol):
    """Progress of a draw: the number of revisits done and still open, who was tried in vain, and the head's own."""

    @property
    def done(self) -> int: ...
    @property
    def open(self) -> int: ...
    @property
    def tried(self) -> tuple[str, ...]: ...
    @property
    def by_head(self) -> int: ...


class SurveyTally(Protocol):
    """How many customers a survey is for, and how many of them have not got it."""

    @property
    def recipients(self) -> int: ...
    @property
    def unsent(self) -> int: ...


class ListedRecords(Made, Protocol):
    """A list of records to be destroyed; `counts` is the number of records by kind."""

    @property
    def counts(self) -> dict[str, int]: ...


class Certified(Protocol):
    """The certificate of a destruction."""

    @property
    def id(self) -> str: ...


class ReportsPort(Protocol):
    """Reports: drafted from the records, issued once, corrected by a new revision."""

    async def draft(self, kind: str, period: Period, subject: Subject, at: datetime) -> DraftedReport:
        """Return the draft as of `at`, as a new revision if its content changed; or the report already issued."""
        ...

    async def issue(
        self, id: str, revision: int, by: str, at: datetime, remarks: str = "", named: Iterable[str] = ()
    ) -> object:
        """Issue the report, which is then immutable. `named`: numbers of the case studies it lacks (CR-5.4.3)."""
        ...

    async def correct(self, id: str, by: str, at: datetime, reason: str) -> DraftedReport:
        """Draft a new revision of an issued report."""
        ...

    async def records(self, id: str, revision: int) -> tuple[str, ...]:
        """Return the numbers of the complaints whose records (F1) go along with a report (CH-7.4.2)."""
        ...


class DrawsPort(Protocol):
    """Routine revisits: which customers are drawn, and the progress of their revisits (RV-5)."""

    async def draw(self, rule: str, period: Period, subject: Subject, at: datetime) -> Lot:
        """Return the draw of a rule for a period and a subject, made as of `at` if there is none yet."""
        ...

    async def supplement(self, id: str, at: datetime) -> object:
        """Draw replacements for the customers who cannot be asked; does nothing if there are none."""
        ...

    async def results(self, id: str, *, tries: int | None = None, head: str | None = None) -> DrawTally:
        """Return the progress of the revisits of a draw and its supplements.

        Customers who were tried in vain on `tries` days are not open; `by_head` counts the revisits that `head` made.
        """
        ...


class SurveysPort(Protocol):
    """The yearly survey of an estate (RV-5.1)."""

    async def begin(
        self, project: str, year: int, document: str, version: int, *, by: str, approved_by: str, at: datetime
    ) -> str:
        """Begin the survey with the form as it was approved; return the survey's id."""
        ...

    async def progress(self, id: str) -> SurveyTally:
        """Return how many customers the survey is for, and how many of them have not got it."""
        ...

    async def close(self, id: str, at: datetime) -> object:
        """Close the survey: it accepts no more answers."""
        ...


class DocumentsPort(Protocol):
    """Documents with versions, opinions and an approval. `act`, the id of the round's act, is the idempotency key."""

    async def put(
        self, document: str, version: int, departments: Sequence[str], by: str, at: datetime, act: str
    ) -> object: ...
    async def opinion(
        self, document: str, version: int, department: str, by: str, at: datetime, text: str, act: str
    ) -> object: ...
    async def approved(self, document: str, version: int, by: str, at: datetime, act: str) -> object: ...
    async def returned(self, document: str, version: int, by: str, at: datetime, reason: str, act: str) -> object: ...


class DestructionPort(Protocol):
    """Records whose retention has ended (CH-8)."""

    async def propose(self, period: str, at: datetime) -> ListedRecords:
        """Return the destruction list of a period."""
        ...

    async def carry_out(self, id: str, digest: str, by: str, at: datetime) -> Certified:
        """Destroy every copy of what the list names, which `by` approved by its digest; return the certificate."""
        ...
