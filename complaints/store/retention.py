"""Retention in PostgreSQL: due records, destruction lists, destroyed records, and certificates.

Records are destroyed one by one, each chain of cases in one transaction that also notes it as done. So a worker that is
killed in the middle resumes where it stopped, and nothing is done, or counted, twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from complaints.base import Frozen
from complaints.clock.local_time import CHINA, local
from complaints.retention.certificate import Certificate, Gone, Outstanding, list_digest
from complaints.retention.errors import KeepingRefused
from complaints.retention.listing import DestructionList, DueRecords, Kept, RemovableRecord, Spared, listing
from complaints.retention.terms import TERMS, RecordKind, RetentionTerms
from complaints.store.database import Connection, Database
from complaints.store.holds import ONE_AT_A_TIME, Holds

_PAIRS = """
links AS (
    SELECT c.key AS one, unnest(array_append(ARRAY(SELECT link ->> 'key' FROM jsonb_array_elements(c.links) AS link),
                                             c.reopens)) AS other
    FROM complaints AS c WHERE c.links <> '[]' OR c.reopens IS NOT NULL
), pairs AS (
    SELECT one, other FROM links WHERE other <> '' UNION SELECT other, one FROM links WHERE other <> ''
)"""

_CASE = """
SELECT 'case' AS kind, c.key, c.number AS name, c.project, c.journal_hash AS seal, c.cursor AS lines,
       (c.closed_at AT TIME ZONE coalesce(p.zone, 'Asia/Shanghai'))::date AS since,
       coalesce(linked.others, '{}') AS links, hold_on(c) AS hold
FROM complaints AS c
LEFT JOIN projects AS p ON p.code = c.project
LEFT JOIN linked ON linked.one = c.key
"""

_REPORT = """
SELECT kept_as(report.kind), report.id, report.id, coalesce(report.project, ''),
       (array_agg(digest ORDER BY revision DESC))[1], 0,
       CASE WHEN bool_and(issued_at IS NOT NULL) AND bool_or(cases_of.open) IS NOT TRUE
            THEN coalesce(max(cases_of.closed),
                          (max(issued_at) AT TIME ZONE coalesce(max(p.zone), 'Asia/Shanghai'))::date)
       END,
       '{}', min(hold_on_report(report.project, report.cases))
FROM reports AS report
LEFT JOIN projects AS p ON p.code = report.project
LEFT JOIN LATERAL (
    SELECT bool_or(c.number IS NOT NULL AND c.closed_at IS NULL) AS open,
           max(coalesce((c.closed_at AT TIME ZONE coalesce(z.zone, 'Asia/Shanghai'))::date, gone.since)) AS closed
    FROM unnest(report.cases) AS one (number)
    LEFT JOIN complaints AS c ON c.number = one.number
    LEFT JOIN projects AS z ON z.code = c.project
    LEFT JOIN destroyed AS gone ON gone.kind = 'case' AND gone.name = one.number
) AS cases_of ON report.kind = 'register'
"""
"""A register's term begins with the closing of the last case in it, all others' with the issue of the last revision."""

_KEPT = f"""
WITH {_PAIRS},
     linked AS (SELECT one, array_agg(other ORDER BY other) AS others FROM pairs GROUP BY one)
{_CASE}
WHERE c.closed_at < $1::date OR linked.one IS NOT NULL
UNION ALL
{_REPORT}
WHERE report.id IN (SELECT id FROM reports WHERE issued_at < $1::date)
GROUP BY report.id, report.project, report.kind
"""
"""Every case that was closed before a day, every case that is linked to another (open ones too), and every report of
which a revision was issued before that day."""

_KEPT_OF = f"""
WITH given AS (SELECT unnest($1::text[]) AS key),
     near AS MATERIALIZED (
         SELECT key FROM given
         UNION
         SELECT link ->> 'key' FROM given JOIN complaints AS c USING (key), jsonb_array_elements(c.links) AS link
         UNION
         SELECT c.reopens FROM given JOIN complaints AS c USING (key) WHERE c.reopens IS NOT NULL
         UNION
         SELECT c.key FROM given JOIN complaints AS c ON c.reopens = given.key
         UNION
         SELECT c.key FROM given
         JOIN complaints AS c ON c.links <> '[]' AND c.links @> jsonb_build_array(jsonb_build_object('key', given.key))
     ),
     ways AS (
         SELECT c.key AS one, link ->> 'key' AS other
         FROM near JOIN complaints AS c USING (key), jsonb_array_elements(c.links) AS link
         UNION
         SELECT c.key, c.reopens FROM near JOIN complaints AS c USING (key) WHERE c.reopens IS NOT NULL
     ),
     linked AS (SELECT one, array_agg(other ORDER BY other) AS others FROM ways GROUP BY one)
{_CASE}
WHERE c.key IN (SELECT key FROM near)
UNION ALL
{_REPORT}
WHERE report.id = ANY ($2)
GROUP BY report.id, report.project, report.kind
"""
"""The cases of a chain with all cases that are linked to them by now, and these reports."""

_RUN = "SELECT * FROM destruction_runs WHERE id = $1"
_RUN_OF = "SELECT * FROM destruction_runs WHERE period = $1"
_RUNS = """
SELECT id, period, proposed_at, digest, approved_by, approved_at, carried_out,
       (SELECT count(*) FROM destruction_lines WHERE run = id) AS listed,
       (SELECT count(*) FROM destruction_copies WHERE run = id AND done_at IS NULL) AS outstanding
FROM destruction_runs ORDER BY period DESC
"""
_PROPOSE = """
INSERT INTO destruction_runs (id, period, day, proposed_at, digest, spared) VALUES ($1, $2, $3, $4, $5, $6)
RETURNING *
"""
_PROPOSE_LINES = """
INSERT INTO destruction_lines (run, nth, kind, key, chain, seal, whole)
SELECT $1, nth, line ->> 'kind', line ->> 'key', line ->> 'chain', line ->> 'seal', line
FROM jsonb_array_elements($2) WITH ORDINALITY AS lines (line, nth)
"""
_COUNTS = "SELECT kind, count(*) FROM destruction_lines WHERE run = $1 GROUP BY kind ORDER BY kind"
_LINES = "SELECT whole FROM destruction_lines WHERE run = $1 ORDER BY nth"
_APPROVE = "UPDATE destruction_runs SET approved_by = $2, approved_at = $3 WHERE id = $1"
_WAITING = """
SELECT kind, key, chain, seal FROM destruction_lines AS line
WHERE run = $1 AND NOT EXISTS (SELECT FROM destroyed WHERE (run, kind, key) = (line.run, line.kind, line.key))
  AND NOT EXISTS (SELECT FROM destruction_left WHERE (run, kind, key) = (line.run, line.kind, line.key))
ORDER BY kind, chain, nth
"""
_DESTROY = "SELECT destroy($1, $2, $3)"
_LEAVE = "INSERT INTO destruction_left (run, kind, key, because) VALUES ($1, $2, $3, $4)"
_GONE = "SELECT kind, name, project, since, rule, seal, lines FROM destroyed WHERE run = $1 ORDER BY kind, name"
_LEFT = "SELECT because FROM destruction_left WHERE run = $1"
_CERTIFY = "UPDATE destruction_runs SET carried_out = $2, certificate = $3 WHERE id = $1"
_OUTSTANDING = """
SELECT copy AS copy_of, count(*), max(last_error) AS last_error
FROM destruction_copies WHERE run = $1 AND done_at IS NULL GROUP BY copy ORDER BY copy
"""
_WHEREABOUTS = """
SELECT gone.*, run.approved_at FROM destroyed AS gone JOIN destruction_runs AS run ON run.id = gone.run
WHERE gone.name = upper($1) OR gone.key = $1 OR gone.name = $1 ORDER BY run.approved_at DESC LIMIT 1
"""
_COPIES = """
SELECT copy.run, copy.key, copy.copy AS copy_of, copy.place, run.approved_at AS closed_before
FROM destruction_copies AS copy JOIN destruction_runs AS run ON run.id = copy.run
WHERE done_at IS NULL AND ($1::text IS NULL OR copy.run = $1)
ORDER BY attempts, copy.run, copy.key, copy.copy, copy.place
"""
_COPY_GONE = """
UPDATE destruction_copies SET done_at = $5, last_error = NULL WHERE (run, key, copy, place) = ($1, $2, $3, $4)
"""
_COPY_STAYS = """
UPDATE destruction_copies SET attempts = attempts + 1, last_error = $5 WHERE (run, key, copy, place) = ($1, $2, $3, $4)
"""

PATIENT = 120.0
"""Seconds for queries that read every record; no case's timer waits for them."""


class Copy(Frozen):
    """A copy outside this database that must still be deleted: an "archive" file, a "history", an "attachment".

    `place` is the file, the workflow's id, or the attachment's SHA-256.
    """

    run: str
    key: str
    copy_of: str
    place: str
    closed_before: datetime  # a workflow that began under this key later is another case


class Run(Frozen):
    """A destruction run as a line of a list."""

    id: str
    period: str
    proposed_at: datetime
    digest: str
    approved_by: str | None
    approved_at: datetime | None
    carried_out: datetime | None
    listed: int
    outstanding: int


class RetentionStore(Holds):
    """Retention and destruction in PostgreSQL. Every method raises `RecordsAway` while PostgreSQL is unavailable.

    `terms` is called only when records are listed, so that an edition that cannot be read blocks nothing else.
    """

    def __init__(self, at: str | Database, terms: Callable[[], RetentionTerms] = lambda: TERMS, size: int = 4) -> None:
        super().__init__(at, size)
        self._terms = terms

    async def due(self, at: datetime, project: str | None = None) -> DueRecords:
        """Return the records that may go now, by China's calendar day, and those spared; of one project, or of all."""
        async with self._database.connection(PATIENT) as connection:
            found = await self._listing(connection, at)
        if project is None:
            return found
        going = tuple(one for one in found.going if one.project == project)
        return found.but(going=going, spared=tuple(one for one in found.spared if one.project == project))

    async def propose(self, period: str, at: datetime) -> DestructionList:
        """Return the list of this period: made by the first call, and never changed."""
        async with self._database.transaction(PATIENT) as connection:
            await connection.execute(ONE_AT_A_TIME)
            if (there := await connection.fetchrow(_RUN_OF, period)) is not None:
                return await _proposal(connection, there)
            found = await self._listing(connection, at)
            id = f"destruction-{period}"
            row = await connection.fetchrow(_PROPOSE, id, period, found.day, at, found.digest, found.spared)
            await connection.execute(_PROPOSE_LINES, id, found.going, timeout=PATIENT)
            return await _proposal(connection, row)

    async def listed(self, id: str) -> DueRecords:
        """Return what the list of this id proposes, and what it spares. Raises `KeepingRefused` if it is unknown."""
        async with self._database.connection(PATIENT) as connection:
            run = await _run(connection, id)
            lines = await connection.fetch(_LINES, id)
        going = tuple(RemovableRecord.model_validate(row["whole"]) for row in lines)
        spared = tuple(Spared.model_validate(one) for one in run["spared"])
        return DueRecords(day=run["day"], going=going, spared=spared)

    async def runs(self) -> tuple[Run, ...]:
        """Return all runs, the newest first."""
        async with self._database.connection() as connection:
            return tuple(Run.model_validate(dict(row)) for row in await connection.fetch(_RUNS))

    async def approve(self, id: str, digest: str, by: str, at: datetime) -> None:
        """Store who approved which list. Raises `KeepingRefused`: unknown list, another list, another approver."""
        async with self._database.transaction() as connection:
            run = await _run(connection, id, lock=True)
            if run["digest"] != digest:
                raise KeepingRefused("other-list", id=id, digest=digest[:12], wanted=run["digest"][:12])
            if run["approved_by"] is None:
                await connection.execute(_APPROVE, id, by, at)
            elif run["approved_by"] != by:
                raise KeepingRefused("approved-by-another", id=id, by=run["approved_by"])

    async def destroy(self, id: str, done: Callable[[int], None] | None = None) -> None:
        """Destroy the rows of all records on the approved list; `done` is called with the number processed so far.

        If a record was put on hold or changed meanwhile, its whole chain is left, and noted as left.
        """
        async with self._database.connection(PATIENT) as connection:
            run = await _run(connection, id)
            waiting: list[Any] = await connection.fetch(_WAITING, id, timeout=PATIENT)
        through = 0
        for _, lines in groupby(waiting, key=lambda row: (row["kind"], row["chain"])):
            chain = {(row["kind"], row["key"]): row["seal"] for row in lines}
            async with self._database.transaction(PATIENT) as connection:
                await connection.execute(ONE_AT_A_TIME)
                await self._destroy(connection, id, chain, run["day"])
            through += len(chain)
            if done:
                done(through)

    async def certify(self, id: str, at: datetime) -> Certificate:
        """Return the certificate of a run whose records are all processed: written once, never changed."""
        async with self._database.transaction(PATIENT) as connection:
            run = await _run(connection, id, lock=True)
            if run["certificate"] is None:
                gone = [_gone(row) for row in await connection.fetch(_GONE, id)]
                certificate = Certificate(
                    id=id,
                    period=run["period"],
                    proposed_at=run["proposed_at"],
                    digest=run["digest"],
                    approved_by=run["approved_by"],
                    approved_at=run["approved_at"],
                    carried_out_at=at,
                    counts=_counted([one.kind.value for one in gone]),
                    left=_counted([row["because"] for row in await connection.fetch(_LEFT, id)]),
                    list_digest=list_digest(gone),
                )
                await connection.execute(_CERTIFY, id, at, certificate)
        found = await self.certificate(id)
        assert found is not None
        return found

    async def certificate(self, id: str) -> Certificate | None:
        """Return the certificate of a run, with the copies still outstanding now; None before it was carried out.

        Raises `KeepingRefused` for an unknown id.
        """
        async with self._database.connection() as connection:
            run = await _run(connection, id)
            rows: list[Any] = await connection.fetch(_OUTSTANDING, id)
        if run["certificate"] is None:
            return None
        left = tuple(Outstanding.model_validate(dict(row)) for row in rows)
        return Certificate.model_validate(run["certificate"]).but(outstanding=left)

    async def gone(self, id: str) -> tuple[Gone, ...]:
        """Return the destroyed records of a certificate, by kind and number."""
        async with self._database.connection(PATIENT) as connection:
            return tuple(_gone(row) for row in await connection.fetch(_GONE, id))

    async def whereabouts(self, name_or_key: str) -> tuple[Gone, str, datetime] | None:
        """Return the record destroyed under this number or key, the run, and its time of approval; None if none was."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_WHEREABOUTS, name_or_key.strip())
        return (_gone(row), row["run"], row["approved_at"]) if row else None

    # --- copies elsewhere

    async def outstanding(self, id: str | None = None) -> tuple[Copy, ...]:
        """Return the copies elsewhere that must still be deleted, the least tried first; of one run, or of all."""
        async with self._database.connection(PATIENT) as connection:
            return tuple(Copy.model_validate(dict(row)) for row in await connection.fetch(_COPIES, id))

    async def copy_gone(self, copy: Copy) -> None:
        """Mark this copy as deleted; also if it never existed."""
        async with self._database.connection() as connection:
            await connection.execute(_COPY_GONE, *_named(copy), datetime.now(UTC))

    async def copy_stays(self, copy: Copy, error: str) -> None:
        """Note that this copy could not be deleted yet; `error` says why, without data of the case."""
        async with self._database.connection() as connection:
            await connection.execute(_COPY_STAYS, *_named(copy), error[:200])

    # --- within a transaction

    async def _listing(self, connection: Connection, at: datetime) -> DueRecords:
        day = local(at, CHINA).date()
        # A coarse bound: every record that may go lies before it; `listing` decides exactly.
        terms = self._terms()
        before = day - timedelta(days=28 * min(terms.of(kind).months for kind in RecordKind))
        rows: list[Any] = await connection.fetch(_KEPT, before, timeout=PATIENT)
        return listing([Kept.model_validate(dict(row)) for row in rows], terms, day)

    async def _destroy(self, connection: Connection, run: str, chain: dict[tuple[str, str], str], day: Any) -> None:
        """Check once more the records that go together; then destroy all of them, or leave all of them."""
        keys = {kind: [key for one, key in chain if one == kind] for kind in RecordKind}
        reports = [*keys[RecordKind.REGISTER], *keys[RecordKind.REPORT]]
        rows: list[Any] = await connection.fetch(_KEPT_OF, keys[RecordKind.CASE], reports, timeout=PATIENT)
        found = listing([Kept.model_validate(dict(row)) for row in rows], self._terms(), day)
        still = {(one.kind.value, one.key): one.seal for one in found.going}
        if all(still.get(name) == seal for name, seal in chain.items()):
            for kind, key in chain:
                await connection.execute(_DESTROY, run, kind, key, timeout=PATIENT)
            return
        because = {(one.kind.value, one.key): one.because for one in found.spared}
        for kind, key in chain:
            await connection.execute(_LEAVE, run, kind, key, because.get((kind, key), "changed"))


def _named(copy: Copy) -> tuple[str, str, str, str]:
    return copy.run, copy.key, copy.copy_of, copy.place


async def _run(connection: Connection, id: str, *, lock: bool = False) -> Any:
    row = await connection.fetchrow(_RUN + (" FOR UPDATE" if lock else ""), id)
    if row is None:
        raise KeepingRefused("unknown-list", id=id)
    return row


async def _proposal(connection: Connection, run: Any) -> DestructionList:
    counted: list[Any] = await connection.fetch(_COUNTS, run["id"])
    return DestructionList(
        id=run["id"],
        period=run["period"],
        day=run["day"],
        at=run["proposed_at"],
        counts={row["kind"]: row["count"] for row in counted},
        spared=len(run["spared"]),
        digest=run["digest"],
    )


def _gone(row: Any) -> Gone:
    return Gone.model_validate({name: row[name] for name in Gone.model_fields})


def _counted(values: list[str]) -> dict[str, int]:
    return {value: values.count(value) for value in sorted(set(values))}
