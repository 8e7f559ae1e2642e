"""Results of the read model's queries: lines of lists, and items of an inbox."""

from __future__ import annotations

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.case.complaint import Category, Channel, Reason, Track
from complaints.case.file import Duty, JournalLine, Notice, Related
from complaints.editions.pin import EditionPin


class CaseLine(Frozen):
    """A complaint as a line of a list."""

    key: str
    number: str
    project: str
    level: int | None
    proposed: int | None = None  # the proposed level; None once the case is graded
    track: Track
    status: str  # "open" | "closed"
    customer: str
    building: str
    channel: Channel
    category: Category
    received_at: AwareDatetime
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None
    outcome: str | None
    watched: bool
    watch: tuple[Reason, ...]
    related: tuple[Related, ...]
    open_duties: int
    overdue: int
    next_due: AwareDatetime | None  # earliest deadline of the open duties that are not late
    waiting_on: tuple[str, ...]  # owners of the open duties
    urged: int = 0  # how often the customer has urged (decision 20)
    last_contact: AwareDatetime | None = None  # when they last spoke to us besides


class OpenDuty(Frozen):
    """An open duty, with the data that identify its case or round."""

    key: str
    number: str
    project: str
    customer: str
    level: int | None
    proposed: int | None = None  # the proposed level; None once the case is graded
    track: Track | None  # None for a round, which `rule` and `period` identify
    edition: EditionPin
    rule: str | None = None
    period: str | None = None
    duty: Duty


class InboxItem(Frozen):
    """One item of a person's inbox: `kind` says which.

    It is "duty" (their own), "escalation" (to answer), "pool" (to claim) or "notice" (to read). All but a notice have
    their duty; a notice has the notice, and the duty it is about, if any.
    """

    kind: str
    key: str
    number: str
    project: str
    customer: str
    level: int | None
    proposed: int | None = None  # the proposed level; None once the case is graded
    track: Track | None  # None for a round, which `rule` and `period` identify
    edition: EditionPin
    rule: str | None = None
    period: str | None = None
    due: AwareDatetime | None
    instead_of: str | None = None  # id of the absent person whose duty it is, and for whom the person stands in
    duty: Duty | None = None
    notice: Notice | None = None


class RoundLine(Frozen):
    """A round as a line of a list. `due` and `owner` are those of its first duty."""

    key: str
    rule: str
    period: str
    project: str | None
    department: str | None
    person: str | None
    opens_at: AwareDatetime
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None
    outcome: str | None
    report: str | None  # id of its report
    due: AwareDatetime | None
    owner: str | None
    open_duties: int
    late: int  # how many of its duties were late


class JournalSince(Frozen):
    """Part of a journal as the read model has it. `last` is its last line, `closed` says that none will follow."""

    lines: tuple[JournalLine, ...]
    last: int
    closed: bool


class FailedDelivery(Frozen):
    """A notice that the gateway permanently refused: an operator has to correct the address, or tell the person."""

    key: str
    number: str
    notice: str
    to: str
    attempts: int
    error: str


class LibraryCase(Frozen):
    """A case of the company's library (CR-5.4.4) with its study (CR-5.4.3)."""

    key: str
    number: str
    project: str
    category: Category
    level: int | None
    title: str
    course: str
    causes: str
    measures: str
    lessons: str
    written_by: str
    written_at: AwareDatetime
    accepted_by: str
    accepted_at: AwareDatetime
