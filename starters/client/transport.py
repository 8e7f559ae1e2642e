"""The port of the client: what its methods ask of the place where cases live, over Temporal or over HTTP."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from complaints.base import Frozen
from complaints.case.attachments import Attachment, MediaType
from complaints.case.complaint import Complaint
from complaints.case.file import ActReceipt, ActRequest, CaseFile, JournalLine, OpenReceipt
from complaints.case.recalculation import DutyChange, Recalculation
from complaints.case.round import Period, RoundFile, Subject
from complaints.people.reference import Reference

Content: TypeAlias = bytes | Path | AsyncIterable[bytes]
"""What is attached: its bytes, a file, or a stream of parts."""


class NewAttachment(Frozen):
    """What is said of a file that is attached; the fields are those of `Attaching.attach`."""

    name: str
    kind: str
    brought_by: str
    duty: str | None = None


class AttachmentContent(Frozen):
    """The bytes of an attachment as they may be shown, their type, and a name to save them under.

    Send it with exactly this type, `X-Content-Type-Options: nosniff` and as a download, unless it is a picture.
    """

    content: bytes
    media_type: MediaType
    file: str


class EventsSince(Frozen):
    """Part of the journal of a case or a round.

    `lines` may begin later than was asked for: a large case has the lines of its present run only. `last` is the seq
    of the journal's last line: where to go on. `closed` says that none will follow.
    """

    lines: tuple[JournalLine, ...] = ()
    last: int
    closed: bool


class Transport(ABC):
    """Asks cases, and sends acts to them.

    `case` is the key or the number of a case, `name` also the key of a round. Every method answers in bounded time, and
    raises `Refusal`: the codes that `Duly` names at the method of the same name, and `SERVER_UNREACHABLE`. A call that
    was answered by `SERVER_UNREACHABLE` may be repeated: what has an id (a complaint, an act) is done once.
    """

    @abstractmethod
    def now(self) -> datetime:
        """Return the time by which complaints are checked (aware)."""

    @abstractmethod
    async def open(self, complaint: Complaint) -> OpenReceipt:
        """Open a complaint, or find the case that it opened before."""

    @abstractmethod
    async def reopen(self, case: str | CaseFile, *, by: str, reason: str) -> OpenReceipt:
        """Open the complaint of a closed case again."""

    @abstractmethod
    async def act(self, name: str, asked: ActRequest) -> ActReceipt:
        """Do an act, whose `act_id` is set."""

    @abstractmethod
    async def act_later(self, name: str, asked: ActRequest) -> None:
        """Send an act without waiting for what becomes of it."""

    @abstractmethod
    async def recalculate(self, case: str, asked: Recalculation) -> tuple[DutyChange, ...]:
        """Give the open duties of a case the dates and owners of the newest calendar and directory."""

    @abstractmethod
    async def case(self, case: str) -> CaseFile:
        """Return the file of a case."""

    @abstractmethod
    async def kept_case(self, case: str) -> CaseFile:
        """Return the file of a case, also of one that the server has forgotten and only the read model has."""

    @abstractmethod
    async def round(self, key: str) -> RoundFile:
        """Return the file of a round."""

    @abstractmethod
    async def events(self, name: str, after: int, wait: float) -> EventsSince:
        """Return the journal lines after line `after`; wait for one, so many seconds at most, while there is none."""

    @abstractmethod
    async def attach(self, case: str, content: Content, said: NewAttachment, asked: ActRequest) -> Attachment:
        """Keep a file with a case by the act `asked`, whose `act_id` is set and whose form is still empty."""

    @abstractmethod
    async def attachment(self, case: str, id: str, *, original: bool, preview: bool) -> AttachmentContent:
        """Return an attachment to show."""

    @abstractmethod
    async def save_attachment(self, case: str, id: str, to: Path, *, original: bool) -> MediaType:
        """Write an attachment into a new file, and return its type. Raises `FileExistsError`."""

    @abstractmethod
    async def waiting_on(self, person: str) -> list[str]:
        """Return the keys of open cases and rounds that wait for a person; it may lag a moment behind."""

    @abstractmethod
    async def run_round(
        self, rule: str, period: Period, subject: Subject, *, at_once: bool, delay: timedelta | None
    ) -> tuple[str, bool]:
        """Begin the one round of a rule, a period and a subject, or find it."""

    @abstractmethod
    async def begin_again(
        self,
        rule: str,
        period: Period,
        subject: Subject,
        *,
        by: str,
        reason: str,
        reference: Reference | None,
        known: int,
    ) -> tuple[str, bool]:
        """Begin another round of a period."""

    @abstractmethod
    async def redraft(self, key: str) -> bool:
        """Have the report of a round drafted anew."""

    @abstractmethod
    async def close(self) -> None:
        """End the connection. Closing twice is harmless."""
