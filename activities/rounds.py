"""The automatic steps of rounds: draft reports, draw customers, run surveys, keep documents, list and destroy records.

Every activity here is retried until it succeeds or a port refuses it for good. Every port is optional: without it the
answer is None (or False), the round goes on by what its people report, and its journal says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

from pydantic import AwareDatetime
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.faults import typed
from activities.ports import DestructionPort, DocumentsPort, DrawsPort, ReportsPort, SurveysPort
from complaints.base import Frozen
from complaints.base.fields import unless_none
from complaints.case.round import DraftedReport, Drawn, Period, Subject
from complaints.documents.course import DocumentRefused
from complaints.reports.errors import ReportRefused
from complaints.retention.errors import KeepingRefused

REFUSED = "refused"
"""Error type of a permanent refusal by a port. It does not end the round: the round journals it and goes on."""

BEAT = 5.0  # seconds between two heartbeats

REFUSALS = (ReportRefused, DocumentRefused, KeepingRefused)


class Wanted(Frozen):
    """A request for a report, a draw or a destruction list: of what, for which period and subject, as of when."""

    what: str  # a kind of report, or the id of a rule
    period: Period
    subject: Subject
    at: AwareDatetime


class Issue(Frozen):
    """A request to issue a report, as its owner submitted it."""

    id: str
    revision: int
    by: str
    at: AwareDatetime
    remarks: str = ""
    named: tuple[str, ...] = ()


class ReportCorrection(Frozen):
    """A request to draft a new revision of an issued report."""

    id: str
    by: str
    at: AwareDatetime
    reason: str


class IssuedRevision(Frozen):
    """A report, and the revision of it that was issued."""

    id: str
    revision: int


class ReportedDraw(Frozen):
    """A draw, and the time at which its owner reported on it.

    `tries`: customers who were tried in vain on so many days are not waited for (RV-5.2). `head`: the person whose own
    revisits are counted (RV-2).
    """

    id: str
    at: AwareDatetime
    tries: int | None = unless_none()
    head: str | None = unless_none()


class DrawProgress(Frozen):
    """Progress of a draw: the number of revisits done and still open, who was tried in vain, and the head's own."""

    done: int
    open: int
    tried: tuple[str, ...] = ()  # ids of customers
    by_head: int = 0


class DocumentChange(StrEnum):
    """The steps of a document's review."""

    PUT = "put"
    OPINION = "opinion"
    APPROVED = "approved"
    RETURNED = "returned"


class DocumentStep(Frozen):
    """One step of a document's review. `act`, the id of the act behind it, is the idempotency key."""

    step: DocumentChange
    document: str
    version: int
    by: str
    at: AwareDatetime
    act: str
    department: str = ""
    departments: tuple[str, ...] = ()  # whose opinion is requested
    text: str = ""  # the opinion or the reason


class ListOfRecords(Frozen):
    """A list of records whose retention has ended: its id, its digest, and the number of records by kind."""

    id: str
    digest: str
    counts: dict[str, int] = {}

    @property
    def empty(self) -> bool:
        return not any(self.counts.values())


class ApprovedList(Frozen):
    """A destruction list with its approver and the time of the approval."""

    id: str
    digest: str
    by: str
    at: AwareDatetime


class SurveyForm(Frozen):
    """A request to begin a survey with a form as it was approved."""

    project: str
    year: int
    document: str
    version: int
    by: str  # the person who sends it
    approved_by: str
    at: AwareDatetime


class SurveyEnd(Frozen):
    id: str
    at: AwareDatetime


class BegunSurvey(Frozen):
    """A survey that was begun, and for how many customers. No id: the worker has no port for surveys."""

    id: str | None = None
    recipients: int = 0


class SurveyProgress(Frozen):
    """How many customers a survey is for, and how many of them have not got it."""

    recipients: int
    unsent: int


@dataclass(frozen=True)
class Ports:
    """The adapters a worker has for rounds; None for each one it lacks."""

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
        """Issue a report. False if this worker has no port for reports."""
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

    @activity.defn(name="report_records")
    async def records(self, asked: IssuedRevision) -> tuple[str, ...] | None:
        """Return the numbers of the complaints whose records (F1) go along with a report (CH-7.4.2)."""
        if self._ports.reports is None:
            return None
        async with _told():
            return await self._ports.reports.records(asked.id, asked.revision)

    @activity.defn(name="draw_customers")
    async def draw(self, wanted: Wanted) -> Drawn | None:
        if self._ports.draws is None:
            return None
        async with _told():
            lot = await self._ports.draws.draw(wanted.what, wanted.period, wanted.subject, wanted.at)
        return Drawn(id=lot.id, size=lot.size, digest=lot.digest)

    @activity.defn(name="draw_results")
    async def results(self, asked: ReportedDraw) -> DrawProgress | None:
        """Return the draw's progress, after drawing replacements for the customers who cannot be asked."""
        if self._ports.draws is None:
            return None
        async with _told():
            await self._ports.draws.supplement(asked.id, asked.at)
            tally = await self._ports.draws.results(asked.id, tries=asked.tries, head=asked.head)
        return DrawProgress(done=tally.done, open=tally.open, tried=tally.tried, by_head=tally.by_head)

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

    @activity.defn(name="begin_survey")
    async def begin_survey(self, form: SurveyForm) -> BegunSurvey | None:
        """Begin a survey, and count the customers whom it is for. Refused if no survey can be made of the form."""
        surveys = self._ports.surveys
        if surveys is None:
            return BegunSurvey()
        id = await self.open_survey(form)
        assert id is not None
        async with _told():
            found = await surveys.progress(id)
        return BegunSurvey(id=id, recipients=found.recipients)

    @activity.defn(name="survey_progress")
    async def survey_progress(self, asked: SurveyEnd) -> SurveyProgress | None:
        if self._ports.surveys is None:
            return None
        async with _told():
            found = await self._ports.surveys.progress(asked.id)
        return SurveyProgress(recipients=found.recipients, unsent=found.unsent)

    @activity.defn(name="close_survey")
    async def close_survey(self, end: SurveyEnd) -> None:
        if self._ports.surveys is not None:
            async with _told():
                await self._ports.surveys.close(end.id, end.at)

    @activity.defn(name="document_step")
    async def document(self, step: DocumentStep) -> bool:
        """Apply one step to a document. False if this worker has no port for documents."""
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
        """Destroy what an approved list names; return the id of the certificate."""
        if self._ports.destruction is None:
            return None
        async with _told():
            done = await self._ports.destruction.carry_out(approved.id, approved.digest, approved.by, approved.at)
        return done.id


@asynccontextmanager
async def _told() -> AsyncGenerator[None]:
    """Translate faults and permanent refusals of a port into `ApplicationError`s. Any other error is retried.

    It heartbeats meanwhile, so that the server soon gives the activity of a worker that died to another one.
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
