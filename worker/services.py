"""What a worker has beside its workflows: reports, draws, surveys, documents, archives, the destruction of records."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from temporalio.client import Client

from activities.rounds import Ports
from complaints import editions
from complaints.documents.course import DocumentRefusal, DocumentRefused
from complaints.retention.terms import terms_of
from complaints.store.archives import Archives
from complaints.store.documents import DocumentShelf
from complaints.store.draws import DrawStore
from complaints.store.records import PostgresRecords
from complaints.store.reports import ReportStore
from complaints.store.retention import RetentionStore
from complaints.store.survey import Survey, survey_id
from complaints.survey import form as survey_form
from worker.archiving import Archivist
from worker.destruction import RecordsDestruction
from worker.quarantine import Quarantine
from worker.supervisor import Supervisor


class SurveyService:
    """The yearly surveys, begun with the form that was approved as a document."""

    def __init__(self, survey: Survey, documents: DocumentShelf) -> None:
        self._survey = survey
        self._documents = documents

    async def begin(
        self, project: str, year: int, document: str, version: int, *, by: str, approved_by: str, at: datetime
    ) -> str:
        """Begin it with the questions that were approved; its id. Raises `DocumentRefused` if the version has none.

        One that is open already is left as it is: whoever opened it by hand had their reasons.
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

    async def close(self, id: str, at: datetime) -> object:
        return await self._survey.close(id, at)

    async def _form(self, document: str, version: int) -> survey_form.Form:
        """The version's file, or its text: never other questions than those that were approved."""
        attached = await self._documents.file(document, version)
        found = (await self._documents.get(document)).version(version)
        if found is None:
            raise DocumentRefused(DocumentRefusal.UNKNOWN, document=document)
        try:
            return survey_form.load(attached.decode("utf-8-sig") if attached else found.text)
        except ValueError as fault:  # of the form, or of its letters
            raise DocumentRefused(
                DocumentRefusal.FORM, document=document, version=version, detail=str(fault)
            ) from fault


@dataclass(frozen=True)
class Services:
    """What works beside the workflows, and what rounds have of it."""

    for_rounds: Ports
    destruction: RecordsDestruction
    archivist: Archivist | None


@asynccontextmanager
async def services(
    url: str,
    client: Client,
    records: PostgresRecords,
    archive: Path | None,
    *,
    aside: Quarantine | None = None,
    supervisor: Supervisor | None = None,
) -> AsyncIterator[Services]:
    """Everything at a PostgreSQL URL, for as long as the context lasts; `archive` is the folder of closed cases."""
    reports, draws, survey, documents = ReportStore(url), DrawStore(url), Survey(url), DocumentShelf(url)
    keeping = RetentionStore(url, lambda: terms_of(editions.newest()))
    archives = Archives(url)
    destruction = RecordsDestruction(keeping, client, archive)
    try:
        yield Services(
            for_rounds=Ports(reports, draws, SurveyService(survey, documents), documents, destruction),
            destruction=destruction,
            archivist=Archivist(records, archives, client, archive, aside=aside, supervisor=supervisor)
            if archive
            else None,
        )
    finally:
        for part in (reports, draws, documents, keeping, archives):
            await part.close()
        await survey.stop()
