"""What people must hear while PostgreSQL, and with it the outbox, is away.

A small file beside the worker remembers how far the records were with each case when they were last heard of, and which
notices have been sent past them since. So a worker that dies meanwhile sends nothing a second time, and the records
learn, once they are back, what went out without them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from activities.ports import Courier, ReferenceSource
from complaints.faults import MailRefused
from complaints.model import File, Notice
from complaints.notices import addressed

_TABLES = """
CREATE TABLE IF NOT EXISTS cursors (key TEXT PRIMARY KEY, sequence INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS heard (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS brought (key TEXT, notice TEXT, PRIMARY KEY (key, notice)) WITHOUT ROWID;
"""


class Spool:
    """One worker's memory of what the records were told, in the file `path`."""

    def __init__(self, path: Path, courier: Courier, references: ReferenceSource, lang: str = "zh") -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._courier = courier
        self._references = references
        self._lang = lang
        self._file = sqlite3.connect(path, isolation_level=None)
        self._file.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; {_TABLES}")

    def remember(self, key: str, sequence: int, closed: bool) -> None:
        """The records have the journal of this case up to line `sequence`, and know what was sent past them."""
        self._file.execute("INSERT OR REPLACE INTO heard VALUES (1, ?)", (datetime.now(UTC).isoformat(),))
        self._file.execute("DELETE FROM brought WHERE key = ?", (key,))
        if closed:
            self._file.execute("DELETE FROM cursors WHERE key = ?", (key,))
        else:
            self._file.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?)", (key, sequence))

    def cursor(self, key: str, opened_at: datetime) -> int | None:
        """How far the records were with this case: 0 for one that opened after they were last heard of.

        None if this worker cannot know: another one told them of it. Then its mail is left to the outbox.
        """
        if row := self._file.execute("SELECT sequence FROM cursors WHERE key = ?", (key,)).fetchone():
            return row[0]
        heard = self._file.execute("SELECT at FROM heard").fetchone()
        return 0 if heard and opened_at > datetime.fromisoformat(heard[0]) else None

    def brought(self, key: str) -> frozenset[str]:
        """The notices of this case that were sent past the records."""
        return frozenset(row[0] for row in self._file.execute("SELECT notice FROM brought WHERE key = ?", (key,)))

    async def bring(self, file: File, notices: Iterable[Notice]) -> None:
        """Send each of these that was not sent yet. Raises `MailAway`; a refused address is left to the outbox."""
        reference = await self._references.reference(file.place, None)
        done = self.brought(file.key)
        for notice in notices:
            if (
                reference is None
                or notice.id in done
                or (letter := addressed(file, notice, reference, self._lang)) is None
            ):
                continue
            try:
                await self._courier.send([letter])
            except MailRefused:
                continue
            self._file.execute("INSERT OR IGNORE INTO brought VALUES (?, ?)", (file.key, notice.id))

    def close(self) -> None:
        self._file.close()
