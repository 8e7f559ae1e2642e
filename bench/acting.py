"""`python -m bench.acting`: what it costs to act through the gateway, signed in and signed, beside acting without.

Five arms play the same crises in turns, in one run: the client straight at the server, unsigned and signed; HTTP
without sign-in, policy and signature (`bench.open_gateway`); HTTP with a person's session, and with a backend's
token. Unsigned and signed cases have a namespace, a database and a worker each. Whoever may not see the case yet,
because the read model has not heard of their part in it, sends the act again when it has; only the last time counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import psutil

from bench import measures
from bench.figures import Spread
from bench.flows import Played, Stopwatch
from bench.gateways import GatewayProcess, NotSeen, acted, backend, gateway, program, session
from bench.kinds import KINDS
from bench.measures import GIVE_UP
from bench.rehearsal import Script, rehearse, until, until_booked
from bench.signing import CRISIS, database
from bench.stage import first_key, records_ready, worker, worker_env
from complaints.case.file import ActReceipt, ActRequest
from complaints.connection.temporal import connect
from devstack.stack import Stack, running
from starters.client import Duly
from worker import namespaces

UNSIGNED, SIGNED = "direct, unsigned", "direct, signed"
OPEN, SESSION, TOKEN = "HTTP, open", "HTTP, session", "HTTP, token"
ARMS = (UNSIGNED, SIGNED, OPEN, SESSION, TOKEN)
COMPARED = ((SIGNED, UNSIGNED), (OPEN, UNSIGNED), (SESSION, OPEN), (TOKEN, OPEN))
SEEN_AFTER = 0.25
"""Seconds after which an act is sent again to a case that its person does not see yet."""
OPENED = "SELECT 1 FROM file_heads WHERE key = $1"
Send = Callable[[str, ActRequest], Awaitable[ActReceipt]]


@dataclass
class Office:
    """A namespace with its worker and its read model."""

    duly: Duly
    records: asyncpg.Pool
    script: Script
    processes: dict[str, psutil.Process]
    env: dict[str, str]


class Arm:
    """One way to act: a flow that `bench.measures` can play."""

    def __init__(self, name: str, office: Office, send: Send, beside: dict[str, psutil.Process]) -> None:
        self.name = name
        self.processes = {**office.processes, **beside}
        self._office = office
        self._send = send

    async def play(self) -> Played:
        office, kind, times = self._office, KINDS[CRISIS], Stopwatch()
        key = (await office.duly.open_complaint(kind.complaint(datetime.now(UTC) - kind.age))).key
        times.lap()
        await self._seen(key)
        for nth, act in enumerate(office.script.acts, 1):
            await self._acted(key, act, times)
            if nth in office.script.booked:
                await until_booked(office.duly, key)
        await office.duly.client.get_workflow_handle(key).result()
        return Played(key, tuple(times.laps))

    async def _acted(self, key: str, act: ActRequest, times: Stopwatch) -> None:
        async with asyncio.timeout(GIVE_UP):
            while True:
                times.go_on()
                try:
                    await self._send(key, act)
                except NotSeen:
                    await asyncio.sleep(SEEN_AFTER)
                else:
                    times.lap()
                    return

    async def _seen(self, key: str) -> None:
        """Wait until the read model has the case."""

        async def there() -> bool:
            return await self._office.records.fetchval(OPENED, key) == 1

        await until(there)


@asynccontextmanager
async def arms() -> AsyncGenerator[dict[str, Arm]]:
    """Yield the five arms, with everything that they need at work."""
    async with AsyncExitStack() as held:
        home = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="duly-acting-")))
        stack = await held.enter_async_context(running(home, drill_speed=False, ui=False, locked=False))
        plain = await _office(held, stack, home, "plain")
        signed = await _office(held, stack, home, "signed")
        free = await _gateway(held, plain, home, "open", module="bench.open_gateway")
        known = await _gateway(held, signed, home, "known")
        people = {act.by for act in signed.script.acts}
        sessions = {
            by: await held.enter_async_context(program(known.url, await session(known.url, by))) for by in people
        }
        scopes = sorted({f"act:{act.kind.value}" for act in signed.script.acts})
        token = await backend(signed.env["DATABASE_URL"], *scopes)
        nobody = await held.enter_async_context(program(free.url))
        crm = await held.enter_async_context(program(known.url, token))

        async def as_anybody(key: str, act: ActRequest) -> ActReceipt:
            said = act.model_dump_json(exclude_defaults=True)
            answer = await nobody.post(
                f"/api/v1/complaints/{key}/acts", content=said, headers={"content-type": "application/json"}
            )
            answer.raise_for_status()
            return ActReceipt.model_validate_json(answer.content)

        beside = {"gateway": known.measured}
        yield {
            UNSIGNED: Arm(UNSIGNED, plain, plain.duly.act, {}),
            SIGNED: Arm(SIGNED, signed, signed.duly.act, {}),
            OPEN: Arm(OPEN, plain, as_anybody, {"gateway": free.measured}),
            SESSION: Arm(SESSION, signed, lambda key, act: acted(sessions[act.by], key, act, by=False), beside),
            TOKEN: Arm(TOKEN, signed, lambda key, act: acted(crm, key, act, by=True), beside),
        }


async def _office(held: AsyncExitStack, stack: Stack, home: Path, name: str) -> Office:
    url = await database(stack, name)
    await namespaces.register(stack.temporal_address, (name,))
    await records_ready(url)
    signer = await first_key(url, home, name) if name == "signed" else None
    env = worker_env(stack, home) | {"TEMPORAL_NAMESPACE": name, "DATABASE_URL": url}
    process = await held.enter_async_context(worker("worker", "--with-parent", env=env))
    records = await held.enter_async_context(asyncpg.create_pool(url, min_size=2, max_size=8))
    duly = Duly(await connect(stack.temporal_address, name), signer=signer)
    servers = {part: psutil.Process(child.pid) for part, child in stack.info.children.items()}
    return Office(duly, records, await rehearse(duly, KINDS[CRISIS]), {"worker": process, **servers}, env)


async def _gateway(
    held: AsyncExitStack, office: Office, home: Path, name: str, module: str = "starters.gateway"
) -> GatewayProcess:
    return await held.enter_async_context(gateway(office.env, home / f"gateway-{name}.log", module=module))


async def measure(rounds: int, cases: int, lanes: int) -> dict[str, dict[str, Spread]]:
    """Return the figures of each arm by their names, a value for each round. Every round begins with another arm."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    async with arms() as all_of_them:
        for arm in all_of_them.values():  # warm-up
            await measures.lives(arm, 2, 2)
        for n in range(rounds):
            logging.info("round %s of %s", n + 1, rounds)
            for how, some, side in (
                ("one at a time", max(cases // 3, 1), 1),
                (f"{lanes} at once", cases, lanes),
            ):
                for name in (*ARMS[n % len(ARMS) :], *ARMS[: n % len(ARMS)]):
                    for figure, value in (await measures.lives(all_of_them[name], some, side)).items():
                        found[f"{how}: {figure}"][name].append(value)
    return {name: {whose: Spread(tuple(values)) for whose, values in one.items()} for name, one in found.items()}


def printed(rows: dict[str, dict[str, Spread]]) -> str:
    """Return medians over the rounds, and the ratios that matter."""
    lines = [f"{'':<44}" + "".join(f"{arm:>18}" for arm in ARMS)]
    for name, by_arm in rows.items():
        medians = [f"{by_arm[arm].median:>18.2f}" if arm in by_arm else f"{'':>18}" for arm in ARMS]
        lines.append(f"{name:<44}{''.join(medians)}")
        if "act p" in name:
            for one, other in COMPARED:
                ratio = by_arm[one].median / by_arm[other].median
                each = [a / b for a, b in zip(by_arm[one].rounds, by_arm[other].rounds, strict=True)]
                lines.append(f"    {one} / {other}: × {ratio:.3f} (rounds: {min(each):.2f} to {max(each):.2f})")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.acting", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--cases", type=int, default=18, help="lives a round and arm, and a third one at a time")
    parser.add_argument("--lanes", type=int, default=3, help="how many of them at once")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("temporalio").setLevel(logging.WARNING)
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    rows = asyncio.run(measure(asked.rounds, asked.cases, asked.lanes))
    sys.stdout.write(printed(rows))
    if asked.json:
        figures = {name: {arm: spread.rounds for arm, spread in by_arm.items()} for name, by_arm in rows.items()}
        asked.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
