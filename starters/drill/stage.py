"""Sets up what a drill needs: a worker of the namespace `drill`, its read model, directory and calendar."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from complaints.base.errors import Refusal, Refused
from complaints.base.faults import RecordsAway
from complaints.clock.calendar import Calendar
from complaints.connection.running_stack import default_home
from complaints.connection.settings import OFF, ObjectPlace, Settings
from complaints.connection.temporal import connect
from complaints.objects.store import Objects
from complaints.people.loader import load
from complaints.people.model import Directory
from complaints.private_keys.folder import KeyFolder
from complaints.private_keys.keeper import KeyKeeper
from complaints.private_keys.places import place_of
from complaints.signing.signer import Signer
from complaints.store.migrate import migrate
from complaints.store.records import PostgresRecords
from complaints.store.signing_keys import SigningKeys
from starters.client import Duly
from starters.client.temporal.calls import of_the_case
from starters.drill.skipping import Skipper
from worker.main import run_worker

NAMESPACE = "drill"
LOADED_BY = "drill"


@dataclass(frozen=True)
class Stage:
    """Everything that runs while a drill is played."""

    duly: Duly
    skipper: Skipper
    records: PostgresRecords
    directory: Directory
    calendar: Calendar


@asynccontextmanager
async def stage(
    settings: Settings, directory: str | None, fallback: str, absent: tuple[str, ...] = ()
) -> AsyncGenerator[Stage]:
    """Run a worker on the namespace and the read model of drills, for the duration of the block.

    `directory` is the text of a directory to load there; without it the loaded one stays, or `fallback` is loaded if
    there is none. The people `absent` are on leave until the block ends. No mail is sent, whatever the settings say.
    Raises `DirectoryError`, `RecordsAway`, `Unsettled` and `Refusal(SERVER_UNREACHABLE)`.
    """
    with TemporaryDirectory() as spare:  # for the attachments of a drill on a server that has no place for them here
        place = settings.object_place() or ObjectPlace(folder=Path(spare))
        quiet = replace(settings, smtp_url=None, health_address=OFF, attachments=place)
        async with _set_up(quiet, directory, fallback, absent) as up:
            yield up


@asynccontextmanager
async def _set_up(
    quiet: Settings, directory: str | None, fallback: str, absent: tuple[str, ...]
) -> AsyncGenerator[Stage]:
    url = quiet.need_database()
    await migrate(url)
    records = PostgresRecords(url, size=2)
    try:
        stored = await records.directory()
        text = directory or (stored[1] if stored else fallback)
        played = text + on_leave(absent, datetime.now(UTC).date())
        await records.load_directory(played, LOADED_BY)
        signer = await _signer(quiet, url)
        client = await connect(quiet.need_address(), NAMESPACE)
        skipper = Skipper(client)
        async with _working(quiet):
            calendar = await records.calendar()
            if calendar is None:  # the worker could not load one
                raise RecordsAway("no calendar is loaded yet")
            try:
                objects = Objects.at(quiet.need_objects())
                duly = Duly(skipper.client, objects=objects, signer=signer, case_clock=of_the_case(client))
                yield Stage(duly, skipper, records, load(played), calendar)
            finally:
                if absent:
                    await records.load_directory(text, LOADED_BY)
    finally:
        await records.close()


async def _signer(settings: Settings, url: str) -> Signer:
    """Return a signer with the key of drills, which is made if there is none."""
    folder = KeyFolder(place_of(settings.home or default_home(), NAMESPACE))
    async with SigningKeys(url, size=1) as table:
        keeper = KeyKeeper(folder, table, NAMESPACE, lead=timedelta(0))
        await keeper.begin()
    return keeper.signer(NAMESPACE)


LEAVE = timedelta(days=800)
"""How long people who are absent from a story are on leave: longer than any story lasts."""


def on_leave(people: tuple[str, ...], today: date) -> str:
    """Return the entries of a directory by which these people are on leave from the day before `today` on."""
    since, until = today - timedelta(days=1), today + LEAVE
    entries = (f'[[absence]]\nperson = "{person}"\nfrom = {since}\nuntil = {until}\n' for person in people)
    return "".join(f"\n{entry}" for entry in entries)


@asynccontextmanager
async def _working(settings: Settings) -> AsyncGenerator[None]:
    """Run the ordinary worker, in the drill's namespace."""
    stop, ready = asyncio.Event(), asyncio.Event()
    log = logging.getLogger("worker.main")
    log.addFilter(_expected)
    working = asyncio.create_task(run_worker(settings, stop, ready.set))
    waiting = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait({working, waiting}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if not ready.is_set():
            if not working.done():  # one of its parts keeps failing; its log says which
                raise Refusal(Refused.SERVER_UNREACHABLE, what="worker", address=settings.need_address())
            await working  # it has failed: raise its error
        yield
    finally:
        stop.set()
        waiting.cancel()
        await working
        log.removeFilter(_expected)


PATIENCE = 60.0
"""Seconds within which the worker of a drill must be ready."""


def _expected(record: logging.LogRecord) -> bool:
    """Log filter: drop the warning that no mail is sent, which is intended in a drill."""
    return "DULY_SMTP_URL" not in record.getMessage()
