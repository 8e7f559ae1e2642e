"""Writes the archive of every closed case into a folder, outside of the workflows, so that no history contains it.

The records say which closed cases have no archive yet. A file is written under a temporary name, moved into place
atomically, and noted in the records afterwards: a worker killed in between writes the same bytes again.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from pathlib import Path
from typing import Protocol

from temporalio.client import Client
from temporalio.service import RPCError

from complaints.archive.content import ALL, Content, content, write
from complaints.archive.forms import forms_of
from complaints.base.error_text import described
from complaints.base.faults import ObjectsAway, RecordsAway
from complaints.case.file import CaseFile, JournalLine
from complaints.objects.store import Objects
from complaints.people.loader import load
from complaints.printing import font_folders, printed
from complaints.printing.errors import NoChineseFont, NotInstalled
from complaints.printing.sheets.material import Material
from complaints.printing.sheets.names import SheetNames
from complaints.signing.key_ring import KeyRing
from complaints.signing.proof import kids_in
from complaints.store.archives import Archived, Archives
from worker import histories
from worker.archive_folder import ArchiveFolder, Writer
from worker.quarantine import ARCHIVE, Quarantine, away
from worker.supervisor import Supervisor

log = logging.getLogger(__name__)

EVERY = 30.0  # seconds between two calls of `look`
AT_A_TIME = 20  # cases of one call
FOLDER, FONT = "archive-folder", "archive-font"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}
"""`errno` values that mean that the folder accepts no file at all."""
REST = 0.5  # seconds between two cases, so that acts have priority


class Cases(Protocol):
    """What archiving needs from the records."""

    async def case(self, number_or_key: str) -> CaseFile | None: ...
    async def journal(self, key: str) -> list[JournalLine]: ...
    async def directory(self) -> tuple[str, str] | None: ...


class PublicKeys(Protocol):
    """The table of public keys."""

    async def ring(self) -> KeyRing: ...


async def archive(
    cases: Cases, client: Client | None, key: str, lang: str = "zh", keys: PublicKeys | None = None
) -> Content | None:
    """Return the archive of a case by number or key; None if the records have no such case, or it is not over yet.

    The archive has no history without `client`, or when the server no longer keeps one. Raises `RecordsAway`,
    `RPCError`, `NoChineseFont`, `NotInstalled`: an archive is written once, so it is never written without its PDF.
    """
    file = await cases.case(key)
    if file is None or not file.closed or (client and await histories.under_way(client, file.key)):
        return None
    journal, directory = await cases.journal(file.key), await cases.directory()
    names = SheetNames.of(load(directory[1], "directory.toml") if directory else None)
    runs = await histories.export(client, file.key) if client else []
    ring = await keys.ring() if keys is not None and kids_in(journal) else None
    return await asyncio.to_thread(_made, file, journal, names, runs, lang, ring)


def _made(
    file: CaseFile, journal: list[JournalLine], names: SheetNames, runs: list[str], lang: str, ring: KeyRing | None
) -> Content:
    sheets = forms_of(Material(file=file, names=names, lang=lang))
    forms = {f"{form}.html": printed(some, ".html") for form, some in sheets.items()}
    forms |= {f"{form}.docx": printed(some, ".docx") for form, some in sheets.items()}
    everything = [sheet for some in sheets.values() for sheet in some]
    forms[ALL] = printed(everything, ".pdf", font_folders(os.environ))
    return content(file, journal, names, forms, runs, lang, ring)


def writer(made: Content, objects: Objects | None) -> Writer:
    """Return what writes the archive to a file, with the attachments from the store.

    It raises `ObjectDamaged` for one that is missing or changed, and `ObjectsAway`: an archive is written once, so it
    is never written without its attachments.
    """

    def fetch(sha256: str) -> bytes:
        if objects is None:
            raise ObjectsAway("the store of attachments is not set")
        return objects.read(sha256)

    return lambda target: write(made, target, fetch)


class Archivist:
    """Keeps the archive folder complete: `run` runs until it is cancelled."""

    def __init__(
        self,
        cases: Cases,
        archives: Archives,
        client: Client,
        folder: Path,
        lang: str = "zh",
        *,
        objects: Objects | None = None,
        keys: PublicKeys | None = None,
        aside: Quarantine | None = None,
        supervisor: Supervisor | None = None,
    ) -> None:
        self._cases = cases
        self._archives = archives
        self._client = client
        self._folder = ArchiveFolder(folder)
        self._lang = lang
        self._objects = objects
        self._keys = keys
        self._aside = aside or Quarantine()
        self._supervisor = supervisor or Supervisor()

    async def run(self) -> None:
        """Archive closed cases every `EVERY` seconds; wait while the records, the server or the folder are away."""
        while True:
            try:
                await self.look()
            except (RecordsAway, RPCError) as fault:
                if not isinstance(fault, RecordsAway) and not away(fault):
                    raise
                log.warning("archiving put off: %s", described(fault))
            except OSError as error:
                if error.errno not in FULL:
                    raise
                self._supervisor.troubled(FOLDER, error, "archives wait until the folder can be written to")
            except NoChineseFont as error:
                self._supervisor.troubled(FONT, error, "archives wait for a Chinese font (see DULY_FONTS)")
            except NotInstalled as error:
                self._supervisor.troubled(FONT, error, "archives wait for the packages of duly[print]")
            await asyncio.sleep(EVERY)

    async def look(self) -> int:
        """Archive the closed cases that have no archive yet, a few at a time; return how many got one.

        A case that cannot be archived (its edition is not installed, an attachment is missing) is set aside. Raises
        what affects all cases: records or a server that are away, a folder that accepts no file, a missing font.
        """
        written = 0
        missing = await self._archives.missing(AT_A_TIME + len(self._aside.ids(ARCHIVE)))
        if len(missing) < AT_A_TIME:
            self._aside.only(ARCHIVE, [key for key, _ in missing])
        for key, number in missing:
            if self._aside.waits(ARCHIVE, key):
                continue
            try:
                written += await self.write(key, number)
            except Exception as error:
                if isinstance(error, RecordsAway | NoChineseFont | NotInstalled) or away(error):
                    raise
                if isinstance(error, OSError) and error.errno in FULL:
                    raise
                self._aside.put(ARCHIVE, key, error)
            else:
                self._aside.done(ARCHIVE, key)
            await asyncio.sleep(REST)
        return written

    async def write(self, key: str, number: str) -> bool:
        """Write and note the archive of one closed case; False if the case is not over yet, or was destroyed."""
        made = await archive(self._cases, self._client, key, self._lang, self._keys)
        if made is None:
            return False
        self._supervisor.well(FONT)
        place = await asyncio.to_thread(self._folder.put, f"{number}.zip", writer(made, self._objects))
        self._supervisor.well(FOLDER)
        history = any(file.startswith("history/") for file in made.files)
        if await self._archives.keep(Archived(key=key, file=place, digest=made.digest, history=history)):
            log.info("archived %s", key)
            return True
        self._folder.delete(place)  # the case was destroyed meanwhile
        return False
