"""Where reports are read: at the gateway, as whoever is signed in; in drills in the read model itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from starters.cli.ui.desk import Desk, given, in_path, shaped, shaped_items
from starters.cli.ui.session import Session

if TYPE_CHECKING:
    from complaints.case.file import CaseFile
    from complaints.case.round import Subject
    from complaints.clock.periods import Period
    from complaints.reports.model import Drafted, ReportKind, ReportLine, StoredReport
    from complaints.store.records import PostgresRecords
    from complaints.store.reports import ReportStore


class Reports(Protocol):
    """The reports. Each method raises `ReportRefused`."""

    async def lines(
        self, kind: ReportKind | None, project: str | None, period: str | None, most: int
    ) -> list[ReportLine]:
        """The newest revision of each report, the newest periods first; `most` of them at most."""
        ...

    async def read(self, report: str, revision: int | None) -> StoredReport:
        """A report, by default its newest revision."""
        ...

    async def numbers(self, report: StoredReport, figure: str) -> tuple[str, ...]:
        """The numbers of the complaints behind a figure; empty if it has none."""
        ...

    async def file(self, report: StoredReport, suffix: str) -> bytes | None:
        """The report as a file of this kind; None where this program makes it itself."""
        ...

    async def verified(self, report: str, revision: int | None) -> tuple[dict[str, Any], bool]:
        """The report's id, revision and digest, and whether it is what was drafted."""
        ...

    async def preview(self, kind: ReportKind, period: Period, subject: Subject) -> Drafted:
        """The report as it would be drafted now."""
        ...

    async def preview_file(self, kind: ReportKind, period: Period, subject: Subject, suffix: str) -> bytes | None:
        """The preview as a file of this kind; None where this program makes it itself."""
        ...

    async def records(self, report: str, revision: int | None) -> tuple[str, ...]:
        """The numbers of the complaints whose records (F1) go along with a report."""
        ...

    async def record(self, number: str) -> CaseFile | None:
        """A complaint whose record goes along; None if it is gone."""
        ...


@asynccontextmanager
async def reports_of(here: Session) -> AsyncGenerator[Reports]:
    """Where this command finds reports. Raises as `Session.desk`, or `Unsettled`; in it `RecordsAway`."""
    if here.through_gateway:
        yield GatewayReports(await here.desk())
        return
    from complaints.store.reports import ReportStore

    async with ReportStore(here.settings.need_database()) as store, here.records() as records:
        yield StoredReports(store, records)


class GatewayReports:
    """Reports of the gateway."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def lines(
        self, kind: ReportKind | None, project: str | None, period: str | None, most: int
    ) -> list[ReportLine]:
        from complaints.reports.model import ReportLine

        filters = {"kind": kind.value if kind else None, "project": project, "period": period}
        return await self._desk.pages("/reports", "reports", ReportLine, most, **filters)

    async def read(self, report: str, revision: int | None) -> StoredReport:
        from complaints.reports.model import StoredReport

        shown = (await self._asked(report, revision)).json()
        kept = {name: value for name, value in shown.items() if name not in ("digest", "figures")}
        behind: dict[str, list[int]] = {figure: [] for figure in shown["figures"]}
        return shaped_items([{**kept, "digest_kept": shown["digest"], "behind": behind}], StoredReport)[0]

    async def numbers(self, report: StoredReport, figure: str) -> tuple[str, ...]:
        if figure not in report.behind:
            return ()
        answer = await self._asked(report.id, report.revision, f"/figures/{in_path(figure)}")
        return tuple(answer.json()["numbers"])

    async def file(self, report: StoredReport, suffix: str) -> bytes | None:
        return (await self._asked(report.id, report.revision, "/file", format=suffix.removeprefix("."))).content

    async def verified(self, report: str, revision: int | None) -> tuple[dict[str, Any], bool]:
        said = (await self._asked(report, revision, "/verification")).json()
        return said, said.pop("intact")

    async def preview(self, kind: ReportKind, period: Period, subject: Subject) -> Drafted:
        from complaints.reports.model import Drafted, ReportContent

        return Drafted(report=shaped(await self._previewed(kind, period, subject, ""), ReportContent))

    async def preview_file(self, kind: ReportKind, period: Period, subject: Subject, suffix: str) -> bytes | None:
        return (await self._previewed(kind, period, subject, f"/file?format={suffix.removeprefix('.')}")).content

    async def records(self, report: str, revision: int | None) -> tuple[str, ...]:
        from complaints.reports.model import OF_RECORDS

        found = await self.read(report, revision)
        return tuple(sorted({number for figure in OF_RECORDS for number in await self.numbers(found, figure)}))

    async def record(self, number: str) -> CaseFile | None:
        from complaints.base.errors import Refusal, Refused

        try:
            return await self._desk.duly.case(number)
        except Refusal as refusal:
            if refusal.code is not Refused.CASE_UNKNOWN:
                raise
            return None

    async def _asked(self, report: str, revision: int | None, part: str = "", **filters: Any) -> Any:
        from complaints.base.errors import Refusal, Refused
        from complaints.reports.errors import Hindrance, ReportRefused

        asked = given({**filters, "revision": revision})
        try:
            return await self._desk.ask("GET", f"/reports/{in_path(report)}{part}", params=asked)
        except Refusal as refusal:
            if refusal.code is not Refused.RECORD_UNKNOWN:
                raise
            raise ReportRefused(Hindrance.UNKNOWN, id=report, revision=revision or "") from None

    async def _previewed(self, kind: ReportKind, period: Period, subject: Subject, part: str) -> Any:
        from complaints.reports.errors import Hindrance, ReportRefused
        from complaints.reports.kinds import shape_of

        shape_of(kind, period)
        company: dict[str, Any] = (await self._desk.ask("GET", "/directory")).json()
        for value, known in (
            (subject.project, sorted(one["code"] for one in company["projects"])),
            (subject.department, sorted(one["key"] for one in company["departments"])),
        ):
            if value is not None and value not in known:
                raise ReportRefused(Hindrance.UNKNOWN_SUBJECT, value=value, known=" ".join(known[:20]))
        said = given({"project": subject.project, "department": subject.department})
        return await self._desk.ask(
            "POST", f"/reports/preview{part}", json={"kind": kind.value, "period": period.name, **said}
        )


class StoredReports:
    """Reports of the read model."""

    def __init__(self, store: ReportStore, records: PostgresRecords) -> None:
        self._store = store
        self._records = records

    async def lines(
        self, kind: ReportKind | None, project: str | None, period: str | None, most: int
    ) -> list[ReportLine]:
        return list(await self._store.list(kind, project, period, most))

    async def read(self, report: str, revision: int | None) -> StoredReport:
        return await self._store.read(report, revision)

    async def numbers(self, report: StoredReport, figure: str) -> tuple[str, ...]:
        return report.numbers(figure)

    async def file(self, report: StoredReport, suffix: str) -> bytes | None:
        return None

    async def verified(self, report: str, revision: int | None) -> tuple[dict[str, Any], bool]:
        found = await self._store.read(report, revision)
        return {"id": found.id, "revision": found.revision, "digest": found.digest_kept}, found.intact

    async def preview(self, kind: ReportKind, period: Period, subject: Subject) -> Drafted:
        return await self._store.preview(kind, period, subject, datetime.now(UTC))

    async def preview_file(self, kind: ReportKind, period: Period, subject: Subject, suffix: str) -> bytes | None:
        return None

    async def records(self, report: str, revision: int | None) -> tuple[str, ...]:
        return await self._store.records(report, revision)

    async def record(self, number: str) -> CaseFile | None:
        return await self._records.case(number)
