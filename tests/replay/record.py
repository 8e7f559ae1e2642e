"""Records the histories that every later release must replay: `python -m tests.replay.record`.

Plays cases of every track in the drill namespace of a stack of its own and stores their histories under
`tests/replay/histories/<version>/`, and the last line of each journal in `last_lines.toml`. Run it once per release; a
release's histories are never changed afterwards.
"""

from __future__ import annotations

import asyncio
import gzip
import tempfile
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from complaints.case.complaint import Track
from complaints.case.file import ActKind
from complaints.case.round import Subject
from devstack.stack import running
from tests.clauses.table_major import GRADED, HURT
from tests.fakes import ExampleReferences
from tests.following import followed_worker
from tests.people import LEADER, MANAGER, PRESIDENT, PROPERTY, SALESPERSON
from tests.replay.stored import HISTORIES, last_line
from tests.rounds.ports import Machines
from tests.rounds.stage import Round, Rounds
from tests.world import Case, World
from workflows import interface


async def main() -> None:
    folder = HISTORIES / version("duly")
    folder.mkdir(parents=True, exist_ok=False)
    with tempfile.TemporaryDirectory() as home:
        async with (
            running(Path(home), drill_speed=True, ui=False, locked=False) as stack,
            followed_worker(stack.temporal_address, ExampleReferences(), ports=Machines().ports) as followed,
        ):
            world = World(followed.duly, followed.skipper)
            for play in PLAYS:
                await store(folder, play.__name__, world, await play(world))
    with (HISTORIES / "last_lines.toml").open("a", encoding="utf-8") as known:
        known.write(f'\n["{folder.name}"]\n')
        for file in sorted(folder.glob("*.json.gz")):
            known.write(f'{file.name.removesuffix(".json.gz")} = "{await last_line(file)}"\n')


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
    await case.handle.signal(interface.CONTINUE_AS_NEW)
    await case.does("COUNTERSIGN")
    await case.approves("CR-5.3.2a.2", by=LEADER)
    await case.until("CR-5.3.2a.5")
    await case.returns("CR-5.3.2a.5", "CR-5.2.2e", by=PRESIDENT)
    await case.until("CR-5.3.3")
    await case.does("CR-5.3.3", satisfied=False)
    await case.handle.signal(interface.CONTINUE_AS_NEW)
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


async def ordinary(world: World) -> Case:
    """Two departments and a repair; not satisfied, so once more: a pause, another date, late, up the ladder."""
    case = await world.opens(loss=20_000, received_by=SALESPERSON).graded(3)
    await case.does("CS-4.2.1a", responsible="others", departments=["engineering", "property"])
    await case.opens_matter("repair")
    await case.works_until("CS-4.3.4b")
    await case.does("CS-4.3.4b")
    await case.handle.signal(interface.CONTINUE_AS_NEW)
    await case.until("RV-4.3")
    await case.does("RV-4.3", satisfaction="unsatisfied", quality="墙角仍有水渍")
    await case.does("CS-4.2.1a")
    until = (case.now + timedelta(hours=4)).isoformat()
    await case.asks(SALESPERSON, ActKind.PAUSE, case.duty("CH-7.2.1.settle").id, form={"until": until}, reason="等客户")
    await case.reschedules(case.duty("CH-7.3.1").deadline.due + timedelta(days=3))
    await case.passes_until(case.duty("CH-7.2.1.settle").deadline.due + timedelta(hours=10))
    await case.passes_up("CH-7.2.2.supervisor")
    await case.does("CH-7.2.2.manager")
    return await case.to_the_end()


async def major(world: World) -> Case:
    """Somebody was hurt; the sheet is late; corrected; continued as new twice."""
    case = await world.opens(**HURT)
    await case.passes(minutes=15)
    await case.does("CR-5.2.1a", **GRADED)
    await case.acknowledges("MC-5.2.2a", by=PROPERTY)
    await case.handle.signal(interface.CONTINUE_AS_NEW)
    await case.until("MC-5.2.3a")
    await case.handle.signal(interface.CONTINUE_AS_NEW)
    return await case.to_the_end()


async def gathered(world: World) -> Case:
    """One that another leads: both go on afresh; handled there, its own customer is answered and revisited."""
    leading, member = [await world.opens(building="9栋").graded(level) for level in (3, 4)]
    await leading.leads(member)
    await leading.becomes(lambda file: file.members)
    await member.becomes(lambda file: file.track is Track.GATHERED)
    await leading.goes_on_afresh()
    await member.goes_on_afresh()
    await leading.to_the_end()
    await member.becomes(lambda file: file.open_duties)
    return await member.to_the_end()


async def leading(world: World) -> Case:
    """One that leads another and took in a duplicate, goes on afresh, and sees all three to their ends."""
    case, member, duplicate = [await world.opens(building="8栋").graded(level) for level in (3, 4, 4)]
    await case.leads(member)
    await case.becomes(lambda file: file.members)
    await member.becomes(lambda file: file.track is Track.GATHERED)
    await duplicate.merges_into(case)
    await case.becomes(lambda file: len(file.links) == 2)
    await case.goes_on_afresh()
    await case.to_the_end()
    return case


async def annual_summary(world: World) -> Case:
    """A round whose report is drafted, issued, returned, corrected, approved; late once; afresh in the middle."""
    round = await Rounds(world).begun("CH-7.4.4", Subject(project="hf01"))
    await round.becomes(lambda file: file.report)
    await round.does("CH-7.4.4", **_report(round))
    await round.passes(days=12)
    await round.returns("CH-7.4.5", "CH-7.4.4", reason="请补充同比")
    await round.becomes(lambda file: file.report.revision == 2)
    await round.goes_on_afresh()
    await round.does("CH-7.4.4.corrected", **_report(round))
    await round.approves("CH-7.4.5#2")
    return await round.to_the_end()


async def reviewed(world: World) -> Case:
    """A document that departments review and the general manager returns once."""
    round = await Rounds(world).begun("CS-4.3.1", Subject(project="hf01"))
    await round.does("CS-4.3.1", document="plan", version=1)
    await round.until("CS-4.3.1.approval")
    await round.returns("CS-4.3.1.approval", "CS-4.3.1")
    await round.does("CS-4.3.1.revised", document="plan", version=2)
    return await round.to_the_end()


def _report(round: Round) -> dict[str, Any]:
    report = round.file.report
    assert report is not None
    return {"report": report.id, "revision": report.revision}


PLAYS = (crisis, legal, regraded, ordinary, major, gathered, leading, annual_summary, reviewed)

if __name__ == "__main__":
    asyncio.run(main())
