"""The read model as one class: writes the additions of each case exactly once and atomically, and has all queries."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from complaints.base.faults import RecordsDisagree, RecordsRefused
from complaints.case.additions import Additions
from complaints.case.complaint import Complaint
from complaints.case.file import CaseFile, EarlierCase, File, Related, Written
from complaints.case.round import RoundFile
from complaints.intake.repeats import SoughtComplaint
from complaints.store import writing
from complaints.store.database import Connection, Database, is_duplicate
from complaints.store.outdated_cases import OutdatedCases
from complaints.store.own_absences import OwnAbsences
from complaints.store.reading import Reading, Row
from complaints.store.rebuilding import Rebuilding
from complaints.store.reference_tables import ReferenceTables


class PostgresRecords(Reading, Rebuilding, ReferenceTables, OwnAbsences, OutdatedCases):
    """The case files in PostgreSQL, at a URL of libpq's form (Unix sockets included).

    It connects when first used and again whenever PostgreSQL comes back; every method raises `RecordsAway` while it is
    unavailable. A write that left mail in the outbox sets `mail_waiting`, one that left something for webhooks sets
    `webhooks_waiting`, so that whoever sends them in the same process need not poll.
    """

    keeps_plans = True

    def __init__(self, at: str | Database, size: int = 10) -> None:
        super().__init__(at, size)
        self.mail_waiting = asyncio.Event()
        self.webhooks_waiting = asyncio.Event()
        self.newest_reference: str | None = None
        """The version of directory and calendar that the last write saw."""

    async def write(self, additions: Additions) -> Written:
        """Write `additions` after the cursor of their case or round, in one transaction, and advance the cursor.

        Idempotent: additions that are stored already change nothing (except that notices in `mailed` are marked), and
        get the same answer; of partly stored ones, the rest is added. Raises `RecordsRefused` if the additions begin
        beyond the cursor, their journal does not continue the stored one, or one of its lines cannot be read; the
        subclass `RecordsDisagree` if the server has another journal than the read model.
        """
        try:
            row = await self._written(additions)
        except RecordsDisagree:
            raise
        except RecordsRefused as refused:
            if found := await self.disagreement(additions, 0):
                raise RecordsDisagree(f"{additions.key}: {found.detail}") from refused
            raise
        self.newest_reference = row["reference"]
        related = tuple(Related.model_validate(one) for one in row["related"])
        return Written(
            number=row["number"], related=related, reference=row["reference"], earlier=_earlier(row, additions.file)
        )

    async def later_related(self, key: str) -> tuple[str, ...]:
        """Return the keys of the open cases to which the case `key` is an earlier related complaint (CR-5.1.2)."""
        async with self._database.connection() as connection:
            return tuple(row["key"] for row in await connection.fetch(writing.LATER, key))

    async def _written(self, additions: Additions) -> Row:
        content = writing.content(additions)
        async with self._database.connection() as connection:
            row = await _write(connection, additions, content)
            if row["mail_waits"]:
                self.mail_waiting.set()
            if row["webhooks_wait"]:
                self.webhooks_waiting.set()
            if additions.mailed:
                await connection.execute(writing.MARK_MAILED, additions.key, list(additions.mailed))
        return row

    async def related(self, sought: SoughtComplaint) -> tuple[Related, ...]:
        """Return earlier complaints of the customer, or of the building and subject, newest first (CR-5.1.2)."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(writing.SEEK, sought.key, writing.sought(sought))
        return tuple(Related.model_validate(one) for one in row["related"]) if row is not None else ()

    async def later(self, sought: SoughtComplaint) -> tuple[str, ...]:
        """Return the keys of the open cases to which this complaint is an earlier one, or was before its correction."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(writing.SEEK_LATER, sought.key, writing.sought(sought))
        return tuple(row["key"] for row in rows)

    async def followed(self, key: str, to: datetime) -> None:
        """Set the checkpoint: all lines of a case up to the workflow task that started at `to` are stored."""
        async with self._database.connection() as connection:
            await connection.execute(writing.FOLLOWED, key, to)


async def _write(connection: Connection, new: Additions, content: list[Any]) -> Row:
    """Continue or open the case or round, or look up what was written before; return the row of the answer."""
    row = await _go_on(connection, new, content)
    if row is None and new.after == 0:
        # A concurrent writer may open the same one at this moment: then it can be continued after all.
        row = await _open(connection, new, content) or await _go_on(connection, new, content)
    return row or await _written_before(connection, new)


async def _go_on(connection: Connection, new: Additions, content: list[Any]) -> Row | None:
    """Continue the case or round and return its row; None if the additions do not continue it from its cursor."""
    if new.sequence == 0:
        return None
    if isinstance(new.file, RoundFile):
        sql, head = writing.GO_ON_ROUND, writing.round_header(new.file)
    else:
        sql, head = writing.GO_ON, writing.header(new.file)
    return await connection.fetchrow(sql, new.key, new.sequence, head, *content, new.after, new.followed_to)


async def _open(connection: Connection, new: Additions, content: list[Any]) -> Row | None:
    """Insert and return the row of the case or round; None if there is one already."""
    try:
        async with connection.transaction():
            if isinstance(new.file, RoundFile):
                sql, head = writing.OPEN_ROUND, writing.round_row(new.file)
            else:
                sql, head = writing.OPEN, writing.complaint(new.file, await _number(connection, new.file))
            return await connection.fetchrow(sql, new.key, new.sequence, head, *content, new.followed_to)
    except Exception as error:
        if is_duplicate(error):
            return None
        raise


async def _number(connection: Connection, case: CaseFile) -> str:
    """Return the next number of the complaint's project and year; it is used up once the transaction commits.

    A case that has a number already, because an old backup of the read model is in use, keeps it, and the counter is
    advanced so that no other case gets it.
    """
    complaint = case.complaint
    if case.number is not None:
        _, year, nth = case.number.rsplit("-", 2)
        await connection.execute(writing.KEEP_NUMBER, complaint.project, int(year), int(nth))
        return case.number
    drawn = await connection.fetchrow(writing.DRAW_NUMBER, complaint.project, complaint.received_at)
    return f"{complaint.project.upper()}-{drawn['year']}-{drawn['last']:06d}"


async def _written_before(connection: Connection, new: Additions) -> Row:
    """Return the answer of an earlier write, or the row of another case with this id.

    Raises `RecordsRefused` if the additions do not fit the stored case, `RecordsDisagree` if the journals differ.
    """
    of_round = isinstance(new.file, RoundFile)
    look_up = writing.LOOK_UP_ROUND if of_round else writing.LOOK_UP
    row = await connection.fetchrow(look_up, new.key, new.sequence)
    if row is None and new.after > 0:
        raise RecordsRefused(f"{new.key} is not in the records yet: its opening must come first")
    if row is None:
        what = (
            "the round of this rule, period and subject is"
            if of_round
            else "this source and external id, or the number, are"
        )
        raise RecordsRefused(f"{new.key}: {what} in the records under another key")
    if new.sequence and row["opened_at"] != new.file.opened_at:
        raise RecordsDisagree(f"{new.key}: the records have another case under this key")
    if row["cursor"] < new.sequence:
        raise RecordsRefused(f"{new.key} has line {row['cursor']}, the additions begin after line {new.after}")
    if new.sequence and row["hash"] != new.file.journal_hash:
        raise RecordsDisagree(f"{new.key}: line {new.sequence} of the records is another one than the server has")
    return row


def _earlier(row: Row, file: File) -> EarlierCase | None:
    """Return the other case that the read model has under the id of this new case; None if it is this case."""
    if not isinstance(file, CaseFile) or row.get("opened_at", file.opened_at) == file.opened_at:
        return None
    said = row["said"]
    if not said:  # it has no lines yet: its row has most of the complaint
        registered = {name: value for name, value in row["registered"].items() if name in Complaint.model_fields}
        said = file.complaint.model_dump() | registered
    there = Complaint.model_validate(said)
    differs = tuple(name for name in Complaint.model_fields if getattr(there, name) != getattr(file.complaint, name))
    if not row["cursor"] and set(differs) <= {"received_at"}:
        return None  # it drew a number and was lost before its first line: this case takes over the number
    return EarlierCase(number=row["number"], closed_at=row["closed_at"], proposal=row["proposal"], differs=differs)
