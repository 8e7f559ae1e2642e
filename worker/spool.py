"""Delivers notices directly while PostgreSQL, and with it the outbox, is away.

A small SQLite file beside the worker keeps the last known cursor of the records for each case, and which notices have
been sent without the records since. So a worker that dies meanwhile sends nothing a second time, and the records learn,
once they are back, what was sent without them.

Where the file cannot be written (a full disk, a read-only one), the worker goes on without it: mail then waits in the
outbox until PostgreSQL is back. This process remembers the notices it has already sent without the records, and does
not trust the cursors in the file until it has been written again.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from activities.ports import Courier, ReferenceSource
from complaints.base.faults import MailRefused
from complaints.case.file import File, Notice
from complaints.case.notices import addressed
from worker.supervisor import Supervisor

log = logging.getLogger(__name__)

PART = "spool"

_TABLES = """
CREATE TABLE IF NOT EXISTS cursors (key TEXT PRIMARY KEY, sequence INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS heard (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS brought (key TEXT, notice TEXT, PRIMARY KEY (key, notice)) WITHOUT ROWID;
"""


class Spool:
    """One worker's copy of the cursors of the records, and the notices sent without them, in the file `path`."""

    def __init__(
        self,
        path: Path,
        courier: Courier,
        references: ReferenceSource,
        lang: str = "zh",
        supervisor: Supervisor | None = None,
    ) -> None:
        self._path = path
        self._courier = courier
        self._references = references
        self._lang = lang
        self._supervisor = supervisor or Supervisor()
        self._opened: sqlite3.Connection | None = None
        self._broken = False  # the file lacks something that the records have
        self._sent: dict[str, set[str]] = {}  # notices this process sent without the records, whatever the file says
        try:
            self._file  # noqa: B018 - opened now, so that a failure is reported at the start
        except (sqlite3.Error, OSError) as error:
            self._trouble(error)

    def remember(self, key: str, sequence: int, closed: bool) -> None:
        """Note that the records hold this case's journal up to line `sequence`, and know what was sent without them."""
        self._sent.pop(key, None)
        try:
            self._remember(key, sequence, closed)
        except (sqlite3.Error, OSError) as error:
            self._trouble(error)
        else:
            self._broken = False
            self._supervisor.well(PART)

    def _remember(self, key: str, sequence: int, closed: bool) -> None:
        file = self._file
        file.execute("BEGIN")
        try:
            if self._broken:
                file.execute("DELETE FROM cursors")
            file.execute("INSERT OR REPLACE INTO heard VALUES (1, ?)", (datetime.now(UTC).isoformat(),))
            file.execute("DELETE FROM brought WHERE key = ?", (key,))
            if closed:
                file.execute("DELETE FROM cursors WHERE key = ?", (key,))
            else:
                file.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?)", (key, sequence))
            file.execute("COMMIT")
        except sqlite3.Error:
            if file.in_transaction:
                file.execute("ROLLBACK")
            raise

    @property
    def _file(self) -> sqlite3.Connection:
        """The file, opened when it is first needed, and again after a failure."""
        if self._opened is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._opened = _open(self._path)
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise  # it cannot be read or written now
                log.warning("%s is no spool any more: it is put aside, and a new one begins", self._path.name)
                self._path.replace(self._path.with_name(f"{self._path.name}.unreadable"))
                self._opened = _open(self._path)
        return self._opened

    def _trouble(self, error: Exception) -> None:
        self._broken = True
        self._supervisor.troubled(PART, error, "while PostgreSQL is away, mail waits for it")

    def cursor(self, key: str, opened_at: datetime) -> int | None:
        """Return the records' cursor of this case: 0 for a case that was opened after the last write to the records.

        None if this worker cannot know it, because another worker wrote the case. Its mail is then left to the outbox.
        """
        if self._broken:
            return None
        try:
            return self._cursor(key, opened_at)
        except (sqlite3.Error, OSError) as error:
            self._trouble(error)
            return None

    def _cursor(self, key: str, opened_at: datetime) -> int | None:
        if row := self._file.execute("SELECT sequence FROM cursors WHERE key = ?", (key,)).fetchone():
            return row[0]
        heard = self._file.execute("SELECT at FROM heard").fetchone()
        return 0 if heard and opened_at > datetime.fromisoformat(heard[0]) else None

    def delivered(self, key: str) -> frozenset[str]:
        """Return the ids of this case's notices that were sent without the records."""
        sent = self._sent.get(key, set[str]())
        try:
            found = self._file.execute("SELECT notice FROM brought WHERE key = ?", (key,)).fetchall()
        except (sqlite3.Error, OSError) as error:
            self._trouble(error)
            return frozenset(sent)
        return frozenset({*sent, *(row[0] for row in found)})

    async def deliver(self, file: File, notices: Iterable[Notice]) -> None:
        """Send each notice whose time has come and that was not sent yet.

        Raises `MailAway`; a refused address is left to the outbox.
        """
        reference = await self._references.reference(file.place, None)
        done, now = self.delivered(file.key), datetime.now(UTC)
        for notice in notices:
            if (
                reference is None
                or notice.id in done
                or (notice.not_before is not None and now < notice.not_before)
                or (letter := addressed(file, notice, reference, self._lang)) is None
            ):
                continue
            try:
                await self._courier.send([letter])
            except MailRefused:
                continue
            self._sent.setdefault(file.key, set()).add(notice.id)
            try:
                self._file.execute("INSERT OR IGNORE INTO brought VALUES (?, ?)", (file.key, notice.id))
            except (sqlite3.Error, OSError) as error:
                self._trouble(error)
                return  # send nothing more that could not be remembered

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()


def _open(path: Path) -> sqlite3.Connection:
    opened = sqlite3.connect(path, isolation_level=None)
    try:
        opened.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; {_TABLES}")
    except sqlite3.Error:
        opened.close()
        raise
    return opened
