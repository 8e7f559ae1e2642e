"""`python -m bench`: measures Duly and a bare workflow, one after the other in every round; prints a table of both."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from bench import measures
from bench.figures import Spread
from bench.flows import BareFlow, CaseFlow
from bench.histories import left_by
from bench.kinds import KINDS
from bench.rehearsal import rehearse
from bench.report import Life, Report, describe_machine, show
from bench.stage import Stage, stage


@dataclass(frozen=True)
class Size:
    """The extent of the measurements."""

    rounds: int
    cases: int  # lives per round, `lanes` of them concurrently
    lanes: int
    alone: int  # lives per round, one after the other
    lag: int
    due: int  # complaints that fall due
    per_second: float
    ahead: float  # seconds to open them
    track_rounds: int  # rounds of the tracks other than the crisis
    track_cases: int  # lives of each of these tracks per round; one life of the track `long`
    track_lanes: int


FULL = Size(
    rounds=9,
    cases=18,
    lanes=6,
    alone=3,
    lag=1,
    due=200,
    per_second=50,
    ahead=15,
    track_rounds=3,
    track_cases=6,
    track_lanes=2,
)
QUICK = replace(FULL, rounds=1, cases=6, alone=1, due=30, ahead=4, track_rounds=1, track_cases=2)
PAUSE = 0.3  # seconds between two acts of a person who is not in a hurry


CRISIS, LONG = "crisis", "long"

Keep = Callable[[str, str, measures.Figures], None]


async def measure(on: Stage, size: Size, tracks: Sequence[str]) -> Report:
    """Run all rounds and return all figures."""
    found: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))

    def keep(what: str, whose: str, figures: measures.Figures) -> None:
        for name, value in figures.items():
            found[what, name][whose].append(value)

    load: list[float] = []
    lives: dict[str, Life] = {}
    crisis, bare = await flows(on, CRISIS)
    for flow in (crisis, bare):  # warm-up: imports, pools, caches
        await measures.lives(flow, 2, 2)
    if CRISIS in tracks:
        for n in range(size.rounds):
            logging.info("round %s of %s", n + 1, size.rounds)
            load.append(os.getloadavg()[0])
            await one_round(on, size, crisis, bare, keep)
        lives[CRISIS] = await life(crisis, bare, (await crisis.play()).id, (await bare.play()).id)
    for n in range(size.track_rounds):
        for track in (name for name in tracks if name != CRISIS):
            logging.info("%s: round %s of %s", track, n + 1, size.track_rounds)
            load.append(os.getloadavg()[0])
            lives[track] = await a_track(on, size, track, keep)
    rows = {key: {whose: Spread(tuple(values)) for whose, values in both.items()} for key, both in found.items()}
    machine = describe_machine() | {"load at the beginning of each round": load}
    return Report(machine=machine, size=asdict(size), rows=rows, lives=lives)


async def flows(on: Stage, track: str) -> tuple[CaseFlow, BareFlow]:
    """Return the flow of a track, and a bare flow with as many acts. Rehearsed each time: owners depend on the hour."""
    kind = KINDS[track]
    script = await rehearse(on.duly, kind)
    return (
        CaseFlow(on.duly, {"worker": on.duly_worker, **on.servers}, kind, script),
        BareFlow(on.bare, {"worker": on.bare_worker, **on.servers}, script),
    )


async def a_track(on: Stage, size: Size, track: str, keep: Keep) -> Life:
    """Measure lives of one track, Duly's and then the bare workflow's."""
    flow, bare = await flows(on, track)
    alone = track == LONG  # its single life has as many acts as all lives of another track
    cases, lanes = (1, 1) if alone else (size.track_cases, size.track_lanes)
    what = f"{flow.kind.title}, " + ("one at a time" if alone else f"{lanes} side by side")
    keys: list[str] = []
    for one in (flow, bare):
        figures, key = await measures.track(one, cases, lanes, flow.script.messages)
        keep(what, one.name, figures)
        keys.append(key)
    return await life(flow, bare, *keys)


async def life(flow: CaseFlow, bare: BareFlow, case: str, bare_case: str) -> Life:
    """Return the history events of one life with Duly and with the bare workflow."""
    left, bare_left = await left_by(flow.duly.client, case), await left_by(bare.client, bare_case)
    return Life(len(flow.script.acts), flow.script.messages, left, bare_left)


async def one_round(on: Stage, size: Size, crisis: CaseFlow, bare: BareFlow, keep: Keep) -> None:
    """Do every measurement once, each for Duly and then for the bare workflow."""
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


async def run(size: Size, tracks: Sequence[str]) -> Report:
    async with stage() as on:
        return await measure(on, size, tracks)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one small round, in a minute and a half: does it work?")
    parser.add_argument("--rounds", type=int, help="how many rounds instead of 9")
    parser.add_argument("--track", action="append", choices=KINDS, help="only this one; may be given several times")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("temporalio").setLevel(logging.WARNING)
    size = QUICK if asked.quick else FULL
    if asked.rounds:
        size = replace(size, rounds=asked.rounds, track_rounds=min(asked.rounds, size.track_rounds))
    report = asyncio.run(run(size, asked.track or tuple(KINDS)))
    show(report)
    if asked.json:
        asked.json.write_text(json.dumps(report.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
