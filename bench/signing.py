"""`python -m bench.signing`: what signed acts cost: whole crises with signatures and without, in turns, in one run.

Both have a namespace, a database and a worker of their own on the same stack; the one that is not measured only polls.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import psutil

from bench import measures
from bench.figures import Spread
from bench.flows import CaseFlow
from bench.kinds import KINDS
from bench.rehearsal import rehearse
from bench.stage import first_key, records_ready, worker, worker_env
from complaints.case.file import ActKind, ActRequest
from complaints.connection.temporal import connect
from complaints.signing.jws import SigningKey
from complaints.signing.key_ring import KeyRing
from complaints.signing.signer import Signer
from complaints.signing.statement import ActStatement
from complaints.signing.verifying import verify
from devstack.stack import Stack, running
from starters.client import Duly
from worker import namespaces

PLAIN, SIGNED = "plain", "signed"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
CRISIS = "crisis"


async def database(stack: Stack, name: str) -> str:
    connection = await asyncpg.connect(stack.database_url)
    await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()
    return urlunsplit(urlsplit(stack.database_url)._replace(path=f"/{name}"))


@asynccontextmanager
async def flows() -> AsyncIterator[dict[str, CaseFlow]]:
    """Yield the two flows, with everything that they need at work."""
    async with AsyncExitStack() as held:
        home = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="duly-signing-")))
        stack = await held.enter_async_context(running(home, drill_speed=False, ui=False, locked=False))
        servers = {name: psutil.Process(child.pid) for name, child in stack.info.children.items()}
        made: dict[str, CaseFlow] = {}
        for name in (PLAIN, SIGNED):
            url = await database(stack, name)
            await namespaces.register(stack.temporal_address, (name,))
            await records_ready(url)
            signer = await first_key(url, home, name) if name == SIGNED else None
            env = worker_env(stack, home) | {"TEMPORAL_NAMESPACE": name, "DATABASE_URL": url}
            process = await held.enter_async_context(worker("worker", "--with-parent", env=env))
            duly = Duly(await connect(stack.temporal_address, name), signer=signer)
            made[name] = CaseFlow(
                duly, {"worker": process, **servers}, KINDS[CRISIS], await rehearse(duly, KINDS[CRISIS])
            )
            made[name].name = name
        yield made


async def measure(rounds: int, cases: int, lanes: int) -> dict[str, dict[str, Spread]]:
    """Return the figures of both by their names, a value for each round, and the ratio of their medians."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    async with flows() as both:
        for flow in both.values():  # warm-up
            await measures.lives(flow, 2, 2)
        for n in range(rounds):
            logging.info("round %s of %s", n + 1, rounds)
            for how, (some, side) in {
                "one at a time": (max(cases // 3, 1), 1),
                f"{lanes} at once": (cases, lanes),
            }.items():
                order = list(both.items()) if n % 2 else list(both.items())[::-1]  # neither is always the first
                for name, flow in order:
                    for figure, value in (await measures.lives(flow, some, side)).items():
                        found[f"{how}: {figure}"][name].append(value)
    return {name: {whose: Spread(tuple(values)) for whose, values in one.items()} for name, one in found.items()}


def alone(times: int = 2_000) -> dict[str, float]:
    """Microseconds that one signature, and its verification, take by themselves, for an act of one kilobyte."""
    key = SigningKey.generate()
    ring = KeyRing().adding(key.public("gateway", NOW))
    signer = Signer(key, "bench")
    act = ActRequest(by="li.na", kind=ActKind.COMMENT, reason="漏" * 300, form={"people": []}, act_id="a-1")
    text, signature = signer.act("crm-0123456789abcdef", act, NOW)
    began = perf_counter()
    for _ in range(times):
        signer.act("crm-0123456789abcdef", act, NOW)
    signed = perf_counter()
    for _ in range(times):
        verify(ActStatement, text, signature, ring, "crm-0123456789abcdef", NOW)
    over = perf_counter()
    return {"sign µs": (signed - began) / times * 1e6, "verify µs": (over - signed) / times * 1e6}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.signing", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--cases", type=int, default=9, help="lives a round")
    parser.add_argument("--lanes", type=int, default=3, help="how many of them at once")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("temporalio").setLevel(logging.WARNING)
    rows = asyncio.run(measure(asked.rounds, asked.cases, asked.lanes))
    figures: dict[str, object] = {"alone": alone()}
    for name, both in rows.items():
        plain, signed = both[PLAIN].median, both[SIGNED].median
        figures[name] = {PLAIN: plain, SIGNED: signed, "ratio": signed / plain if plain else None}
        sys.stdout.write(f"{name:<42} {plain:>10.2f} {signed:>10.2f}  × {signed / plain if plain else 0:.3f}\n")
    sys.stdout.write(f"{figures['alone']}\n")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
