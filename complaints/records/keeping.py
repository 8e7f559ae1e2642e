"""Retention in PostgreSQL: what has come due, the lists, what is destroyed, the certificates.

Everything is done record by record, each chain of cases in one transaction, and says so in the same transaction: who is
killed in the middle goes on where they were, and nothing is done, or counted, twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from complaints.base import Frozen
from complaints.clock.local_time import CHINA, local
from complaints.records import keeping_sql as sql
from complaints.records.database import Connection, Database
from complaints.records.holds import ONE_AT_A_TIME, Holds
from complaints.retention.certificate import Certificate, Gone, Outstanding, list_digest
from complaints.retention.errors import KeepingRefused
from complaints.retention.listing import Kept, Listed, Listing, Proposal, Spared, listing
from complaints.retention.terms import TERMS, Kind, Terms

PATIENT = 120.0
"""Seconds for the questions that look at every record; nobody's clock waits for them."""


class Copy(Frozen):
    """A copy outside this database that is still to be deleted: an "archive" file, a "history" at the server."""

    run: str
    key: str
    copy_of: str
    place: str
    closed_before: datetime  # what the same key began after this is another case


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


class Keeping(Holds):
    """Keeping and destroying at a PostgreSQL URL. Every method raises `RecordsAway` while PostgreSQL is away.

    `terms` are asked for when something is listed: an edition that cannot be read keeps nobody from anything else.
    """

    def __init__(self, url: str, terms: Callable[[], Terms] = lambda: TERMS, size: int = 4) -> None:
        super().__init__(Database(url, size))
        self._terms = terms

    async def due(self, at: datetime, project: str | None = None) -> Listing:
        """What may go at this moment, by China's calendar day, and what is spared; of one project, or of all."""
        async with self._database.connection(PATIENT) as connection:
            found = await self._listing(connection, at)
        if project is None:
            return found
        going = tuple(one for one in found.going if one.project == project)
        return found.but(going=going, spared=tuple(one for one in found.spared if one.project == project))

    async def propose(self, period: str, at: datetime) -> Proposal:
        """The list of this period: made when first asked for, and the same ever after."""
        async with self._database.transaction(PATIENT) as connection:
            await connection.execute(ONE_AT_A_TIME)
            if (there := await connection.fetchrow(sql.RUN_OF, period)) is not None:
                return await _proposal(connection, there)
            found = await self._listing(connection, at)
            id = f"destruction-{period}"
            row = await connection.fetchrow(sql.PROPOSE, id, period, found.day, at, found.digest, found.spared)
            await connection.execute(sql.PROPOSE_LINES, id, found.going, timeout=PATIENT)
            return await _proposal(connection, row)

    async def listed(self, id: str) -> Listing:
        """What the list of this id proposes, and what it spares. Raises `KeepingRefused`."""
        async with self._database.connection(PATIENT) as connection:
            run = await _run(connection, id)
            lines = await connection.fetch(sql.LINES, id)
        going = tuple(Listed.model_validate(row["whole"]) for row in lines)
        spared = tuple(Spared.model_validate(one) for one in run["spared"])
        return Listing(day=run["day"], going=going, spared=spared)

    async def runs(self) -> tuple[Run, ...]:
        """All runs, the newest first."""
        async with self._database.connection() as connection:
            return tuple(Run.model_validate(dict(row)) for row in await connection.fetch(sql.RUNS))

    async def approve(self, id: str, digest: str, by: str, at: datetime) -> None:
        """Note who approved which list. Raises `KeepingRefused`: no such list, another list, another approver."""
        async with self._database.transaction() as connection:
            run = await _run(connection, id, lock=True)
            if run["digest"] != digest:
                raise KeepingRefused("other-list", id=id, digest=digest[:12], wanted=run["digest"][:12])
            if run["approved_by"] is None:
                await connection.execute(sql.APPROVE, id, by, at)
            elif run["approved_by"] != by:
                raise KeepingRefused("approved-by-another", id=id, by=run["approved_by"])

    async def destroy(self, id: str, done: Callable[[int], None] | None = None) -> None:
        """Destroy in the records what the approved list names and nothing forbids; `done` hears how many are through.

        What came on hold meanwhile, or changed, is left, with all of its chain, and said to be left.
        """
        async with self._database.connection(PATIENT) as connection:
            run = await _run(connection, id)
            waiting: list[Any] = await connection.fetch(sql.WAITING, id, timeout=PATIENT)
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
        """The certificate of a run whose records are all through: written once, the same ever after."""
        async with self._database.transaction(PATIENT) as connection:
            run = await _run(connection, id, lock=True)
            if run["certificate"] is None:
                gone = [_gone(row) for row in await connection.fetch(sql.GONE, id)]
                certificate = Certificate(
                    id=id,
                    period=run["period"],
                    proposed_at=run["proposed_at"],
                    digest=run["digest"],
                    approved_by=run["approved_by"],
                    approved_at=run["approved_at"],
                    carried_out_at=at,
                    counts=_counted([one.kind.value for one in gone]),
                    left=_counted([row["because"] for row in await connection.fetch(sql.LEFT, id)]),
                    list_digest=list_digest(gone),
                )
                await connection.execute(sql.CERTIFY, id, at, certificate)
        found = await self.certificate(id)
        assert found is not None
        return found

    async def certificate(self, id: str) -> Certificate | None:
        """The certificate of a run, with what is still outstanding now; None before it was carried out.

        Raises `KeepingRefused` for an unknown id.
        """
        async with self._database.connection() as connection:
            run = await _run(connection, id)
            rows: list[Any] = await connection.fetch(sql.OUTSTANDING, id)
        if run["certificate"] is None:
            return None
        left = tuple(Outstanding.model_validate(dict(row)) for row in rows)
        return Certificate.model_validate(run["certificate"]).but(outstanding=left)

    async def gone(self, id: str) -> tuple[Gone, ...]:
        """The list of a certificate, by kind and number."""
        async with self._database.connection(PATIENT) as connection:
            return tuple(_gone(row) for row in await connection.fetch(sql.GONE, id))

    async def whereabouts(self, name_or_key: str) -> tuple[Gone, str, datetime] | None:
        """What was destroyed under this number or key, by which run, approved when; None if nothing was."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(sql.WHEREABOUTS, name_or_key.strip())
        return (_gone(row), row["run"], row["approved_at"]) if row else None

    # --- copies elsewhere

    async def outstanding(self, id: str | None = None) -> tuple[Copy, ...]:
        """The copies elsewhere that are still to be deleted, those tried least first; of one run, or of all."""
        async with self._database.connection(PATIENT) as connection:
            return tuple(Copy.model_validate(dict(row)) for row in await connection.fetch(sql.COPIES, id))

    async def copy_gone(self, copy: Copy) -> None:
        """This copy is deleted, or was never there."""
        async with self._database.connection() as connection:
            await connection.execute(sql.COPY_GONE, copy.run, copy.key, copy.copy_of, datetime.now(UTC))

    async def copy_stays(self, copy: Copy, error: str) -> None:
        """This copy could not be deleted yet; `error` says why, without anything of the case."""
        async with self._database.connection() as connection:
            await connection.execute(sql.COPY_STAYS, copy.run, copy.key, copy.copy_of, error[:200])

    async def close(self) -> None:
        """Let go of all connections."""
        await self._database.close()

    # --- within a transaction

    async def _listing(self, connection: Connection, at: datetime) -> Listing:
        day = local(at, CHINA).date()
        # Not earlier than any that may go; `listing` has the last word.
        terms = self._terms()
        before = day - timedelta(days=28 * min(terms.of(kind).months for kind in Kind))
        rows: list[Any] = await connection.fetch(sql.KEPT, before, timeout=PATIENT)
        return listing([Kept.model_validate(dict(row)) for row in rows], terms, day)

    async def _destroy(self, connection: Connection, run: str, chain: dict[tuple[str, str], str], day: Any) -> None:
        """Look again at what goes together; then all of it goes, or all of it is left."""
        keys = {kind: [key for one, key in chain if one == kind] for kind in Kind}
        reports = [*keys[Kind.REGISTER], *keys[Kind.REPORT]]
        rows: list[Any] = await connection.fetch(sql.KEPT_OF, keys[Kind.CASE], reports, timeout=PATIENT)
        found = listing([Kept.model_validate(dict(row)) for row in rows], self._terms(), day)
        still = {(one.kind.value, one.key): one.seal for one in found.going}
        if all(still.get(name) == seal for name, seal in chain.items()):
            for kind, key in chain:
                await connection.execute(sql.DESTROY, run, kind, key, timeout=PATIENT)
            return
        because = {(one.kind.value, one.key): one.because for one in found.spared}
        for kind, key in chain:
            await connection.execute(sql.LEAVE, run, kind, key, because.get((kind, key), "changed"))


async def _run(connection: Connection, id: str, *, lock: bool = False) -> Any:
    row = await connection.fetchrow(sql.RUN + (" FOR UPDATE" if lock else ""), id)
    if row is None:
        raise KeepingRefused("unknown-list", id=id)
    return row


async def _proposal(connection: Connection, run: Any) -> Proposal:
    counted: list[Any] = await connection.fetch(sql.COUNTS, run["id"])
    return Proposal(
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
