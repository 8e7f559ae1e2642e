"""Records the histories that every later release must replay: `python -m tests.replay.record`.

Plays three cases in the drill namespace of a stack of its own and stores their histories under
`tests/replay/histories/<version>/`. Run it once per release; a release's histories are never changed afterwards.
"""

from __future__ import annotations

import asyncio
import gzip
import tempfile
from importlib.metadata import version
from pathlib import Path

from starters.client import Duly
from starters.drill.skipping import Skipper
from tests.fakes import ExampleReferences, MemoryRecords
from tests.people import LEADER, MANAGER, PRESIDENT
from tests.world import Case, World
from worker.connection import connect
from worker.follower import Follower
from worker.running import build_worker
from worker.stack.namespaces import DRILL
from worker.stack.stack import running
from workflows import follow, interface

HISTORIES = Path(__file__).parent / "histories"


async def main() -> None:
    folder = HISTORIES / version("duly")
    folder.mkdir(parents=True, exist_ok=False)
    with tempfile.TemporaryDirectory() as home:
        async with running(Path(home), drill_speed=True, ui=False) as stack:
            client = await connect(stack.temporal_address, DRILL)
            records = MemoryRecords()
            follower = Follower(client, records)
            follow.listen(client.namespace, follower.look_soon)
            following = asyncio.create_task(follower.run())
            skipper = Skipper(client)
            async with build_worker(client, records, ExampleReferences(), follower):
                world = World(Duly(skipper.client), skipper)
                for play in PLAYS:
                    await store(folder, play.__name__, world, await play(world))
            following.cancel()


async def store(folder: Path, name: str, world: World, case: Case) -> None:
    """Every run of the case, oldest first, gzipped."""
    run = (await case.handle.describe()).run_id
    runs: list[str] = []
    while run:
        history = await world.duly.client.get_workflow_handle(case.handle.id, run_id=run).fetch_history()
        runs.insert(0, history.to_json())
        started = history.events[0].workflow_execution_started_event_attributes
        run = started.continued_execution_run_id
    for n, text in enumerate(runs, 1):
        (folder / f"{name}-{n}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


async def crisis(world: World) -> Case:
    """Late, escalated, acknowledged; returned by the president; a customer not satisfied; continued as new twice."""
    case = await world.opens(loss=600_000).graded(1)
    await case.passes(minutes=35)
    await case.acknowledges("CR-5.2.1b", by=MANAGER)
    await case.until("CR-5.3.2a.2")
    await case.asks_countersignature("CR-5.3.2a.2", of=MANAGER)
    await case.handle.signal(interface.AFRESH)
    await case.does("COUNTERSIGN")
    await case.approves("CR-5.3.2a.2", by=LEADER)
    await case.until("CR-5.3.2a.5")
    await case.returns("CR-5.3.2a.5", "CR-5.2.2e", by=PRESIDENT)
    await case.until("CR-5.3.3")
    await case.does("CR-5.3.3", satisfied=False)
    await case.handle.signal(interface.AFRESH)
    await case.passes(hours=2)
    return await case.to_the_end()


async def legal(world: World) -> Case:
    case = await (await world.opens(media="harmful").graded(1)).until("CR-5.2.2a")
    await case.does("CR-5.2.2a", nature="malicious")
    return await case.to_the_end()


async def regraded(world: World) -> Case:
    """Ordinary, then a crisis in the middle; a watch entry; a duty handed on; a cancellation that is not heeded."""
    case = await world.opens(loss=450_000).graded(2)
    await case.handle.cancel(reason="opened twice")
    await case.delegates("CH-7.3.1", MANAGER)
    await case.passes(days=1)
    await case.regrades(1)
    return await case.to_the_end()


PLAYS = (crisis, legal, regraded)

if __name__ == "__main__":
    asyncio.run(main())
