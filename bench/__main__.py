"""`python -m bench`: Duly beside a bare workflow, one after the other in every round, and a table of both."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from bench import measures
from bench.figures import Spread
from bench.flows import BareFlow, Crisis, events, rehearse
from bench.report import Report, describe_machine, show
from bench.stage import Stage, stage


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    rounds: int
    cases: int  # lives a round, several side by side
    lanes: int
    alone: int  # lives a round, one after the other
    lag: int
    due: int  # complaints that fall due
    per_second: float
    ahead: float  # seconds to open them


FULL = Size(rounds=9, cases=18, lanes=6, alone=3, lag=1, due=200, per_second=50, ahead=15)
QUICK = Size(rounds=1, cases=6, lanes=6, alone=1, lag=1, due=30, per_second=50, ahead=4)
PAUSE = 0.3  # seconds between two acts of somebody who is not in a hurry


Keep = Callable[[str, str, measures.Figures], None]


async def measure(on: Stage, size: Size) -> Report:
    """All figures of all rounds."""
    acts = await rehearse(on.duly)
    crisis = Crisis(on.duly, {"worker": on.duly_worker, **on.servers}, acts)
    bare = BareFlow(on.bare, {"worker": on.bare_worker, **on.servers}, acts)
    for flow in (crisis, bare):  # warm: imports, pools, caches
        await measures.lives(flow, 2, 2)
    found: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))

    def keep(what: str, whose: str, figures: measures.Figures) -> None:
        for name, value in figures.items():
            found[what, name][whose].append(value)

    load: list[float] = []
    for n in range(size.rounds):
        logging.info("round %s of %s", n + 1, size.rounds)
        load.append(os.getloadavg()[0])
        await one_round(on, size, crisis, bare, keep)
    rows = {key: {whose: Spread(tuple(values)) for whose, values in both.items()} for key, both in found.items()}
    histories = {
        "duly": await events(on.duly.client.get_workflow_handle((await crisis.play()).id)),
        "bare": await events(on.bare.get_workflow_handle((await bare.play()).id)),
    }
    machine = describe_machine() | {"load at the beginning of each round": load}
    return Report(machine=machine, size=asdict(size), acts=len(acts), rows=rows, histories=histories)


async def one_round(on: Stage, size: Size, crisis: Crisis, bare: BareFlow, keep: Keep) -> None:
    """Every measurement once, Duly's and the bare one's next to each other."""
    for flow in (crisis, bare):
        keep(f"{size.lanes} side by side", flow.name, await measures.lives(flow, size.cases, size.lanes))
    for flow in (crisis, bare):
        keep("one at a time", flow.name, await measures.lives(flow, size.alone, 1))
    lag = await measures.records_lag(crisis, on.records, size.lag, 1, pause=PAUSE)
    keep("records lag, an act now and then", "duly", lag)
    lag = await measures.records_lag(crisis, on.records, 4 * size.lag, 4, pause=0)
    keep("records lag, 4 flurries", "duly", lag)
    for name, lateness in (
        ("duly", partial(measures.duly_lateness, on.duly, size.due, size.per_second)),
        ("bare", partial(measures.bare_lateness, on.bare, size.due, size.per_second)),
    ):
        keep("deadline lateness", name, await measures.in_time(lateness, size.ahead))


async def run(size: Size) -> Report:
    async with stage() as on:
        return await measure(on, size)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one small round, within a minute: does it work?")
    parser.add_argument("--rounds", type=int, help="how many rounds instead of 9")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("temporalio").setLevel(logging.WARNING)
    size = QUICK if asked.quick else FULL
    if asked.rounds:
        size = replace(size, rounds=asked.rounds)
    report = asyncio.run(run(size))
    show(report)
    if asked.json:
        asked.json.write_text(json.dumps(report.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
