"""What rounds have done for them by a machine: reports drafted, customers drawn, lists made, records destroyed.

Every activity here is tried until it works. None of the ports must be there: without one the answer is None, the round
goes on by what its people say, and its journal tells.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

from pydantic import AwareDatetime
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.faults import typed
from activities.ports import DestructionPort, DocumentsPort, DrawsPort, ReportsPort, SurveysPort
from complaints.base import Frozen
from complaints.case.round import DraftedReport, Drawn, Period, Subject
from complaints.documents.course import DocumentRefused
from complaints.reports.errors import ReportRefused
from complaints.retention.errors import KeepingRefused

REFUSED = "refused"
"""The error type of what a port refuses for good. No round is ended by it: its journal says so, and it goes on."""

BEAT = 5.0  # seconds

REFUSALS = (ReportRefused, DocumentRefused, KeepingRefused)


class Wanted(Frozen):
    """A report or a draw: of what, for which period and whom, as of when."""

    what: str  # a kind of report, or a rule
    period: Period
    subject: Subject
    at: AwareDatetime


class Issue(Frozen):
    """A report to be issued, as its owner does it."""

    id: str
    revision: int
    by: str
    at: AwareDatetime
    remarks: str = ""
    named: tuple[str, ...] = ()


class ReportCorrection(Frozen):
    """An issued report that is to be drafted anew."""

    id: str
    by: str
    at: AwareDatetime
    reason: str


class ReportedDraw(Frozen):
    """A draw, when somebody reported on it."""

    id: str
    at: AwareDatetime


class DrawProgress(Frozen):
    """How far the revisits of a draw have come."""

    done: int
    open: int


class DocumentChange(StrEnum):
    """What happens to a document."""

    PUT = "put"
    OPINION = "opinion"
    APPROVED = "approved"
    RETURNED = "returned"


class DocumentStep(Frozen):
    """One step of a document's way. `act` names the act it came of: what comes again is known by it."""

    step: DocumentChange
    document: str
    version: int
    by: str
    at: AwareDatetime
    act: str
    department: str = ""
    departments: tuple[str, ...] = ()  # whose opinion is asked
    text: str = ""  # the opinion or the reason


class ListOfRecords(Frozen):
    """Records whose time has come: the list's id, its digest, and how many of each kind."""

    id: str
    digest: str
    counts: dict[str, int] = {}

    @property
    def empty(self) -> bool:
        return not any(self.counts.values())


class ApprovedList(Frozen):
    """A list of records that somebody approved."""

    id: str
    digest: str
    by: str
    at: AwareDatetime


class SurveyForm(Frozen):
    """A survey that begins with a form as it was approved."""

    project: str
    year: int
    document: str
    version: int
    by: str  # who sends it
    approved_by: str
    at: AwareDatetime


class SurveyEnd(Frozen):
    id: str
    at: AwareDatetime


@dataclass(frozen=True)
class Ports:
    """What a worker has for rounds; None for what it lacks."""

    reports: ReportsPort | None = None
    draws: DrawsPort | None = None
    surveys: SurveysPort | None = None
    documents: DocumentsPort | None = None
    destruction: DestructionPort | None = None


class RoundActivities:
    """Activities over the ports of rounds."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    @activity.defn(name="draft_report")
    async def draft(self, wanted: Wanted) -> DraftedReport | None:
        if self._ports.reports is None:
            return None
        async with _told():
            return await self._ports.reports.draft(wanted.what, wanted.period, wanted.subject, wanted.at)

    @activity.defn(name="issue_report")
    async def issue(self, asked: Issue) -> bool:
        """Whether there is anybody to issue it."""
        if self._ports.reports is None:
            return False
        async with _told():
            await self._ports.reports.issue(asked.id, asked.revision, asked.by, asked.at, asked.remarks, asked.named)
        return True

    @activity.defn(name="correct_report")
    async def correct(self, asked: ReportCorrection) -> DraftedReport | None:
        if self._ports.reports is None:
            return None
        async with _told():
            return await self._ports.reports.correct(asked.id, asked.by, asked.at, asked.reason)

    @activity.defn(name="draw_customers")
    async def draw(self, wanted: Wanted) -> Drawn | None:
        if self._ports.draws is None:
            return None
        async with _told():
            lot = await self._ports.draws.draw(wanted.what, wanted.period, wanted.subject, wanted.at)
        return Drawn(id=lot.id, size=lot.size, digest=lot.digest)

    @activity.defn(name="draw_results")
    async def results(self, asked: ReportedDraw) -> DrawProgress | None:
        """How far it has come, after others were drawn in place of those who cannot be asked."""
        if self._ports.draws is None:
            return None
        async with _told():
            await self._ports.draws.supplement(asked.id, asked.at)
            tally = await self._ports.draws.results(asked.id)
        return DrawProgress(done=tally.done, open=tally.open)

    @activity.defn(name="open_survey")
    async def open_survey(self, form: SurveyForm) -> str | None:
        if self._ports.surveys is None:
            return None
        async with _told():
            return await self._ports.surveys.begin(
                form.project,
                form.year,
                form.document,
                form.version,
                by=form.by,
                approved_by=form.approved_by,
                at=form.at,
            )

    @activity.defn(name="close_survey")
    async def close_survey(self, end: SurveyEnd) -> None:
        if self._ports.surveys is not None:
            async with _told():
                await self._ports.surveys.close(end.id, end.at)

    @activity.defn(name="document_step")
    async def document(self, step: DocumentStep) -> bool:
        """Whether there is anybody to keep documents."""
        documents = self._ports.documents
        if documents is None:
            return False
        which = (step.document, step.version)
        async with _told():
            match step.step:
                case DocumentChange.PUT:
                    await documents.put(*which, step.departments, step.by, step.at, step.act)
                case DocumentChange.OPINION:
                    await documents.opinion(*which, step.department, step.by, step.at, step.text, step.act)
                case DocumentChange.APPROVED:
                    await documents.approved(*which, step.by, step.at, step.act)
                case DocumentChange.RETURNED:
                    await documents.returned(*which, step.by, step.at, step.text, step.act)
        return True

    @activity.defn(name="list_records_due")
    async def propose(self, wanted: Wanted) -> ListOfRecords | None:
        if self._ports.destruction is None:
            return None
        async with _told():
            listed = await self._ports.destruction.propose(wanted.period.name, wanted.at)
        return ListOfRecords(id=listed.id, digest=listed.digest, counts=listed.counts)

    @activity.defn(name="destroy_records")
    async def carry_out(self, approved: ApprovedList) -> str | None:
        """Id of the certificate."""
        if self._ports.destruction is None:
            return None
        async with _told():
            done = await self._ports.destruction.carry_out(approved.id, approved.digest, approved.by, approved.at)
        return done.id


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    """Faults by their types, and what a port refuses for good by its sentence. Whatever else fails is tried again.

    It beats as long as it takes: what a worker that died took along is given to another one soon.
    """
    beating = asyncio.create_task(_beat())
    try:
        with typed():
            yield
    except REFUSALS as refused:
        raise ApplicationError(refused.words("zh"), type=REFUSED, non_retryable=True) from None
    finally:
        beating.cancel()


async def _beat() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(BEAT)
