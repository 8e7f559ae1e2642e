"""`python -m bench.attacks`: attacks an installation of its own, and fails unless each is refused as it should be.

Forged, replayed, expired and misdirected acts, acts that are not allowed, openings, invented states, recalculations: by
HTTP, update, signal and start, at the Temporal server's locks and at its UI. Each kind of attack states beforehand for
which reason it has to be refused. The table counts kinds and attacks by reason; what was accepted, or refused for
another reason, is named below it, and so is every history event that an update or a request has left.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from pathlib import Path
from time import perf_counter

from bench.attacks.ground import installation
from bench.attacks.running import attacked
from bench.attacks.tally import Tally, table


def printed(tally: Tally) -> str:
    """Return the counts as text, and what is wrong."""
    rows: list[tuple[object, ...]] = [("way", "reason", "kinds", "attacks")]
    rows += [(*each, *counts) for each, counts in tally.by_reason().items()]
    rows.append(("all", "", len(tally.found), tally.total))
    text = table(rows, (8, 24, 6, 8))
    events = sum(sum(events.values()) for events in tally.grown.values())
    text += f"history events of {len(tally.grown)} cases that got updates or requests by HTTP alone: {events}\n"
    text += f"history events of the two cases that answered accepted texts again: {tally.answers}\n"
    wrong = tally.faults
    return text + ("".join(f"WRONG  {line}\n" for line in wrong) or "nothing was accepted, and every reason is right\n")


async def _run(count: int) -> Tally:
    async with installation() as ground:
        return await attacked(ground, count)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.attacks", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="attacks; each kind is launched at least once")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all counts there too")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    logging.getLogger("temporalio").setLevel(logging.CRITICAL)  # what cannot be decoded is logged with a traceback
    began = perf_counter()
    tally = asyncio.run(_run(asked.count))
    sys.stdout.write(f"{printed(tally)}{perf_counter() - began:.0f} s\n")
    if asked.json:
        kinds = {kind: {"expected": tally.expected[kind], "found": dict(found)} for kind, found in tally.found.items()}
        said = {"kinds": kinds, "grown": {key: dict(events) for key, events in tally.grown.items()}}
        asked.json.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.exit(1 if tally.faults else 0)


if __name__ == "__main__":
    main()
