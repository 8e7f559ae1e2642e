"""The records: what each case adds, written once and whole, and everything people read from them."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from complaints.base.faults import RecordsDisagree, RecordsRefused
from complaints.case.additions import Additions
from complaints.case.complaint import Complaint
from complaints.case.file import CaseFile, EarlierCase, File, Related, Written
from complaints.case.round import RoundFile
from complaints.store import writing
from complaints.store.database import Connection, Database, is_duplicate
from complaints.store.outdated_cases import OutdatedCases
from complaints.store.reading import Reading, Row
from complaints.store.rebuilding import Rebuilding
from complaints.store.reference_tables import ReferenceTables


class PostgresRecords(Reading, Rebuilding, ReferenceTables, OutdatedCases):
    """The case files in PostgreSQL, at a URL of libpq's form (Unix sockets included).

    It connects when first used and again whenever PostgreSQL comes back; every method raises `RecordsAway` while it is
    away. `mail_waiting` is set by a write that left mail in the outbox: a dispatcher in the same process need not poll.
    """

    keeps_plans = True

    def __init__(self, at: str | Database, size: int = 10) -> None:
        super().__init__(at, size)
        self.mail_waiting = asyncio.Event()
        self.newest_reference: str | None = None
        """Version of directory and calendar as the last write saw it."""

    async def write(self, additions: Additions) -> Written:
        """Write `additions` to their case, or their round, after its cursor, in one transaction, and move the cursor.

        What is all here changes nothing (but for notices since `mailed`) and gets the same answer; of what is here in
        part the rest is added. Raises `RecordsRefused` when the additions begin beyond the cursor, their journal does
        not continue the one that is here, or one of its lines cannot be read.
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

    async def _written(self, additions: Additions) -> Row:
        content = writing.content(additions)
        async with self._database.connection() as connection:
            row = await _write(connection, additions, content)
            if row["mail_waits"]:
                self.mail_waiting.set()
            if additions.mailed:
                await connection.execute(writing.MARK_MAILED, additions.key, list(additions.mailed))
        return row

    async def followed(self, key: str, to: datetime) -> None:
        """Note that all lines of a case up to the workflow task that was started at `to` are here."""
        async with self._database.connection() as connection:
            await connection.execute(writing.FOLLOWED, key, to)


async def _write(connection: Connection, new: Additions, content: list[Any]) -> Row:
    """The row of the answer: of going on, of opening, or of what was written before, whichever it is."""
    row = await _go_on(connection, new, content)
    if row is None and new.after == 0:
        # Somebody may open the same one at this moment: then there is one to go on with after all.
        row = await _open(connection, new, content) or await _go_on(connection, new, content)
    return row or await _written_before(connection, new)


async def _go_on(connection: Connection, new: Additions, content: list[Any]) -> Row | None:
    """The row of the case or the round, or None if it cannot be gone on with from its cursor."""
    if new.sequence == 0:
        return None
    if isinstance(new.file, RoundFile):
        sql, head = writing.GO_ON_ROUND, writing.round_header(new.file)
    else:
        sql, head = writing.GO_ON, writing.header(new.file)
    return await connection.fetchrow(sql, new.key, new.sequence, head, *content, new.after, new.followed_to)


async def _open(connection: Connection, new: Additions, content: list[Any]) -> Row | None:
    """The new row, or None if there is one already."""
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
    """The next number of the complaint's project and year; drawn for good when the transaction ends.

    A case that has one already, because an old backup of the records is at work, keeps it, and nobody else gets it.
    """
    complaint = case.complaint
    if case.number is not None:
        _, year, nth = case.number.rsplit("-", 2)
        await connection.execute(writing.KEEP_NUMBER, complaint.project, int(year), int(nth))
        return case.number
    drawn = await connection.fetchrow(writing.DRAW_NUMBER, complaint.project, complaint.received_at)
    return f"{complaint.project.upper()}-{drawn['year']}-{drawn['last']:06d}"


async def _written_before(connection: Connection, new: Additions) -> Row:
    """The answer as it was given, or what is known of another case of this id. Raises `RecordsRefused` otherwise."""
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
    """The other case that the records have under the id of this one, which has just begun; None if it is this one."""
    if not isinstance(file, CaseFile) or row.get("opened_at", file.opened_at) == file.opened_at:
        return None
    said = row["said"]
    if not said:  # there are no lines yet: its row has most of what it says
        registered = {name: value for name, value in row["registered"].items() if name in Complaint.model_fields}
        said = file.complaint.model_dump() | registered
    there = Complaint.model_validate(said)
    differs = tuple(name for name in Complaint.model_fields if getattr(there, name) != getattr(file.complaint, name))
    if not row["cursor"] and set(differs) <= {"received_at"}:
        return None  # it drew its number and was lost before its first line: this one has the number now
    return EarlierCase(number=row["number"], closed_at=row["closed_at"], proposal=row["proposal"], differs=differs)
