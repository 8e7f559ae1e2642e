"""Hand-written stand-ins for what a machine does for rounds: each remembers, and answers the same when asked again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from activities.rounds import Ports
from complaints.base.faults import RecordsAway
from complaints.case.round import DraftedReport, Drawn, Period, Subject
from complaints.clock.local_time import CHINA, end_of_day
from complaints.documents.course import DocumentRefusal, DocumentRefused


@dataclass(frozen=True)
class List:
    id: str
    digest: str
    counts: dict[str, int]


@dataclass(frozen=True)
class Tally:
    done: int
    open: int
    tried: tuple[str, ...] = ()
    by_head: int = 0


@dataclass(frozen=True)
class Sent:
    recipients: int
    unsent: int


@dataclass(frozen=True)
class Paper:
    id: str


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


@dataclass
class FakeReports:
    missing: tuple[str, ...] = ()
    away: int = 0  # how often the records are away first
    silent: set[datetime] = field(default_factory=set[datetime])  # moments whose drafts are kept, but never answered
    came_in: list[datetime] = field(default_factory=list[datetime])  # what there is to count
    drafts: list[str] = field(default_factory=list[str])
    asked: list[tuple[str, datetime]] = field(default_factory=list[tuple[str, datetime]])
    kept: dict[str, tuple[datetime, DraftedReport]] = field(default_factory=dict[str, tuple[datetime, DraftedReport]])
    issues: dict[tuple[str, int], tuple[str, tuple[str, ...]]] = field(
        default_factory=dict[tuple[str, int], tuple[str, tuple[str, ...]]]
    )
    revisions: dict[str, int] = field(default_factory=dict[str, int])
    numbers: tuple[str, ...] = ("HF01-2026-000007", "HF01-2026-000009")  # of the records that go along

    async def draft(self, kind: str, period: Period, subject: Subject, at: datetime) -> DraftedReport:
        if self.away > 0:
            self.away -= 1
            raise RecordsAway("PostgreSQL is away")
        id = f"{kind}-{period.name}-{subject.key}"
        self.drafts.append(id)
        self.asked.append((id, at))
        kept, drafted = self.kept.get(id, (None, None))
        final = drafted is not None and (id in self.revisions or any(one == id for one, _ in self.issues))
        if kept is None or drafted is None or (kept < at and not final):
            said = digest(f"{id} {self.counted(at)} {at >= end_of_day(period.end, CHINA)}")
            if drafted is None or drafted.digest != said:
                drafted = self._keep(id, drafted.revision + 1 if drafted else 1, said, at)
        if at in self.silent:
            raise RecordsAway("the answer is lost")
        return drafted

    def counted(self, at: datetime) -> int:
        """How much had come in before a moment."""
        return sum(moment < at for moment in self.came_in)

    async def issue(
        self, id: str, revision: int, by: str, at: datetime, remarks: str = "", named: Iterable[str] = ()
    ) -> object:
        self.issues.setdefault((id, revision), (by, tuple(named)))
        return None

    async def correct(self, id: str, by: str, at: datetime, reason: str) -> DraftedReport:
        self.revisions[id] = self.kept[id][1].revision + 1
        return self._keep(id, self.revisions[id], digest(f"{id} {reason} {at.isoformat()}"), at)

    async def records(self, id: str, revision: int) -> tuple[str, ...]:
        return self.numbers

    def _keep(self, id: str, revision: int, seal: str, at: datetime) -> DraftedReport:
        kind = id.split("-")[0]
        drafted = DraftedReport(id=id, kind=kind, revision=revision, digest=seal, missing=self.missing)
        self.kept[id] = at, drafted
        return drafted


@dataclass
class FakeDraws:
    size: int = 3
    open: dict[str, int] = field(default_factory=dict[str, int])
    draws: list[str] = field(default_factory=list[str])
    tried: tuple[str, ...] = ()  # in vain, often enough for a rule that says how often
    by_head: int | None = None  # of the head's own revisits; None: as many as are done

    async def draw(self, rule: str, period: Period, subject: Subject, at: datetime) -> Drawn:
        id = f"{rule}-{period.name}-{subject.key}"
        if id not in self.open:
            self.draws.append(id)
        self.open.setdefault(id, self.size)
        return Drawn(id=id, size=self.size, digest=digest(id))

    async def supplement(self, id: str, at: datetime) -> object:
        return None

    async def results(self, id: str, *, tries: int | None = None, head: str | None = None) -> Tally:
        done = self.size - self.open[id]
        tried = self.tried if tries is not None else ()
        own = 0 if head is None else done if self.by_head is None else self.by_head
        return Tally(done=done, open=max(self.open[id] - len(tried), 0), tried=tried, by_head=own)


@dataclass
class FakeSurveys:
    opened: list[str] = field(default_factory=list[str])
    closed: list[str] = field(default_factory=list[str])
    recipients: int = 120
    unsent: int = 0
    unfit: set[int] = field(default_factory=set[int])  # versions of which no survey can be made

    async def begin(
        self, project: str, year: int, document: str, version: int, *, by: str, approved_by: str, at: datetime
    ) -> str:
        if version in self.unfit:
            raise DocumentRefused(DocumentRefusal.FORM, document=document, version=version, detail="no question")
        self.opened.append(f"survey-{year}-{project} {document} v{version} {by} {approved_by}")
        return f"survey-{year}-{project}"

    async def progress(self, id: str) -> Sent:
        return Sent(self.recipients, self.unsent)

    async def close(self, id: str, at: datetime) -> None:
        self.closed.append(id)


@dataclass
class FakeDocuments:
    steps: list[str] = field(default_factory=list[str])

    async def put(
        self, document: str, version: int, departments: Sequence[str], by: str, at: datetime, act: str
    ) -> None:
        self.steps.append(f"{document} v{version} put to {', '.join(departments)} by {by}")

    async def opinion(
        self, document: str, version: int, department: str, by: str, at: datetime, text: str, act: str
    ) -> None:
        self.steps.append(f"{document} v{version} opinion of {department}")

    async def approved(self, document: str, version: int, by: str, at: datetime, act: str) -> None:
        self.steps.append(f"{document} v{version} approved by {by}")

    async def returned(self, document: str, version: int, by: str, at: datetime, reason: str, act: str) -> None:
        self.steps.append(f"{document} v{version} returned by {by}")


@dataclass
class FakeDestruction:
    counts: dict[str, int] = field(default_factory=lambda: {"case": 2, "report": 1})
    carried_out: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])

    async def propose(self, period: str, at: datetime) -> List:
        id = f"destruction-{period}"
        return List(id=id, digest=digest(id), counts=self.counts)

    async def carry_out(self, id: str, digest: str, by: str, at: datetime) -> Paper:
        if (id, digest, by) not in self.carried_out:
            self.carried_out.append((id, digest, by))
        return Paper(id=f"certificate-{id}")


@dataclass
class Machines:
    """What the rounds of a test find there."""

    reports: FakeReports = field(default_factory=FakeReports)
    draws: FakeDraws = field(default_factory=FakeDraws)
    surveys: FakeSurveys = field(default_factory=FakeSurveys)
    documents: FakeDocuments = field(default_factory=FakeDocuments)
    destruction: FakeDestruction = field(default_factory=FakeDestruction)

    @property
    def ports(self) -> Ports:
        return Ports(self.reports, self.draws, self.surveys, self.documents, self.destruction)
