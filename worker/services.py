"""The services of a worker beside its workflows: reports, draws, surveys, documents, archives, destroying records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from temporalio.client import Client

from activities.rounds import Ports
from complaints import editions
from complaints.documents.course import DocumentRefusal, DocumentRefused
from complaints.objects.store import Objects
from complaints.retention.terms import terms_of
from complaints.store.archives import Archives
from complaints.store.attachments import AttachmentRecords
from complaints.store.database import Database
from complaints.store.documents import DocumentShelf
from complaints.store.draws import DrawStore
from complaints.store.records import PostgresRecords
from complaints.store.reports import ReportStore
from complaints.store.retention import RetentionStore
from complaints.store.signing_keys import SigningKeys
from complaints.store.survey import Survey, SurveySent, survey_id
from complaints.survey import form as survey_form
from worker.archiving import Archivist
from worker.attachments import AttachmentKeeper, ContentRemover
from worker.destruction import RecordsDestruction
from worker.quarantine import Quarantine
from worker.supervisor import Supervisor


class SurveyService:
    """The adapter of `SurveysPort`: yearly surveys, begun with the form that was approved as a document."""

    def __init__(self, survey: Survey, documents: DocumentShelf) -> None:
        self._survey = survey
        self._documents = documents

    async def begin(
        self, project: str, year: int, document: str, version: int, *, by: str, approved_by: str, at: datetime
    ) -> str:
        """Begin a survey with the approved questions; return its id. Raises `DocumentRefused` if the version has none.

        A survey that exists already is left as it is: it may have been opened by hand, on purpose.
        """
        if await self._survey.form(survey_id(project, year)) is not None:
            return survey_id(project, year)
        approval = f"{document} v{version}"
        made = await self._survey.open(
            project,
            year,
            await self._form(document, version),
            until=date(year, 12, 31),
            approved_by=approved_by,
            by=by,
            at=at,
            approval=approval,
        )
        return made.id

    async def progress(self, id: str) -> SurveySent:
        """Return how many customers the survey is for, and how many have not got it."""
        return await self._survey.progress(id)

    async def close(self, id: str, at: datetime) -> object:
        return await self._survey.end(id, at)

    async def _form(self, document: str, version: int) -> survey_form.Form:
        """Load the form from the version's file, or its text: never other questions than those that were approved."""
        attached = await self._documents.file(document, version)
        found = (await self._documents.get(document)).version(version)
        if found is None:
            raise DocumentRefused(DocumentRefusal.UNKNOWN, document=document)
        try:
            return survey_form.load(attached.decode("utf-8-sig") if attached else found.text)
        except ValueError as fault:  # an invalid form, or bytes that are not UTF-8
            raise DocumentRefused(
                DocumentRefusal.FORM, document=document, version=version, detail=str(fault)
            ) from fault


@dataclass(frozen=True)
class Services:
    """The services beside the workflows, and the ports that the rounds use."""

    for_rounds: Ports
    destruction: RecordsDestruction
    archivist: Archivist | None
    attachments: AttachmentKeeper | None


def services(
    database: Database,
    client: Client,
    records: PostgresRecords,
    archive: Path | None,
    objects: Objects | None = None,
    *,
    aside: Quarantine | None = None,
    supervisor: Supervisor | None = None,
) -> Services:
    """Build the services of a worker on `database`; `archive` has closed cases, `objects` attachments."""
    reports, draws, survey, documents = (
        ReportStore(database, size=4),
        DrawStore(database),
        Survey(database),
        DocumentShelf(database),
    )
    keeping = RetentionStore(database, lambda: terms_of(editions.newest()))
    archives = Archives(database, size=1)
    attached = AttachmentRecords(database)
    contents = ContentRemover(attached, objects) if objects else None
    destruction = RecordsDestruction(keeping, client, archive, contents=contents)
    return Services(
        for_rounds=Ports(reports, draws, SurveyService(survey, documents), documents, destruction),
        destruction=destruction,
        archivist=Archivist(
            records,
            archives,
            client,
            archive,
            objects=objects,
            keys=SigningKeys(database),
            aside=aside,
            supervisor=supervisor,
        )
        if archive
        else None,
        attachments=AttachmentKeeper(attached, objects, supervisor) if objects else None,
    )
