"""Reports in PostgreSQL: drafted from the read model, issued once, corrected by a new revision.

A draft whose content differs from the previous draft is a new revision, too, because issuers name the revision that
they have read. The previous draft is kept until the next one, because it may be issued while its successor is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from complaints.access.visibility import RecordsSeen, Visibility
from complaints.case.round import DraftedReport, Subject
from complaints.clock.local_time import CHINA, end_of_day
from complaints.clock.periods import Period
from complaints.people.loader import load
from complaints.people.model import Directory
from complaints.reports.build import build
from complaints.reports.errors import Hindrance, ReportRefused
from complaints.reports.kinds import around, shape_of
from complaints.reports.model import (
    OF_RECORDS,
    Drafted,
    Issued,
    ReportContent,
    ReportKind,
    ReportLine,
    StoredReport,
    report_id,
)
from complaints.reports.tables import PeriodCounts, ReportNames
from complaints.store.database import Connection, Store
from complaints.store.reference_tables import NEWEST_DIRECTORY
from complaints.store.statistics.counting import PATIENCE, Counting
from complaints.store.visible import SEEN, of_records

_LINE = """id, revision, kind, period, project, department, person, at, digest, missing, issued_at, issued_by"""
NEWEST = "SELECT * FROM reports WHERE id = $1 ORDER BY revision DESC LIMIT 1"
ONE = "SELECT * FROM reports WHERE id = $1 AND revision = $2"
FIGURES = "SELECT figure, places FROM report_figures WHERE id = $1 AND revision = $2"
FIGURE = "SELECT places FROM report_figures WHERE id = $1 AND revision = $2 AND figure = $3"
PLACES = "SELECT places FROM report_figures WHERE id = $1 AND revision = $2 AND figure = ANY ($3)"
LIST = f"""
SELECT {_LINE} FROM (SELECT DISTINCT ON (id) {_LINE}, period_end FROM reports ORDER BY id, revision DESC) AS newest
WHERE ($1::text IS NULL OR kind = $1) AND ($2::text IS NULL OR project = $2) AND ($3::text IS NULL OR period = $3)
  {SEEN}
ORDER BY period_end DESC, id LIMIT $4
"""
LOCK = "SELECT pg_advisory_xact_lock(hashtext($1))"
DROP_DRAFTS = "DELETE FROM reports WHERE id = $1 AND issued_at IS NULL AND ($2::integer IS NULL OR revision < $2)"
ADD = """
INSERT INTO reports (id, revision, kind, period, period_start, period_end, project, department, person, at, digest,
                     missing, content, cases, reason, corrected_by, corrected_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
"""
ADD_FIGURES = "INSERT INTO report_figures (id, revision, figure, places) VALUES ($1, $2, $3, $4)"
ISSUE = """
UPDATE reports SET issued_at = $3, issued_by = $4, remarks = $5, named = $6
WHERE id = $1 AND revision = $2 AND issued_at IS NULL
"""
CONTRACTORS = "SELECT key, name FROM contractors"


class Redraft:
    """Why a report is drafted as a new revision, by whom, and when."""

    def __init__(self, by: str, at: datetime, reason: str) -> None:
        self.by = by
        self.at = at
        self.reason = reason


class ReportStore(Store):
    """The reports in PostgreSQL. Every method raises `RecordsAway` while PostgreSQL is unavailable."""

    async def draft(self, kind: str, period: Period, subject: Subject, at: datetime) -> DraftedReport:
        """Draft a report, or return the existing one. Idempotent.

        An unissued draft is drafted again if `at` is later than its own time. That makes a new revision, unless its
        content would be the same. An issued report, or one that is being corrected, stays unchanged. Raises
        `ReportRefused` if there is no such report for the period.
        """
        found = await self._newest(report_id(ReportKind(kind), period, subject))
        if found is not None and (found["issued_at"] or found["corrected_by"] or found["at"] >= at):
            return _reference(found)
        drafted = await self.preview(kind, period, subject, at)
        if found is not None and _says_the_same(drafted, found):
            return _reference(found)
        return await self._keep(drafted, found)

    async def preview(
        self, kind: str, period: Period, subject: Subject, at: datetime, seen: Visibility | None = None
    ) -> Drafted:
        """Return the report as it would be drafted now, without storing it. Raises `ReportRefused`.

        `seen` counts and lists only the complaints that may be seen: somebody's own figures, and no report to issue.
        """
        wanted = ReportKind(kind)
        shape = shape_of(wanted, period)
        async with self._database.connection(within=None) as connection:
            directory = await _directory(connection)
            names = _names(directory, await connection.fetch(CONTRACTORS))
            _check(subject, directory)
            zone = _zone(subject, directory)
            async with connection.transaction(isolation="repeatable_read"):
                counting = Counting(connection, subject, at, _offices(directory), _sales(directory), seen)
                periods = around(period)
                counted = PeriodCounts(
                    period=period,
                    now=await counting.of(period, shape.lists),
                    before=await counting.of(period.before),
                    year_before=await counting.of(period.a_year_before),
                    course=await counting.trend(periods),
                    periods=periods,
                )
        return build(wanted, subject, at, at >= end_of_day(period.end, zone), counted, names, zone)

    async def issue(
        self, id: str, revision: int, by: str, at: datetime, remarks: str = "", named: Iterable[str] = ()
    ) -> Issued:
        """Issue a report, which is immutable from then on. Idempotent for the same person.

        Refused while a case study is missing (CR-5.4.3) that the issuer has not named, by its number, in `named` or in
        the remarks. A draft may be issued although it has a successor that nobody has read yet: the successor is then
        deleted. Raises `ReportRefused`.
        """
        async with self._database.transaction(within=PATIENCE) as connection:
            await connection.execute(LOCK, id)
            row = await self._of(connection, id, revision, to_issue=True)
            if row["issued_at"] is not None:
                if row["issued_by"] != by:
                    raise ReportRefused(Hindrance.ISSUED, id=id, revision=revision, by=row["issued_by"])
                return _issued(row)
            told = {*named, *(number for number in row["missing"] if number in remarks)}
            if unnamed := [number for number in row["missing"] if number not in told]:
                raise ReportRefused(Hindrance.STUDY_MISSING, id=id, numbers=" ".join(unnamed))
            kept = sorted(told & set(row["missing"]))
            await connection.execute(ISSUE, id, revision, at, by, remarks, kept)
            await connection.execute(DROP_DRAFTS, id, None)
            return _issued(await self._of(connection, id, revision))

    async def correct(self, id: str, by: str, at: datetime, reason: str) -> DraftedReport:
        """Draft the next revision of an issued report, from what is known at `at`; the issued one stays.

        A repeated call returns the same revision. Raises `ReportRefused`.
        """
        if not reason.strip():
            raise ReportRefused(Hindrance.NO_REASON, id=id)
        row = await self._newest(id)
        if row is None:
            raise ReportRefused(Hindrance.UNKNOWN, id=id, revision="")
        if (row["corrected_by"], row["corrected_at"], row["reason"]) == (by, at, reason):
            return _reference(row)
        if row["issued_at"] is None:
            raise ReportRefused(Hindrance.NOT_ISSUED, id=id, revision=row["revision"])
        kind, period, subject = row["kind"], Period.named(row["period"]), _subject(row)
        drafted = await self.preview(kind, period, subject, at)
        return await self._keep(drafted, row, Redraft(by, at, reason))

    async def read(self, id: str, revision: int | None = None) -> StoredReport:
        """Return a report with the cases behind its figures, by default the newest revision. Raises `ReportRefused`."""
        async with self._database.connection(within=PATIENCE) as connection:
            row = await self._of(connection, id, revision)
            figures = await connection.fetch(FIGURES, row["id"], row["revision"], timeout=PATIENCE)
        return StoredReport(
            report=ReportContent.model_validate(row["content"]),
            cases=tuple(row["cases"]),
            behind={figure["figure"]: tuple(figure["places"]) for figure in figures},
            digest_kept=row["digest"],
            **{
                name: row[name]
                for name in (
                    *("id", "revision", "reason", "corrected_by", "issued_at", "issued_by", "remarks", "named"),
                )
            },
        )

    async def records(self, id: str, revision: int | None = None) -> tuple[str, ...]:
        """Return `Drafted.records` of a report, by default of its newest revision. Raises `ReportRefused`."""
        async with self._database.connection(within=PATIENCE) as connection:
            row = await self._of(connection, id, revision)
            figures = await connection.fetch(PLACES, row["id"], row["revision"], list(OF_RECORDS), timeout=PATIENCE)
        places = {place for figure in figures for place in figure["places"]}
        return tuple(sorted(row["cases"][place] for place in places))

    async def list(
        self,
        kind: str | None = None,
        project: str | None = None,
        period: str | None = None,
        limit: int = 50,
        seen: RecordsSeen | None = None,
    ) -> list[ReportLine]:
        """Return the newest revision of each report, the newest periods first; with `seen`, those that may be seen."""
        condition = of_records(seen, 5, "newest.project", "r.report ->> 'id' = newest.id")
        async with self._database.connection() as connection:
            sql = condition.put_into(LIST)
            rows: list[Any] = await connection.fetch(sql, kind, project, period, limit, *condition.params)
        return [_line(row) for row in rows]

    # --- storing

    async def _keep(
        self, drafted: Drafted, last: Mapping[str, Any] | None, correction: Redraft | None = None
    ) -> DraftedReport:
        """Store a draft as the revision after `last`. If a concurrent call was faster, return its revision instead."""
        report = drafted.report
        id = report_id(report.kind, report.period, report.subject)
        revision = last["revision"] + 1 if last else 1
        async with self._database.transaction(within=None) as connection:
            await connection.execute(LOCK, id, timeout=PATIENCE)
            newest: Mapping[str, Any] | None = await connection.fetchrow(NEWEST, id, timeout=PATIENCE)
            if newest is not None and (last is None or _state(newest) != _state(last)):
                return _reference(newest)
            await connection.execute(DROP_DRAFTS, id, revision - 1, timeout=PATIENCE)
            await connection.execute(ADD, *_row(id, revision, drafted, correction), timeout=PATIENCE)
            figures = [(id, revision, key, list(places)) for key, places in drafted.behind.items()]
            await connection.executemany(ADD_FIGURES, figures, timeout=PATIENCE)
            return _reference(await self._of(connection, id, revision))

    async def _newest(self, id: str) -> Mapping[str, Any] | None:
        async with self._database.connection() as connection:
            return await connection.fetchrow(NEWEST, id)

    async def _of(
        self, connection: Connection, id: str, revision: int | None, to_issue: bool = False
    ) -> Mapping[str, Any]:
        """Return the row of a revision, by default of the newest. Raises `ReportRefused` if there is none.

        With `to_issue`, it also raises that if the revision was issued and another one has followed it.
        """
        newest = await connection.fetchrow(NEWEST, id)
        if newest is None:
            raise ReportRefused(Hindrance.UNKNOWN, id=id, revision="")
        if revision is None or revision == newest["revision"]:
            return newest
        found = await connection.fetchrow(ONE, id, revision)
        if found is None or (to_issue and found["issued_at"] is not None):
            code = Hindrance.STALE if revision < newest["revision"] else Hindrance.UNKNOWN
            raise ReportRefused(code, id=id, revision=revision, current=newest["revision"])
        return found


async def _directory(connection: Connection) -> Directory | None:
    row = await connection.fetchrow(NEWEST_DIRECTORY)
    return load(row["text"], "directory.toml") if row else None


def _names(directory: Directory | None, contractors: Iterable[Any]) -> ReportNames:
    if directory is None:
        return ReportNames({}, {}, {}, {})
    return ReportNames(
        people={one.id: one.name for one in directory.people},
        projects={one.code: one.name for one in directory.projects},
        departments={one.key: one.name for one in directory.departments},
        contractors={row["key"]: row["name"] for row in contractors}
        | {one.key: one.name for one in directory.contractors},
    )


def _offices(directory: Directory | None) -> dict[str, str]:
    return {one.id: one.department for one in directory.people} if directory else {}


def _sales(directory: Directory | None) -> tuple[str, ...]:
    """Return the departments that sell."""
    return tuple(one.key for one in directory.departments if one.kind == "sales") if directory else ()


def _check(subject: Subject, directory: Directory | None) -> None:
    """Raise `ReportRefused` for a project, department or person that the directory does not have."""
    if directory is None:
        return
    known = {
        "project": {one.code for one in directory.projects},
        "department": {one.key for one in directory.departments},
        "person": {one.id for one in directory.people},
    }
    for what, names in known.items():
        value = getattr(subject, what)
        if value is not None and value not in names:
            raise ReportRefused(Hindrance.UNKNOWN_SUBJECT, value=value, known=" ".join(sorted(names)[:20]))


def _zone(subject: Subject, directory: Directory | None) -> str:
    """Return the project's time zone; for a report over several projects, that of the first one."""
    projects = directory.projects if directory else ()
    return next((one.zone for one in projects if subject.project in (None, one.code)), CHINA)


def _row(id: str, revision: int, drafted: Drafted, correction: Redraft | None) -> tuple[Any, ...]:
    report, subject = drafted.report, drafted.report.subject
    period = report.period
    whose = (subject.project, subject.department, subject.person)
    why = (correction.reason, correction.by, correction.at) if correction else ("", None, None)
    return (
        *(id, revision, report.kind.value, period.name, period.start, period.end, *whose, report.at),
        *(drafted.digest, list(report.missing), report.model_dump(mode="json"), list(drafted.cases), *why),
    )


def _subject(row: Mapping[str, Any]) -> Subject:
    return Subject(project=row["project"], department=row["department"], person=row["person"])


def _says_the_same(drafted: Drafted, row: Mapping[str, Any]) -> bool:
    """Return whether a draft differs from a stored one only in its time."""
    at = ReportContent.model_validate(row["content"]).at
    return drafted.but(report=drafted.report.but(at=at)).digest == row["digest"]


def _state(row: Mapping[str, Any]) -> tuple[int, datetime | None]:
    return row["revision"], row["issued_at"]


def _reference(row: Mapping[str, Any]) -> DraftedReport:
    return DraftedReport(
        **{name: row[name] for name in ("id", "kind", "revision", "digest", "missing", "issued_at")},
    )


def _issued(row: Mapping[str, Any]) -> Issued:
    return Issued(
        id=row["id"],
        revision=row["revision"],
        digest=row["digest"],
        at=row["issued_at"],
        by=row["issued_by"],
        named=tuple(row["named"]),
    )


def _line(row: Mapping[str, Any]) -> ReportLine:
    whose = ("project", "department", "person")
    return ReportLine(
        **{name: value for name, value in row.items() if name not in whose},
        subject=_subject(row),
    )
