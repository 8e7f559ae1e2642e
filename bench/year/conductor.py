"""Leads a company through its year: fortnights, staff changes, an outage of the workers, and the months after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from bench.year.company import Company
from bench.year.estate import BY, Estate
from bench.year.lives import Life
from bench.year.plan import ZONE, Absence, Leaving
from complaints.case.file import ActKind, ActRequest
from complaints.clock.local_time import local
from complaints.people.loader import load
from complaints.store.records import PostgresRecords
from workflows import interface

SLICE = timedelta(days=14)
"""As long as possible: the work of one slice is spread over all lives that advance in it."""
DESTRUCTION = "CH-8.1.list"


class Workers(Protocol):
    """The workers of the company, which can be stopped and started."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...


@dataclass
class Happened:
    """What the conductor did, as far as the read model does not say it."""

    handed_over: int = 0  # cases and rounds with duties of a person who left
    away: int = 0  # cases and rounds that were open when the workers went away
    slept: int = 0  # of these, those whose own time passed to the end of the outage
    held: str | None = None  # the number of the old complaint that is under a hold
    directories: list[str] = field(default_factory=list[str])


class Conductor:
    """Plays one year."""

    def __init__(
        self,
        company: Company,
        estate: Estate,
        records: PostgresRecords,
        workers: Workers,
        directory: str,
        tell: Callable[[datetime], None],
    ) -> None:
        self.company = company
        self.happened = Happened()
        self._year = company.place.year
        self._estate = estate
        self._records = records
        self._workers = workers
        self._text = directory
        self._tell = tell

    async def play(self) -> None:
        """Play from the beginning of the year to its end."""
        year, place = self._year, self.company.place
        self.happened.held = await self._estate.brings_along(year.olds, year.since)
        await self._estate.deposits(place.directory, local(year.since, ZONE).date())
        for since, until in self._slices():
            if year.outage is not None and since == year.outage[0]:
                await self._outage(*year.outage)
            else:
                await self._change_staff(since)
                await self._slice(since, until)
            self._tell(until)

    async def run_out(self, until: datetime) -> None:
        """Play the time after the year: open lives go on, and nothing new begins except destruction rounds."""
        since = self._year.until
        while since < until:
            end = min(since + 2 * SLICE, until)
            self.company.opens(since, end, lambda rule: rule == DESTRUCTION)
            await self.company.until(end)
            self._tell(end)
            since = end

    async def _slice(self, since: datetime, until: datetime) -> None:
        await self._estate.move_in(local(until, ZONE).date(), since)
        self.company.comes_in(until)
        self.company.opens(since, until)
        await self.company.until(until)

    def _slices(self) -> Iterator[tuple[datetime, datetime]]:
        """Yield fortnights, cut where an event affects all lives."""
        year = self._year
        cuts = {one.at for one in (*year.leavings, *year.absences)} | set(year.outage or ())
        at = year.since
        while at < year.until:
            end = min(at + SLICE, year.until, *(cut for cut in cuts if cut > at), year.until)
            yield at, end
            at = end

    # --- staff

    async def _change_staff(self, at: datetime) -> None:
        for absence in self._year.absences:
            if absence.at == at:
                await self._loaded(self._text + _absence(absence), at)
        for leaving in self._year.leavings:
            if leaving.at == at:
                await self._loaded(_without(self._text, leaving), at)
                await self._hand_over(leaving)

    async def _loaded(self, text: str, at: datetime) -> None:
        """Put another directory in force, and have all open lives adopt it."""
        company = self.company
        await company.all(company.open, lambda life: life.bring(at))
        self.happened.directories.append(await self._records.load_directory(text, by=BY))
        self._text = text
        company.place.renew(load(text))

        async def signal(life: Life[Any]) -> None:
            await life.handle.signal(interface.REFERENCE_CHANGED)

        await company.all(company.open, signal)
        await company.all(company.open, lambda life: life.again())

    async def _hand_over(self, leaving: Leaving) -> None:
        """移交: transfer all duties of the person who leaves to the successor."""

        async def hand_over(life: Life[Any]) -> None:
            request = ActRequest(
                by=leaving.by,
                kind=ActKind.HAND_OVER,
                form={"from": leaving.person},
                to=leaving.successor,
                reason="离职移交",
            )
            await self.company.place.duly.act(life.key, request)
            await life.again()

        owing = [life for life in self.company.open if any(one.owner == leaving.person for one in life.duties)]
        await self.company.all(owing, hand_over)
        self.happened.handed_over += len(owing)

    # --- outage

    async def _outage(self, since: datetime, until: datetime) -> None:
        """Stop the workers. New cases and rounds wait at the server, and time passes for all lives."""
        company = self.company
        opened = company.open
        await company.all(opened, lambda life: life.bring(since))
        await self._workers.stop()
        slept = await company.all(opened, lambda life: life.unattended(until))
        self.happened.away, self.happened.slept = len(slept), sum(slept)
        came = [*company.comes_in(until), *company.opens(since, until)]
        await company.all(came, lambda life: life.start_unseen(until))
        await self._workers.start()
        await company.all([*opened, *came], lambda life: life.attended_again(until))


def _absence(one: Absence) -> str:
    return f'\n[[absence]]\nperson = "{one.person}"\nfrom = {one.first}\nuntil = {one.last}\n'


def _without(directory: str, one: Leaving) -> str:
    """Return the directory with the successor in all places of the leaver, who is kept until all is handed over."""
    for before, after in ((f'"{one.person}"', f'"{one.successor}"'), (one.name, one.successor_name)):
        directory = directory.replace(before, after)
    return directory.replace(f'"{one.person}@', f'"{one.successor}@') + (
        f'\n[[person]]\nid = "{one.person}"\nname = "{one.name}"\nemail = "{one.person}@huafu.example"\n'
        f'department = "marketing"\nreports_to = "{one.successor}"\n'
    )
