"""Writes the archive of every case that is closed into a folder: beside the cases, so that no history knows of it.

The records say which closed case has none yet. A file is written under another name and put in its place at once, and
noted afterwards: who is killed in between writes the same bytes again.
"""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path
from typing import Protocol

from temporalio.client import Client
from temporalio.service import RPCError

from complaints.archive import ALL, Content, content, forms_of, pack
from complaints.directory import load
from complaints.faults import Fault
from complaints.forms.sheets import Material, Names
from complaints.model import CaseFile, JournalLine
from complaints.printing import NoChineseFont, font_folders, printed
from complaints.records.archives import Archived, Archives
from worker import histories
from worker.archive_folder import ArchiveFolder

log = logging.getLogger(__name__)

EVERY = 30.0  # seconds between two looks
AT_A_TIME = 20  # cases of one look
REST = 0.5  # seconds between two cases: whoever acts on a case comes first


class Cases(Protocol):
    """What an archive needs of the records."""

    async def case(self, number_or_key: str) -> CaseFile | None: ...
    async def journal(self, key: str) -> list[JournalLine]: ...
    async def directory(self) -> tuple[str, str] | None: ...


async def archive(cases: Cases, client: Client | None, key: str, lang: str = "zh") -> Content | None:
    """The archive of a case by number or key; None if the records have no such case, or it is not over yet.

    Without a client, or when the server keeps it no longer, it has no history. Raises `RecordsAway`, `RPCError`,
    `NoChineseFont`: an archive is written once, so it is never written without its PDF.
    """
    file = await cases.case(key)
    if file is None or not file.closed or (client and await histories.under_way(client, file.key)):
        return None
    journal, directory = await cases.journal(file.key), await cases.directory()
    names = Names.of(load(directory[1], "directory.toml") if directory else None)
    runs = await histories.export(client, file.key) if client else []
    return await asyncio.to_thread(_made, file, journal, names, runs, lang)


def _made(file: CaseFile, journal: list[JournalLine], names: Names, runs: list[str], lang: str) -> Content:
    sheets = forms_of(Material(file=file, names=names, lang=lang))
    forms = {f"{form}.html": printed(some, ".html") for form, some in sheets.items()}
    forms |= {f"{form}.docx": printed(some, ".docx") for form, some in sheets.items()}
    everything = [sheet for some in sheets.values() for sheet in some]
    forms[ALL] = printed(everything, ".pdf", font_folders(os.environ))
    return content(file, journal, names, forms, runs, lang)


class Archivist:
    """Keeps a folder complete. `run` until cancelled."""

    def __init__(self, cases: Cases, archives: Archives, client: Client, folder: Path, lang: str = "zh") -> None:
        self._cases = cases
        self._archives = archives
        self._client = client
        self._folder = ArchiveFolder(folder)
        self._lang = lang
        self._given_up: set[str] = set()  # by this worker, until it starts again

    async def run(self) -> None:
        """Archive what is closed, again and again; whatever is away is waited for."""
        while True:
            try:
                await self.look()
            except (Fault, RPCError, OSError, NoChineseFont) as fault:
                log.warning("archiving put off: %s", fault)
            await asyncio.sleep(EVERY)

    async def look(self) -> int:
        """Archive the closed cases that have no archive yet, a few at a time; returns how many got one."""
        written = 0
        for key, number in await self._archives.missing(AT_A_TIME + len(self._given_up)):
            if key in self._given_up:
                continue
            try:
                written += await self.write(key, number)
            except (Fault, RPCError, OSError, NoChineseFont):
                raise
            except Exception:  # such as an edition that is not installed: no reason to keep the others waiting
                log.exception("%s cannot be archived", key)
                self._given_up.add(key)
            await asyncio.sleep(REST)
        return written

    async def write(self, key: str, number: str) -> bool:
        """Write the archive of one closed case and note it; False if it is not over yet, or gone."""
        made = await archive(self._cases, self._client, key, self._lang)
        if made is None:
            return False
        place = await asyncio.to_thread(self._folder.put, f"{number}.zip", pack(made.files))
        history = any(file.startswith("history/") for file in made.files)
        if await self._archives.keep(Archived(key=key, file=place, digest=made.digest, history=history)):
            log.info("archived %s", key)
            return True
        self._folder.delete(place)  # the case was destroyed in the meantime
        return False
