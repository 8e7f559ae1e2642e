"""`python -m bench.rotation`: keys change under load at two gateways, and one is retired at once; nothing is refused.

People act, and complaints come in, by HTTP at two gateways that share their keys; others act by signal. Meanwhile the
key is rotated again and again, and in the end the one in use is retired at once, as if it had been stolen. The figures
are acts, failures, and which keys have signed what; every journal is proved afterwards. Any failure is a fault.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import logging
import os
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

import httpx2

from bench.figures import percentile
from bench.gateways import GatewayProcess, NoAnswer, NotSeen, acted, gateway, program, session
from bench.rehearsal import until
from bench.stage import records_ready, worker, worker_env
from complaints.case.file import ActKind, ActRequest
from complaints.connection.temporal import connect
from complaints.private_keys.folder import KeyFolder, OwnKey
from complaints.private_keys.keeper import KeyKeeper
from complaints.private_keys.places import place_of
from complaints.signing.key_ring import KeyRing
from complaints.signing.proof import kids_in, prove
from complaints.store.records import PostgresRecords
from complaints.store.signing_keys import SigningKeys
from devstack.stack import running
from starters.client import Duly
from tests.people import CLERK, MANAGER, SUPERVISOR

ACTORS = (CLERK, SUPERVISOR, MANAGER)
"""They all see the cases, and may comment."""
LEAD = timedelta(seconds=1)
"""From when a new key is published until it is valid; the gateways use it as soon as they look, within 10 seconds."""
OVERLAP = timedelta(days=8)
SENT_AGAIN = 4
"""How often the same is sent again at most, if something behind the gateway gives no answer."""


@dataclass(frozen=True)
class Place:
    """Where an installation is: its namespace, its database and its home with the private keys."""

    address: str
    namespace: str
    database_url: str
    home: Path

    @property
    def env(self) -> dict[str, str]:
        """The environment of a gateway there."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("DULY_", "TEMPORAL_"))}
        return ours | {
            "TEMPORAL_ADDRESS": self.address,
            "TEMPORAL_NAMESPACE": self.namespace,
            "DATABASE_URL": self.database_url,
            "DULY_HOME": str(self.home),
        }


@dataclass
class Counts:
    """What was done, and what went wrong."""

    done: Counter[str] = field(default_factory=Counter[str])  # acts by case
    ways: Counter[str] = field(default_factory=Counter[str])
    failures: list[str] = field(default_factory=list[str])
    again: int = 0  # sent again, because a worker or a database was too slow to answer
    seconds: list[float] = field(default_factory=list[float])
    keys: Counter[str] = field(default_factory=Counter[str])  # journals in which it has signed something, by key
    faults: Counter[str] = field(default_factory=Counter[str])  # of the journals, by code


@dataclass
class Offices:
    """Two gateways, with programs that are signed in to both, and what looks behind them."""

    gateways: tuple[GatewayProcess, GatewayProcess]
    programs: dict[str, tuple[httpx2.AsyncClient, httpx2.AsyncClient]]
    keeper: KeyKeeper
    table: SigningKeys
    duly: Duly
    records: PostgresRecords

    async def opened(self, turn: int = 0) -> str:
        """Open a complaint by HTTP, and return its key once the read model has it."""
        answer = await self._sent(complaint(), turn)
        if answer.status_code not in (200, 201):
            raise RuntimeError(f"opening: {answer.status_code} {answer.text}")
        key = answer.json()["key"]

        async def there() -> bool:
            return await self.records.cursor(key) > 0

        await until(there)
        return key

    async def _sent(self, body: dict[str, Any], turn: int) -> httpx2.Response:
        for nth in range(SENT_AGAIN):
            answer = await self.programs[CLERK][(turn + nth) % 2].post("/api/v1/complaints", json=body)
            if answer.status_code != 503:
                return answer
        return await self.programs[CLERK][turn % 2].post("/api/v1/complaints", json=body)


def complaint() -> dict[str, Any]:
    """The body of a complaint of a customer of its own."""
    nth = uuid4().hex
    return {
        "source": "crm",
        "external_id": nth,
        "project": "hf01",
        "received_at": datetime.now(UTC).isoformat(),
        "channel": "phone",
        "category": "engineering",
        "customer": f"客户{nth[:12]}",
        "contact": nth[:12],
        "matter": "地下室渗水",
    }


def comment(by: str) -> ActRequest:
    return ActRequest(by=by, kind=ActKind.COMMENT, reason="客户又来电", act_id=uuid4().hex)


@asynccontextmanager
async def offices(place: Place) -> AsyncGenerator[Offices]:
    """Run two gateways of the installation. They have one folder of keys, in which a first key is made."""
    async with AsyncExitStack() as held:
        table = await held.enter_async_context(SigningKeys(place.database_url, size=2))
        keeper = KeyKeeper(KeyFolder(place_of(place.home, place.namespace)), table)
        await keeper.begin()
        records = PostgresRecords(place.database_url, size=2)
        held.push_async_callback(records.close)
        one, other = [
            await held.enter_async_context(gateway(place.env, place.home / f"gateway-{nth}.log")) for nth in (1, 2)
        ]
        programs = dict[str, tuple[httpx2.AsyncClient, httpx2.AsyncClient]]()
        for person in ACTORS:
            token = await session(one.url, person)
            programs[person] = program(one.url, token), program(other.url, token)
            for each in programs[person]:
                held.push_async_callback(each.aclose)
        duly = Duly(await connect(place.address, place.namespace), signer=keeper.signer("session"))
        yield Offices((one, other), programs, keeper, table, duly, records)


async def loaded(there: Offices, counts: Counts, stop: asyncio.Event, cases: list[str]) -> None:
    """Act by HTTP at both gateways, by signal, and open complaints, until `stop`."""

    async def again(turns: Iterator[int], key: str, act: ActRequest) -> None:
        for nth in range(SENT_AGAIN + 1):
            program = there.programs[act.by][next(turns)]
            try:
                await acted(program, key, act, by=False, **{"idempotency-key": str(act.act_id)})
            except NoAnswer:
                counts.again += 1
                if nth == SENT_AGAIN:
                    raise
            else:
                return

    async def acts(key: str, person: str) -> None:
        turns: Iterator[int] = itertools.cycle((0, 1))
        while not stop.is_set():
            began, act = perf_counter(), comment(person)
            try:
                await again(turns, key, act)
            except (RuntimeError, NotSeen, httpx2.HTTPError) as failure:
                counts.failures.append(f"act on {key}: {failure!r}")
            else:
                counts.seconds.append(perf_counter() - began)
                counts.done[key] += 1
                counts.ways["HTTP"] += 1

    async def signals(key: str) -> None:
        while not stop.is_set():
            try:
                await there.duly.act_later(key, comment(CLERK))
            except Exception as failure:  # everything counts
                counts.failures.append(f"signal to {key}: {failure!r}")
            else:
                counts.done[key] += 1
                counts.ways["signal"] += 1
            await asyncio.sleep(0.2)

    async def opens() -> None:
        for turn in itertools.count():
            if stop.is_set():
                return
            try:
                cases.append(await there.opened(turn))
            except (RuntimeError, httpx2.HTTPError) as failure:
                counts.failures.append(f"opening: {failure!r}")
            else:
                counts.ways["opening"] += 1
            await asyncio.sleep(0.2)

    async with asyncio.TaskGroup() as tasks:
        for key, person in zip(tuple(cases), itertools.cycle(ACTORS), strict=False):
            tasks.create_task(acts(key, person))
            tasks.create_task(signals(key))
        tasks.create_task(opens())


async def rotated(there: Offices, rotations: int, pause: float, cases: int = 4) -> Counts:
    """Rotate so often under load, `pause` seconds apart at least, then retire the key in use at once; count what came.

    Each key has signed something before the next one comes, however slow the machine is.
    """
    counts, stop = Counts(), asyncio.Event()
    keys = [await there.opened(turn) for turn in range(cases)]
    load = asyncio.create_task(loaded(there, counts, stop, keys))
    try:
        for _ in range(rotations):
            await _in_use(there, keys, pause)
            await there.keeper.rotate(by="bench", lead=LEAD, overlap=OVERLAP)
        current = await _in_use(there, keys, pause)
        stolen = await there.keeper.retire(current.kid, by="bench", reason="stolen")  # its successor signs at once
        logging.info("%s is retired at %s", stolen.kid, stolen.retired_at)
        await asyncio.sleep(pause)
    finally:
        stop.set()
        with contextlib.suppress(asyncio.CancelledError):
            await load
    await _proved(there, counts, keys)
    return counts


async def _in_use(there: Offices, keys: list[str], pause: float) -> OwnKey:
    """Wait for `pause` seconds, and until the newest key has signed something; return it."""
    await asyncio.sleep(pause)
    await there.keeper.look()
    current = there.keeper.current
    assert current is not None

    async def used() -> bool:
        journals = [await there.records.journal(key) for key in keys]
        return any(current.kid in kids_in(lines) for lines in journals)

    await until(used)
    return current


async def _proved(there: Offices, counts: Counts, keys: list[str]) -> None:
    """Wait until every act is there, and prove the journals."""
    ring: KeyRing = await there.table.ring()
    for key in keys:

        async def settled(key: str = key) -> bool:
            file = await there.duly.case(key)
            return len(file.acts) == counts.done[key] and await there.records.cursor(key) >= file.journal_seq

        try:
            await until(settled)
        except TimeoutError:
            counts.failures.append(f"{key}: {len((await there.duly.case(key)).acts)} acts of {counts.done[key]}")
            continue
        lines = await there.records.journal(key)
        counts.keys.update(kids_in(lines))
        counts.faults.update(str(fault.params.get("code", fault.kind)) for fault in prove(lines, ring).faults)


def printed(counts: Counts) -> str:
    """Return the counts as text."""
    slow, usual = percentile(counts.seconds, 0.99) * 1000, percentile(counts.seconds, 0.5) * 1000
    lines = [
        *(f"{times:>7}  {way}" for way, times in counts.ways.items()),
        f"{counts.again:>7}  sent again, for want of an answer",
        f"{len(counts.failures):>7}  failures",
        f"{usual:>7.0f}  ms an act by HTTP, p50; {slow:.0f} ms p99",
        f"{len(counts.keys):>7}  keys have signed, in {', '.join(map(str, counts.keys.values()))} journals",
        f"{counts.faults.total():>7}  faults of journals: {dict(counts.faults)}",
    ]
    return "\n".join([*lines, *(f"WRONG  {one}" for one in counts.failures[:20])]) + "\n"


AFTER_THE_FACT = "key-retired"
"""The fault of what a case has taken between the retirement and the moment at which it heard of it: nobody can tell
that from what a thief has sent."""


def wrong(counts: Counts) -> bool:
    return bool(counts.failures) or set(counts.faults) - {AFTER_THE_FACT} != set()


@asynccontextmanager
async def _place() -> AsyncGenerator[Place]:
    async with AsyncExitStack() as held:
        home = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="duly-rotation-")))
        stack = await held.enter_async_context(running(home, drill_speed=False, ui=False))
        await records_ready(stack.database_url)
        place = Place(stack.temporal_address, "default", stack.database_url, home)
        async with SigningKeys(place.database_url, size=1) as table:
            await KeyKeeper(KeyFolder(place_of(home, "default")), table).begin()
        await held.enter_async_context(worker("worker", "--with-parent", env=worker_env(stack, home)))
        yield place


async def _run(rotations: int, pause: float) -> Counts:
    async with _place() as place, offices(place) as there:
        return await rotated(there, rotations, pause)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.rotation", description=__doc__)
    parser.add_argument("--rotations", type=int, default=4)
    parser.add_argument("--pause", type=float, default=13.0, help="seconds between two: gateways look every 10 seconds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all counts there too")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    counts = asyncio.run(_run(asked.rotations, asked.pause))
    sys.stdout.write(printed(counts))
    if asked.json:
        said = {"ways": counts.ways, "failures": counts.failures, "keys": counts.keys, "faults": counts.faults}
        asked.json.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.exit(1 if wrong(counts) else 0)


if __name__ == "__main__":
    main()
