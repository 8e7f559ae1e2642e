"""The records: what each case adds, written once and whole, and everything people read from them."""

from __future__ import annotations

import asyncio

from complaints.faults import RecordsRefused
from complaints.model import Additions, Batch, CaseFile, Related, Written
from complaints.records import writing
from complaints.records.database import Connection, Database, is_duplicate
from complaints.records.reading import Reading, Row
from complaints.records.shelf import Shelf
from complaints.records.telling import Telling
from complaints.rounds.model import RoundBatch, RoundFile


class PostgresRecords(Reading, Shelf, Telling):
    """The case files in PostgreSQL, at a URL of libpq's form (Unix sockets included).

    It connects when first used and again whenever PostgreSQL comes back; every method raises `RecordsAway` while it is
    away. `mail_waiting` is set by a write that left mail in the outbox: a dispatcher in the same process need not poll.
    """

    def __init__(self, url: str, size: int = 10) -> None:
        super().__init__(Database(url, size, keeps_plans=True))
        self.mail_waiting = asyncio.Event()
        self.newest_reference: str | None = None
        """Version of directory and calendar as the last write saw it."""

    async def write(self, batch: Additions) -> Written:
        """Write what `batch` adds to its case, or its round, after the cursor, in one transaction, and move the cursor.

        A batch whose lines are all here changes nothing (but for notices since `mailed`) and gets the same answer; one
        that is here in part adds the rest. Raises `RecordsRefused` when the batch begins beyond the cursor or its
        journal does not continue the one that is here.
        """
        assert isinstance(batch, Batch | RoundBatch)
        writing.check(batch)
        async with self._database.connection() as connection:
            if isinstance(batch, RoundBatch):
                row = await _write_round(connection, batch)
            else:
                row = await _write(connection, batch)
            if row["mail_waits"]:
                self.mail_waiting.set()
            if batch.mailed:
                await connection.execute(writing.MARK_MAILED, batch.key, list(batch.mailed))
        self.newest_reference = row["reference"]
        related = tuple(Related.model_validate(one) for one in row["related"])
        return Written(number=row["number"], related=related, reference=row["reference"])

    async def close(self) -> None:
        """Let go of all connections."""
        await self._database.close()


async def _write(connection: Connection, batch: Batch) -> Row:
    """The row of the answer: of going on, of opening, or of what was written before, whichever it is."""
    row = await _go_on(connection, batch)
    if row is None and batch.after == 0 and batch.opening is not None:
        # Somebody may open the same case at this moment: then there is a case to go on with after all.
        row = await _open(connection, batch, batch.opening) or await _go_on(connection, batch)
    return row or await _written_before(connection, batch)


async def _go_on(connection: Connection, batch: Batch) -> Row | None:
    """The case's row, or None if it cannot be gone on with from its cursor."""
    if batch.sequence == 0:
        return None
    head, content = writing.header(batch), writing.content(batch)
    return await connection.fetchrow(writing.GO_ON, batch.key, batch.sequence, head, *content, batch.after)


async def _open(connection: Connection, batch: Batch, opening: CaseFile) -> Row | None:
    """The new case's row, or None if there is one already."""
    project, received = opening.complaint.project, opening.complaint.received_at
    try:
        async with connection.transaction():
            drawn = await connection.fetchrow(writing.DRAW_NUMBER, project, received)
            number = f"{project.upper()}-{drawn['year']}-{drawn['last']:06d}"
            head, content = writing.complaint(batch, opening, number), writing.content(batch)
            return await connection.fetchrow(writing.OPEN, batch.key, batch.sequence, head, *content)
    except Exception as error:
        if is_duplicate(error):
            return None
        raise


async def _write_round(connection: Connection, batch: RoundBatch) -> Row:
    """The same of a round, which has no number to be drawn."""
    going_on = [writing.round_header(batch), *writing.content(batch), batch.after]
    row = None
    if batch.sequence:
        row = await connection.fetchrow(writing.GO_ON_ROUND, batch.key, batch.sequence, *going_on)
    if row is None and batch.after == 0 and batch.opening is not None:
        row = await _open_round(connection, batch, batch.opening)
    if row is None and batch.sequence:
        row = await connection.fetchrow(writing.GO_ON_ROUND, batch.key, batch.sequence, *going_on)
    row = row or await connection.fetchrow(writing.LOOK_UP_ROUND, batch.key)
    if row is None:
        raise RecordsRefused(f"{batch.key} is not in the records yet: its opening must come first")
    if "cursor" in row and row["cursor"] < batch.sequence:
        raise RecordsRefused(f"{batch.key} has line {row['cursor']}, the batch begins after line {batch.after}")
    return row


async def _open_round(connection: Connection, batch: RoundBatch, opening: RoundFile) -> Row | None:
    """The new round's row, or None if there is one already."""
    beginning = [writing.round_row(batch, opening), *writing.content(batch)]
    try:
        return await connection.fetchrow(writing.OPEN_ROUND, batch.key, batch.sequence, *beginning)
    except Exception as error:
        if is_duplicate(error):
            return None
        raise


async def _written_before(connection: Connection, batch: Batch) -> Row:
    """The answer as it was given. Raises `RecordsRefused` if there was none."""
    row = await connection.fetchrow(writing.LOOK_UP, batch.key)
    if row is None and batch.opening is None:
        raise RecordsRefused(f"{batch.key} is not in the records yet: its opening must come first")
    if row is None:
        raise RecordsRefused(f"{batch.key}: this source and external id are in the records under another key")
    if row["cursor"] < batch.sequence:
        raise RecordsRefused(f"{batch.key} has line {row['cursor']}, the batch begins after line {batch.after}")
    return row
