"""`/api/v1/reports`: reports: listed, shown, previewed, verified, and written as files. The owner issues by an act."""

from __future__ import annotations

import asyncio
import os
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from complaints.access.concern import RoundConcern
from complaints.access.looks import Look, LookKind, at_file, at_record
from complaints.access.policy import Sight
from complaints.access.views import seen_by
from complaints.base.errors import Refusal, Refused
from complaints.case.file import CaseFile
from complaints.case.round import Period, Subject
from complaints.printing import font_folders
from complaints.printing.layout import Sheet
from complaints.printing.reports import rendered
from complaints.printing.sheets import PRINTED
from complaints.printing.sheets.material import Material
from complaints.reports.model import Drafted, ReportContent, ReportKind, ReportLine, StoredReport, report_id
from complaints.store.reports import ReportStore
from starters.gateway.api import record_examples as examples
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cursors import CursorText, Limit
from starters.gateway.api.documented import documented
from starters.gateway.api.fields import Choice, Chosen, Id, Name, PeriodName, example
from starters.gateway.api.lists import page_of
from starters.gateway.api.models import ApiAnswer, ApiBody
from starters.gateway.api.papers import Paper, documented_file, file, paper, words_of
from starters.gateway.api.record_problems import answered, unknown_record

router = APIRouter(prefix="/api/v1", tags=["reports"])

MOST = 2_000
"""Reports of a list at most; narrow it by kind, project or period."""
MOST_RECORDS = 500
"""Records (F1) in one file at most."""
ReportFile = Literal["xlsx", "pdf", "html"]
Revision = Annotated[int | None, Query(ge=1, le=1_000_000, description="By default, the newest.")]


class ReportPage(ApiAnswer):
    """The newest revision of each report, the newest periods first."""

    reports: list[ReportLine]
    next: str | None = None


class ShownReport(ApiAnswer):
    """A report with what the store knows about it. `figures` are the keys by which the cases behind are asked for."""

    id: str
    revision: int
    digest: str
    reason: str
    corrected_by: str | None
    issued_at: datetime | None
    issued_by: str | None
    remarks: str
    named: list[str]
    figures: list[str]
    report: ReportContent


class Figure(ApiAnswer):
    """The numbers of the complaints behind a figure."""

    figure: str
    numbers: list[str]


class Intact(ApiAnswer):
    """Whether a report is what was drafted: its digest is computed anew and compared."""

    id: str
    revision: int
    digest: str
    intact: bool


class PreviewAsked(ApiBody):
    """A report as it would be drafted now, of what you may see yourself. Nothing is stored."""

    model_config = example(kind="complaint_report", period="2026-11", project="hf01")

    kind: Choice[ReportKind]
    period: PeriodName
    project: Id | None = None
    department: Id | None = None


@router.get("/reports", **documented("List reports.", examples.REPORTS))
async def list_reports(
    call: Call,
    kind: ReportKind | None = None,
    project: Chosen = None,
    period: Annotated[PeriodName | None, Query()] = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> ReportPage:
    """List the reports that you may read."""
    seen = call.access.reports()
    found = await call.store(ReportStore).list(kind, project, period, MOST, seen=seen)
    filters = {"kind": kind, "project": project, "period": period}
    page, next = page_of(found, lambda one: one.id, limit, cursor, **filters)
    return ReportPage(reports=[_line(call, one) for one in page], next=next)


@router.post(
    "/reports/preview",
    **documented("Preview a report.", examples.REPORT_CONTENT, "record-unknown", "not-possible", body=True),
)
async def preview(call: Call, body: PreviewAsked) -> ReportContent:
    """Return a report as it would be drafted now. It counts what you may see, and is none to issue."""
    drafted, sight = await _drafted(call, body)
    id = report_id(body.kind, Period.named(body.period), drafted.report.subject)
    await call.parts.looks.note(at_record(call.principal, LookKind.REPORT, id, body.project))
    return seen_by(sight, drafted).report


@router.post(
    "/reports/preview/file",
    **documented_file(
        "Preview a report as a file.",
        ("xlsx", "pdf", "html"),
        "record-unknown",
        "not-possible",
        "not-entitled",
        body=True,
    ),
)
async def preview_file(call: Call, body: PreviewAsked, format: ReportFile = "xlsx") -> Response:
    """Return the preview as a workbook, a PDF or a page."""
    drafted, sight = await _drafted(call, body)
    id = report_id(body.kind, Period.named(body.period), drafted.report.subject)
    call.access.export_report(id, drafted.report.subject)
    await call.parts.looks.note(at_record(call.principal, LookKind.EXPORT, id, body.project))
    return await _file(call, f"{id}-preview", seen_by(sight, drafted), format)


@router.get("/reports/{report}", **documented("Show a report.", examples.REPORT, "record-unknown", "not-possible"))
async def show(call: Call, report: Name, revision: Revision = None) -> ShownReport:
    """Show a report, a draft or issued. Lines about what you may not see are left out; totals are as sealed."""
    found, sight, _ = await _opened(call, report, revision)
    await call.parts.looks.note(_look(call, LookKind.REPORT, found))
    seen = seen_by(sight, found)
    return ShownReport(
        **{name: getattr(seen, name) for name in ("id", "revision", "reason", "corrected_by", "issued_by", "remarks")},
        digest=found.digest_kept,
        issued_at=seen.issued_at,
        named=list(seen.named),
        figures=sorted(seen.behind),
        report=seen.report,
    )


@router.get(
    "/reports/{report}/figures/{figure}",
    **documented("List the complaints behind a figure.", examples.FIGURE, "record-unknown", "not-possible"),
)
async def figure(call: Call, report: Name, figure: Name, revision: Revision = None) -> Figure:
    """List the numbers of the complaints behind a figure that you may see."""
    found, sight, _ = await _opened(call, report, revision)
    if figure not in found.behind:
        raise unknown_record(figure)
    await call.parts.looks.note(_look(call, LookKind.REPORT, found))
    return Figure(figure=figure, numbers=list(seen_by(sight, found).numbers(figure)))


@router.get(
    "/reports/{report}/verification",
    **documented("Verify a report.", examples.INTACT, "record-unknown", "not-possible"),
)
async def verify(call: Call, report: Name, revision: Revision = None) -> Intact:
    """Compute the digest of a report anew and compare it with the one that was kept when it was drafted."""
    found, _, _ = await _opened(call, report, revision)
    return Intact(id=found.id, revision=found.revision, digest=found.digest_kept, intact=found.intact)


@router.get(
    "/reports/{report}/file",
    **documented_file(
        "Get a report as a file.", ("xlsx", "pdf", "html"), "record-unknown", "not-entitled", "not-possible"
    ),
)
async def report_file(call: Call, report: Name, format: ReportFile = "xlsx", revision: Revision = None) -> Response:
    """Return a report as a workbook (an export), or printed as PDF or a page."""
    found, sight, its_round = await _opened(call, report, revision)
    subject, look = found.report.subject, LookKind.PRINT
    if format == "xlsx":
        sight, look = call.access.export_report(report, subject, its_round), LookKind.EXPORT
    await call.parts.looks.note(_look(call, look, found))
    return await _file(call, f"{found.id}-{found.revision}", seen_by(sight, found), format)


@router.get(
    "/reports/{report}/records",
    **documented_file(
        "Get the records that go along with a report.",
        ("pdf", "docx", "html", "txt"),
        "record-unknown",
        "not-entitled",
        "not-possible",
    ),
)
async def records(call: Call, report: Name, format: Paper = "pdf", revision: Revision = None) -> Response:
    """Return the records (F1) that go along with a complaint report (CH-7.4.2), of each case that you may print."""
    found, _, _ = await _opened(call, report, revision)
    numbers = found.records[:MOST_RECORDS]
    shown = [file for file in [await _record(call, number) for number in numbers] if file is not None]
    if not shown:
        raise unknown_record(report)
    words = words_of(call)

    def sheets() -> list[Sheet]:
        made = (Material(file=one, names=words.names, lang=words.lang, printed_at=words.printed_at) for one in shown)
        return [sheet for one in made for sheet in PRINTED["f1"](one)]

    return await paper(f"{found.id}-records", format, sheets)


# --- what the operations share


async def _opened(call: ApiCall, report: str, revision: int | None) -> tuple[StoredReport, Sight, RoundConcern | None]:
    """Return a report that the principal may read, how they see it, and its round. Raises `Refusal`, `ApiProblem`."""
    call.access.reports()
    with answered():
        found = await call.store(ReportStore).read(report, revision)
    its_round = await call.reading.round_of("report", found.id)
    return found, call.access.open_report(report, found.report.subject, its_round), its_round


async def _drafted(call: ApiCall, body: PreviewAsked) -> tuple[Drafted, Sight]:
    """Return a preview for somebody who reads the reports of its subject. Raises `Refusal`, `ApiProblem`."""
    subject = Subject(project=body.project, department=body.department)
    period = Period.named(body.period)
    sight = call.access.open_report(report_id(body.kind, period, subject), subject)
    with answered():
        drafted = await call.store(ReportStore).preview(
            body.kind, period, subject, call.parts.now(), seen=call.access.cases()
        )
    return drafted, sight


async def _record(call: ApiCall, number: str) -> CaseFile | None:
    """Return a case to print, with the look in the log; None for one that is gone or may not be printed."""
    concern = await call.reading.concern(number)
    file = await call.reading.case(number) if concern is not None else None
    if concern is None or file is None:
        return None
    try:
        sight = call.access.print_case(concern, file)
    except Refusal as refusal:
        if refusal.code in (Refused.CASE_UNKNOWN, Refused.NOT_ENTITLED):
            return None
        raise
    await call.parts.looks.note(at_file(call.principal, LookKind.PRINT, concern))
    return seen_by(sight, file)


async def _file(call: ApiCall, name: str, drafted: Drafted, kind: ReportFile) -> Response:
    people = {one.id: one.name for one in call.directory.people}

    def made() -> bytes:
        return rendered(drafted, f".{kind}", call.lang, people, font_folders(os.environ))

    return file(f"{name}.{kind}", await asyncio.to_thread(made), kind)


def _look(call: ApiCall, what: LookKind, found: StoredReport) -> Look:
    return at_record(call.principal, what, found.id, found.report.subject.project)


def _line(call: ApiCall, line: ReportLine) -> ReportLine:
    """Return a line without the numbers of complaints that may not be named."""
    return line.but(missing=tuple(one for one in line.missing if one not in call.hidden))
