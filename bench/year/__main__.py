"""The simulated year: a small company on a real server in skipped time, and checks of what must hold afterwards.

    python -m bench.year --months 12 --complaints 2000

Two more months follow, in which only destruction rounds begin: that of the 13th month finds cases that were closed a
year before.

It uses its own stack at drill speed, with the worker as in production in a separate process. It prints what happened,
step by step, and what was checked; it exits with 1 if any check failed.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psutil
import uvloop

from bench.stage import DIRECTORY, cpu, first_key, worker
from bench.year import checks
from bench.year.company import Company
from bench.year.conductor import Conductor, Happened
from bench.year.estate import Estate
from bench.year.lives import Place
from bench.year.staff import plan_of
from bench.year.striding import Strider
from complaints.connection.temporal import connect
from complaints.people.loader import load
from complaints.store.migrate import migrate
from complaints.store.records import PostgresRecords
from devstack.lists import made_light
from devstack.stack import Stack, running
from starters.client import Duly
from starters.client.temporal.calls import of_the_case
from worker.namespaces import DRILL

PATIENCE = 240.0
"""Real seconds for a workflow to come to rest: a task that a stopped worker had taken is given to another after 30."""


@dataclass(frozen=True)
class Played:
    """A year that was played: the company as it is at the end, and the URL of its database."""

    company: Company
    happened: Happened
    database: str
    until: datetime
    seconds: float
    cpu: dict[str, float]


class WorkerProcess:
    """The worker, as in production, in a process that can be stopped and started."""

    def __init__(self, stack: Stack, home: Path) -> None:
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("DULY_", "TEMPORAL_"))}
        self._env = ours | {
            "TEMPORAL_ADDRESS": stack.temporal_address,
            "TEMPORAL_NAMESPACE": DRILL,
            "DATABASE_URL": stack.database_url,
            "DULY_DRILL_DATABASE_URL": stack.drill_database_url,
            "DULY_HOME": str(home),
        }
        self._held = contextlib.AsyncExitStack()
        self._process: psutil.Process | None = None
        self._spent = 0.0

    @property
    def seconds(self) -> float:
        """CPU seconds of all processes of the worker so far."""
        return self._spent + (cpu(self._process) if self._process else 0.0)

    async def start(self) -> None:
        self._process = await self._held.enter_async_context(worker("worker", "--with-parent", env=self._env))

    async def stop(self) -> None:
        self._spent, self._process = self.seconds, None
        await self._held.aclose()


@contextlib.asynccontextmanager
async def played(
    first: date,
    months: int,
    complaints: int,
    residents: int,
    months_after: int = 0,
    outage: tuple[date, int] | None = None,
    quiet: bool = False,
) -> AsyncIterator[Played]:
    """Play a year and yield it, with its stack and worker still running."""
    async with _place() as (stack, workers, records):
        text = DIRECTORY.read_text(encoding="utf-8")
        calendar = await records.calendar()
        assert calendar is not None
        directory = load(text)
        year = plan_of(first, months, complaints, residents, directory, calendar, outage)
        strider = Strider(await connect(stack.temporal_address, DRILL), patience=PATIENCE)
        duly = Duly(
            strider.client,
            answer_within=60,
            signer=await first_key(stack.drill_database_url, stack.home, DRILL),
            case_clock=of_the_case(strider.client),
        )
        place = Place(duly, strider, year, directory, calendar)
        estate = Estate(stack.drill_database_url, year.residents)
        company = Company(place, estate)
        tell = _Teller(company, quiet)
        conductor = Conductor(company, estate, records, workers, text, tell)
        used = _cpu(stack, workers)
        await conductor.play()
        until = year.until
        if months_after:
            until = year.until + timedelta(days=31 * months_after)
            await conductor.run_out(until)
        seconds = time.monotonic() - tell.began
        spent = {name: spent - used[name] for name, spent in _cpu(stack, workers).items()}
        await checks.followed(stack.drill_database_url, company)
        await estate.close()
        yield Played(company, conductor.happened, stack.drill_database_url, until, seconds, spent)


@contextlib.asynccontextmanager
async def _place() -> AsyncGenerator[tuple[Stack, WorkerProcess, PostgresRecords]]:
    with tempfile.TemporaryDirectory(prefix="duly-year-") as folder:
        home = Path(folder)
        async with running(home, drill_speed=True, ui=False, progress=lambda _: None) as stack:
            await made_light(stack.database_url)
            await migrate(stack.drill_database_url)
            records = PostgresRecords(stack.drill_database_url)
            await records.load_directory(DIRECTORY.read_text(encoding="utf-8"), by="year")
            workers = WorkerProcess(stack, home)
            await workers.start()
            try:
                yield stack, workers, records
            finally:
                await workers.stop()
                await records.close()


def _cpu(stack: Stack, workers: WorkerProcess) -> dict[str, float]:
    ours = sum(psutil.Process().cpu_times()[:2])
    servers = {name: cpu(psutil.Process(child.pid)) for name, child in stack.info.children.items()}
    return {"worker": workers.seconds, "people": ours, **servers}


class _Teller:
    """Prints the progress of the year."""

    def __init__(self, company: Company, quiet: bool) -> None:
        self.began = time.monotonic()
        self._company = company
        self._quiet = quiet

    def __call__(self, until: datetime) -> None:
        if not self._quiet:
            company, passed = self._company, time.monotonic() - self.began
            print(
                f"{until:%Y-%m-%d}  {passed:6.1f} s  complaints {len(company.cases):5}  "
                f"rounds {len(company.rounds):5}  open {len(company.open):4}  acts {company.place.acts:6}",
                flush=True,
            )


async def main(months: int, complaints: int, residents: int, after: int) -> bool:
    first = date(datetime.now(UTC).year + 1, 1, 1)
    outage = (date(first.year, 6, 15), 14) if months > 6 else (date(first.year, 1, 20), 4)
    async with played(first, months, complaints, residents, after, outage) as year:
        print(f"\nplayed in {year.seconds:.0f} s; CPU " + ", ".join(f"{n} {s:.0f} s" for n, s in year.cpu.items()))
        findings = await checks.all_of(year.company, year.happened, year.database, year.until)
    for finding in findings:
        print(("ok    " if finding.holds else "WRONG ") + finding.words)
        for case in finding.wrong[:5]:
            print(f"        {case}")
    return all(finding.holds for finding in findings)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m bench.year", description=__doc__)
    asked.add_argument("--months", type=int, default=12)
    asked.add_argument("--complaints", type=int, default=2_000)
    asked.add_argument("--residents", type=int, default=6_000)
    asked.add_argument("--after", type=int, default=2, help="months after, in which nothing new comes in")
    given = asked.parse_args()
    logging.basicConfig(level=logging.WARNING)
    sys.exit(0 if uvloop.run(main(given.months, given.complaints, given.residents, given.after)) else 1)
