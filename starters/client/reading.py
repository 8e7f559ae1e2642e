"""The part of the client that reads: files and journals of cases and rounds."""

from __future__ import annotations

from collections.abc import AsyncIterator

from complaints.case.file import CaseFile, File, JournalLine
from complaints.case.round import RoundFile
from starters.client.transport import EventsSince, Transport
from workflows import interface

LONGEST_WAIT = 25.0
"""Seconds for which one question for new events may wait for them."""


class FileReading:
    """Reads files. An unknown case or round raises `Refusal` (`CASE_UNKNOWN`), unless a method says otherwise."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    async def case(self, case: str) -> CaseFile:
        """Return the whole case file, by key or number; also of a closed case, while the server keeps its history.

        A large case leaves its notices and long texts to the read model (`CaseFile.trimmed`). They are fetched from
        there if this process knows its address (`DATABASE_URL`) and has the packages to ask it; else they stay trimmed.
        """
        return await self.transport.case(case)

    async def round(self, key: str) -> RoundFile:
        """Return the whole file of a round, by key; also of a closed round, while the server keeps its history."""
        return await self.transport.round(key)

    async def file(self, name: str) -> File:
        """Return the file of a case, by key or number, or of a round, by key."""
        return await self.round(name.strip()) if interface.is_round(name.strip()) else await self.case(name)

    async def events(self, name: str, after: int = 0, *, wait: float = 0) -> EventsSince:
        """Return the journal lines of a case or a round after line `after` (0: from the beginning).

        While there are none, wait for one, `wait` seconds at most, and no longer than `LONGEST_WAIT`. Go on with
        `EventsSince.last`. A large case has the lines of its present run only: the first may come later than the one
        after `after`.
        """
        return await self.transport.events(name, after, min(wait, LONGEST_WAIT))

    async def feed(self, name: str, after: int = 0) -> AsyncIterator[JournalLine]:
        """Yield the journal lines of a case or a round after line `after`, as they come, until it is closed.

        Raises `Refusal` (`SERVER_UNREACHABLE`) while the server gives no answer; go on with the `seq` of the last line
        then.
        """
        while True:
            found = await self.events(name, after, wait=LONGEST_WAIT)
            for line in found.lines:
                yield line
            if found.closed:
                return
            after = found.last
